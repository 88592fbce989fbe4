"""What of a customer may be deleted, and what a law keeps until when: pure (PIPL 47, GDPR 17, R45)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Literal

from zhike.privacy.rules import months_after

YEARS = 10  # R45: identity and transactions, from the end of the relation
Measure = Literal["none", "part", "whole"]
Why = Literal["hold", "complaint", "running", "law"]


@dataclass(frozen=True)
class Facts:
    """What decides about a customer. `hold_until`: the day a legal hold ends, None while nobody said; `ended`: the last day of the relation, None: there never was one."""

    party_id: int
    has_hold: bool
    hold_until: date | None
    has_complaint: bool
    is_running: bool
    ended: date | None


@dataclass(frozen=True)
class Ground:
    """A reason for which data stay, and until when; None: until it is over, and by law ten years on."""

    why: Why
    until: date | None


def grounds_of(facts: Facts, today: date) -> Sequence[Ground]:
    """Why what must stay; empty where nothing must."""
    found = []
    if facts.has_hold:
        found.append(Ground("hold", facts.hold_until))
    if facts.has_complaint:
        found.append(Ground("complaint", None))
    if facts.is_running:
        found.append(Ground("running", None))
    elif facts.ended is not None and (until := months_after(facts.ended, 12 * YEARS)) > today:
        found.append(Ground("law", until))
    return found


def measure_of(grounds: Sequence[Ground]) -> Measure:
    """A legal hold or an open complaint keeps everything; a relation, or ten years after it, what the law against money laundering asks for."""
    whys = {ground.why for ground in grounds}
    if whys & {"hold", "complaint"}:
        return "none"
    return "part" if whys else "whole"
