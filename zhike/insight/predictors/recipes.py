"""Ways to learn: logistic regression over lines and curves, boosted trees, and their mean. Each says log-odds for rows it has not seen.

A column that is the same for everybody within a period (an interest rate, a month) is not a fact about a customer: a handful of periods carries it,
however many rows there are. For later time trees never see such columns, since outside the levels they have seen they stay flat; the
logistic recipes take it as a straight line, as a curve, and the mean of both, for a few periods cannot say which.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

import lightgbm
import numpy as np
from scipy.special import expit, logit
from sklearn.linear_model import LogisticRegression

from zhike.insight.predictors.table_files import Column, FloatArray

Shape = Literal["line", "curve"]
RARE = 20  # rows below which a word is not told from others
KNOTS = (0.1, 0.3, 0.5, 0.7, 0.9)
STRENGTH = 0.3  # of the logistic recipes: the inverse of shrinkage
TREES = {
    "objective": "binary", "verbosity": -1, "num_threads": 1, "seed": 1, "deterministic": True, "learning_rate": 0.03, "num_leaves": 15, "max_cat_to_onehot": 8,
    "min_child_samples": 40, "feature_fraction": 0.7, "bagging_fraction": 0.8, "bagging_freq": 1, "lambda_l2": 5.0, "force_col_wise": True,
}  # fmt: skip
ROUNDS = 300


@dataclass(frozen=True)
class Matter:
    """What is learned from: columns, which of them are the same within a period, and what happened."""

    columns: Sequence[Column]
    of_period: frozenset[str]
    happened: FloatArray


Rows = np.ndarray[tuple[int], np.dtype[np.int64]]
Recipe = Callable[[Matter, Rows, Rows], FloatArray]  # log-odds for the second rows, learned from the first


def logistic(matter: Matter, seen: Rows, asked: Rows, own: Shape = "line", of_period: Shape = "line") -> FloatArray:
    """Logistic regression with shrinkage; numbers as straight lines or as curves."""
    shapes = [of_period if column.name in matter.of_period else own for column in matter.columns]
    parts = [part for column, shape in zip(matter.columns, shapes, strict=True) for part in _parts(column, shape, seen)]
    if not parts:
        return np.full(len(asked), float(logit(np.clip(matter.happened[seen].mean(), 1e-6, 1 - 1e-6))))
    learned = np.column_stack([part[seen] for part in parts])
    mean, spread = learned.mean(axis=0), np.maximum(learned.std(axis=0), 1e-9)
    is_word = np.isin(learned, (0.0, 1.0)).all(axis=0)
    mean, spread = np.where(is_word, 0.0, mean), np.where(is_word, 1.0, spread)
    model = LogisticRegression(C=STRENGTH, max_iter=200).fit((learned - mean) / spread, matter.happened[seen])
    rows = (np.column_stack([part[asked] for part in parts]) - mean) / spread
    return np.asarray(model.decision_function(rows), dtype=np.float64)


def _parts(column: Column, shape: Shape, seen: Rows) -> list[FloatArray]:
    """The columns that a column becomes: one for each usual word; a line with bends and marks for values that many rows share."""
    values, known = column.values, column.values[seen]
    if column.kind == "word":
        words, count = np.unique(known[np.isfinite(known)], return_counts=True)
        return [(values == word).astype(np.float64) for word in words[count >= RARE][:60]]
    there = known[np.isfinite(known)]
    if not len(there) or there.min() == there.max():
        return []
    low, high = np.quantile(there, [0.005, 0.995])
    filled = np.where(np.isfinite(values), values, np.median(there))
    line = np.clip(filled, low, high) if shape == "curve" and low < high else filled  # a straight line may go on beyond what was seen
    parts = (
        [line]
        if shape == "line"
        else [line, *(np.maximum(line - knot, 0.0) for knot in np.unique(np.quantile(there, KNOTS)) if knot < high)]
    )
    if shape == "curve":
        shared, count = np.unique(there, return_counts=True)
        parts += [(values == one).astype(np.float64) for one in shared[count > 0.05 * len(seen)][:8]]
    if len(there) < len(known):
        parts.append(np.isnan(values).astype(np.float64))
    return [part for part in parts if part[seen].std() > 0]


def curves(matter: Matter, seen: Rows, asked: Rows) -> FloatArray:
    """The mean of three logistic regressions: lines, curves for customers' own facts alone, curves for all."""
    shapes: tuple[tuple[Shape, Shape], ...] = (("line", "line"), ("curve", "line"), ("curve", "curve"))
    return np.asarray(np.mean([logistic(matter, seen, asked, own, of_period) for own, of_period in shapes], axis=0), dtype=np.float64)


def trees(matter: Matter, seen: Rows, asked: Rows) -> FloatArray:
    """LightGBM of small trees, without columns of a period."""
    used = [column for column in matter.columns if column.name not in matter.of_period]
    table = np.column_stack([column.values for column in used])
    words = [place for place, column in enumerate(used) if column.kind == "word"]
    data = lightgbm.Dataset(table[seen], matter.happened[seen], categorical_feature=words or "auto", free_raw_data=True)
    return np.asarray(lightgbm.train(TREES, data, ROUNDS).predict(table[asked], raw_score=True), dtype=np.float64)


def both(*said: FloatArray) -> FloatArray:
    """The mean chance of several recipes, as log-odds."""
    return np.asarray(logit(np.clip(np.mean([expit(one) for one in said], axis=0), 1e-6, 1 - 1e-6)), dtype=np.float64)


def rule(matter: Matter, seen: Rows, asked: Rows, column: Column) -> FloatArray:
    """What one column alone says: the rate of its word, or of its tenth."""
    values = np.where(np.isfinite(column.values), column.values, -np.inf)
    if column.kind != "word":
        finite = values[seen][np.isfinite(values[seen])]
        values = np.searchsorted(np.unique(np.quantile(finite, np.linspace(0, 1, 11)[1:-1])), values).astype(np.float64)
    _, place = np.unique(values, return_inverse=True)
    usual = matter.happened[seen].mean()
    count = np.bincount(place[seen], minlength=place.max() + 1)
    rate = (np.bincount(place[seen], weights=matter.happened[seen], minlength=len(count)) + 10 * usual) / (count + 10)
    return np.asarray(logit(np.clip(rate[place[asked]], 1e-6, 1 - 1e-6)), dtype=np.float64)
