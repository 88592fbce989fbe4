"""What happened to requests over personal data, told through the outbox (decision 17). Keys only."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class RightsRequested:
    """A customer asks something over her data; `act` is what."""

    party_id: int
    act: str


@dataclass(frozen=True)
class RightsAnswered:
    """A request was answered, refused or withdrawn (`state`)."""

    party_id: int
    act: str
    state: str
