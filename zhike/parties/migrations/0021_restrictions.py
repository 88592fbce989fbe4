"""Restrictions on contacting a customer: seen where she is seen, set and lifted by whoever may."""

from __future__ import annotations

import django.db.models.deletion
from django.db import migrations, models

from zhike.access.walls import wall_through


class Migration(migrations.Migration):
    dependencies = [
        ("parties", "0020_special_lists"),
    ]

    operations = [
        migrations.CreateModel(
            name="ContactRestriction",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "kind",
                    models.TextField(
                        choices=[
                            ("do_not_contact", "Do not contact"),
                            ("complaint", "Complaint open"),
                            ("deceased", "Deceased"),
                            ("limited", "Processing restricted"),
                            ("hold", "Legal hold"),
                        ]
                    ),
                ),
                ("channel", models.TextField(blank=True, default="", help_text="the way it is about; empty: every way")),
                ("reason", models.TextField()),
                ("begins_at", models.DateTimeField()),
                (
                    "ends_date",
                    models.DateField(help_text="the first day on which it is no more; empty: until somebody lifts it", null=True),
                ),
                ("lifted_at", models.DateTimeField(null=True)),
                ("by_name", models.TextField()),
                ("lifted_name", models.TextField(blank=True, default="")),
                ("made_by", models.TextField(default="people", help_text="people, or the area whose event made it")),
                (
                    "party",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="parties.party",
                    ),
                ),
            ],
            options={
                "indexes": [models.Index(fields=["party"], name="restriction_party")],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("lifted_at", None)), fields=("party", "kind", "channel"), name="restriction_once"
                    ),
                    models.CheckConstraint(condition=models.Q(("reason", ""), _negated=True), name="restriction_reason"),
                ],
            },
        ),
        wall_through(
            "parties_contactrestriction", "parties_party", "party_id", writes=("insert", "update"), write_permission="consents.write"
        ),
    ]
