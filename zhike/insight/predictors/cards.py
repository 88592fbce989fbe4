"""The card of a version: how good it was on later time, for whom, from what, and what is in the best tenth, as plain JSON (domain §4.6).

Every figure is of the judged days together unless it says otherwise; none of them was learned from.
"""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

import numpy as np
from sklearn.metrics import average_precision_score, precision_recall_curve, roc_auc_score, roc_curve

from zhike.insight.predictors.features import FEATURE
from zhike.insight.predictors.learners import Recipe
from zhike.insight.predictors.measuring import BINS, calibration_error, measured
from zhike.insight.predictors.questions import Question
from zhike.insight.predictors.rolling import Judged, Rolled
from zhike.insight.predictors.table_files import FloatArray

DRAWS = 60
POINTS = 40  # of a curve
LEAST_OF_A_GROUP = 50
MOST_FEATURES = 25
TOP = 0.1  # the share that is acted on: the chance above which one stands is the threshold


def card(question: Question, rolled: Rolled) -> dict[str, Any]:
    """The card of what came of learning a question."""
    happened, said, money = _together(rolled, rolled.recipe)
    threshold = float(np.quantile(said, 1 - TOP))
    return {
        "figures": _measures(happened, said),
        "intervals": _intervals(happened, said),
        "baseline": {name: _measures(happened, _together(rolled, name)[1]) for name in ("rule", "logistic")},
        "compared": rolled.compared,
        "recipe": rolled.recipe,
        "rows_judged": len(said), "rate": float(happened.mean()), "cases": int(happened.sum()),
        "rows_learned": len(rolled.learned), "learned_days": _days_learned(rolled), "judged_days": [one.day.isoformat() for one in rolled.judged],
        "horizon_months": question.horizon_months, "threshold": threshold,
        "top_tenth": _top(happened, said, money, len(rolled.judged)),
        "curves": _curves(happened, said),
        "by_day": [_of_day(one, rolled.recipe) for one in rolled.judged],
        "fairness": {name: _of_groups(rolled, name, threshold) for name in ("sex", "age", "region")},
        "features": _weights(rolled),
        "usual": {feature.key: usual_of(rolled.learned.values[:, place]) for place, feature in enumerate(rolled.learned.features)},
        "said": usual_of(rolled.judged[-1].said[rolled.recipe]),
        "seconds": rolled.seconds,
    }  # fmt: skip


def _together(rolled: Rolled, recipe: Recipe) -> tuple[FloatArray, FloatArray, FloatArray]:
    return (
        np.concatenate([one.rows.happened for one in rolled.judged]),
        np.concatenate([one.said[recipe] for one in rolled.judged]),
        np.concatenate([one.rows.money for one in rolled.judged]),
    )


def _measures(happened: FloatArray, said: FloatArray) -> dict[str, float | None]:
    if not 0 < happened.sum() < len(happened):
        return dict.fromkeys(("auc", "average_precision", "lift_10", "brier", "ece"))
    return asdict(measured(happened, said))


def _intervals(happened: FloatArray, said: FloatArray) -> dict[str, tuple[float, float]]:
    """95 % by drawing rows anew, for each measure."""
    chance = np.random.default_rng(7)
    drawn: list[list[float]] = []
    for _ in range(DRAWS):
        rows = chance.integers(0, len(said), len(said))
        if 0 < happened[rows].sum() < len(rows):
            drawn.append(list(asdict(measured(happened[rows], said[rows])).values()))
    if not drawn:
        return {}
    low, high = np.percentile(np.array(drawn), [2.5, 97.5], axis=0)
    names = ("auc", "average_precision", "lift_10", "brier", "ece")
    return {name: (float(a), float(b)) for name, a, b in zip(names, low, high, strict=True)}


def _days_learned(rolled: Rolled) -> list[str]:
    return [rolled.learned.origins[place].isoformat() for place in np.unique(rolled.learned.origin)]


