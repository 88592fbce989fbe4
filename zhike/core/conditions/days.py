"""Days as people say them, turned into half-open intervals once `today` is known. Pure."""

from __future__ import annotations

import calendar
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal, get_args

Unit = Literal["days", "weeks", "months", "years"]
UNITS: tuple[Unit, ...] = get_args(Unit)
MOST: dict[Unit, int] = {"days": 36_500, "weeks": 5_200, "months": 1_200, "years": 100}  # a hundred years of each
FIRST_DAY, LAST_DAY = date(1900, 1, 1), date(2999, 12, 31)
PERIODS: tuple[str, ...] = (
    "today", "yesterday", "tomorrow", "this_week", "last_week", "next_week", "this_month", "last_month", "next_month",
    "this_quarter", "last_quarter", "next_quarter", "this_year", "last_year", "next_year",
)  # fmt: skip
DAY = timedelta(days=1)


@dataclass(frozen=True)
class Span:
    """A length of time as somebody types it: 30 days, 6 months."""

    n: int
    unit: Unit


@dataclass(frozen=True)
class Interval:
    """Days from `start` up to, not including, `end`; None: open on that side."""

    start: date | None = None
    end: date | None = None


def moved(day: date, span: Span, sign: int) -> date:
    """`day` moved on (`sign` 1) or back (-1). The 31st moved by months is the last day of a shorter month."""
    if span.unit in ("days", "weeks"):
        return day + timedelta(days=sign * span.n * (7 if span.unit == "weeks" else 1))
    months = day.year * 12 + day.month - 1 + sign * span.n * (12 if span.unit == "years" else 1)
    year, month = divmod(months, 12)
    return date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))


def spanned(op: str, span: Span, today: date) -> Interval:
    """What `within_next`, `within_last`, `more_than_ago` and `more_than_ahead` mean; today and the last day count as within."""
    if op == "within_next":
        return Interval(today, moved(today, span, 1) + DAY)
    if op == "within_last":
        return Interval(moved(today, span, -1), today + DAY)
    if op == "more_than_ago":
        return Interval(None, moved(today, span, -1))
    return Interval(moved(today, span, 1) + DAY, None)


def period(name: str, today: date) -> Interval:
    """A named period; weeks begin on Monday."""
    near = {"today": 0, "yesterday": -1, "tomorrow": 1}
    if name in near:
        return Interval(today + near[name] * DAY, today + (near[name] + 1) * DAY)
    which, _, length = name.partition("_")
    start = _begin(today, length)
    step = {"week": Span(1, "weeks"), "month": Span(1, "months"), "quarter": Span(3, "months"), "year": Span(1, "years")}[length]
    if which != "this":
        start = moved(start, step, 1 if which == "next" else -1)
    return Interval(start, moved(start, step, 1))


def _begin(today: date, length: str) -> date:
    if length == "week":
        return today - today.weekday() * DAY
    month = {"month": today.month, "quarter": (today.month - 1) // 3 * 3 + 1, "year": 1}[length]
    return date(today.year, month, 1)


def birthdays(interval: Interval) -> tuple[tuple[int, int], ...]:
    """The birthdays of an interval as ranges of month × 100 + day, both ends included. Born on 29 February: kept on the 28th in a year without."""
    if interval.start is None or interval.end is None or (interval.end - interval.start).days >= 365:
        return ((101, 1231),)
    last = interval.end - DAY
    until = month_day(last)
    if until == 228 and not calendar.isleap(last.year):
        until = 229
    return around(month_day(interval.start), until)


def around(first: int, last: int) -> tuple[tuple[int, int], ...]:
    """From one month-day to another, over the end of the year where the second comes first."""
    return ((first, last),) if first <= last else ((first, 1231), (101, last))


def month_day(day: date) -> int:
    """7 March is 307."""
    return day.month * 100 + day.day
