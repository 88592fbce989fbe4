"""The job role may have statistics taken of the tables it fills: a first load would otherwise join tables that nobody has counted."""

from __future__ import annotations

from django.db import migrations

from zhike.access.walls import role

# Only the owner of a table may analyze it (before PostgreSQL 17), and the job role owns none.
LEARN = """
create function ingestion_learn(filled regclass, added bigint) returns void
language plpgsql security definer set search_path = public, pg_temp as $$
begin
    if added > greatest((select reltuples from pg_class where oid = filled), 500) / 5 then
        execute format('analyze %s', filled);
    end if;
end $$;
comment on function ingestion_learn(regclass, bigint) is 'takes statistics of a table that has grown by more than a fifth';
"""


class Migration(migrations.Migration):
    dependencies = [("ingestion", "0002_walls"), ("access", "0002_walls")]

    operations = [
        migrations.RunSQL(
            [
                LEARN,
                "revoke all on function ingestion_learn(regclass, bigint) from public",
                f"grant execute on function ingestion_learn(regclass, bigint) to {role('job')}",
            ],
            "drop function ingestion_learn(regclass, bigint)",
        )
    ]
