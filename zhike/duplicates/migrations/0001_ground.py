"""Pairs and merges."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("parties", "0012_merged"),
    ]

    operations = [
        migrations.CreateModel(
            name="Merge",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("absorbed_id", models.BigIntegerField()),
                ("absorbed_name", models.TextField()),
                (
                    "homes",
                    models.JSONField(
                        help_text="the parties whose keys came with the absorbed one: itself, and those merged into it before"
                    ),
                ),
                ("chosen", models.JSONField(help_text="field → party whose value stays, where a person chose")),
                ("absorbed_row", models.JSONField(help_text="the absorbed party as it stood")),
                ("moved", models.JSONField(help_text="table.column → ids, of what Zhike itself keeps")),
                ("dropped", models.JSONField(help_text="table → rows that the survivor had already")),
                ("merged_at", models.DateTimeField()),
                ("merged_by", models.TextField(help_text="login")),
                ("undone_at", models.DateTimeField(null=True)),
                ("undone_by", models.TextField(blank=True, default="")),
                (
                    "survivor",
                    models.ForeignKey(
                        db_constraint=False, on_delete=django.db.models.deletion.CASCADE, related_name="+", to="parties.party"
                    ),
                ),
            ],
            options={
                "indexes": [
                    models.Index(fields=["-merged_at", "id"], name="merge_latest"),
                    models.Index(fields=["survivor"], name="merge_survivor"),
                ],
            },
        ),
        migrations.CreateModel(
            name="Pair",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("probability", models.FloatField()),
                ("features", models.JSONField(default=dict, help_text="feature → [level, weight in bits]; rules.KEYS")),
                (
                    "state",
                    models.TextField(choices=[("likely", "Likely"), ("merged", "Merged"), ("never", "Not the same")], default="likely"),
                ),
                ("found_at", models.DateTimeField()),
                ("decided_at", models.DateTimeField(null=True)),
                ("decided_by", models.TextField(blank=True, default="", help_text="login")),
                (
                    "left",
                    models.ForeignKey(
                        db_constraint=False, on_delete=django.db.models.deletion.CASCADE, related_name="+", to="parties.party"
                    ),
                ),
                (
                    "right",
                    models.ForeignKey(
                        db_constraint=False, on_delete=django.db.models.deletion.CASCADE, related_name="+", to="parties.party"
                    ),
                ),
            ],
            options={
                "indexes": [
                    models.Index(condition=models.Q(("state", "likely")), fields=["-probability", "id"], name="pair_likely"),
                    models.Index(fields=["right"], name="pair_right"),
                ],
                "constraints": [
                    models.UniqueConstraint(fields=("left", "right"), name="pair_once"),
                    models.CheckConstraint(condition=models.Q(("left__lt", models.F("right"))), name="pair_ordered"),
                ],
            },
        ),
    ]
