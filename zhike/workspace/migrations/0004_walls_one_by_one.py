"""Every wall through a parent asks for it row by row; `exists` had each statement planned with a hash of all parents besides, at every level.

A balance hangs on its account, that on its party and on whoever has a role on it: eighteen plans of the parties' wall in one statement,
planned for a millisecond and run for a tenth of it. A scalar sub-select has one plan. Walls that are made from now on are so from the start
(`walls.wall_through`).
"""

from __future__ import annotations

from django.db import migrations

ONE_BY_ONE = r"""
do $do$
declare
    hashed constant text := 'EXISTS \( SELECT 1(\s+FROM \w+ (?:above|held)\M)';
    one record;
    asked text;
begin
    for one in
        select p.polname as name, p.polrelid::regclass as place, pg_get_expr(p.polqual, p.polrelid) as seen,
               pg_get_expr(p.polwithcheck, p.polrelid) as written
        from pg_policy p join pg_class c on c.oid = p.polrelid
        where c.relnamespace = 'public'::regnamespace and c.relname <> 'holdings_account'
          and concat(pg_get_expr(p.polqual, p.polrelid), pg_get_expr(p.polwithcheck, p.polrelid)) ~ hashed
    loop
        asked := format('alter policy %I on %s', one.name, one.place);
        if one.seen is not null then
            asked := asked || format(' using (%s)', regexp_replace(one.seen, hashed, '( SELECT true\1', 'g'));
        end if;
        if one.written is not null then
            asked := asked || format(' with check (%s)', regexp_replace(one.written, hashed, '( SELECT true\1', 'g'));
        end if;
        execute asked;
    end loop;
end $do$;
"""
# Several may have a role on an account: a scalar sub-select takes one row.
ACCOUNT = """
    alter policy seen on holdings_account using (
        (select access.viewer_all()) or (select true from parties_party above where above.id = holdings_account.party_id)
        or (select true from holdings_accountrole held where held.account_id = holdings_account.id and held.valid_to is null limit 1))
"""


class Migration(migrations.Migration):
    dependencies = [
        ("workspace", "0003_notices"),
        ("access", "0016_asked_sooner"),
        ("parties", "0023_forgotten"),
        ("holdings", "0011_dumped"),
        ("engagement", "0006_channel_days"),
        ("duplicates", "0004_consents"),
        ("audit", "0001_ground"),
        ("privacy", "0003_deletion"),
        ("ingestion", "0006_filled"),
    ]

    operations = [migrations.RunSQL([ONE_BY_ONE, ACCOUNT], migrations.RunSQL.noop)]
