"""Pure decisions about requests of customers over their data: kinds, clocks, what may be given. No Django, no clock (R20–R29, R45, E1)."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date, timedelta
from typing import Literal

Kind = Literal["know", "copy", "port", "correct", "delete", "explain"]
KINDS: tuple[Kind, ...] = ("know", "copy", "port", "correct", "delete", "explain")  # PIPL 44–48; GDPR 15–22
WITH_BUNDLE: frozenset[str] = frozenset({"know", "copy", "port"})  # answered with data
REGIMES = ("cn", "eu")
COUNTRY = re.compile("[A-Z]{2}")
"""ISO 3166-1 alpha-2, as `ZHIKE_COUNTRY` is written."""
WORKING_DAYS = 15  # R25: common practice in China, no law counts them
REMIND_DAYS = 5  # working days before the last one, from which on whoever serves the customer is reminded
EXTENSION_MONTHS = 2  # E1: GDPR 12(3), with the reason told within the first month
REQUESTERS = ("self", "agent", "kin")  # kin: next of kin of somebody deceased (PIPL 49)
IDENTITY = ("document", "call_back", "app", "known")  # how one was sure who asks


def is_weekday(day: date) -> bool:
    """Monday to Friday: what stands in where the bank's calendar (`access.working_days`) says nothing."""
    return day.weekday() < 5


def due_date(regime: str, received: date, *, is_working: Callable[[date], bool] = is_weekday) -> date:
    """The last day to answer what was received on a day: fifteen working days after it, or, under GDPR, the same day of the next month (E1)."""
    if regime == "eu":
        return months_after(received, 1)
    day, left = received, WORKING_DAYS
    while left:
        day += timedelta(days=1)
        left -= is_working(day)
    return day


def extended(regime: str, received: date, *, is_working: Callable[[date], bool] = is_weekday) -> date:
    """The last day once somebody has said why it takes longer: two more months under GDPR, fifteen more working days else."""
    if regime == "eu":
        return months_after(received, 1 + EXTENSION_MONTHS)
    return due_date("cn", due_date("cn", received, is_working=is_working), is_working=is_working)


def remind_date(due: date, *, is_working: Callable[[date], bool] = is_weekday) -> date:
    """The day from which on somebody is reminded of what is due: five working days before it."""
    day, left = due, REMIND_DAYS
    while left:
        day -= timedelta(days=1)
        left -= is_working(day)
    return day


def months_after(day: date, months: int) -> date:
    """The same day some months later, or the last one of a month that has no such day."""
    number = day.year * 12 + day.month - 1 + months
    following = date((number + 1) // 12, (number + 1) % 12 + 1, 1)
    last = (following - timedelta(days=1)).day
    return date(number // 12, number % 12 + 1, min(day.day, last))


def cell(value: object) -> str:
    """A value as text in a table file; what a spreadsheet would take for a formula is made a text."""
    text = "" if value is None else str(value)
    return f"'{text}" if isinstance(value, str) and text[:1] in ("=", "+", "-", "@", "\t", "\r") else text
