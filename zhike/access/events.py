"""What happened to the people who log in."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class PeopleLeft:
    """The personnel file says that these people (their numbers as people) have left the bank; they are shut out already."""

    people: Sequence[int]


@dataclass(frozen=True)
class GlassBroken:
    """Somebody opened a customer outside her scope to herself in an emergency; a second person has to look at it."""

    glass_id: int
    party_id: int
    person_id: int


@dataclass(frozen=True)
class GlassReviewed:
    """A second person said whether that was right: `verdict` is approved or objected."""

    glass_id: int
    party_id: int
    person_id: int
    verdict: str
