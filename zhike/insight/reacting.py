"""What insight does when something happened; called by the worker, at least once (decision 17)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from zhike.access.scope import entered, system_viewer
from zhike.insight.predictors import scoring


def show_champion(told: Mapping[str, Any]) -> None:
    """Another version of a predictor is used: what it said last is shown."""
    with entered(system_viewer("insight")):
        scoring.show_champion(told["predictor"])
