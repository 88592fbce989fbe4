"""Who sees a customer and why, by the same rules as viewers and walls; told to whoever sees that customer."""

from __future__ import annotations

from typing import Any

from django.db import migrations

from zhike.access.rules import ROLES
from zhike.access.walls import role

# In plpgsql, because the table of parties comes later than this one. `way`: bank, unit, book, team, deputy, participant, glass; `through`: the absent
# person, or the row that opened it.
WHO = """
create function access.who_sees(party bigint)
returns table (person_id bigint, way text, through bigint, until_at timestamptz, is_closed boolean)
language plpgsql stable security definer set search_path = pg_catalog, pg_temp as $$
declare
    place bigint;
    managers bigint[];
    lists bigint[];
begin
    select p.unit_id, p.rm_ids, p.barrier_ids into place, managers, lists from public.parties_party p where p.id = party and access.party_is_seen(party);
    if not found or not access.viewer_is_app() then
        return;
    end if;
    return query
    with recursive above(id) as (
        select place union select u.parent_id from public.access_unit u join above a on u.id = a.id where u.parent_id is not null),
    reach as materialized (
        select p.id, 'customers.read' = any(r.permissions) as reads, r.scope, case
            when r.scope = 'bank' then 'bank'
            when r.scope in ('own', 'team') and e.id = any(managers) then 'book'
            when r.scope = 'team' and exists (
                select 1 from public.access_employee o where o.id = any(managers) and e.team <> '' and o.unit_id = e.unit_id and o.team = e.team) then 'team'
            when r.scope = 'unit' and e.unit_id in (select a.id from above a) then 'unit'
            when r.scope = 'outlet' and e.unit_id = place then 'unit' end as way
        from public.access_person p join public.access_role r on r.name = p.role left join public.access_employee e on e.id = p.employee_id
        where p.is_active and not p.has_left),
    ways as (
        select r.id as person, r.way, null::bigint as through, null::timestamptz as until_at from reach r where r.way is not null
        union all
        select a.deputy_id, 'deputy', a.absent_id, a.until_at from public.access_absence a join reach r on r.id = a.absent_id
        where r.way is not null and r.scope <> 'bank' and a.ended_at is null and a.from_at <= now() and now() < a.until_at
        union all
        select x.person_id, 'participant', x.id, x.until_at from public.access_participation x
        where x.party_id = party and x.ended_at is null and x.from_at <= now() and now() < x.until_at
        union all
        select b.person_id, 'glass', b.id, b.until_at from public.access_brokenglass b
        where b.party_id = party and b.ended_at is null and b.from_at <= now() and now() < b.until_at)
    select w.person, w.way, w.through, w.until_at, lists is not null and not lists <@ array(
        select m.barrier_id from public.access_admission m
        where m.person_id = w.person and m.ended_at is null and m.from_at <= now() and (m.until_at is null or now() < m.until_at))
    from ways w join reach r on r.id = w.person where r.reads;
end $$;
comment on function access.who_sees(bigint) is
    'who sees a customer whom the viewer sees, by which way, until when; is_closed: a special list she stands on does not admit that person';
"""
# What ships with Zhike stands in the table with what it may, so that statements need not ask the code.
KNOWN: list[Any] = [
    ("update access_role set scope = %s, permissions = %s where name = %s", [one.scope, sorted(one.permissions), one.name])
    for one in ROLES.values()
]


class Migration(migrations.Migration):
    dependencies = [("access", "0010_scope")]

    operations = [
        migrations.RunSQL(KNOWN, migrations.RunSQL.noop),
        migrations.RunSQL(
            [
                WHO,
                "revoke all on function access.who_sees(bigint) from public",
                f"grant execute on function access.who_sees(bigint) to {role('web')}",
            ],
            "drop function access.who_sees(bigint)",
        ),
    ]
