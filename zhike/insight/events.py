"""What happened in insight that others react to."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True)
class ChampionChanged:
    """Another version of a predictor is used from now on, or none: then the rule."""

    predictor: str


@dataclass(frozen=True)
class ProfileShown:
    """A business date was computed, and every customer's profile shows it. One event a build, however many rows (decision 17)."""

    business_date: date
    version: int
