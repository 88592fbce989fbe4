"""What one person keeps for herself, and the wall around it."""

from __future__ import annotations

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from zhike.access.walls import wall

HERS = (
    "(person_id = (select access.viewer_person()) and (select access.viewer_is_app())"
    " and exists (select 1 from parties_party above where above.id = workspace_visit.party_id))"
)


class Migration(migrations.Migration):
    initial = True
    dependencies = [("access", "0002_walls"), ("parties", "0007_finding")]

    operations = [
        migrations.CreateModel(
            "Visit",
            [
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("opened_at", models.DateTimeField()),
                ("pinned_at", models.DateTimeField(null=True)),
                ("person", models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name="+", to=settings.AUTH_USER_MODEL)),
                (
                    "party",
                    models.ForeignKey(
                        db_constraint=False, on_delete=django.db.models.deletion.CASCADE, related_name="+", to="parties.party"
                    ),
                ),
            ],
            options={
                "constraints": [models.UniqueConstraint(fields=("person", "party"), name="visit_once")],
                "indexes": [models.Index(fields=["person", "-opened_at"], name="visit_latest")],
            },
        ),
        wall("workspace_visit", HERS, writes=("insert", "update")),
    ]
