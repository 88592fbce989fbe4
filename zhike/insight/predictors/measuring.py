"""How good predictions are, each measure once: ranking, the best tenth, and whether a chance of 20 % happens in one case of five."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from sklearn.metrics import average_precision_score, roc_auc_score

from zhike.insight.predictors.table_files import FloatArray

BINS = 10
RESAMPLES = 100


@dataclass(frozen=True)
class Measures:
    """`lift_10`: how many times the usual rate the highest tenth has; `ece`: mean distance between chance said and rate seen over ten equal groups."""

    auc: float
    average_precision: float
    lift_10: float
    brier: float
    ece: float


def measured(happened: FloatArray, said: FloatArray) -> Measures:
    """Of chances `said` against what `happened` (1 or 0), of which there must be both."""
    top = np.argsort(-said, kind="stable")[: max(len(said) // 10, 1)]
    return Measures(
        auc=float(roc_auc_score(happened, said)),
        average_precision=float(average_precision_score(happened, said)),
        lift_10=float(happened[top].mean() / happened.mean()),
        brier=float(np.mean((said - happened) ** 2)),
        ece=calibration_error(happened, said),
    )


def calibration_error(happened: FloatArray, said: FloatArray) -> float:
    """Over ten groups of equally many, ordered by the chance said."""
    groups = np.array_split(np.argsort(said, kind="stable"), min(BINS, len(said)))
    return float(sum(abs(happened[g].mean() - said[g].mean()) * len(g) for g in groups) / len(said))


def intervals(happened: FloatArray, said: FloatArray) -> dict[str, tuple[float, float]]:
    """95 % by drawing the rows anew a hundred times, for AUC and average precision."""
    chance = np.random.default_rng(7)
    drawn: list[tuple[float, float]] = []
    while len(drawn) < RESAMPLES:
        rows = chance.integers(0, len(said), len(said))
        if 0 < happened[rows].sum() < len(rows):
            drawn.append((float(roc_auc_score(happened[rows], said[rows])), float(average_precision_score(happened[rows], said[rows]))))
    low, high = np.percentile(np.array(drawn), [2.5, 97.5], axis=0)
    return {"auc": (float(low[0]), float(high[0])), "average_precision": (float(low[1]), float(high[1]))}
