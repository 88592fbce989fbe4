"""Balances as intervals: taking the last of each month, chaining them, and what stands on the account itself (decision 7)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from zhike.core.merging import Cursor, Merged, Stage
from zhike.holdings.summaries import touch

HISTORY = "holdings_holdinghistory"

# What staging keeps of the feed (DuckDB SQL over {rows}), with `_rows`: for how many rows each one stands. Of balances the last of each
# month is enough here; a million customers would otherwise send thirty times as much.
LAST_OF_MONTH = """
    select account_key, currency, max(balance_date) as balance_date, arg_max_null(balance, balance_date) as balance,
        arg_max_null(available, balance_date) as available, arg_max(_file, balance_date) as _file, arg_max(_line, balance_date) as _line,
        count(*) as _rows
    from {rows} group by account_key, currency, date_trunc('month', balance_date)
"""


def merge_balances(cursor: Cursor, stage: Stage) -> Merged:
    """Take balance changes, of which staging has kept the last of each month. A month that says what is known counts as unchanged."""
    cursor.execute(
        f"""create temp table taken_balances on commit drop as
            select s.account_id, s.account_party_id as party_id, s.currency, s.balance, s.available, s.balance_date as valid_from, s._rows,
                lead(s.balance_date) over days as valid_to, row_number() over days = 1 as is_first,
                b.id as known_id, b.balance is not distinct from s.balance as is_known
            from {stage.table} s left join holdings_balance b
              on b.account_id = s.account_id and b.currency = s.currency and b.valid_from = s.balance_date
            window days as (partition by s.account_id, s.currency order by s.balance_date)"""
    )
    cursor.execute("select coalesce(sum(_rows), 0), coalesce(sum(_rows) filter (where is_known), 0) from taken_balances")
    rows, unchanged = (int(count) for count in cursor.fetchone())
    cursor.execute("analyze taken_balances (account_id)")
    if _are_all_later(cursor):
        _append(cursor, stage)
    else:
        _weave(cursor, stage)
    cursor.execute("drop table taken_balances")
    return Merged(rows - unchanged, unchanged)


def _are_all_later(cursor: Cursor) -> bool:
    """Whether nothing is known of these accounts from the first day taken on: so it is from day to day."""
    cursor.execute(
        """select not exists (
               select 1 from taken_balances t join holdings_balance b
                 on b.account_id = t.account_id and b.currency = t.currency and b.valid_from >= t.valid_from
               where t.is_first)"""
    )
    return bool(cursor.fetchone()[0])


_COLUMNS = "account_id, party_id, currency, balance, available, valid_from, valid_to"


def _append(cursor: Cursor, stage: Stage) -> None:
    """Put later balances behind those that are there."""
    cursor.execute(
        """update holdings_balance b set valid_to = t.valid_from from taken_balances t
           where t.is_first and b.account_id = t.account_id and b.currency = t.currency and b.valid_to is null"""
    )
    cursor.execute(
        f"""insert into holdings_balance ({_COLUMNS}, source, batch_id)
            select {_COLUMNS}, %(source)s, %(batch_id)s from taken_balances""",
        stage.params,
    )
    cursor.execute(
        """update holdings_account a set balance = t.balance, balance_date = t.valid_from from taken_balances t
           where t.valid_to is null and a.id = t.account_id and a.currency = t.currency"""
    )
    touch(cursor, "select party_id from taken_balances where is_first")


def _weave(cursor: Cursor, stage: Stage) -> None:
    """Put balances between and over those that are there."""
    cursor.execute("delete from taken_balances where is_known")
    _keep_overwritten(cursor, stage)
    cursor.execute(
        f"""insert into holdings_balance ({_COLUMNS}, source, batch_id)
            select {_COLUMNS}, %(source)s, %(batch_id)s from taken_balances
            on conflict (account_id, currency, valid_from) do update
                set balance = excluded.balance, available = excluded.available, batch_id = excluded.batch_id""",
        stage.params,
    )
    _remember_places(cursor, "select account_id, currency, valid_from from taken_balances")
    _chain(cursor)


def _keep_overwritten(cursor: Cursor, stage: Stage) -> None:
    """A later batch may correct an earlier day: what stood there goes to history, so that it can be put back."""
    cursor.execute(
        f"""insert into {HISTORY} (kind, entity_id, party_id, valid_from, valid_to, "values", batch_id)
            select 'balance', b.account_id, b.party_id, b.valid_from, %(batch_date)s, to_jsonb(b), %(batch_id)s
            from holdings_balance b join taken_balances t on t.known_id = b.id""",
        stage.params,
    )


def take_back_balances(cursor: Cursor, *, source: str, batch_ids: Sequence[int]) -> None:
    """Forget the balances those batches brought, put back what they overwrote, and chain the rest anew."""
    params = {"source": source, "ids": list(batch_ids)}
    brought = "from holdings_balance where source = %(source)s and batch_id = any(%(ids)s)"
    _remember_places(cursor, f"select account_id, currency, valid_from {brought}", params)
    cursor.execute(f"delete {brought}", params)
    cursor.execute(
        f"""insert into holdings_balance select r.* from (
                select distinct on (entity_id, valid_from) "values" from {HISTORY}
                where kind = 'balance' and batch_id = any(%(ids)s) order by entity_id, valid_from, batch_id) h,
            jsonb_populate_record(null::holdings_balance, h."values") r
            where r.source = %(source)s and not (r.batch_id = any(%(ids)s)) on conflict do nothing""",
        params,
    )
    cursor.execute(
        f"""delete from {HISTORY} where kind = 'balance' and batch_id = any(%(ids)s) and "values"->>'source' = %(source)s""", params
    )
    _chain(cursor)


def _remember_places(cursor: Cursor, places: str, params: Mapping[str, Any] | None = None) -> None:
    """Note in `moved_balances` from which day on the balances of which account have to be chained anew: the last one before a change."""
    cursor.execute(
        f"""create temp table moved_balances on commit drop as
            select m.account_id, m.currency, coalesce(p.valid_from, m.first) as since
            from (select account_id, currency, min(valid_from) as first from ({places}) one group by 1, 2) m
            left join lateral (
                select b.valid_from from holdings_balance b
                where b.account_id = m.account_id and b.currency = m.currency and b.valid_from < m.first
                order by b.valid_from desc limit 1) p on true""",
        params,
    )
    cursor.execute("analyze moved_balances")


def _chain(cursor: Cursor) -> None:
    """Close each balance where the next one begins, and write the open one on the account."""
    cursor.execute(
        """update holdings_balance b set valid_to = n.next_from
           from (select c.id, c.valid_to, lead(c.valid_from) over (partition by c.account_id, c.currency order by c.valid_from) as next_from
                 from moved_balances m join holdings_balance c
                   on c.account_id = m.account_id and c.currency = m.currency and c.valid_from >= m.since) n
           where n.id = b.id and n.valid_to is distinct from n.next_from"""
    )
    cursor.execute(
        """update holdings_account a set balance = b.balance, balance_date = b.valid_from
           from moved_balances m join holdings_balance b on b.account_id = m.account_id and b.currency = m.currency and b.valid_from >= m.since
           where a.id = m.account_id and a.currency = m.currency and b.valid_to is null
             and (a.balance is distinct from b.balance or a.balance_date is distinct from b.valid_from)"""
    )
    touch(cursor, "select a.party_id from moved_balances m join holdings_account a on a.id = m.account_id")
    cursor.execute("drop table moved_balances")


def balances_from_transactions(cursor: Cursor, *, source: str, batch_id: int) -> None:
    """Where a bank delivers no balances feed, the balance after the last posting of each account is its balance."""
    cursor.execute(
        """create temp table last_postings on commit drop as
           select distinct on (t.account_id) t.account_id, t.party_id, t.balance_after, t.booking_date from holdings_transaction t
           where t.source = %(source)s and t.batch_id = %(batch_id)s and t.balance_after is not null
             and not exists (select 1 from holdings_balance b where b.account_id = t.account_id)
           order by t.account_id, t.booking_date desc, t.at desc nulls last, t.id desc""",
        {"source": source, "batch_id": batch_id},
    )
    cursor.execute(
        """update holdings_account a set balance = t.balance_after, balance_date = t.booking_date from last_postings t
           where a.id = t.account_id and (a.balance_date is null or a.balance_date <= t.booking_date)"""
    )
    touch(cursor, "select party_id from last_postings")
    cursor.execute("drop table last_postings")
