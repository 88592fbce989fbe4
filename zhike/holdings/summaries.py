"""What each party holds, added up: one row per party and currency, which lists read. Only parties that a batch touched are added up again."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from zhike.core.merging import Cursor

_SUMS = (
    "deposits", "wealth", "loans", "aum", "count_accounts", "count_families", "next_maturity_date", "next_maturity_amount", "as_of",
    "unit_id", "place",
)  # fmt: skip

# Joint accounts count for the main holder only, so that the bank's total is not doubled.
_SUMMARY = """
    with held as (
        select a.party_id, a.currency, p.side, coalesce(p.family, 'demand_deposit') as family, a.balance_date,
            coalesce(a.balance, 0) as balance, coalesce(v.value, a.balance, 0) as value, coalesce(a.balance, a.principal) as due,
            case when a.maturity_date >= %(at)s and p.side <> 'asset' then a.maturity_date end as maturity_date
        from touched_parties t join holdings_account a on a.party_id = t.party_id
        left join products_product p on p.id = a.product_id
        left join (select x.account_id, sum(x.market_value) as value from touched_parties t join holdings_account o on o.party_id = t.party_id
                   join holdings_position x on x.account_id = o.id where x.valid_to is null group by 1) v on v.account_id = a.id
        where a.status <> 'closed' and a.valid_to is null),
    dated as (select *, min(maturity_date) over (partition by party_id, currency) as next_date from held)
    select party_id, currency,
        coalesce(sum(balance) filter (where side = 'liability' or side is null), 0) as deposits,
        coalesce(sum(value) filter (where side = 'intermediary'), 0) as wealth,
        coalesce(sum(balance) filter (where side = 'asset'), 0) as loans,
        sum(case side when 'asset' then 0 when 'intermediary' then value else balance end) as aum,
        count(*) as count_accounts, count(distinct family) as count_families,
        min(next_date) as next_maturity_date, sum(due) filter (where maturity_date = next_date) as next_maturity_amount,
        max(balance_date) as as_of
    from dated group by 1, 2
"""
# A party's place in lists by amount is the row of the currency it has most in, with its unit beside it, so that one index gives both. The
# place is a whole number: numeric comparisons are not leakproof, so under row security they would not bound an index.
_PLACED = f"""
    select s.*, p.unit_id, case row_number() over (partition by s.party_id order by s.aum desc, s.currency)
                               when 1 then greatest(least(s.aum * 100, 9e18), -9e18)::bigint end as place
    from ({_SUMMARY}) s join parties_party p on p.id = s.party_id
"""


def touch(cursor: Cursor, parties: str, params: Mapping[str, Any] | None = None) -> None:
    """Note the parties of a query (`party_id`) as having a sum that may have changed, until `refresh_summaries`."""
    cursor.execute("create temp table if not exists touched (party_id bigint) on commit drop")
    cursor.execute(f"insert into touched {parties}", params)


def refresh_summaries(cursor: Cursor, *, at: date) -> None:
    """Add up what each touched party holds on `at`; a sum that stays as it was is not written."""
    touch(cursor, "select null::bigint where false")
    cursor.execute("create temp table touched_parties on commit drop as select distinct party_id from touched where party_id is not null")
    cursor.execute("analyze touched_parties")
    cursor.execute(f"create temp table summed on commit drop as {_PLACED}", {"at": at})
    cursor.execute("analyze summed (party_id)")
    names = ", ".join(_SUMS)
    cursor.execute(
        f"""insert into holdings_summary (party_id, currency, {names}) select party_id, currency, {names} from summed
            on conflict (party_id, currency) do update set ({names}) = ({", ".join(f"excluded.{name}" for name in _SUMS)})
            where ({", ".join(f"holdings_summary.{name}" for name in _SUMS)}) is distinct from ({", ".join(f"excluded.{name}" for name in _SUMS)})"""
    )
    cursor.execute(
        """delete from holdings_summary h using touched_parties t where h.party_id = t.party_id
           and not exists (select 1 from summed s where s.party_id = h.party_id and s.currency = h.currency)"""
    )
    cursor.execute("drop table touched, touched_parties, summed")
    _follow_moves(cursor)


def _follow_moves(cursor: Cursor) -> None:
    """A party that went to another unit, or was put back by a replay, need not have been touched. All are compared: it is one hash join."""
    cursor.execute(
        """update holdings_summary h set unit_id = p.unit_id from parties_party p
           where p.id = h.party_id and h.unit_id is distinct from p.unit_id"""
    )
