"""Registers of purposes, assessments, sharing and incidents: for whoever answers for privacy alone."""

from __future__ import annotations

from django.db import migrations, models

from zhike.access.walls import wall


class Migration(migrations.Migration):
    dependencies = [
        ("privacy", "0001_ground"),
    ]

    operations = [
        migrations.CreateModel(
            name="Entry",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "kind",
                    models.TextField(
                        choices=[
                            ("purpose", "Purposes"),
                            ("assessment", "Impact assessments"),
                            ("sharing", "Sharing"),
                            ("incident", "Incidents"),
                        ]
                    ),
                ),
                ("title", models.TextField()),
                ("facts", models.JSONField(help_text="by `register_rules.FACTS` of its kind")),
                ("began_at", models.DateTimeField(help_text="of an incident: when it was discovered")),
                ("made_name", models.TextField()),
                ("changed_at", models.DateTimeField()),
                ("changed_name", models.TextField()),
                ("authority_at", models.DateTimeField(help_text="of an incident: when the authority was told", null=True)),
                ("persons_at", models.DateTimeField(help_text="of an incident: when those concerned were told", null=True)),
                ("closed_at", models.DateTimeField(null=True)),
            ],
            options={
                "db_table": "privacy_entry",
                "indexes": [models.Index(fields=["kind", "closed_at", "-began_at"], name="entry_kind")],
                "constraints": [models.CheckConstraint(condition=models.Q(("title", ""), _negated=True), name="entry_title")],
            },
        ),
        wall("privacy_entry", "(select access.viewer_may('privacy.manage'))", writes=("insert", "update")),
    ]
