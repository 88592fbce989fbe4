"""With whom a customer's money moves, and who of them is no customer of the bank yet. The first argument is the viewer.

A counterparty is an account number, else a name, as the bank's systems wrote it into the postings. Whether an account is one of the bank's
own is told as yes or no by `holdings_own_accounts`; whose it is, only where the viewer sees that customer.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, Literal

from django.db import connection

from zhike.access.scope import Viewer, seen_where
from zhike.holdings.rules import WITHIN

MOST = 8  # each way


@dataclass(frozen=True)
class Counterparty:
    """One counterparty over a year. `until`: its last day. `party_id`: the customer it is, where the viewer sees it;
    `is_customer` None: it came without an account."""

    direction: Literal["credit", "debit"]
    name: str
    number: str
    bank: str
    amount: Decimal
    count: int
    last: date
    share: Decimal
    until: date
    is_customer: bool | None
    party_id: int | None


_MOVED = """
with accounts as materialized (select unnest(%(accounts)s::bigint[]) as id),
to_day as materialized (
    select max(last.booking_date) as until from accounts cross join lateral (
        select t.booking_date from holdings_transaction t
        where t.account_id = accounts.id and t.currency = %(currency)s and t.booking_date <= %(until)s order by t.booking_date desc limit 1) last),
moved as (
    select t.direction, t.counterparty_account_digest as digest, max(t.counterparty_name) as name, max(t.counterparty_account_masked) as number,
        max(t.counterparty_bank) as bank, sum(t.amount) as amount, count(*) as count, max(t.booking_date) as last
    from holdings_transaction t cross join to_day
    where t.account_id = any(%(accounts)s) and t.currency = %(currency)s
      and t.booking_date > to_day.until - interval '1 year' and t.booking_date <= to_day.until
      and (t.counterparty_account_digest is not null or t.counterparty_name <> '')
      and (t.counterparty_account_digest is null or t.counterparty_account_digest <> all(%(own)s::bytea[]))
      and (t.code is null or t.code <> all(%(within)s))
    group by t.direction, t.counterparty_account_digest, case when t.counterparty_account_digest is null then t.counterparty_name end),
ranked as (
    select m.*, sum(amount) over (partition by direction) as whole,
        row_number() over (partition by direction order by amount desc, name, number) as place from moved m)
select direction, coalesce(name, ''), coalesce(number, ''), coalesce(bank, ''), amount, count, last, amount / nullif(whole, 0), (select until from to_day), digest
from ranked where place <= %(most)s order by direction, place
"""
_OURS = "select own from holdings_own_accounts(%(digests)s::bytea[]) own"
_WHOSE = """
select a.account_no_digest, min(a.party_id) from holdings_account a join parties_party p on p.id = a.party_id and {seen}
where a.account_no_digest = any(%(digests)s::bytea[]) group by 1
"""


def counterparties(viewer: Viewer, accounts: Sequence[int], own_numbers: Sequence[bytes], currency: str, until: date) -> list[Counterparty]:
    """The eight largest each way over the year that ends with the last move up to `until`, on accounts found for the viewer; three
    statements however much moved."""
    values: dict[str, Any] = {
        "accounts": list(accounts), "own": list(own_numbers), "currency": currency, "until": until, "within": list(WITHIN), "most": MOST,
    }  # fmt: skip
    where = seen_where(viewer)
    with connection.cursor() as cursor:
        cursor.execute(_MOVED, values)
        rows = cursor.fetchall()
        digests = [bytes(row[-1]) for row in rows if row[-1] is not None]
        cursor.execute(_OURS, {"digests": digests})
        ours = {bytes(row[0]) for row in cursor.fetchall()}
        cursor.execute(_WHOSE.format(seen=where.sql), {**where.values, "digests": digests})
        whose = {bytes(digest): party for digest, party in cursor.fetchall()}
    return [_counterparty(row, ours, whose) for row in rows]


def _counterparty(row: tuple[Any, ...], ours: set[bytes], whose: Mapping[bytes, int]) -> Counterparty:
    direction, name, number, bank, amount, count, last, share, until, wanted = row
    digest = None if wanted is None else bytes(wanted)
    is_customer, party_id = (None, None) if digest is None else (digest in ours, whose.get(digest))
    return Counterparty(direction, name, number, bank, amount, count, last, share, until, is_customer, party_id)
