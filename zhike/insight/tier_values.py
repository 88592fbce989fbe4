"""What tiers are told from: the value of a scheme's measure in a month, out of the marts of a snapshot."""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Literal

import ibis
from ibis.expr import types as ir

from zhike.insight import exact, snapshots
from zhike.insight.assembling import everything
from zhike.insight.engines import Engine
from zhike.insight.snapshots import Snapshot
from zhike.insight.terms import SettingsOn, month_after, months_between

Span = Literal["month", "quarter", "year", "rolling"]
# Of each measure: which sum of `customer_month`, over which months; averages are divided by their days, a contribution is not.
MEASURES: Mapping[str, tuple[str, Span]] = {
    "aum_month_average": ("aum_sum", "month"), "aum_quarter_average": ("aum_sum", "quarter"), "aum_year_average": ("aum_sum", "year"),
    "deposits_month_average": ("deposits_sum", "month"), "deposits_year_average": ("deposits_sum", "year"), "contribution_12m": ("contribution", "rolling"),
}  # fmt: skip
NAME = "customer_month_of_snapshot"


def customer_months(engine: Engine, home: Path, snapshot: Snapshot) -> ir.Table:
    """The mart of customers' months as a snapshot has it, opened in the engine."""
    schema = everything()["customer_month"].schema()
    pieces = [
        (snapshots.root(home) / piece.path, f"month >= date '{piece.first}' and month <= date '{piece.last}'")
        for piece in snapshot.pieces["customer_month"]
    ]
    engine.read_marts(NAME, schema, pieces)
    return ibis.table(schema, name=NAME)


def full_months(snapshot: Snapshot, most: int) -> Sequence[date]:
    """The first days of the last `most` months that are over on the business date and known from their beginning."""
    day = snapshot.business_date
    is_over = day.day == monthrange(day.year, day.month)[1]
    last = day.replace(day=1) if is_over else month_after(day.replace(day=1), -1)
    return months_between(snapshot.first_month, last)[-most:] if last >= snapshot.first_month else []


def values(months: ir.Table, measure: str, month: date, first: date, settings_on: SettingsOn) -> ir.Table:
    """party_id, value of a measure in a month that is over. `first`: the month before which nothing is known. Raises KeyError: no such measure."""
    column, span = MEASURES[measure]
    spanned = [one for one in _span(span, month) if one >= first]
    rows = months.filter((months.month >= ibis.date(spanned[0])) & (months.month <= ibis.date(month)))
    summed = rows.group_by("party_id").aggregate(total=rows[column].sum().cast(exact.MONEY))
    if span == "rolling":
        return summed.select("party_id", value=summed.total)
    days = sum(_days(one, settings_on) for one in spanned)
    return summed.select("party_id", value=exact.average(summed.total, ibis.literal(days, "int64")))


def by_month(months: ir.Table, measure: str, days: Sequence[date], first: date, settings_on: SettingsOn) -> Iterator[tuple[date, ir.Table]]:
    """Month and values, oldest first."""
    for month in days:
        yield month, values(months, measure, month, first, settings_on)


def keeping(engine: Engine) -> Callable[[str, ir.Table], ir.Table]:
    """Puts rows into a table of the engine, for `shadowing.shadow`."""

    def keep(name: str, rows: ir.Table) -> ir.Table:
        engine.keep(name, rows)
        return ibis.table(rows.schema(), name=name)

    return keep


def _span(span: Span, month: date) -> Sequence[date]:
    first = {
        "month": month,
        "quarter": month.replace(month=(month.month - 1) // 3 * 3 + 1),
        "year": month.replace(month=1),
        "rolling": month_after(month, -11),
    }
    return months_between(first[span], month)


def _days(month: date, settings_on: SettingsOn) -> int:
    """The days of a month, 30 where the setting says so (§2.4)."""
    last = monthrange(month.year, month.month)[1]
    return 30 if settings_on(month.replace(day=last)).averages.day_count == "thirty" else last
