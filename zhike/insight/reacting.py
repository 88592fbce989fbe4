"""What insight does when something happened; called by the worker, at least once (decision 17)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils import timezone

from zhike.access.scope import entered, system_viewer
from zhike.insight.predictors import scoring
from zhike.insight.predictors.rolling import TooLittle


def show_champion(told: Mapping[str, Any]) -> None:
    """Another version of a predictor is used: what it said last is shown; one that never said anything is asked."""
    actor = system_viewer("predictors")
    with entered(actor):
        run = scoring.show_champion(told["predictor"])
    if run is None:
        try:
            scoring.score(actor=actor, at=timezone.now(), names=[told["predictor"]])
        except TooLittle:
            return  # no month is computed yet: the next build scores
