"""What happened to duplicates."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class PartiesMerged:
    """`absorbed_id` is the survivor from now on."""

    survivor_id: int
    absorbed_id: int


@dataclass(frozen=True)
class MergeUndone:
    """They are two again."""

    survivor_id: int
    absorbed_id: int
