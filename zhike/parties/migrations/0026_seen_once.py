"""What lists and heads of customers read: each customer is looked at by the wall once, and what hangs on her comes along (decision 52)."""

from __future__ import annotations

from django.db import migrations

from zhike.access.walls import barrier_view, opened_view, role

# With the rights of who asks, also where another view reads it: row security of parties_party decides who stands in it.
WALLED = """
create view parties_walled with (security_invoker) as
select id, kind, status, name, customer_no, main_rm_id, unit_id, rm_ids, barrier_ids, since_date from parties_party
"""
# The head of the customer who is open, but who assists her on a day; `access.opened()` is asked once for all of it.
HEAD = """
select p.id, p.kind, p.status, p.name, p.customer_no, p.sex, p.birth_date, p.industry, p.is_staff, p.is_related_party, p.since_date, p.source,
    p.unit_id, p.rm_ids, p.barrier_ids, e.name as rm, u.name as unit, hidden.value_masked, hidden.value_digest,
    hidden.id_type, hidden.id_no_masked, hidden.id_no_digest, hidden.expires_date,
    least(p.valid_from, (select min(h.valid_from) from parties_partyhistory h where h.party_id = p.id and h.kind = 'party')) as known_since
from parties_party p left join access_employee e on e.id = p.main_rm_id left join access_unit u on u.id = p.unit_id
left join lateral (
    select c.value_masked, c.value_digest, i.id_type, i.id_no_masked, i.id_no_digest, i.expires_date
    from (select 1) one
    left join lateral (
        select value_masked, value_digest from parties_contactpoint
        where party_id = p.id and kind in ('mobile', 'phone') and valid_to is null
        order by is_valid desc, is_main desc, kind, id limit 1) c on true
    left join lateral (
        select id_type, id_no_masked, id_no_digest, expires_date from parties_identifier
        where party_id = p.id and valid_to is null order by is_main desc, id limit 1) i on true) hidden on access.viewer_may('contacts.read')
where p.id = access.opened()
"""
LINE = """
select p.id, p.name, p.kind, p.status, p.customer_no, e.name as rm, u.name as unit, p.since_date, c.value_masked, c.value_digest,
    p.unit_id, p.rm_ids, p.barrier_ids
from parties_walled p left join access_employee e on e.id = p.main_rm_id left join access_unit u on u.id = p.unit_id
left join lateral (
    select value_masked, value_digest from parties_contactpoint
    where party_id = p.id and kind in ('mobile', 'phone') and valid_to is null
    order by is_valid desc, is_main desc, kind, id limit 1) c on (select access.viewer_may('contacts.read'))
"""
# As parties_book() for a book: the units and lists are those of who asks.
UNITS = """
create function parties_units(past_name text, past_party bigint, is_backward boolean, most integer) returns table (name text, party_id bigint)
language plpgsql stable security definer rows 50 set search_path = public, pg_temp as $$
declare
    units constant bigint[] := access.viewer_units();
begin
    -- offset: her units first, whatever the number asked for; along the names it would read the whole bank
    if is_backward then
        return query select hers.name, hers.id from (
                select p.name, p.id from parties_party p where p.unit_id = any(units) and (p.barrier_ids is null or p.barrier_ids <@ access.viewer_lists()) offset 0) hers
            where past_name is null or (hers.name, hers.id) < (past_name, past_party) order by hers.name desc, hers.id desc limit most;
    else
        return query select hers.name, hers.id from (
                select p.name, p.id from parties_party p where p.unit_id = any(units) and (p.barrier_ids is null or p.barrier_ids <@ access.viewer_lists()) offset 0) hers
            where past_name is null or (hers.name, hers.id) > (past_name, past_party) order by hers.name, hers.id limit most;
    end if;
end $$;
comment on function parties_units(text, bigint, boolean, integer) is
    'of the customers in the units of who asks, by name, those past a name and key (none: from an end), at most so many';
"""


class Migration(migrations.Migration):
    dependencies = [("parties", "0025_lent_teams"), ("access", "0022_asked_at_once")]

    operations = [
        migrations.RunSQL([WALLED, f"grant select on parties_walled to {role('web')}, {role('job')}"], "drop view parties_walled"),
        barrier_view("parties_line", LINE),
        migrations.RunSQL(
            [
                UNITS,
                "revoke all on function parties_units(text, bigint, boolean, integer) from public",
                f"grant execute on function parties_units(text, bigint, boolean, integer) to {role('web')}, {role('read')}",
            ],
            "drop function parties_units(text, bigint, boolean, integer)",
        ),
        barrier_view("parties_head_opened", HEAD),
        opened_view("parties_assignment", ("party_id", "id", "employee_id", "role", "from_date", "to_date", "handed_date", "valid_to")),
    ]
