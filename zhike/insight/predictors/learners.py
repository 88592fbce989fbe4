"""What was learned, as a value that can be written down, read again and asked why: a rule, lines (logistic regression), small boosted trees.

A model is one file of text each: numbers of a logistic regression as JSON, trees in LightGBM's own words. Nothing that is loaded can run.
Contributions are exact: what each feature adds to the log-odds, against the average customer.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Literal, Protocol

import lightgbm
import numpy as np
from scipy.special import expit, logit
from sklearn.linear_model import LogisticRegression

from zhike.insight.predictors.choosing import level_with
from zhike.insight.predictors.features import FEATURE, Feature
from zhike.insight.predictors.matrices import Matrix
from zhike.insight.predictors.recipes import RARE, STRENGTH
from zhike.insight.predictors.recipes import TREES as USUAL
from zhike.insight.predictors.table_files import FloatArray

Recipe = Literal["rule", "logistic", "trees"]
TREES = USUAL | {"learning_rate": 0.06, "min_child_samples": 60}
ROUNDS = 100
BENDS = (0.25, 0.75)  # of signs: the quantiles at which a line may turn
EDGE = 0.005  # values beyond these quantiles count as what lies there
ALL_THREADS = 5_000  # rows from which it pays to begin several threads
STEPS = 20  # of a rule: groups of equally many


class Model(Protocol):
    """A fitted model."""

    @property
    def recipe(self) -> Recipe:
        """How it learned."""

    @property
    def features(self) -> tuple[str, ...]:
        """The keys of the columns it wants."""

    def log_odds(self, values: FloatArray) -> FloatArray:
        """Of rows, before `level` is added."""

    def contributions(self, values: FloatArray) -> FloatArray:
        """What each feature adds to the log-odds of each row, against the average."""

    def text(self) -> str:
        """The model as text."""


@dataclass(frozen=True)
class Fitted:
    """A model and what is added to its log-odds so that the latest rows it learned from come out at their real rate."""

    model: Model
    level: float

    def chances(self, values: FloatArray) -> FloatArray:
        """Of rows."""
        return np.asarray(expit(self.model.log_odds(values) + self.level), dtype=np.float64)


@dataclass(frozen=True)
class Term:
    """One column of a logistic regression: a feature as a line, a bend of it at `at`, the mark that it is empty, or that it is `at`."""

    feature: int
    kind: Literal["line", "bend", "empty", "is"]
    fill: float
    low: float
    high: float
    at: float
    scale: float  # of money: the amount at which logarithms begin; 0: no logarithm
    mean: float = 0.0
    spread: float = 1.0
    weight: float = 0.0

    def column(self, values: FloatArray) -> FloatArray:
        """The rows' values of this term, not yet centred."""
        own = values[:, self.feature]
        if self.kind == "empty":
            return np.isnan(own).astype(np.float64)
        if self.kind == "is":
            return (own == self.at).astype(np.float64)
        bent = np.clip(np.where(np.isnan(own), self.fill, own), self.low, self.high)
        if self.scale:
            bent = np.arcsinh(bent / self.scale)
        return np.maximum(bent - self.at, 0.0) if self.kind == "bend" else bent


@dataclass(frozen=True)
class Lines:
    """Logistic regression with shrinkage."""

    features: tuple[str, ...]
    terms: tuple[Term, ...]
    intercept: float
    recipe: Recipe = "logistic"

    def log_odds(self, values: FloatArray) -> FloatArray:
        said = np.full(len(values), self.intercept)
        for term in self.terms:
            said += term.weight * (term.column(values) - term.mean) / term.spread
        return said

    def contributions(self, values: FloatArray) -> FloatArray:
        found = np.zeros((len(values), len(self.features)))
        for term in self.terms:
            found[:, term.feature] += term.weight * (term.column(values) - term.mean) / term.spread
        return found

    def text(self) -> str:
        terms = [vars(term) for term in self.terms]
        return json.dumps({"recipe": self.recipe, "features": self.features, "intercept": self.intercept, "terms": terms}, indent=0)


@dataclass(frozen=True)
class Trees:
    """Boosted trees. `said`: LightGBM's own text."""

    features: tuple[str, ...]
    said: str
    recipe: Recipe = "trees"

    def log_odds(self, values: FloatArray) -> FloatArray:
        return np.asarray(booster(self.said).predict(values, raw_score=True, num_threads=threads_for(values)), dtype=np.float64)

    def contributions(self, values: FloatArray) -> FloatArray:
        return np.asarray(booster(self.said).predict(values, pred_contrib=True, num_threads=threads_for(values)), dtype=np.float64)[:, :-1]

    def text(self) -> str:
        return json.dumps({"recipe": self.recipe, "features": self.features, "trees": self.said})


