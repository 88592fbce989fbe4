"""Tables that people bring in the browser, each behind her own wall."""

from __future__ import annotations

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from zhike.access.walls import wall

HERS = "(person_id = (select access.viewer_person()) and (select access.viewer_is_app()))"


class Migration(migrations.Migration):
    dependencies = [("ingestion", "0003_statistics"), ("access", "0002_walls"), migrations.swappable_dependency(settings.AUTH_USER_MODEL)]

    operations = [
        migrations.CreateModel(
            "Import",
            [
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("name", models.TextField(help_text="of the file")),
                ("sealed", models.BinaryField(help_text="heads, lines and broken lines as JSON, encrypted")),
                ("heads", models.JSONField()),
                ("mapping", models.JSONField(default=list)),
                (
                    "state",
                    models.TextField(
                        choices=[("draft", "Draft"), ("running", "Running"), ("done", "Taken"), ("undone", "Taken back")], default="draft"
                    ),
                ),
                ("count_rows", models.PositiveIntegerField(default=0)),
                ("count_changed", models.PositiveIntegerField(default=0, help_text="customers of whom something was new")),
                ("count_unchanged", models.PositiveIntegerField(default=0)),
                ("count_rejected", models.PositiveIntegerField(default=0)),
                ("work_id", models.BigIntegerField(help_text="the work that takes it", null=True)),
                ("changes", models.JSONField(default=list, help_text="what an undo takes back")),
                ("taggings", models.JSONField(default=list, help_text="tag and parties, the same")),
                ("rejects_sealed", models.BinaryField(help_text="the refused rows with their reasons, encrypted", null=True)),
                ("created_at", models.DateTimeField()),
                ("finished_at", models.DateTimeField(null=True)),
                ("person", models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name="+", to=settings.AUTH_USER_MODEL)),
            ],
            options={"indexes": [models.Index(fields=["person", "-created_at"], name="import_latest")]},
        ),
        wall("ingestion_import", HERS, writes=("insert", "update")),
    ]
