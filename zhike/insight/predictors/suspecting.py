"""Columns that must not be learned from: who somebody is, and what is only known once the answer is (leaks).

A leak is suspected by its name, by its timing (filled in for one answer alone, or a day after the day that is predicted from), and by being too
good to be true. What is suspected is left out of the evaluation and named; whoever knows better keeps it by name.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

import numpy as np
from sklearn.metrics import roc_auc_score

from zhike.insight.predictors.table_files import Column, FloatArray

LATE = re.compile(
    r"naive_?bayes|^duration|call_?(length|duration)|predict|proba(bility)?$|posterior|^score$|_score_?(1|2|out)$|close[d_]|closing|churn_?(date|reason)"
    r"|exit_?(date|reason)|leav(e|ing)_?(date|reason)|outcome_?(date|of_this)|default_?date|write_?off|recover(y|ed)|通话时长|销户|流失(日期|原因)|核销|预测|违约日期",
    re.IGNORECASE,
)
NOT_TOO_GOOD = re.compile(r"credit_?score|fico", re.IGNORECASE)
IDENTIFIER = re.compile(r"(^|_)(id|no|key|number|rownumber)$|id$|编号|客户号|证件", re.IGNORECASE)
TOO_GOOD = 0.95
ONE_SIDED = 0.85


@dataclass(frozen=True)
class Suspect:
    """A column, how it came under suspicion (name, timing, too good) and why in words."""

    column: str
    by: str
    why: str


def is_identifier(column: Column, rows: int) -> bool:
    """A column that says who or which row, not what: as good as every value another one, or words of which hardly two rows share one."""
    known = column.values[np.isfinite(column.values)]
    distinct = len(np.unique(known))
    if column.kind == "word":
        return distinct > 100 and rows / distinct < 10
    is_whole = bool((np.mod(known, 1) == 0).all())
    return (
        column.kind == "number"
        and is_whole
        and rows > 50
        and (distinct == rows or (distinct > 0.9 * rows and bool(IDENTIFIER.search(column.name))))
    )


def suspects(columns: list[Column], happened: FloatArray, known_on: FloatArray | None) -> list[Suspect]:
    """Every column under suspicion. `known_on`: the day from which is predicted, row by row, where the table has one."""
    found = (suspected(column, happened, known_on) for column in columns)
    return [one for one in found if one is not None]


def suspected(column: Column, happened: FloatArray, known_on: FloatArray | None, too_good: float = TOO_GOOD) -> Suspect | None:
    """Why this column is suspected, or None. `too_good`: the AUC above which it is, alone."""
    if LATE.search(column.name) and not NOT_TOO_GOOD.search(column.name):
        return Suspect(column.name, "name", "its name says that it is known only afterwards")
    if known_on is not None and column.kind == "day" and np.nanmax(column.values - known_on, initial=0) > 0:
        return Suspect(column.name, "timing", "it holds days after the day that is predicted from")
    there = np.isfinite(column.values)
    if 0 < there.sum() < len(there):
        one_sided = roc_auc_score(happened, there)
        if max(one_sided, 1 - one_sided) > ONE_SIDED:
            return Suspect(column.name, "timing", "it is filled in for one answer and hardly for the other")
    alone = alone_auc(column, happened)
    if alone > too_good:
        return Suspect(column.name, "too good", f"alone it ranks with an AUC of {alone:.3f}")
    return None


def alone_auc(column: Column, happened: FloatArray) -> float:
    """How well the column alone ranks: the rate of its value or of its twentieth, learned on one half of the rows and held against the other."""
    values = np.where(np.isfinite(column.values), column.values, -np.inf)
    if column.kind != "word" and len(np.unique(values)) > 40:
        values = np.searchsorted(np.unique(np.quantile(values[np.isfinite(values)], np.linspace(0, 1, 21)[1:-1])), values).astype(
            np.float64
        )
    _, place = np.unique(values, return_inverse=True)
    half = np.random.default_rng(3).random(len(happened)) < 0.5
    if not 0 < happened[~half].sum() < (~half).sum():
        return 0.5
    seen = np.bincount(place[half], minlength=place.max() + 1)
    rate = (np.bincount(place[half], weights=happened[half], minlength=len(seen)) + 5 * happened[half].mean()) / (seen + 5)
    return float(roc_auc_score(happened[~half], rate[place[~half]]))
