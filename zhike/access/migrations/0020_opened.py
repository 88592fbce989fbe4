"""Who asks, read from plain text; whom she sees, asked of a function; and the one customer that is open is asked for once (decision 51).

A wall is asked by every table of every statement, however few its rows: on the page of one customer that cost more than the answer. So the
claims are plain text; what walls ask most is checked once, when somebody enters, and kept as a number; and once a statement has opened a
customer her own rows are let through by her number. Such numbers are kept by sequences: a session's own value of a sequence is the one thing
that PostgreSQL keeps for a session and does not let its user write.
"""

from __future__ import annotations

from django.db import migrations

from zhike.access.walls import role

# Claims are fields between semicolons: person, flags, expiry, units, employees, customers by name, lists, teams, permissions between commas, log-in.
# Claims are fields between semicolons: person, flags, expiry, units, employees, customers by name, lists, teams, permissions between commas, log-in.
VIEWER = """
drop function access.viewer();
create function access.viewer() returns text
language plpgsql stable security definer parallel safe set search_path = pg_catalog, pg_temp as $$
declare
    told text := current_setting('zhike.viewer', true);
    claims text := left(told, -64);
    is_genuine boolean;
begin
    if length(claims) > 0 then
        select encode(sha256(s.outer_key || sha256(s.inner_key || convert_to(claims, 'UTF8'))), 'hex') = right(told, 64)
          into is_genuine from public.access_viewersecret s order by s.version desc limit 1;
    end if;
    if is_genuine is not true or split_part(claims, ';', 3)::bigint < extract(epoch from now()) then
        return null;
    end if;
    return claims;
end $$;
comment on function access.viewer() is 'the claims of who asks, where they are genuine and not expired; else null';
"""
NOW_SERVED = "ended_at is null and from_at <= now() and (until_at is null or now() < until_at)"
# What is returned, of the claims `c`; null or false where nobody asks.
CLAIMS = {
    "may(permission text) returns boolean": "coalesce(strpos(split_part(c, ';', 9), ',' || permission || ',') > 0, false)",
    "login() returns text": "coalesce(array_to_string((string_to_array(c, ';'))[10:], ';'), '')",
    **{
        f"{name}() returns bigint[]": f"coalesce(split_part(c, ';', {place})::bigint[], '{{}}')"
        for name, place in {"units": 4, "employees": 5, "lists": 7, "teams": 8}.items()
    },
}
FUNCTIONS = [
    f"""create or replace function access.viewer_{head} language plpgsql stable parallel safe set search_path = pg_catalog, pg_temp
        as $$ declare c text := access.viewer(); begin return {body}; end $$"""
    for head, body in CLAIMS.items()
]
PARTIES = f"""
create or replace function access.viewer_parties() returns bigint[]
language plpgsql stable parallel restricted security definer set search_path = pg_catalog, pg_temp as $$
declare
    c text := access.viewer();
    by_name bigint[] := coalesce(split_part(c, ';', 6)::bigint[], '{{}}');
    teams bigint[] := split_part(c, ';', 8)::bigint[];
begin
    if cardinality(teams) > 0 then
        return by_name || array(select t.party_id from public.parties_teamed t where t.team_id = any(teams) and {NOW_SERVED});
    end if;
    return by_name;
end $$;
"""

# An entry is one telling of who asks; its number stands in a setting, which a savepoint takes back, and in a sequence, which nobody else writes.
IS_ENTERED = """current_setting('zhike.entry', true) <> '' then  -- alone: a session without values of these sequences may not ask for them
        if currval('access.entry')::text = current_setting('zhike.entry')
            and currval('access.entered_at') = (extract(epoch from now()) * 1000000)::bigint then"""
