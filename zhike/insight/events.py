"""What happened in insight that others react to."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class ChampionChanged:
    """Another version of a predictor is used from now on, or none: then the rule."""

    predictor: str
