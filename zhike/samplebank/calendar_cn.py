"""Working days of mainland China: weekends, the announced holidays and the weekends worked in exchange."""

from __future__ import annotations

from datetime import date, timedelta

_HOLIDAYS: tuple[tuple[str, str, str], ...] = (
    ("2022-12-31", "2023-01-02", "元旦"), ("2023-01-21", "2023-01-27", "春节"), ("2023-04-05", "2023-04-05", "清明节"),
    ("2023-04-29", "2023-05-03", "劳动节"), ("2023-06-22", "2023-06-24", "端午节"), ("2023-09-29", "2023-10-06", "国庆节"),
    ("2023-12-30", "2024-01-01", "元旦"), ("2024-02-10", "2024-02-17", "春节"), ("2024-04-04", "2024-04-06", "清明节"),
    ("2024-05-01", "2024-05-05", "劳动节"), ("2024-06-08", "2024-06-10", "端午节"), ("2024-09-15", "2024-09-17", "中秋节"),
    ("2024-10-01", "2024-10-07", "国庆节"), ("2025-01-01", "2025-01-01", "元旦"), ("2025-01-28", "2025-02-04", "春节"),
    ("2025-04-04", "2025-04-06", "清明节"), ("2025-05-01", "2025-05-05", "劳动节"), ("2025-05-31", "2025-06-02", "端午节"),
    ("2025-10-01", "2025-10-08", "国庆节"), ("2026-01-01", "2026-01-03", "元旦"), ("2026-02-15", "2026-02-23", "春节"),
    ("2026-04-04", "2026-04-06", "清明节"), ("2026-05-01", "2026-05-05", "劳动节"), ("2026-06-19", "2026-06-21", "端午节"),
    ("2026-09-25", "2026-09-27", "中秋节"), ("2026-10-01", "2026-10-07", "国庆节"), ("2027-01-01", "2027-01-01", "元旦"),
    ("2027-02-05", "2027-02-11", "春节"), ("2027-05-01", "2027-05-03", "劳动节"), ("2027-10-01", "2027-10-07", "国庆节"),
)  # fmt: skip
_WORKED_WEEKENDS = frozenset(
    date.fromisoformat(d)
    for d in (
        "2023-01-28", "2023-01-29", "2023-04-23", "2023-05-06", "2023-06-25", "2023-10-07", "2023-10-08", "2024-02-04", "2024-02-18",
        "2024-04-07", "2024-04-28", "2024-05-11", "2024-09-14", "2024-09-29", "2024-10-12", "2025-01-26", "2025-02-08", "2025-04-27",
        "2025-09-28", "2025-10-11", "2026-01-04", "2026-02-14", "2026-02-28", "2026-05-09", "2026-09-20", "2026-10-10",
    )
)  # fmt: skip
SPRING_FESTIVAL = {2022: 2, 2023: 1, 2024: 2, 2025: 1, 2026: 2, 2027: 2, 2028: 1}
"""Month in which the New Year's spending falls, by year."""


def _named_days() -> dict[date, str]:
    named: dict[date, str] = {}
    for first, last, name in _HOLIDAYS:
        day = date.fromisoformat(first)
        while day <= date.fromisoformat(last):
            named[day] = name
            day += timedelta(days=1)
    return named


_NAMED = _named_days()


def holiday_name(day: date) -> str:
    """Name of the public holiday on this day, or an empty string."""
    return _NAMED.get(day, "")


def is_working(day: date) -> bool:
    """Whether banks do business on this day. Years without an announced table know weekends only."""
    if day in _NAMED:
        return False
    return day.weekday() < 5 or day in _WORKED_WEEKENDS


def working_day_before(day: date) -> date:
    """The last working day strictly before `day`."""
    day -= timedelta(days=1)
    while not is_working(day):
        day -= timedelta(days=1)
    return day
