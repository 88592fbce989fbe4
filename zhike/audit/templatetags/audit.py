"""Words and shapes of the audit's pages."""

from __future__ import annotations

import json
from typing import Any

from django import template

from zhike.audit import labels
from zhike.audit.calendar import GAP, SQUARE

register = template.Library()


@register.filter
def act_in_words(act: str) -> str:
    """What an act is called."""
    return labels.act_in_words(act)


@register.filter
def door_in_words(door: str) -> str:
    """What a door is called."""
    return str(labels.DOORS.get(door, door))


@register.filter
def reason_in_words(reason: str) -> str:
    """Why, in words where Zhike wrote a code."""
    return str(labels.REASONS.get(reason, reason))


@register.filter
def plain(value: Any) -> str:
    """A value of an entry's before or after as text."""
    if value is None:
        return "—"
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


@register.filter
def calendar_width(weeks: int) -> int:
    """How wide a calendar of so many weeks is drawn."""
    return weeks * (SQUARE + GAP)