@dataclass(frozen=True)
class Rule:
    """The question's plain figure in steps: how often it happened in each. It asks no features; `log_odds` takes the figure itself."""

    edges: tuple[float, ...]
    odds: tuple[float, ...]
    features: tuple[str, ...] = ()
    recipe: Recipe = "rule"

    def log_odds(self, values: FloatArray) -> FloatArray:
        return np.asarray(self.odds)[np.searchsorted(np.asarray(self.edges), values.reshape(-1), side="right")]

    def contributions(self, values: FloatArray) -> FloatArray:
        return np.zeros((len(values), 0))

    def text(self) -> str:
        return json.dumps({"recipe": self.recipe, "edges": self.edges, "odds": self.odds})


def threads_for(values: FloatArray) -> int:
    """How many threads LightGBM may take for so many rows: one for a page's few, which more would only slow, all (0) for a bank's."""
    return 0 if len(values) > ALL_THREADS else 1


@lru_cache(maxsize=32)
def booster(said: str) -> lightgbm.Booster:
    """LightGBM's own model out of its text, made once."""
    return lightgbm.Booster(model_str=said)


def read(text: str) -> Model:
    """A model from its text."""
    said: dict[str, Any] = json.loads(text)
    if said["recipe"] == "logistic":
        return Lines(tuple(said["features"]), tuple(Term(**one) for one in said["terms"]), said["intercept"])
    if said["recipe"] == "trees":
        return Trees(tuple(said["features"]), said["trees"])
    return Rule(tuple(said["edges"]), tuple(said["odds"]))


def learn(recipe: Recipe, rows: Matrix) -> Fitted:
    """Learn from rows, and level with the latest of their days."""
    if recipe == "rule":
        return Fitted(rule(rows.rule, rows.happened), 0.0)
    model: Model = trees(rows) if recipe == "trees" else lines(rows)
    latest = rows.origin == rows.origin.max()
    return Fitted(model, level_with(rows.happened[latest], model.log_odds(rows.values[latest])))


def trees(rows: Matrix) -> Trees:
    """LightGBM of small trees."""
    data = lightgbm.Dataset(rows.values, rows.happened, free_raw_data=True)
    booster = lightgbm.train(TREES, data, ROUNDS)
    return Trees(tuple(one.key for one in rows.features), booster.model_to_string())


def lines(rows: Matrix) -> Lines:
    """Logistic regression over lines; signs may bend, amounts are taken as logarithms, codes one by one."""
    terms, columns = [], []
    for place, feature in enumerate(rows.features):
        for term in _terms(place, feature, rows.values):
            column = term.column(rows.values)
            spread = float(column.std())
            if spread > 1e-9:
                mean = float(column.mean())
                terms.append(Term(**{**vars(term), "mean": mean, "spread": spread}))
                columns.append(((column - mean) / spread).astype(np.float32))
    usual = float(logit(np.clip(rows.happened.mean(), 1e-6, 1 - 1e-6)))
    keys = tuple(one.key for one in rows.features)
    if not columns or not 0 < rows.happened.sum() < len(rows):
        return Lines(keys, (), usual)
    model = LogisticRegression(C=STRENGTH / 10, max_iter=30, tol=1e-3, solver="newton-cholesky").fit(
        np.column_stack(columns), rows.happened
    )
    weights = model.coef_[0]
    weighed = tuple(Term(**{**vars(term), "weight": float(weight)}) for term, weight in zip(terms, weights, strict=True))
    return Lines(keys, weighed, float(model.intercept_[0]))


def _terms(place: int, feature: Feature, values: FloatArray) -> list[Term]:
    own = values[:, place]
    there = own[~np.isnan(own)]
    if len(there) < RARE:
        return []
    if feature.kind == "choice":
        codes, count = np.unique(there, return_counts=True)
        return [Term(place, "is", 0.0, 0.0, 0.0, float(code), 0.0) for code in codes[count >= RARE]]
    low, high = (float(one) for one in np.quantile(there, [EDGE, 1 - EDGE]))
    fill = float(np.median(there))
    scale = max(float(np.median(np.abs(there[there != 0]))) / 3, 1.0) if feature.kind == "money" and (there != 0).any() else 0.0
    found = [Term(place, "line", fill, low, high, 0.0, scale)]
    if feature.is_sign:
        found += [Term(place, "bend", fill, low, high, float(at), 0.0) for at in np.unique(np.quantile(there, BENDS)) if low < at < high]
    if len(there) < len(own):
        found.append(Term(place, "empty", 0.0, 0.0, 0.0, 0.0, 0.0))
    return found


def rule(figure: FloatArray, happened: FloatArray) -> Rule:
    """How often it happened in each step of the plain figure, drawn a little to the usual rate."""
    edges = np.unique(np.quantile(figure, np.linspace(0, 1, STEPS + 1)[1:-1]))
    place = np.searchsorted(edges, figure, side="right")
    count = np.bincount(place, minlength=len(edges) + 1)
    rate = (np.bincount(place, weights=happened, minlength=len(count)) + 10 * happened.mean()) / (count + 10)
    return Rule(tuple(map(float, edges)), tuple(map(float, logit(np.clip(rate, 1e-6, 1 - 1e-6)))))


def label_of(key: str) -> str:
    """What a feature is called, in the language of who asks."""
    return str(FEATURE[key].label)
