"""Why something is not opened, in words, and days as they are typed where something is opened until one."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, time

from django.utils import timezone
from django.utils.dateparse import parse_date
from django.utils.translation import gettext_lazy

from zhike.access.opening import OpeningRefused
from zhike.core.pages import Words

REFUSALS: Mapping[str, Words] = {
    "unknown": gettext_lazy("Nobody who may log in has this log-in name."),
    "reason": gettext_lazy("Say why; whoever reviews it reads this."),
    "dates": gettext_lazy("The end comes after the beginning, and is not over yet."),
    "long": gettext_lazy("This is too long. Choose an earlier end and renew it when the time comes."),
    "same": gettext_lazy("Nobody is her own deputy."),
    "outside": gettext_lazy("She does not belong to your unit."),
    "bank": gettext_lazy("Her role sees the whole bank, or nobody: that cannot be lent. Give a role instead."),
    "lent": gettext_lazy("This customer was opened to you by name, or by a service team. Ask the customer's manager to let somebody in."),
    "seen": gettext_lazy("You see this customer anyway."),
    "missing": gettext_lazy("No customer that may be opened has this number."),
    "own": gettext_lazy("Another person has to say so: nobody reviews herself."),
}


def day_begins(text: str, field: str) -> datetime:
    """The beginning of a day that was typed, where the bank is. Raises `OpeningRefused`."""
    day = parse_date(text) if text else None
    if day is None:
        raise OpeningRefused(field, "dates")
    return timezone.make_aware(datetime.combine(day, time()))
