"""What the registers hold, and the clock of an incident. Pure (R20, R22, R26, R27, R28, E1)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta

AUTHORITY_WITHIN = timedelta(hours=72)  # E1: GDPR 33; in China without delay (R27), for which this is the outer limit
INCIDENT = "incident"
# kind → what an entry must say beside its title, in the order of the form.
FACTS: Mapping[str, tuple[str, ...]] = {
    "purpose": ("purpose", "basis", "data", "kept_for"),
    "assessment": ("occasion", "necessity", "risks", "measures"),  # R26: kept three years and longer: entries are closed, never deleted
    "sharing": ("receiver", "purpose", "data", "basis", "place"),  # R22, R28
    INCIDENT: ("what", "data", "persons", "risk", "measures"),
}
LONGEST = 2000


def authority_by(discovered: datetime) -> datetime:
    """The instant by which the authority must know of an incident (E1)."""
    return discovered + AUTHORITY_WITHIN


def hours_left(discovered: datetime, now: datetime) -> int:
    """Whole hours until then, rounded down; negative once it has passed."""
    return (authority_by(discovered) - now) // timedelta(hours=1)
