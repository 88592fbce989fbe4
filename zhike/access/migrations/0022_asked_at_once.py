"""What walls ask of whoever asks, most of it kept when she enters; a customer that is open stays so where nothing may be written (decision 52).

Beside the bits of 0020 a second number is kept: the permissions that walls of the busiest tables name, and the one unit and the one employee that
most people's scope consists of. Whoever has more of them is asked for her claims, as before.
"""

from __future__ import annotations

from django.db import migrations

from zhike.access.walls import role

# The second number stands in the claims, behind the flags and a colon; `access.kept` makes it. Places are for good.
# Bits of permissions ("app" is the door); one that is not here, or where bit TOLD is not set, is looked up in the claims.
PERMISSIONS = (
    "contacts.read",
    "interactions.read",
    "transactions.read",
    "customers.read",
    "accounts.read",
    "audit.read",
    "customers.edit",
    "app",
)
TOLD = 11
# The only employee and unit: nought where the claims say it, one where there is none, else the key and one.
EMPLOYEE, EMPLOYEES, UNIT, UNITS = 12, (1 << 26) - 1, 38, (1 << 25) - 1

# One expression and one statement: PostgreSQL makes each ready anew in every transaction, which takes longer than what they do. The same check as in
# access.viewer(); a new number comes before the rest: should that fail, the entry before is none any more. The limit keeps PostgreSQL from reading
# numbers out of what is not genuine while it plans.
ENTER = """
create unlogged sequence access.entered_with minvalue 0;

create or replace function access.enter(viewer text, request text) returns void
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
declare
    told text := concat(set_config('zhike.viewer', viewer, true), set_config('zhike.request', request, true),
        case when current_setting('zhike.entry', true) <> '' then set_config('zhike.entry', '', true) end,
        case when current_setting('zhike.opened', true) <> '' then set_config('zhike.opened', '', true) end);
begin
    perform case when is_genuine and current_setting('transaction_read_only') = 'off' then case when expires::bigint >= extract(epoch from now()) then
            set_config('zhike.entry', nextval('access.entry')::text, true)::bigint
            + setval('access.entered_at', (date_part('epoch', now()) * 1000000)::bigint)
            + setval('access.entered_as', (coalesce(nullif(person, '')::bigint, 0) << 3)
                + (strpos(flags, 'a') > 0)::int + 2 * (strpos(flags, 'w') > 0)::int + 4 * (strpos(flags, 'p') > 0)::int)
            + 0 * setval('access.entered_with', coalesce(nullif(split_part(flags, ':', 2), '')::bigint, 0)) end end
    from (select encode(sha256(s.outer_key || sha256(s.inner_key || convert_to(left(viewer, -64), 'UTF8'))), 'hex') = right(viewer, 64)
                 and length(viewer) > 64 as is_genuine,
                 split_part(viewer, ';', 1) as person, split_part(viewer, ';', 2) as flags, split_part(viewer, ';', 3) as expires
          from public.access_viewersecret s order by s.version desc limit 1) asked;
end $$;
"""
AT = "(date_part('epoch', now()) * 1000000)::bigint"
IS_ENTERED = f"""current_setting('zhike.entry', true) <> '' then case when currval('access.entry')::text = current_setting('zhike.entry')
        and currval('access.entered_at') = {AT}"""
AS, WITH = "currval('access.entered_as')", "currval('access.entered_with')"


UNIT_KEPT, EMPLOYEE_KEPT = f"(({WITH} >> {UNIT}) & {UNITS})", f"(({WITH} >> {EMPLOYEE}) & {EMPLOYEES})"


def _only_key(kept: str) -> str:
    return f"case when {kept} > 1 then array[{kept} - 1] when {kept} = 1 then '{{}}' end"


