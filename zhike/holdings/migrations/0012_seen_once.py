"""Sums of customers with one look at each, the holdings of the customer that is open, and a branch's list by amount (decision 52)."""

from __future__ import annotations

from django.db import migrations

from zhike.access.walls import barrier_view, opened_view, role

SUMS = (
    "currency", "deposits", "wealth", "loans", "aum", "count_accounts", "count_families", "next_maturity_date", "next_maturity_amount", "as_of",
)  # fmt: skip
SUM = f"""
select p.id, p.unit_id, p.rm_ids, p.barrier_ids, {", ".join(f"s.{name}" for name in SUMS)}
from parties_walled p join holdings_summary s on s.party_id = p.id
"""

# Of the accounts in force whose main holder she is: those that count as her own.
BALANCE = """
select a.party_id, d.side, b.currency, b.balance, b.valid_from, b.valid_to
from holdings_account a join holdings_balance b on b.account_id = a.id left join products_product d on d.id = a.product_id
where a.party_id = access.opened() and a.valid_to is null
"""

# As holdings_book() for a book: the units are those of who asks, and each customer's own unit and lists are looked at again.
UNITS = """
create function holdings_units(past_place bigint, past_party bigint, is_backward boolean, most integer) returns table (place bigint, party_id bigint)
language plpgsql stable security definer rows 50 set search_path = public, pg_temp as $$
declare
    units constant bigint[] := access.viewer_units();
begin
    if is_backward then
        return query select w.place, w.party_id from unnest(units) one(id) cross join lateral (
            select s.place, s.party_id from holdings_summary s join parties_party p on p.id = s.party_id
            where s.unit_id = one.id and s.place is not null and s.place >= coalesce(past_place, -9223372036854775808)
              and (past_place is null or s.place > past_place or s.party_id < past_party)
              and p.unit_id = any(units) and (p.barrier_ids is null or p.barrier_ids <@ access.viewer_lists())
            order by s.place, s.party_id desc limit most) w order by 1, 2 desc limit most;
    else
        return query select w.place, w.party_id from unnest(units) one(id) cross join lateral (
            select s.place, s.party_id from holdings_summary s join parties_party p on p.id = s.party_id
            where s.unit_id = one.id and s.place is not null and s.place <= coalesce(past_place, 9223372036854775807)
              and (past_place is null or s.place < past_place or s.party_id > past_party)
              and p.unit_id = any(units) and (p.barrier_ids is null or p.barrier_ids <@ access.viewer_lists())
            order by s.place desc, s.party_id limit most) w order by 1 desc, 2 limit most;
    end if;
end $$;
comment on function holdings_units(bigint, bigint, boolean, integer) is
    'of the customers in the units of who asks, those past a place (none: from an end) with their places, at most so many';
"""


class Migration(migrations.Migration):
    dependencies = [("holdings", "0011_dumped"), ("parties", "0026_seen_once")]

    operations = [
        barrier_view("holdings_sum", SUM),
        opened_view("holdings_summary", ("party_id", *SUMS)),
        barrier_view("holdings_balance_opened", BALANCE),
        migrations.RunSQL(
            [
                UNITS,
                "revoke all on function holdings_units(bigint, bigint, boolean, integer) from public",
                f"grant execute on function holdings_units(bigint, bigint, boolean, integer) to {role('web')}, {role('read')}",
            ],
            "drop function holdings_units(bigint, bigint, boolean, integer)",
        ),
    ]
