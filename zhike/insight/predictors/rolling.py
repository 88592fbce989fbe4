"""Learn on earlier as-of days, judge on later ones: the only honest question to ask of a predictor.

From a judged day only days are learned whose whole horizon was over by then. Which recipe is decided on days before those that are judged: trees
are taken only where they rank better than lines there by two standard errors over customers and days.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date

import numpy as np
import numpy.typing as npt
from sklearn.metrics import roc_auc_score

from zhike.insight.predictors.choosing import ERRORS_AHEAD
from zhike.insight.predictors.learners import Fitted, Recipe, learn
from zhike.insight.predictors.matrices import Matrix
from zhike.insight.predictors.table_files import FloatArray
from zhike.insight.terms import month_after

JUDGED = 4  # as-of days that figures are told of
CHOSEN_ON = 2  # days before them on which recipes are compared
LEARNED = 6  # of the days that are over, the latest so many are learned from
LEAST = 30  # cases below which nothing is learned but the rule
Told = Callable[[str], None]


class TooLittle(Exception):
    """There is too little history, or it happened too seldom; `reason` is one of no_days, no_cases."""

    def __init__(self, reason: str) -> None:
        super().__init__({"no_days": "too few months are known", "no_cases": "it happened too seldom"}[reason])
        self.reason = reason


@dataclass(frozen=True)
class Judged:
    """One judged day: the rows, what each recipe said of them, how long learning took."""

    day: date
    rows: Matrix
    said: dict[Recipe, FloatArray]


@dataclass(frozen=True)
class Rolled:
    """What came of it. `compared`: of each recipe the mean AUC on the days it was chosen on; empty where nothing was compared."""

    recipe: Recipe
    compared: dict[str, float]
    judged: Sequence[Judged]
    fitted: Fitted
    learned: Matrix
    seconds: dict[str, float] = field(default_factory=dict)


def over_by(origins: Sequence[date], day: date, horizon: int) -> list[int]:
    """The places of the days whose horizon was over on `day`, the latest of them."""
    month = day.replace(day=1)
    return [place for place, one in enumerate(origins) if month_after(one.replace(day=1), horizon) <= month][-LEARNED:]


def days_missing(origins: Sequence[date], horizon: int) -> int:
    """How many as-of days are missing for one to be judged and one to be learned from whose horizon was over by then; 0: none."""
    return max(horizon + 1 - len(origins), 0)


def rolled(whole: Matrix, horizon: int, told: Told = lambda _step: None, recipe: Recipe | None = None) -> Rolled:
    """Choose, judge and learn the version that is to be used. `recipe`: take this one. Raises TooLittle."""
    judged_days = list(range(len(whole.origins)))[-JUDGED:]
    judged_days = [place for place in judged_days if over_by(whole.origins, whole.origins[place], horizon)]
    if not judged_days:
        raise TooLittle("no_days")
    if whole.happened[whole.teaches].sum() < LEAST:
        raise TooLittle("no_cases")
    began, seconds = time.perf_counter(), {}
    chosen, compared = (recipe, {}) if recipe else _chosen(whole, judged_days[0], horizon, told)
    seconds["choose"] = time.perf_counter() - began
    judged = []
    for place in judged_days:
        told(f"judge {whole.origins[place].isoformat()}")
        seen, rows = _seen(whole, place, horizon), whole.of((whole.origin == place) & whole.teaches)
        recipes: dict[Recipe, None] = dict.fromkeys(("rule", "logistic", chosen))
        judged.append(Judged(whole.origins[place], rows, {name: _said(learn(name, seen), rows) for name in recipes}))
    seconds["judge"] = time.perf_counter() - began - seconds["choose"]
    told("learn")
    every = np.arange(len(whole.origins))[-LEARNED:]
    last = whole.of(np.isin(whole.origin, every) & whole.teaches)
    fitted = learn(chosen, last)
    seconds["learn"] = time.perf_counter() - began - seconds["choose"] - seconds["judge"]
    return Rolled(chosen, compared, judged, fitted, last, {name: round(value, 2) for name, value in seconds.items()})


def _said(fitted: Fitted, rows: Matrix) -> FloatArray:
    return fitted.chances(rows.rule if fitted.model.recipe == "rule" else rows.values)


def _seen(whole: Matrix, place: int, horizon: int) -> Matrix:
    known = over_by(whole.origins, whole.origins[place], horizon)
    return whole.of(np.isin(whole.origin, known) & whole.teaches)


def _chosen(whole: Matrix, first_judged: int, horizon: int, told: Told) -> tuple[Recipe, dict[str, float]]:
    """The recipe that ranked what came later best on days whose horizon was over before the first judged day."""
    before = over_by(whole.origins, whole.origins[first_judged], horizon)
    days = [place for place in before if over_by(whole.origins, whole.origins[place], horizon)][-CHOSEN_ON:]
    figures: dict[str, list[float]] = {"logistic": [], "trees": []}
    errors = []
    for place in days:
        seen, rows = _seen(whole, place, horizon), whole.of((whole.origin == place) & whole.teaches)
        if not _has_both(seen.happened) or not _has_both(rows.happened):
            continue
        told(f"compare {whole.origins[place].isoformat()}")
        said = {name: learn(name, seen).chances(rows.values) for name in ("logistic", "trees")}
        for name, chances in said.items():
            figures[name].append(float(roc_auc_score(rows.happened, chances)))
        errors.append(_error_of_lead(rows.happened, said["trees"], said["logistic"]))
    if not errors:
        return "logistic", {}
    means = {name: float(np.mean(values)) for name, values in figures.items()}
    error = float(np.sqrt(np.sum(np.square(errors)))) / len(errors)
    return ("trees" if means["trees"] - means["logistic"] > ERRORS_AHEAD * error else "logistic"), means


def _has_both(happened: FloatArray) -> bool:
    return bool(0 < happened.sum() < len(happened))


def _error_of_lead(happened: FloatArray, one: FloatArray, other: FloatArray, draws: int = 40) -> float:
    """The standard error of the difference of two AUCs on the same customers, by drawing them anew."""
    chance = np.random.default_rng(11)
    ahead = []
    for _ in range(draws):
        rows: npt.NDArray[np.int64] = chance.integers(0, len(happened), len(happened))
        if _has_both(happened[rows]):
            ahead.append(roc_auc_score(happened[rows], one[rows]) - roc_auc_score(happened[rows], other[rows]))
    return float(np.std(ahead, ddof=1)) if len(ahead) > 1 else float("inf")
