"""The payment network: whom customers lead to outside the bank, and where they stand, behind the wall of the customer."""

from __future__ import annotations

import django.db.models.deletion
from django.db import migrations, models

from zhike.access.walls import wall_through


class Migration(migrations.Migration):
    dependencies = [
        ("insight", "0012_group_and_cell_before"),
        ("parties", "0001_ground"),
    ]

    operations = [
        migrations.CreateModel(
            name="NetworkPlace",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "party",
                    models.OneToOneField(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="parties.party",
                    ),
                ),
                ("community", models.BigIntegerField(help_text="who deals more with each other than with others has the same number")),
                ("community_size", models.BigIntegerField(help_text="customers in it")),
                ("influence_percentile", models.IntegerField(help_text="100: through whom most money passes (PageRank)")),
                ("payers", models.BigIntegerField(help_text="who pay her")),
                ("payees", models.BigIntegerField(help_text="whom she pays")),
                ("received", models.DecimalField(decimal_places=2, help_text="by transfers and salaries in twelve months", max_digits=20)),
                ("paid", models.DecimalField(decimal_places=2, help_text="by transfers in twelve months", max_digits=20)),
                ("largest_received", models.DecimalField(decimal_places=2, help_text="from one payer", max_digits=20)),
            ],
            options={
                "db_table": "insight_networkplace",
            },
        ),
        migrations.CreateModel(
            name="Tie",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("outsider", models.CharField(help_text="key of who is outside, from its name", max_length=16)),
                (
                    "kind",
                    models.TextField(
                        choices=[("supplier", "Supplier"), ("buyer", "Buyer"), ("employer", "Employer")], help_text="what it is to her"
                    ),
                ),
                ("name", models.TextField(help_text="as payments name it most often")),
                ("banks", models.TextField(blank=True, default="", help_text="where it has its accounts")),
                ("amount", models.DecimalField(decimal_places=2, help_text="paid in twelve months", max_digits=20)),
                ("count", models.BigIntegerField(help_text="payments; 0: only declared")),
                ("months", models.BigIntegerField(help_text="months with a payment")),
                ("first_date", models.DateField(help_text="the first payment of these months", null=True)),
                ("last_date", models.DateField(help_text="the last payment of these months", null=True)),
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
                "db_table": "insight_tie",
                "indexes": [models.Index(fields=["outsider"], name="tie_outsider")],
                "constraints": [models.UniqueConstraint(fields=("party", "outsider", "kind"), name="tie_once")],
            },
        ),
        wall_through("insight_networkplace", "parties_party", "party_id", permission="transactions.read"),
        wall_through("insight_tie", "parties_party", "party_id", permission="transactions.read"),
    ]
