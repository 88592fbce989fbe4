"""Risk profiles of customers, seen where the customer is seen and may be read."""

from __future__ import annotations

import django.db.models.deletion
from django.db import migrations, models

from zhike.access.walls import wall_through


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("parties", "0027_assisting"),
    ]

    operations = [
        migrations.CreateModel(
            name="Profile",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("source", models.TextField()),
                ("external_key", models.TextField()),
                ("row_digest", models.BinaryField(null=True)),
                ("valid_from", models.DateField()),
                ("valid_to", models.DateField(help_text="exclusive; empty: in force", null=True)),
                ("batch_id", models.BigIntegerField()),
                ("level", models.TextField(help_text="C1–C5 (R53)")),
                ("assessed_date", models.DateField()),
                (
                    "valid_to_date",
                    models.DateField(help_text="exclusive, as the file says; never longer than the setting (R54)", null=True),
                ),
                ("method", models.TextField(blank=True, default="")),
                ("place", models.TextField(blank=True, default="", help_text="counter: in person at the outlet (R55)")),
                ("experience_years", models.BigIntegerField(help_text="of investing; empty: unknown (R56)", null=True)),
                (
                    "investor_type",
                    models.TextField(
                        choices=[("ordinary", "Ordinary investor"), ("professional", "Professional investor")],
                        default="ordinary",
                        help_text="R51",
                    ),
                ),
                (
                    "qualified_by",
                    models.TextField(blank=True, default="", help_text="experience_and_assets, assets, income; empty: not qualified (R59)"),
                ),
                ("qualified_date", models.DateField(null=True)),
                ("evidence", models.TextField(blank=True, default="", help_text="what proves that she is qualified")),
                (
                    "is_remote_agreed",
                    models.BooleanField(default=False, help_text="agreed in writing to buy high risk away from the outlet (R55)"),
                ),
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
                "indexes": [models.Index(fields=["party", "-assessed_date", "-id"], name="riskprofile_party")],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("valid_to", None)), fields=("source", "external_key"), name="riskprofile_now"
                    ),
                    models.CheckConstraint(condition=models.Q(("level__in", ["C1", "C2", "C3", "C4", "C5"])), name="riskprofile_level"),
                ],
            },
        ),
        wall_through("risk_profile", "parties_party", "party_id", permission="customers.read"),
    ]