PLACES = f"array_position('{{{','.join(PERMISSIONS)}}}'::text[], permission)"  # null for others
MAY = f"case when {WITH} & {1 << TOLD} > 0 then ({WITH} >> ({PLACES} - 1)) & 1 > 0 end"
# What is returned: by what was kept with the entry; where that is null, by the claims.
ASKED = {
    "all() returns boolean": (f"{AS} & 1 > 0", "coalesce(strpos(split_part(access.viewer(), ';', 2), 'a') > 0, false)"),
    "whole() returns boolean": (f"{AS} & 2 > 0", "coalesce(strpos(split_part(access.viewer(), ';', 2), 'w') > 0, false)"),
    "is_app() returns boolean": (f"{AS} & 4 > 0", "coalesce(strpos(split_part(access.viewer(), ';', 2), 'p') > 0, false)"),
    "person() returns bigint": (f"nullif({AS} >> 3, 0)", "nullif(split_part(access.viewer(), ';', 1), '')::bigint"),
    "may(permission text) returns boolean": (
        MAY,
        """case permission when 'app' then access.viewer_is_app()
        else coalesce(strpos(split_part(access.viewer(), ';', 9), ',' || permission || ',') > 0, false) end""",
    ),
    "units() returns bigint[]": (_only_key(UNIT_KEPT), "coalesce(split_part(access.viewer(), ';', 4)::bigint[], '{}')"),
    "employees() returns bigint[]": (_only_key(EMPLOYEE_KEPT), "coalesce(split_part(access.viewer(), ';', 5)::bigint[], '{}')"),
    "unit() returns bigint": (f"nullif({UNIT_KEPT}, 0) - 1", "null"),
    "employee() returns bigint": (f"nullif({EMPLOYEE_KEPT}, 0) - 1", "null"),
}
ASKING = [
    f"""create or replace function access.viewer_{head} language plpgsql stable parallel restricted security definer set search_path = pg_catalog, pg_temp as $$
declare
    kept {head.split(" returns ")[1]} := case when {IS_ENTERED} then {kept} end end;
begin
    if kept is not null then
        return kept;
    end if;
    return {told};
end $$"""
    for head, (kept, told) in ASKED.items()
]
SAYS = "comment on function access.viewer_{0}() is 'the only {0} in the scope of who asks, kept when she entered: nought where there is none, null where more'"
OPEN = f"""
create or replace function access.party_is_seen(party bigint) returns boolean
language plpgsql stable security definer set search_path = pg_catalog, pg_temp as $$
begin
    return exists (
        select from public.parties_party p where p.id = party and (access.viewer_all()
            or (p.barrier_ids is null or p.barrier_ids <@ access.viewer_lists())
                and (p.unit_id = any(access.viewer_units()) or p.rm_ids && access.viewer_employees() or access.viewer_whole()
                     or p.id = any(access.viewer_parties()))));
end $$;

create or replace function access.open(party bigint) returns bigint
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
declare
    found_seen bigint := (
        select p.id from public.parties_party p where p.id = party and case when case when {IS_ENTERED} then
            {AS} & 1 > 0 or p.barrier_ids is null and (p.unit_id = {UNIT_KEPT} - 1 or {EMPLOYEE_KEPT} - 1 = any(p.rm_ids)) end end
            then true else access.party_is_seen(p.id) end);
begin
    return case when found_seen is not null then case when set_config('zhike.opened', found_seen::text, true) <> ''
            and current_setting('zhike.entry', true) <> ''
        then setval('access.opened_party', found_seen) + 0 * setval('access.opened_by', currval('access.entry')) else found_seen end end;
end $$;

create or replace function access.opened() returns bigint
language plpgsql stable parallel restricted security definer set search_path = pg_catalog, pg_temp as $$
declare
    told text := current_setting('zhike.opened', true);
begin
    if told <> '' then
        if (case when {IS_ENTERED} then currval('access.opened_by') = currval('access.entry') and currval('access.opened_party')::text = told end end) then
            return told::bigint;
        end if;
        if told ~ '^[0-9]{{1,18}}$' and access.party_is_seen(told::bigint) then
            return told::bigint;
        end if;
    end if;
    return null;
end $$;
comment on function access.opened() is
    'the customer whom access.open found seen by who asks in this transaction; where that could not be kept she is asked for again; else null';
"""
# Walls that ask once for a whole statement say so by the function alone: without a sub-select there is less to plan. By the same function as other walls
# of the page: in each transaction the first call of one costs three times as much as the next.
APP = "access.viewer_may('app')"
PLAIN = [
    f"alter policy {name} on {table} using ({APP})" + (f" with check ({APP})" if name == "web_update" else "")
    for table, names in {"access_session": ("seen", "web_update", "web_delete"), "access_person": ("seen", "web_update")}.items()
    for name in names
]
# Who sees one unit, or one book, is let through by its number: an array is taken apart for each row. Whoever sees all is asked for nothing else, and
# where no customer is open nobody is asked which.
REORDERED = r"""
do $do$
declare
    opened constant text := '\(((?:\w+\.)?(?:id|party_id) = \( SELECT )access\.opened\(\) AS opened\)\) OR (\( SELECT access\.viewer_all\(\) AS viewer_all\))';
    units constant text := '(unit_id = ANY (( SELECT access.viewer_units() AS viewer_units)::bigint[]))';
    one record;
    seen text;
begin
    for one in
        select p.polrelid::regclass as place, pg_get_expr(p.polqual, p.polrelid) as seen from pg_policy p join pg_class c on c.oid = p.polrelid
        where c.relnamespace = 'public'::regnamespace and p.polname = 'seen' and pg_get_expr(p.polqual, p.polrelid) ~ opened
    loop
        seen := regexp_replace(one.seen, opened,
            '\2 or (\1 case when current_setting(''zhike.opened'', true) <> '''' then access.opened() end))');
        if one.place = 'parties_party'::regclass then
            if strpos(seen, units) = 0 then
                raise exception 'the wall of parties is not as it was left: %', seen;
            end if;
            seen := replace(seen, units,
                '(unit_id = (select access.viewer_unit())) or ((select access.viewer_employee()) = any (rm_ids)) or ' || units);
        end if;
        execute format('alter policy seen on %s using (%s)', one.place, seen);
    end loop;
end $do$;
"""
GRANTS = [
    "revoke all on function access.viewer_unit(), access.viewer_employee() from public",
    f"grant execute on function access.viewer_unit(), access.viewer_employee() to {role('web')}, {role('read')}, {role('job')}",
]


class Migration(migrations.Migration):
    """Functions anew, owners and grants stay; one more sequence; walls say the same in another order."""

    dependencies = [("access", "0021_revealing"), ("workspace", "0005_opened")]

    operations = [
        migrations.RunSQL(
            [ENTER, *ASKING, SAYS.format("unit"), SAYS.format("employee"), OPEN, *PLAIN, *GRANTS],
            migrations.RunSQL.noop,
        ),
        migrations.RunSQL(REORDERED, migrations.RunSQL.noop),
    ]
