"""Tier schemes: read by everybody, written by whoever may set them; what was in force never changes."""

from __future__ import annotations

from django.db import migrations, models

from zhike.access.walls import wall

TABLE = "insight_tierscheme"
IN_FORCE_STAYS = f"""
create function insight_in_force_stays() returns trigger language plpgsql as $$
begin
    if old.state <> 'draft' and (new.title, new.number, new.rules, new.state, new.from_date, new.why, new.approved_name)
                               is distinct from (old.title, old.number, old.rules, old.state, old.from_date, old.why, old.approved_name) then
        raise exception 'a tier scheme is changed while it is a draft' using errcode = 'insufficient_privilege';
    end if;
    return new;
end $$;
create trigger in_force_stays before update on {TABLE} for each row execute function insight_in_force_stays();
"""


class Migration(migrations.Migration):
    dependencies = [("insight", "0002_profile")]

    operations = [
        migrations.CreateModel(
            name="TierScheme",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("title", models.TextField()),
                ("number", models.PositiveIntegerField(help_text="1 is the first version of a title")),
                ("rules", models.JSONField(help_text="`scheme_forms.as_json` of it")),
                (
                    "state",
                    models.TextField(choices=[("draft", "Draft"), ("in_force", "In force"), ("discarded", "Discarded")], default="draft"),
                ),
                ("from_date", models.DateField(help_text="the first day on which it holds", null=True)),
                ("made_at", models.DateTimeField()),
                ("made_name", models.TextField()),
                ("changed_at", models.DateTimeField()),
                ("changed_name", models.TextField()),
                ("why", models.TextField(blank=True, default="", help_text="why it was put in force")),
                ("approved_name", models.TextField(blank=True, default="", help_text="who approved it; empty: nobody had to")),
                (
                    "trial",
                    models.JSONField(
                        help_text="`shadowing.Shadow` of the last shadow run of these rules; empty: none since they changed", null=True
                    ),
                ),
                ("trial_at", models.DateTimeField(help_text="when it was run in the shadow", null=True)),
            ],
            options={
                "db_table": TABLE,
                "constraints": [
                    models.UniqueConstraint(fields=("title", "number"), name="tierscheme_version"),
                    models.CheckConstraint(condition=models.Q(("title", ""), _negated=True), name="tierscheme_title"),
                    models.CheckConstraint(
                        condition=models.Q(models.Q(("state", "in_force"), _negated=True), ("from_date__isnull", False), _connector="OR"),
                        name="tierscheme_day",
                    ),
                ],
            },
        ),
        wall(TABLE, "true", writes=("insert", "update"), write_permission="insight.set"),
        migrations.RunSQL(IN_FORCE_STAYS, f"drop trigger in_force_stays on {TABLE}; drop function insight_in_force_stays()"),
    ]
