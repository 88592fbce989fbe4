"""A person's days as a calendar: weeks from left to right, a square a day, darker the more she did."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from zhike.audit.queries import Day

STEPS = (1, 10, 30, 80)  # from how many on a square is darker
SQUARE, GAP = 13, 3


@dataclass(frozen=True)
class Square:
    """A day: where it stands, how dark (0 to 4), and what it holds."""

    day: Day
    x: int
    y: int
    step: int


@dataclass(frozen=True)
class Week:
    """Seven squares; `month` stands above the first week of one."""

    x: int
    month: date | None
    squares: Sequence[Square]


def calendar(days: Sequence[Day], first: date, last: date) -> list[Week]:
    """The weeks from the Monday `first` to the one with `last`."""
    known = {day.day: day for day in days}
    weeks = []
    for number in range((last - first).days // 7 + 1):
        monday, x = first + timedelta(days=7 * number), number * (SQUARE + GAP)
        dates = [monday + timedelta(days=place) for place in range(7)]
        squares = [
            Square(known.get(on, Day(on, 0, 0)), x, place * (SQUARE + GAP), step_of(known[on].total if on in known else 0))
            for place, on in enumerate(dates)
            if on <= last
        ]
        weeks.append(Week(x, monday if monday.day <= 7 else None, squares))
    return weeks


def step_of(count: int) -> int:
    """How dark a day with this many acts and looks is, 0 to 4."""
    return sum(count >= step for step in STEPS)
