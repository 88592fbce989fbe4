"""The job role may have statistics taken of the tables it fills: a first load would otherwise join tables that nobody has counted."""

from __future__ import annotations

from django.db import migrations

from zhike.access.walls import role

# Only the owner of a table may analyze it (before PostgreSQL 17), and the job role owns none.
LEARN = """
create function ingestion_learn(filled regclass) returns void
language plpgsql security definer set search_path = public, pg_temp as $$
begin
    if pg_relation_size(filled) / current_setting('block_size')::bigint > 1.5 * (select greatest(relpages, 8) from pg_class where oid = filled) then
        execute format('analyze %s', filled);
    end if;
end $$;
comment on function ingestion_learn(regclass) is 'takes statistics of a table that has grown by more than half';
"""


class Migration(migrations.Migration):
    dependencies = [("ingestion", "0002_walls"), ("access", "0002_walls")]

    operations = [
        migrations.RunSQL(
            [
                LEARN,
                "revoke all on function ingestion_learn(regclass) from public",
                f"grant execute on function ingestion_learn(regclass) to {role('job')}",
            ],
            "drop function ingestion_learn(regclass)",
        )
    ]
