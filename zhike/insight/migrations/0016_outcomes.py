"""What came of the chances of earlier days, behind the wall of the customer."""

from __future__ import annotations

import django.db.models.deletion
from django.db import migrations, models

from zhike.access.walls import wall_through


class Migration(migrations.Migration):
    dependencies = [("insight", "0015_lab"), ("access", "0003_work"), ("parties", "0001_ground")]

    operations = [
        migrations.CreateModel(
            name="ScoreOutcome",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("predictor", models.TextField(help_text="name of a question, such as leaving_decline")),
                ("version", models.PositiveIntegerField(default=0, help_text="number of the version that said it; 0: the rule")),
                ("as_of", models.DateField(help_text="what was known on this day")),
                ("said_date", models.DateField(help_text="when it was said; after known_date it was no foresight")),
                ("known_date", models.DateField(help_text="the last day of the months that it speaks of")),
                ("chance", models.DecimalField(decimal_places=6, help_text="from 0 to 1", max_digits=7)),
                ("is_above", models.BooleanField(help_text="whether she stood on the list; else it happened though nobody was told")),
                ("money", models.DecimalField(decimal_places=2, help_text="AUM then, CNY", max_digits=20, null=True)),
                ("told_at", models.DateTimeField(help_text="when it was looked up; empty: the months are not over", null=True)),
                ("came", models.BooleanField(help_text="whether it happened; empty: not known yet, or it cannot be told", null=True)),
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
                (
                    "rm",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        help_text="who looked after her then",
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to="access.employee",
                    ),
                ),
            ],
            options={
                "db_table": "insight_scoreoutcome",
                "indexes": [
                    models.Index(fields=["party"], name="scoreoutcome_party"),
                    models.Index(fields=["predictor", "-as_of", "-chance"], name="scoreoutcome_list"),
                ],
            },
        ),
        wall_through("insight_scoreoutcome", "parties_party", "party_id", permission="scores.read"),
    ]