# What walls ask most: the bits of the value kept with an entry, or else the claims.
KEPT = {
    "all() returns boolean": ("{0} & 1 > 0", "coalesce(strpos(split_part({0}, ';', 2), 'a') > 0, false)"),
    "whole() returns boolean": ("{0} & 2 > 0", "coalesce(strpos(split_part({0}, ';', 2), 'w') > 0, false)"),
    "is_app() returns boolean": ("{0} & 4 > 0", "coalesce(strpos(split_part({0}, ';', 2), 'p') > 0, false)"),
    "person() returns bigint": ("nullif({0} >> 3, 0)", "nullif(split_part({0}, ';', 1), '')::bigint"),
}
KEPT_FUNCTIONS = [
    f"""create or replace function access.viewer_{head} language plpgsql stable parallel restricted security definer
        set search_path = pg_catalog, pg_temp as $$
begin
    if {IS_ENTERED}
            return {kept.format("currval('access.entered_as')")};
        end if;
    end if;
    return {else_told.format("access.viewer()")};
end $$"""
    for head, (kept, else_told) in KEPT.items()
]
SEEN = """
create or replace function access.party_is_seen(party bigint) returns boolean
language plpgsql stable security definer set search_path = pg_catalog, pg_temp as $$
declare
    c text := access.viewer();
    flags text := split_part(c, ';', 2);
    unit bigint;
    rms bigint[];
    barriers bigint[];
begin
    select p.unit_id, p.rm_ids, p.barrier_ids into unit, rms, barriers from public.parties_party p where p.id = party;
    if c is null or not found then
        return false;
    end if;
    return strpos(flags, 'a') > 0
        or coalesce(barriers is null or barriers <@ split_part(c, ';', 7)::bigint[], false)
            and (strpos(flags, 'w') > 0 or coalesce(unit = any(split_part(c, ';', 4)::bigint[]), false)
                 or coalesce(rms && split_part(c, ';', 5)::bigint[], false) or party = any(access.viewer_parties()));
end $$;
"""
ENTRIES = """
create unlogged sequence access.entry;
create unlogged sequence access.entered_at;
create unlogged sequence access.entered_as minvalue 0;
create unlogged sequence access.opened_party;
create unlogged sequence access.opened_by;

create function access.enter(viewer text, request text) returns void
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
declare
    claims text;
    flags text;
begin
    perform set_config('zhike.viewer', viewer, true), set_config('zhike.request', request, true), set_config('zhike.entry', '', true),
            set_config('zhike.opened', '', true);
    if current_setting('transaction_read_only') = 'off' then
        claims := access.viewer();
        flags := split_part(claims, ';', 2);
        if claims is not null then
            perform set_config('zhike.entry', nextval('access.entry')::text, true),
                    setval('access.entered_at', (extract(epoch from now()) * 1000000)::bigint),
                    setval('access.entered_as', (coalesce(nullif(split_part(claims, ';', 1), '')::bigint, 0) << 3)
                        + (strpos(flags, 'a') > 0)::int + 2 * (strpos(flags, 'w') > 0)::int + 4 * (strpos(flags, 'p') > 0)::int);
        end if;
    end if;
end $$;
comment on function access.enter(text, text) is
    'tells who asks in this transaction, in signed text, and the number of the request; checked once, where the transaction may write';

create function access.open(party bigint) returns bigint
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
begin
    if party is null or not access.party_is_seen(party) then
        return null;
    end if;
    if current_setting('zhike.entry', true) <> '' then
        perform setval('access.opened_party', party), setval('access.opened_by', currval('access.entry')),
                set_config('zhike.opened', party::text, true);
    end if;
    return party;
end $$;
comment on function access.open(bigint) is
    'the customer, where who asks sees her; until somebody else asks or another is opened, her rows are let through by her number alone';
"""
OPENED = f"""
create function access.opened() returns bigint
language plpgsql stable parallel restricted security definer set search_path = pg_catalog, pg_temp as $$
begin
    if {IS_ENTERED}
            if current_setting('zhike.opened', true) <> '' then
                if currval('access.opened_by') = currval('access.entry') and currval('access.opened_party')::text = current_setting('zhike.opened') then
                    return currval('access.opened_party');
                end if;
            end if;
        end if;
    end if;
    return null;
end $$;
comment on function access.opened() is 'the customer whom access.open found seen by who asks in this transaction; else null';
"""
# Walls as they stand, in PostgreSQL's own words: the parties' and all that hang on it ask for the open customer first.
FASTEN = r"""
do $do$
declare
    everybody constant text := '\( SELECT access\.viewer_all\(\) AS viewer_all\) OR';
    through constant text := '\( SELECT true\s+FROM (?:parties_party|holdings_account) (?:above|held)\s+WHERE \((?:above|held)\.id = \w+\.(?:party_id|account_id)\)\)';
    one record;
begin
    for one in
        select p.polrelid::regclass as place, a.attname as party, pg_get_expr(p.polqual, p.polrelid) as seen
        from pg_policy p join pg_class c on c.oid = p.polrelid
        join pg_attribute a on a.attrelid = c.oid and a.attname = case c.relname when 'parties_party' then 'id' else 'party_id' end
        where c.relnamespace = 'public'::regnamespace and p.polname = 'seen'
          and (c.relname = 'parties_party' or pg_get_expr(p.polqual, p.polrelid) ~ through) and pg_get_expr(p.polqual, p.polrelid) ~ everybody
    loop
        execute format('alter policy seen on %s using (%s)', one.place, regexp_replace(one.seen, everybody, format(
            '%s.%I = (select access.opened()) or (select access.viewer_all()) or', one.place, one.party)));
    end loop;
end $do$;
"""
# What writes the name of who asks into a row read it from the claims.
LOGINS = r"""
do $do$
declare
    one record;
begin
    for one in select p.oid from pg_proc p where p.prosrc like '%access.viewer() ->> ''l''%' loop
        execute replace(pg_get_functiondef(one.oid), 'access.viewer() ->> ''l''', 'access.viewer_login()');
    end loop;
end $do$;
"""
WALLS_ASK = "access.viewer(), access.viewer_login(), access.viewer_teams(), access.opened()"
PAGES_ASK = "access.enter(text, text), access.open(bigint)"
GRANTS = [
    f"revoke all on function {WALLS_ASK}, {PAGES_ASK} from public",
    f"grant execute on function {WALLS_ASK} to {role('web')}, {role('read')}, {role('job')}",
    f"grant execute on function {PAGES_ASK} to {role('web')}, {role('job')}",
]


class Migration(migrations.Migration):
    # Every table with a wall of customers, and every function that read the claims as JSON, is there.
    dependencies = [
        ("access", "0019_role_withdrawn"), ("parties", "0025_lent_teams"), ("insight", "0002_profile"), ("holdings", "0011_dumped"),
        ("engagement", "0007_channel_statistics"), ("duplicates", "0004_consents"), ("audit", "0002_whole_bank"), ("privacy", "0004_reminders"),
        ("ingestion", "0006_filled"), ("workspace", "0004_walls_one_by_one"), ("api", "0001_ground"),
    ]  # fmt: skip

    operations = [
        migrations.RunSQL([VIEWER, *FUNCTIONS, PARTIES, SEEN, ENTRIES, *KEPT_FUNCTIONS, OPENED, LOGINS, *GRANTS], migrations.RunSQL.noop),
        migrations.RunSQL(FASTEN, migrations.RunSQL.noop),
    ]
