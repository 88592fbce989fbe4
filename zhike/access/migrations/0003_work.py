"""What people wait for, each behind her own wall."""

from __future__ import annotations

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from zhike.access.walls import wall

HERS = "(person_id = (select access.viewer_person()) and (select access.viewer_is_app()))"


class Migration(migrations.Migration):
    dependencies = [("access", "0002_walls"), ("core", "0002_jobs")]

    operations = [
        migrations.CreateModel(
            "Work",
            [
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("kind", models.TextField(help_text="whose function does it: area.verb")),
                ("title", models.TextField(help_text="what she asked for, in her words of that day")),
                ("language", models.TextField(default="en", help_text="in which it answers")),
                (
                    "asked",
                    models.JSONField(default=dict, help_text="with what; only she and the worker read it, so it may hold what she typed"),
                ),
                (
                    "state",
                    models.TextField(
                        choices=[
                            ("waiting", "Waiting"),
                            ("running", "Running"),
                            ("done", "Done"),
                            ("failed", "Failed"),
                            ("cancelled", "Cancelled"),
                        ],
                        default="waiting",
                    ),
                ),
                ("begun", models.PositiveSmallIntegerField(default=0, help_text="how often it was begun")),
                ("done_count", models.BigIntegerField(default=0)),
                ("total_count", models.BigIntegerField(help_text="empty: nobody knows yet", null=True)),
                ("note", models.TextField(blank=True, default="", help_text="what came of it, in words")),
                ("error", models.TextField(blank=True, default="", help_text="why it failed and what to do, in words")),
                ("result_url", models.TextField(blank=True, default="", help_text="where its result is fetched")),
                ("undo_url", models.TextField(blank=True, default="", help_text="what takes it back, by POST")),
                ("asked_at", models.DateTimeField()),
                ("started_at", models.DateTimeField(null=True)),
                ("finished_at", models.DateTimeField(null=True)),
                ("cancel_asked_at", models.DateTimeField(null=True)),
                ("undone_at", models.DateTimeField(null=True)),
                ("expires_at", models.DateTimeField(help_text="until when its result is kept", null=True)),
                ("person", models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name="+", to=settings.AUTH_USER_MODEL)),
            ],
            options={
                "indexes": [models.Index(fields=["person", "-asked_at"], name="work_latest")],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("state__in", ["waiting", "running", "done", "failed", "cancelled"])), name="work_state"
                    )
                ],
            },
        ),
        wall("access_work", HERS, writes=("insert", "update")),
    ]
