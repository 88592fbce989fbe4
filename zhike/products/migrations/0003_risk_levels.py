"""The history of what risk products were said to have, and who may buy them."""

from __future__ import annotations

import django.db.models.deletion
from django.db import migrations, models

from zhike.access.walls import open_table


class Migration(migrations.Migration):
    dependencies = [
        ("products", "0002_grants"),
    ]

    operations = [
        migrations.AddField(
            model_name="product",
            name="asset_kind",
            field=models.TextField(blank=True, db_default="", default="", help_text="fixed_income, mixed, equity, derivative (R59)"),
        ),
        migrations.AddField(
            model_name="product",
            name="offering",
            field=models.TextField(
                choices=[("public", "Offered to everybody"), ("private", "Offered to qualified investors only")],
                db_default="public",
                default="public",
            ),
        ),
        migrations.AlterField(
            model_name="product",
            name="risk_level",
            field=models.TextField(blank=True, default="", help_text="R1–R5 as the seller says; what counts stands in `RiskLevel` (R50)"),
        ),
        migrations.CreateModel(
            name="RiskLevel",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("source", models.TextField()),
                ("external_key", models.TextField()),
                ("row_digest", models.BinaryField(null=True)),
                ("valid_from", models.DateField()),
                ("valid_to", models.DateField(help_text="exclusive; empty: in force", null=True)),
                ("batch_id", models.BigIntegerField()),
                ("issuer_level", models.TextField(blank=True, default="", help_text="R1–R5; empty: the issuer says nothing of its own")),
                ("seller_level", models.TextField(blank=True, default="", help_text="R1–R5; empty: the bank has not rated it")),
                ("level", models.TextField(help_text="the higher of the two")),
                (
                    "product",
                    models.ForeignKey(
                        db_constraint=False, on_delete=django.db.models.deletion.CASCADE, related_name="+", to="products.product"
                    ),
                ),
            ],
            options={
                "indexes": [models.Index(fields=["product", "valid_from"], name="risklevel_product")],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("valid_to", None)), fields=("source", "external_key"), name="risklevel_now"
                    ),
                    models.CheckConstraint(condition=models.Q(("level__in", ["R1", "R2", "R3", "R4", "R5"])), name="risklevel_level"),
                ],
            },
        ),
        open_table("products_risklevel"),
    ]
