"""Clocks count the bank's own working days: a holiday in the week does not count, a Sunday worked in lieu does, and where no calendar speaks Monday to Friday do."""

from __future__ import annotations

from datetime import date, timedelta

from hypothesis import given
from hypothesis import strategies as st

from zhike.access.working_days import WorkingDays, known_until, working_days
from zhike.privacy.rules import due_date
from zhike.testing.databases import Bank
from zhike.workspace.tests.books import one

NATIONAL_DAY = date(2026, 10, 1)  # a Thursday
days = st.dates(date(2026, 1, 1), date(2027, 12, 1))


def test_the_calendar_of_the_files_is_kept_and_followed(bank: Bank) -> None:
    assert one(bank, "select count(*) from access_calendarday where valid_to is null") >= 365
    october = working_days(date(2026, 9, 20))
    assert not october.is_working(NATIONAL_DAY) and NATIONAL_DAY.weekday() < 5
    worked = one(bank, "select min(day) from access_calendarday where is_working and extract(isodow from day) > 5")
    assert working_days(worked).is_working(worked), "a weekend day worked in lieu"
    assert known_until() == date(2026, 12, 31)


def test_a_request_before_the_holiday_has_the_holiday_more(bank: Bank) -> None:
    received = date(2026, 9, 24)
    with_holiday = due_date("cn", received, is_working=working_days(received).is_working)
    assert with_holiday > due_date("cn", received)


def test_where_the_calendar_ends_the_weekday_speaks(bank: Bank) -> None:
    later = working_days(date(2031, 3, 3))
    assert later.known == {} and later.is_working(date(2031, 3, 3)) and not later.is_working(date(2031, 3, 8))
    assert not later.knows(date(2031, 3, 3), date(2031, 3, 4))


@given(days, days, st.sets(days, max_size=30))
def test_days_between_are_counted_the_same_from_both_ends(first: date, last: date, closed: set[date]) -> None:
    calendar = WorkingDays(dict.fromkeys(closed, False))
    assert calendar.between(first, last) == -calendar.between(last, first) or first == last
    if first <= last:
        assert calendar.between(first, last) == sum(
            calendar.is_working(first + timedelta(days=n)) for n in range(1, (last - first).days + 1)
        )
