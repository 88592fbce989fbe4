"""How long product families are kept: the shifted beta-geometric model (sBG), fitted on when holdings began and ended (S30; domain §3.4).

Each customer ends a family each month with a chance of her own; those chances are spread as a beta distribution. So whoever has kept it long is likelier
to go on: the chance to keep it `t` months more after `n` is B(α, β + n + t) ÷ B(α, β + n).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.optimize import minimize
from scipy.special import betaln

from zhike.insight.predictors.table_files import FloatArray

LEAST = 30  # spells below which a family takes what all families have in common
WIDEST = 8.0  # logarithms of α and β stay within ±this


@dataclass(frozen=True)
class Keeping:
    """α and β of one family."""

    alpha: float
    beta: float

    def survival(self, months: FloatArray, kept: FloatArray) -> FloatArray:
        """The chance to keep it so many months more, of those who have kept it `kept` months."""
        return np.asarray(np.exp(betaln(self.alpha, self.beta + kept + months) - betaln(self.alpha, self.beta + kept)), dtype=np.float64)


def fit(months: Sequence[int] | FloatArray, ended: Sequence[bool] | FloatArray, count: Sequence[int] | FloatArray | None = None) -> Keeping:
    """By maximum likelihood from spells: for how many months, and whether each ended then (else it is still kept). `count`: how many are alike."""
    t, over = np.asarray(months, dtype=np.float64), np.asarray(ended, dtype=bool)
    many = np.ones(len(t)) if count is None else np.asarray(count, dtype=np.float64)

    def badness(logs: FloatArray) -> float:
        alpha, beta = np.exp(np.clip(logs, -WIDEST, WIDEST))
        base = betaln(alpha, beta)
        end = betaln(alpha + 1, beta + t - 1) - base  # ended in month t
        stays = betaln(alpha, beta + t) - base
        return float(-np.sum(many * np.where(over, end, stays)) + 1e-3 * np.sum(np.square(logs)))

    starts = ((0.0, 2.0), (-0.5, 0.5), (1.0, 5.0))
    best = min((minimize(badness, start, method="Nelder-Mead") for start in starts), key=lambda one: float(one.fun))
    alpha, beta = np.exp(np.clip(best.x, -WIDEST, WIDEST))
    return Keeping(float(alpha), float(beta))
