"""The register of predictors, chances of customers behind their wall, what people say against them, what watching finds."""

from __future__ import annotations

import django.db.models.deletion
from django.db import migrations, models

from zhike.access.walls import wall, wall_through

# What was judged stays what is used: after training only the state of a version, and who decided it, may change.
FIXED = """
create function insight_stays_as_judged() returns trigger language plpgsql as $$
begin
    if (new.predictor, new.number, new.recipe, new.features, new.first_date, new.last_date, new.card, new.threshold, new.digest, new.owner_name, new.trained_at)
       is distinct from
       (old.predictor, old.number, old.recipe, old.features, old.first_date, old.last_date, old.card, old.threshold, old.digest, old.owner_name, old.trained_at) then
        raise exception 'what a version learned and how it was judged does not change' using errcode = 'insufficient_privilege';
    end if;
    return new;
end $$;
create trigger stays_as_judged before update on insight_predictorversion for each row execute function insight_stays_as_judged();
"""


class Migration(migrations.Migration):
    dependencies = [
        ("insight", "0008_further"),
        ("parties", "0027_assisting"),
    ]

    operations = [
        migrations.CreateModel(
            name="PredictorVersion",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("predictor", models.TextField(help_text="name of a question, such as leaving_decline")),
                ("number", models.PositiveIntegerField(help_text="1 is the first version of a predictor")),
                (
                    "state",
                    models.TextField(
                        choices=[
                            ("draft", "Draft"),
                            ("proposed", "Proposed"),
                            ("approved", "Approved"),
                            ("champion", "Champion"),
                            ("challenger", "Challenger"),
                            ("shadow", "Shadow"),
                            ("retired", "Retired"),
                        ],
                        default="draft",
                    ),
                ),
                ("recipe", models.TextField(help_text="rule, logistic, trees or survival")),
                ("features", models.JSONField(default=list, help_text="what it learned from, in the order of the model's columns")),
                ("first_date", models.DateField(help_text="the first as-of day it learned from")),
                ("last_date", models.DateField(help_text="the last as-of day it learned from")),
                ("card", models.JSONField(help_text="`cards.card` of it")),
                ("threshold", models.FloatField(help_text="the chance from which one acts")),
                ("digest", models.TextField(help_text="SHA-256 of the model's text")),
                ("owner_name", models.TextField(help_text="who answers for it: whoever had it trained")),
                ("trained_at", models.DateTimeField(help_text="when it was learned")),
                ("why", models.TextField(blank=True, default="", help_text="why it was proposed")),
                ("approved_name", models.TextField(blank=True, default="", help_text="the second person; empty: nobody has approved it")),
                ("approved_at", models.DateTimeField(null=True, help_text="when the second person approved it")),
                ("champion_at", models.DateTimeField(help_text="when it last became the one that is used", null=True)),
                ("ended_at", models.DateTimeField(help_text="when it last stopped being that, or was retired", null=True)),
                ("ended_name", models.TextField(blank=True, default="", help_text="who ended its use")),
                ("ended_why", models.TextField(blank=True, default="", help_text="why its use was ended")),
            ],
            options={
                "db_table": "insight_predictorversion",
                "constraints": [
                    models.UniqueConstraint(fields=("predictor", "number"), name="predictorversion_number"),
                    models.UniqueConstraint(
                        condition=models.Q(("state", "champion")), fields=("predictor",), name="predictorversion_champion"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("state__in", ["draft", "proposed", "retired"]), models.Q(("approved_name", ""), _negated=True), _connector="OR"
                        ),
                        name="predictorversion_approved",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="PredictorFinding",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("as_of", models.DateField(help_text="the day that was looked at")),
                (
                    "kind",
                    models.TextField(
                        choices=[
                            ("feature", "A feature has drifted"),
                            ("chance", "The chances have drifted"),
                            ("calibration", "Chances said and what came"),
                            ("ranking", "Ranking of what came"),
                        ]
                    ),
                ),
                ("subject", models.TextField(blank=True, default="", help_text="key of the feature; empty: the predictor as a whole")),
                ("value", models.FloatField(help_text="PSI, distance of rates, or AUC")),
                ("told", models.JSONField(default=dict, help_text="figures behind it")),
                ("is_alert", models.BooleanField(default=False, help_text="whether somebody should look")),
                ("found_at", models.DateTimeField()),
                (
                    "version",
                    models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name="findings", to="insight.predictorversion"),
                ),
            ],
            options={
                "db_table": "insight_predictorfinding",
                "constraints": [models.UniqueConstraint(fields=("version", "as_of", "kind", "subject"), name="predictorfinding_once")],
            },
        ),
        migrations.CreateModel(
            name="Score",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("predictor", models.TextField(help_text="name of a question, such as leaving_decline")),
                ("version", models.PositiveIntegerField(default=0, help_text="number of the version that said it; 0: the rule")),
                ("as_of", models.DateField(help_text="what was known on this day")),
                (
                    "chance",
                    models.DecimalField(
                        decimal_places=6, help_text="from 0 to 1; empty: the predictor says an amount", max_digits=7, null=True
                    ),
                ),
                (
                    "amount",
                    models.DecimalField(decimal_places=2, help_text="CNY, of predictors that say an amount", max_digits=18, null=True),
                ),
                ("tenth", models.PositiveSmallIntegerField(help_text="1: the tenth with the highest chances")),
                ("is_above", models.BooleanField(default=False, help_text="from the threshold of its version on")),
                ("reasons", models.JSONField(help_text="`reasons.Reason` of it, the weightiest first; empty: not asked yet", null=True)),
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
                "db_table": "insight_score",
                "indexes": [
                    models.Index(fields=["party"], name="score_party"),
                    models.Index(condition=models.Q(("is_above", True)), fields=["predictor", "-chance", "party"], name="score_above"),
                ],
            },
        ),
        migrations.CreateModel(
            name="ScoreOverrule",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("predictor", models.TextField(help_text="name of a question, such as leaving_decline")),
                ("will_happen", models.BooleanField(help_text="what the person expects")),
                ("why", models.TextField()),
                ("from_date", models.DateField()),
                ("until_date", models.DateField(help_text="the first day on which it holds no more")),
                ("chance", models.DecimalField(decimal_places=6, help_text="the chance that it speaks against", max_digits=7, null=True)),
                ("version", models.PositiveIntegerField(default=0)),
                ("given_at", models.DateTimeField()),
                ("given_name", models.TextField(help_text="who said it")),
                ("ended_at", models.DateTimeField(help_text="when it was taken back", null=True)),
                ("ended_name", models.TextField(blank=True, default="", help_text="who took it back; empty: nobody has")),
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
                "db_table": "insight_scoreoverrule",
                "indexes": [models.Index(fields=["party"], name="scoreoverrule_party")],
                "constraints": [
                    models.CheckConstraint(condition=models.Q(("why", ""), _negated=True), name="scoreoverrule_why"),
                    models.CheckConstraint(condition=models.Q(("until_date__gt", models.F("from_date"))), name="scoreoverrule_days"),
                ],
            },
        ),
        migrations.CreateModel(
            name="ScoreRun",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("predictor", models.TextField(help_text="name of a question, such as leaving_decline")),
                ("as_of", models.DateField()),
                ("customers", models.BigIntegerField(help_text="how many have a chance")),
                (
                    "refused",
                    models.BigIntegerField(default=0, help_text="how many have none because they refused automated decisions (R23)"),
                ),
                ("path", models.TextField(help_text="relative to the warehouse", unique=True)),
                (
                    "is_shown",
                    models.BooleanField(default=False, help_text="whether insight_score holds it; of one run of a predictor at most"),
                ),
                ("scored_at", models.DateTimeField(help_text="when it was said")),
                ("seconds", models.FloatField()),
                (
                    "version",
                    models.ForeignKey(
                        help_text="empty: the rule",
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="insight.predictorversion",
                    ),
                ),
            ],
            options={
                "db_table": "insight_scorerun",
                "indexes": [models.Index(fields=["predictor", "-as_of", "-id"], name="scorerun_latest")],
                "constraints": [
                    models.UniqueConstraint(condition=models.Q(("is_shown", True)), fields=("predictor",), name="scorerun_shown")
                ],
            },
        ),
        wall("insight_predictorversion", "true", writes=("insert", "update"), write_permission="predictors.manage"),
        wall("insight_predictorfinding", "true", permission="insight.read"),
        wall("insight_scorerun", "true", permission="insight.read"),
        wall_through("insight_score", "parties_party", "party_id", permission="scores.read"),
        wall_through(
            "insight_scoreoverrule",
            "parties_party",
            "party_id",
            permission="scores.read",
            writes=("insert", "update"),
            write_permission="scores.overrule",
        ),
        migrations.RunSQL(FIXED, "drop trigger stays_as_judged on insight_predictorversion; drop function insight_stays_as_judged()"),
    ]
