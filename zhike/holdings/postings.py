"""Reads of transactions, on accounts that have been found for the viewer: a list, and the sums by month."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django.db import connection
from django.db.models import Count, Q, QuerySet, Sum

from zhike.holdings.models import Transaction
from zhike.holdings.queries import MonthEnd, on_accounts
from zhike.holdings.rules import WITHIN, month_ends, months_until

NOTHING = Decimal(0)


@dataclass(frozen=True)
class Filters:
    """What a list of transactions is narrowed to. Empty: any. Booked from `since` on, before `until`."""

    account_id: int | None = None
    direction: str = ""
    words: str = ""
    since: date | None = None
    until: date | None = None


@dataclass(frozen=True)
class MonthFlow:
    """What came in and went out in a month, what only moves between her own products here left out."""

    month: date
    inflow: Decimal
    outflow: Decimal


@dataclass(frozen=True)
class Totals:
    """All transactions of one account."""

    count: int
    inflow: Decimal
    outflow: Decimal
    first: date | None
    last: date | None


def transactions(ids: Sequence[int], filters: Filters, *, until: date | None = None) -> QuerySet[Transaction]:
    """The transactions on these accounts, unordered, up to the day `until`; `account_id` outside of them gives none."""
    chosen = [key for key in ids if filters.account_id in (None, key)]
    rows: QuerySet[Transaction] = on_accounts(Transaction, chosen).select_related("account")
    if until is not None:
        rows = rows.filter(booking_date__lte=until)
    if filters.direction:
        rows = rows.filter(direction=filters.direction)
    if filters.since:
        rows = rows.filter(booking_date__gte=filters.since)
    if filters.until:
        rows = rows.filter(booking_date__lt=filters.until)
    for part in filters.words.split():
        rows = rows.filter(Q(summary__icontains=part) | Q(counterparty_name__icontains=part) | Q(source_code__icontains=part))
    return rows


def totals(account_id: int) -> Totals:
    """Count, sums and span of one account's transactions."""
    rows = on_accounts(Transaction, [account_id]).values("direction").annotate(n=Count("pk"), amount=Sum("amount"))
    sums: dict[str, Any] = {row["direction"]: row for row in rows}
    credit, debit = sums.get("credit", {}), sums.get("debit", {})
    with connection.cursor() as cursor:
        cursor.execute("select min(booking_date), max(booking_date) from holdings_transaction where account_id = %s", [account_id])
        first, last = cursor.fetchone()
    return Totals(credit.get("n", 0) + debit.get("n", 0), credit.get("amount", NOTHING), debit.get("amount", NOTHING), first, last)


_MONTH_ENDS = """
select e.day, sum(last.balance_after)
from unnest(%(days)s::date[]) e(day) cross join unnest(%(accounts)s::bigint[]) a(id)
cross join lateral (
    select t.balance_after from holdings_transaction t
    where t.account_id = a.id and t.booking_date <= e.day and t.currency = %(currency)s and t.balance_after is not null
    order by t.booking_date desc, t.id desc limit 1) last
group by e.day order by e.day
"""


def balances_at_month_ends(ids: Sequence[int], currency: str, until: date, *, count: int = 24) -> list[MonthEnd]:
    """For a bank that delivers no balances: the balance after the last posting of each account at each month end."""
    if not ids:
        return []
    with connection.cursor() as cursor:
        cursor.execute(_MONTH_ENDS, {"days": month_ends(until, count), "accounts": list(ids), "currency": currency})
        return [MonthEnd(day, balance, NOTHING) for day, balance in cursor.fetchall()]


_FLOWS = """
select date_trunc('month', t.booking_date)::date as month,
       coalesce(sum(t.amount) filter (where t.direction = 'credit'), 0), coalesce(sum(t.amount) filter (where t.direction = 'debit'), 0)
from holdings_transaction t
where t.account_id = any(%(accounts)s) and t.currency = %(currency)s and t.booking_date <= %(until)s
  and (t.counterparty_account_digest is null or t.counterparty_account_digest <> all(%(own)s::bytea[]))
  and (t.code is null or t.code <> all(%(within)s))
group by 1 order by 1
"""


def flows(
    ids: Sequence[int], currency: str, own_numbers: Sequence[bytes], *, months: int = 12, until: date | None = None
) -> list[MonthFlow]:
    """In and out by month, the `months` months that end with the last one in which anything moved; `own_numbers` are the digests of
    the customer's own account numbers."""
    if not ids:
        return []
    with connection.cursor() as cursor:
        cursor.execute(
            _FLOWS,
            {"accounts": list(ids), "currency": currency, "own": list(own_numbers), "within": list(WITHIN), "until": until or date.max},
        )
        found = {row[0]: row for row in cursor.fetchall()}
    if not found:
        return []
    empty = (None, NOTHING, NOTHING)
    return [MonthFlow(month, *found.get(month, empty)[1:]) for month in months_until(max(found), months)]
