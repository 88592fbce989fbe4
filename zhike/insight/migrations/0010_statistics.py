"""The job role may have statistics taken of the profile once it is written: a page would otherwise join a table that nobody has counted."""

from __future__ import annotations

from django.db import migrations

from zhike.access.walls import role

# Only the owner of a table may analyze it (before PostgreSQL 17), and the job role owns none.
LEARN = """
create function insight_learn() returns void
language plpgsql security definer set search_path = public, pg_temp as $$
begin
    analyze insight_profile;
end $$;
comment on function insight_learn() is 'takes statistics of the profile';
"""
# Of some two hundred columns a fifth of the usual sample says enough to choose a plan by.
FEW = """
do $$ declare name text; begin
    for name in select attname from pg_attribute where attrelid = 'insight_profile'::regclass and attnum > 0 and not attisdropped loop
        execute format('alter table insight_profile alter column %I set statistics 20', name);
    end loop;
end $$;
"""


class Migration(migrations.Migration):
    dependencies = [("insight", "0009_predictors")]

    operations = [
        migrations.RunSQL(
            [
                LEARN,
                "revoke all on function insight_learn() from public",
                f"grant execute on function insight_learn() to {role('job')}",
                FEW,
            ],
            "drop function insight_learn()",
        )
    ]
