"""A past day that an address asks for (`as_of=2026-03-31`): every panel of a customer's page shows what was known at its end."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, time, timedelta
from typing import Protocol

from django.utils import timezone
from django.utils.dateparse import parse_date


class Asking(Protocol):
    """What is needed of a request."""

    @property
    def GET(self) -> Mapping[str, str]: ...  # noqa: N802 - Django's name


def asked_day(request: Asking) -> date | None:
    """The past day that is asked for; None: today, or something that is no past day."""
    try:
        day = parse_date(request.GET.get("as_of", ""))
    except ValueError:  # 30 February
        return None
    return day if day is not None and day < timezone.localdate() else None


def day_of(request: Asking) -> date:
    """The day a page is about: the past one that is asked for, else today."""
    return asked_day(request) or timezone.localdate()


def end_of(day: date | None) -> datetime:
    """The instant at which a day is over in the bank's zone; now for None."""
    if day is None:
        return timezone.now()
    return timezone.make_aware(datetime.combine(day + timedelta(days=1), time.min))


def presets(today: date, first: date | None = None) -> list[date]:
    """Days people ask for: the last three month ends, the last of March, the year's end before; newest first, each once, none before `first`."""
    begins = today.replace(day=1)
    ends = []
    for _number in range(3):
        last = begins - timedelta(days=1)
        ends.append(last)
        begins = last.replace(day=1)
    march = date(today.year if today > date(today.year, 3, 31) else today.year - 1, 3, 31)
    days = {*ends, march, date(today.year - 1, 12, 31)}
    return sorted((day for day in days if first is None or day >= first), reverse=True)
