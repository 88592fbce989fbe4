"""When a session ends by itself. Pure: no Django, no clock."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

Ended = Literal["idle", "too_long"]
SEEN_EVERY = timedelta(minutes=1)  # how exactly it is kept when a session was used last


@dataclass(frozen=True)
class Limits:
    """How long a session lasts: `idle` without a click, `whole` in any case."""

    idle: timedelta
    whole: timedelta


def limits_of(role: str, idle_minutes: Mapping[str, int], hours: Mapping[str, int]) -> Limits:
    """The limits of a role; what is not said of it holds under the empty name."""
    return Limits(timedelta(minutes=idle_minutes.get(role, idle_minutes[""])), timedelta(hours=hours.get(role, hours[""])))


def ended(opened_at: datetime, seen_at: datetime, now: datetime, limits: Limits) -> Ended | None:
    """Why a session has ended at `now`; None: it goes on."""
    if now >= opened_at + limits.whole:
        return "too_long"
    return "idle" if now >= seen_at + limits.idle + SEEN_EVERY else None


_BROWSERS = (("Edg/", "Edge"), ("OPR/", "Opera"), ("Firefox/", "Firefox"), ("Chrome/", "Chrome"), ("Safari/", "Safari"))
_SYSTEMS = (
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Android", "Android"),
    ("Windows", "Windows"),
    ("Mac OS X", "macOS"),
    ("Linux", "Linux"),
)


def browser_of(agent: str) -> str:
    """A browser in two words, by which its owner knows it again: `Firefox · Windows`. "" where it says nothing known."""
    browser = next((name for mark, name in _BROWSERS if mark in agent), "")
    system = next((name for mark, name in _SYSTEMS if mark in agent), "")
    return " · ".join(word for word in (browser, system) if word)
