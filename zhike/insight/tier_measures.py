"""What tiers are told from: the value of a scheme's measure in a month, out of customers' months."""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import Literal

import ibis
from ibis.expr import types as ir
from ibis.expr.types import Value

from zhike.insight import exact
from zhike.insight.terms import SettingsOn, month_after, months_between

Span = Literal["month", "quarter", "year", "rolling"]
# Of each measure: which sum of `customer_month`, over which months; averages are divided by their days, a contribution is not.
MEASURES: Mapping[str, tuple[str, Span]] = {
    "aum_month_average": ("aum_sum", "month"), "aum_quarter_average": ("aum_sum", "quarter"), "aum_year_average": ("aum_sum", "year"),
    "deposits_month_average": ("deposits_sum", "month"), "deposits_year_average": ("deposits_sum", "year"), "contribution_12m": ("contribution", "rolling"),
}  # fmt: skip


def values(months: ir.Table, measure: str, month: date, first: date, settings_on: SettingsOn, *, until: date | None = None) -> ir.Table:
    """party_id, value of a measure in a month that is over, or as it stands on a day `until` of it. `first`: the month before which nothing is
    known. Raises KeyError: no such measure."""
    spanned = spanned_by(measure, month, first)
    return told(months, measure, ibis.date(spanned[0]), ibis.date(month), ibis.literal(days_of(spanned, settings_on, until), "int64"))


def told(months: ir.Table, measure: str, begins: Value, month: Value, days: Value) -> ir.Table:
    """`values` of a month, where the first month of its span and the days of it are known."""
    column, span = MEASURES[measure]
    rows = months.filter((months.month >= begins) & (months.month <= month))
    summed = rows.group_by("party_id").aggregate(total=rows[column].sum().cast(exact.MONEY))
    if span == "rolling":
        return summed.select("party_id", value=summed.total)
    return summed.select("party_id", value=exact.average(summed.total, days))


def spanned_by(measure: str, month: date, first: date) -> Sequence[date]:
    """The months that a measure is told from in a month, those of them that are known. Raises KeyError: no such measure."""
    return [one for one in _span(MEASURES[measure][1], month) if one >= first]


def by_month(months: ir.Table, measure: str, days: Sequence[date], first: date, settings_on: SettingsOn) -> Iterator[tuple[date, ir.Table]]:
    """Month and values, oldest first."""
    for month in days:
        yield month, values(months, measure, month, first, settings_on)


def _span(span: Span, month: date) -> Sequence[date]:
    first = {
        "month": month,
        "quarter": month.replace(month=(month.month - 1) // 3 * 3 + 1),
        "year": month.replace(month=1),
        "rolling": month_after(month, -11),
    }
    return months_between(first[span], month)


def days_of(months: Sequence[date], settings_on: SettingsOn, until: date | None = None) -> int:
    """The days of some months, of the last one up to a day `until` of it; 30 each where the setting says so (§2.4)."""
    return sum(_days(month, settings_on, until) for month in months)


def _days(month: date, settings_on: SettingsOn, until: date | None) -> int:
    last = month.replace(day=monthrange(month.year, month.month)[1])
    known = min(last, until) if until else last
    return 30 if settings_on(known).averages.day_count == "thirty" else known.day
