"""What each person wants the bell to tell, behind her own wall."""

from __future__ import annotations

import django.contrib.postgres.fields
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from zhike.access.walls import wall

HERS = "(person_id = (select access.viewer_person()) and (select access.viewer_is_app()))"


class Migration(migrations.Migration):
    dependencies = [("workspace", "0002_lists"), ("access", "0003_work")]

    operations = [
        migrations.CreateModel(
            "NoticeChoice",
            [
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "muted",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.TextField(),
                        default=list,
                        help_text="kinds of workspace.notices.KINDS that she does not want",
                        size=None,
                    ),
                ),
                ("looked_at", models.DateTimeField(null=True)),
                (
                    "person",
                    models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, related_name="+", to=settings.AUTH_USER_MODEL),
                ),
            ],
        ),
        wall("workspace_noticechoice", HERS, writes=("insert", "update")),
    ]
