"""Whom a company pays through the bank: the heads and amounts of each month, and the employees the viewer sees. The first argument is the viewer.

How many are paid is told of every company in scope (the database function `holdings_payroll_months`: numbers, nobody's name), because the
company's own postings tell the sum anyway; who they are and what they get, only of employees in scope.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from django.db import connection

from zhike.access.scope import Viewer, seen_where
from zhike.core.charts import Chart, Series
from zhike.core.dates import month as month_words
from zhike.core.words import language

ROWS = 20
STOPPED_AFTER = timedelta(days=62)  # two pay days missed


@dataclass(frozen=True)
class PaidMonth:
    """How many were paid in a month, given by its first day, and what altogether."""

    month: date
    heads: int
    amount: Decimal
    last: date
    currency: str


@dataclass(frozen=True)
class Employee:
    """One employee in scope with the latest payment; `newest` is the day on which the company last paid anybody."""

    party_id: int
    name: str
    last: date
    amount: Decimal
    newest: date

    @property
    def has_stopped(self) -> bool:
        """Nothing for two months while others were paid."""
        return self.newest - self.last > STOPPED_AFTER


@dataclass(frozen=True)
class Paid:
    """A company's payroll over the year that ends with its latest payment; `rows` are employees in scope after the key asked for."""

    months: Sequence[PaidMonth]
    rows: Sequence[Employee]
    count_seen: int
    next_key: int | None

    @property
    def latest(self) -> PaidMonth | None:
        """The month of the latest payment."""
        return self.months[-1] if self.months else None

    @property
    def count_unseen(self) -> int:
        """How many of the latest month are outside the viewer's scope, at least."""
        return max(self.months[-1].heads - self.count_seen, 0) if self.months else 0


_MONTHS = "select month, heads, amount, last, currency from holdings_payroll_months(%(employer)s, %(until)s)"
_LATEST = """
with latest as (
    select s.party_id, p.name, max(s.pay_date) as last, (array_agg(s.amount order by s.pay_date desc, s.id desc))[1] as amount
    from holdings_payroll g join holdings_salary s on s.payroll_id = g.id join parties_party p on p.id = s.party_id and {seen}
    where g.party_id = %(employer)s and s.pay_date <= %(until)s and s.pay_date >= %(since)s group by 1, 2)
select party_id, name, last, amount, (select count(*) from latest) from latest
where %(after)s::bigint is null or party_id > %(after)s order by 1 limit %(most)s
"""


def paid_through(viewer: Viewer, employer: int, until: date, *, after: int | None = None) -> Paid:
    """The payroll of a company the viewer has been found to see, up to the day `until`; two statements."""
    where = seen_where(viewer)
    with connection.cursor() as cursor:
        cursor.execute(_MONTHS, {"employer": employer, "until": until})
        months = [PaidMonth(*row) for row in cursor.fetchall()]
        if not months:
            return Paid([], [], 0, None)
        values: dict[str, Any] = {
            "employer": employer,
            "until": months[-1].last,
            "since": months[0].month,
            "after": after,
            "most": ROWS + 1,
        }
        cursor.execute(_LATEST.format(seen=where.sql), {**where.values, **values})
        rows = cursor.fetchall()
    found = [Employee(party, name, day, amount, months[-1].last) for party, name, day, amount, _seen in rows[:ROWS]]
    return Paid(months, found, rows[0][-1] if rows else 0, found[-1].party_id if len(rows) > ROWS else None)


def heads_chart(months: Sequence[PaidMonth], sentence: str) -> Chart | None:
    """Employees paid month by month; None with fewer than two months."""
    if len(months) < 2:
        return None
    at = [month_words(one.month, language()) for one in months]
    return Chart("bars", sentence, at, [Series(sentence, [float(one.heads) for one in months], "c3")], unit="count", height=140)
