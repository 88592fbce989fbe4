"""Working days of the bank: what its calendar says, and Monday to Friday where it says nothing. Clocks that a law or a rule sets count them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from django.conf import settings
from django.db.models import Max

from zhike.access.calendar_models import CalendarDay

FRIDAY = 4
REACH = timedelta(days=120)  # how far ahead clocks look: thirty working days and a long holiday


@dataclass(frozen=True)
class WorkingDays:
    """What a calendar says of some days."""

    known: Mapping[date, bool]

    def is_working(self, day: date) -> bool:
        """Whether the bank works on a day."""
        return self.known.get(day, day.weekday() <= FRIDAY)

    def knows(self, first: date, until: date) -> bool:
        """Whether the calendar names every day in [first, until); else weekends were guessed by the weekday."""
        return all(first + timedelta(days=number) in self.known for number in range((until - first).days))

    def between(self, first: date, last: date) -> int:
        """Working days after `first` up to and including `last`; negative where `last` lies before."""
        if last < first:
            return -self.between(last, first)
        return sum(self.is_working(first + timedelta(days=number)) for number in range(1, (last - first).days + 1))


def working_days(first: date, last: date | None = None) -> WorkingDays:
    """The bank's calendar from a day on, up to `last` or as far as clocks look; one statement."""
    until = last or first + REACH
    rows = CalendarDay.objects.filter(calendar=settings.ZHIKE_CALENDAR, day__gte=first, day__lte=until, valid_to=None)
    return WorkingDays(dict(rows.order_by("source").values_list("day", "is_working")))


def known_until() -> date | None:
    """The last day that the bank's calendar names; None where it delivers none."""
    found: date | None = CalendarDay.objects.filter(calendar=settings.ZHIKE_CALENDAR, valid_to=None).aggregate(last=Max("day"))["last"]
    return found
