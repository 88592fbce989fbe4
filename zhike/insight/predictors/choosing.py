"""Which recipe, decided only on rows that are learned from: on a part held back, or for later time over origins that roll forward."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from scipy.special import expit
from sklearn.metrics import roc_auc_score

from zhike.insight.predictors.recipes import Matter, Rows, both, curves, logistic, trees
from zhike.insight.predictors.table_files import Column, FloatArray

HELD_BACK = 20_000  # rows that are enough to choose by
ORIGINS = 6
ERRORS_AHEAD = 2.0  # by so many standard errors trees must win on later time
SAME_WITHIN = 0.02  # the share of rows at which a column of a period may change
Told = Callable[[str], None]


def predicted(name: str, matter: Matter, seen: Rows, asked: Rows) -> FloatArray:
    """What a recipe says of rows, by its name."""
    if name == "trees and curves":
        return both(curves(matter, seen, asked), trees(matter, seen, asked))
    recipe = {"logistic": logistic, "curves": curves, "trees": trees}[name]
    return recipe(matter, seen, asked)


def _compared(matter: Matter, seen: Rows, asked: Rows) -> dict[str, float]:
    """AUC of each recipe, all of them learned from the same rows."""
    said = {"logistic": logistic(matter, seen, asked), "curves": curves(matter, seen, asked), "trees": trees(matter, seen, asked)}
    said["trees and curves"] = both(said["curves"], said["trees"])
    return {name: float(roc_auc_score(matter.happened[asked], one)) for name, one in said.items()}


def chosen_by_part(matter: Matter, seen: Rows) -> tuple[str, dict[str, float]]:
    """The best recipe on a quarter that is held back of at most 20,000 of the rows."""
    drawn = np.random.default_rng(13).permutation(seen)[:HELD_BACK]
    cut = len(drawn) // 4
    if not 0 < matter.happened[drawn[:cut]].sum() < cut or not 0 < matter.happened[drawn[cut:]].sum() < len(drawn) - cut:
        return "logistic", {}
    figures = _compared(matter, drawn[cut:], drawn[:cut])
    return max(figures, key=figures.__getitem__), figures


def chosen_by_time(matter: Matter, seen: Rows, origins: list[int]) -> tuple[str, dict[str, float]]:
    """The recipe that ranked what came later best, over origins that roll; one with trees only where it wins by two standard errors."""
    rounds = []
    for origin in origins:
        before, after = seen[:origin], seen[origin:]
        if 0 < matter.happened[before].sum() < len(before) and 0 < matter.happened[after].sum() < len(after):
            rounds.append(_compared(matter, before, after))
    if not rounds:
        return "curves", {}
    figures = {name: float(np.mean([one[name] for one in rounds])) for name in rounds[0]}
    plain = max(("logistic", "curves"), key=figures.__getitem__)
    best = max(figures, key=figures.__getitem__)
    ahead = np.array([one[best] - one[plain] for one in rounds])
    error = ahead.std(ddof=1) / np.sqrt(len(ahead)) if len(ahead) > 1 else np.inf
    return (best if ahead.mean() > ERRORS_AHEAD * error else plain), figures


def columns_of_periods(columns: list[Column]) -> dict[str, FloatArray]:
    """Of rows in the order of time: the columns that are the same for everybody for a while, and where each changes (1) or not (0)."""
    found = {}
    for column in columns:
        changes = np.concatenate(
            [[0.0], (np.nan_to_num(column.values[1:], nan=-1.5) != np.nan_to_num(column.values[:-1], nan=-1.5)).astype(np.float64)]
        )
        if changes.any() and changes.mean() <= SAME_WITHIN and len(np.unique(column.values)) > 2:
            found[column.name] = changes
    return found


def origins_in(rows: int, changes: list[FloatArray]) -> list[int]:
    """Where the rolling origins are: at beginnings of periods where columns tell them, since months differ more than rows do; else evenly."""
    if changes:
        together = np.sum([one[:rows] for one in changes], axis=0)
        begins = [int(row) for row in np.flatnonzero(together >= max(len(changes) / 2, 1))]
        apart: list[int] = []
        for row in begins:
            if rows * 0.05 < row < rows * 0.98 and (not apart or row - apart[-1] > rows * 0.005):
                apart.append(row)
        if len(apart) >= 3:
            return apart[-ORIGINS:]
    return [int(rows * part) for part in np.linspace(0.4, 0.9, ORIGINS)]


def level_with(happened: FloatArray, said_of_latest: FloatArray) -> float:
    """What must be added to all log-odds so that the latest rows come out at the rate that they really had."""
    low, high = -12.0, 12.0
    for _ in range(60):
        middle = (low + high) / 2
        if expit(said_of_latest + middle).mean() < happened.mean():
            low = middle
        else:
            high = middle
    return (low + high) / 2