def _top(happened: FloatArray, said: FloatArray, money: FloatArray, days: int) -> dict[str, float]:
    """Of the tenth with the highest chances: how many it happened to, and whose money that is. Money is CNY, of a day on average."""
    top = np.argsort(-said, kind="stable")[: max(len(said) // 10, 1)]
    whole, lost = float(money.sum()), float((money * happened).sum())
    return {
        "rate": float(happened[top].mean()), "cases_found": float(happened[top].sum() / max(happened.sum(), 1)),
        "money": float(money[top].sum()) / days, "money_share": float(money[top].sum() / whole) if whole else 0.0,
        "money_of_cases": lost / days, "money_of_cases_found": float((money * happened)[top].sum() / lost) if lost else 0.0,
    }  # fmt: skip


def _curves(happened: FloatArray, said: FloatArray) -> dict[str, list[list[float]]]:
    """Points of ROC (false, true), precision by recall, lift by share of customers, and calibration (said, seen, customers)."""
    if not 0 < happened.sum() < len(happened):
        return {}
    false, true, _ = roc_curve(happened, said)
    precision, recall, _ = precision_recall_curve(happened, said)
    order = np.argsort(-said, kind="stable")
    share = np.linspace(1 / POINTS, 1, POINTS)
    found = np.cumsum(happened[order])
    lift = [float(found[max(int(part * len(said)) - 1, 0)] / max(int(part * len(said)), 1) / happened.mean()) for part in share]
    groups = np.array_split(np.argsort(said, kind="stable"), BINS)
    return {
        "roc": _thin(false, true), "precision_recall": _thin(recall[::-1], precision[::-1]), "lift": [list(one) for one in zip(map(float, share), lift, strict=True)],
        "calibration": [[float(said[one].mean()), float(happened[one].mean()), float(len(one))] for one in groups if len(one)],
    }  # fmt: skip


def _thin(across: FloatArray, up: FloatArray) -> list[list[float]]:
    places = np.unique(np.searchsorted(across, np.linspace(0, 1, POINTS)).clip(0, len(across) - 1))
    return [[round(float(across[place]), 4), round(float(up[place]), 4)] for place in places]


def _of_day(one: Judged, recipe: Recipe) -> dict[str, Any]:
    happened, said = one.rows.happened, one.said[recipe]
    return {"day": one.day.isoformat(), "rows": len(said), "cases": int(happened.sum()), "said": float(said.mean()), "seen": float(happened.mean()), **_measures(happened, said)}  # fmt: skip


def _of_groups(rolled: Rolled, name: str, threshold: float) -> list[dict[str, Any]]:
    """Of each group: how many would be acted on, what is said and seen, and how well it ranks within the group."""
    group = np.concatenate([one.rows.groups[name] for one in rolled.judged])
    happened, said, _money = _together(rolled, rolled.recipe)
    found = []
    for key in sorted({one for one in group if one is not None}):
        own = group == key
        if own.sum() < LEAST_OF_A_GROUP:
            continue
        has_both = 0 < happened[own].sum() < own.sum()
        found.append({
            "group": str(key), "rows": int(own.sum()), "acted_on": float((said[own] >= threshold).mean()), "said": float(said[own].mean()),
            "seen": float(happened[own].mean()), "auc": float(roc_auc_score(happened[own], said[own])) if has_both else None,
            "average_precision": float(average_precision_score(happened[own], said[own])) if has_both else None,
            "ece": calibration_error(happened[own], said[own]),
        })  # fmt: skip
    return found


def _weights(rolled: Rolled) -> list[dict[str, Any]]:
    """The features that move chances most: the mean size of what each adds to the log-odds."""
    model, values = rolled.fitted.model, rolled.learned.values
    if not model.features:
        return []
    drawn = np.random.default_rng(5).permutation(len(values))[:2000]
    mean = np.abs(model.contributions(values[drawn])).mean(axis=0)
    order = np.argsort(-mean)[:MOST_FEATURES]
    return [{"feature": model.features[place], "theme": FEATURE[model.features[place]].theme, "weight": round(float(mean[place]), 4)} for place in order if mean[place] > 0]  # fmt: skip


def usual_of(values: FloatArray) -> list[float]:
    """How often values were empty, the nine edges of the tenths of the others, and the share of those up to each edge: what drift is told from."""
    there = values[~np.isnan(values)]
    edges = np.round(np.quantile(there, np.linspace(0.1, 0.9, 9)), 6) if len(there) else np.zeros(9)
    shares = [float((there <= edge).mean()) if len(there) else 1.0 for edge in edges]
    return [float(np.isnan(values).mean()), *map(float, edges), *shares]
