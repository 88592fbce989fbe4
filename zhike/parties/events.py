"""What happened to parties, told through the outbox (decision 17). Keys only."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class DeclaredChanged:
    """Somebody changed what Zhike knows about a party: which fields, and the version that came of it (S15)."""

    party_id: int
    fields: Sequence[str]
    version: int


@dataclass(frozen=True)
class DeclaredImported:
    """What Zhike knows about these parties was changed from a file, or taken back: one event for all of them."""

    party_ids: Sequence[int]
