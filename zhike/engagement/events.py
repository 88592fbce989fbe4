"""What happened between the bank and its customers."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class InteractionRecorded:
    """Somebody, or a program for her, has kept a contact with a customer. What the bank's own systems deliver is told by their batch."""

    interaction_id: int
    party_id: int
    channel: str
