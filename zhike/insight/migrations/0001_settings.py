"""Settings of measures, tiers and stages: read by everybody, added by whoever may set them, changed and deleted by nobody."""

from __future__ import annotations

from django.db import migrations, models

from zhike.access.walls import wall

TABLE = "insight_datedsetting"
ONLY_ADDED = f"""
create function insight_only_added() returns trigger language plpgsql as $$
begin
    raise exception 'rows of % are only ever added', tg_table_name using errcode = 'insufficient_privilege';
end $$;
create trigger only_added before update or delete on {TABLE} for each row execute function insight_only_added();
"""


class Migration(migrations.Migration):
    initial = True

    dependencies = [("access", "0017_teams")]

    operations = [
        migrations.CreateModel(
            name="DatedSetting",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("path", models.TextField(help_text="group, field and, of a mapping, entry: costs.act.counter")),
                ("value", models.TextField(help_text="as `dated` writes it; a number without thousands, a rate as a fraction")),
                ("from_date", models.DateField()),
                ("set_at", models.DateTimeField()),
                ("set_name", models.TextField(help_text="who proposed it")),
                ("approved_name", models.TextField(blank=True, default="", help_text="who approved it; empty: nobody had to")),
                ("why", models.TextField()),
            ],
            options={
                "db_table": TABLE,
                "indexes": [models.Index(fields=["path", "-from_date", "-id"], name="datedsetting_path")],
                "constraints": [models.CheckConstraint(condition=models.Q(("why", ""), _negated=True), name="datedsetting_why")],
            },
        ),
        wall(TABLE, "true", writes=("insert",), write_permission="insight.set"),
        migrations.RunSQL(ONLY_ADDED, f"drop trigger only_added on {TABLE}; drop function insight_only_added()"),
    ]
