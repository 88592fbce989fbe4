"""What happened between the bank and its customers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class InteractionRecorded:
    """Somebody, or a program for her, has kept a contact with a customer. What the bank's own systems deliver is told by their batch."""

    interaction_id: int
    party_id: int
    channel: str


@dataclass(frozen=True)
class NoteWritten:
    """Somebody noted something down about a customer; `mentioned` are the people she named. The words stay here."""

    note_id: int
    party_id: int
    mentioned: Sequence[int]


@dataclass(frozen=True)
class NoteChanged:
    """A note was `edited`, `deleted` or `restored` by who wrote it."""

    note_id: int
    party_id: int
    act: str
