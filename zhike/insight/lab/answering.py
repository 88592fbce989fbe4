"""An honest answer: learned on earlier as-of days, judged on later ones, by the recipes of the shipped predictors; or why there is none.

Only figures of many come out of it. What was asked is answered over the customers whom the asker sees: for an analyst the whole bank.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
from scipy.stats import spearmanr
from sklearn.metrics import roc_auc_score

from zhike.insight.lab.asking import Meant
from zhike.insight.predictors import cards, features, matrices, outcomes, rolling, training
from zhike.insight.predictors.features import FEATURE
from zhike.insight.predictors.learners import Model
from zhike.insight.predictors.matrices import Matrix
from zhike.insight.predictors.outcomes import Ends
from zhike.insight.predictors.rolling import TooLittle
from zhike.insight.predictors.table_files import FloatArray

LEAST_CASES = (
    50  # customers to whom it happened on any day, and customers to whom it did not: below that nothing is said, of nobody alone either
)
MOVERS = 12  # fields that are named
CLEAR = 0.3  # rank correlation from which a field is said to move chances one way
Told = Callable[[str], None]


class Refusal(Exception):
    """No answer can be given honestly; `reason` is one of no_months, nobody, few_cases, nearly_all, few_judged, and `numbers` say it."""

    def __init__(self, reason: str, **numbers: int) -> None:
        super().__init__(reason)
        self.reason, self.numbers = reason, numbers


def answered(
    meant: Meant, home: Path, *, whom: pa.Table | None, memory: str | None = None, told: Told = lambda _step: None
) -> dict[str, Any]:
    """The card of a question, as plain JSON. `whom`: only these customers (party_id). Raises Refusal, FromTheFuture."""
    question = meant.question
    ends = outcomes.month_ends(home)
    needed = wanted_days(ends, question.horizon_months)
    assert ends is not None
    told("read")
    rows = matrices.learned_from(
        home, ends, question, features.of_question(question), needed, training.terms_on(ends.latest.business_date), memory, whom
    )
    can_be_told(rows)
    rows, suspects = training.without_leaks(rows)
    rows, alone = with_rule(rows, question.horizon_months)
    try:
        rolled = rolling.rolled(rows, question.horizon_months, told)
    except TooLittle as wrong:
        raise Refusal("few_judged", cases=int(rows.happened.sum())) from wrong
    card = cards.card(question, rolled)
    if card["figures"]["auc"] is None:
        raise Refusal("few_judged", cases=card["cases"])
    model, values = rolled.fitted.model, rolled.learned.values
    kept = {key: card[key] for key in _KEPT}
    return kept | {
        "suspected_leaks": [vars(one) for one in suspects], "rule": alone, "movers": movers(model, values),
        "customers": len(np.unique(rows.party)), "rows": len(rows), "happened": int(rows.happened.sum()),
    }  # fmt: skip


_KEPT = (
    "figures", "intervals", "baseline", "compared", "recipe", "rows_judged", "rate", "cases", "rows_learned", "learned_days", "judged_days", "horizon_months",
    "top_tenth", "curves", "by_day", "fairness", "seconds",
)  # fmt: skip


def wanted_days(ends: Ends | None, horizon: int) -> list[Any]:
    """The as-of days that a question of so many months is learned and judged on, oldest first. Raises Refusal where there are too few."""
    origins = ends.origins(horizon) if ends else []
    there = len(ends.by_month) if ends else 0
    missing = rolling.days_missing(origins, horizon)
    if missing:
        raise Refusal("no_months", months=horizon, needed=max(there + missing, 2 * horizon + 1), there=there)
    return origins[-(rolling.JUDGED + rolling.CHOSEN_ON + rolling.LEARNED + 2 * horizon) :]


def can_be_told(rows: Matrix) -> None:
    """Raises Refusal where nobody is asked about, or it happened to hardly anybody or to nearly all."""
    if not len(rows):
        raise Refusal("nobody")
    everybody = len(np.unique(rows.party))
    cases, others = (len(np.unique(rows.party[rows.happened == which])) for which in (1, 0))
    if cases < LEAST_CASES:
        raise Refusal("few_cases", cases=cases, rows=everybody, least=LEAST_CASES)
    if others < LEAST_CASES:
        raise Refusal("nearly_all", cases=cases, rows=everybody)


def with_rule(rows: Matrix, horizon: int) -> tuple[Matrix, str]:
    """The rows with the one field that alone ranks best as their plain rule, and its key. It is chosen on days whose months were over before the first
    judged day, as every recipe is."""
    first = rows.origins[-rolling.JUDGED :][0]
    before = np.isin(rows.origin, rolling.over_by(rows.origins, first, horizon) or [0]) & rows.teaches
    happened = rows.happened[before]
    if not 0 < happened.sum() < len(happened):
        return rows, ""
    far = [abs(float(roc_auc_score(happened, _whole(rows.values[before, place]))) - 0.5) for place in range(len(rows.features))]
    best = int(np.argmax(far))
    return replace(rows, rule=_whole(rows.values[:, best])), rows.features[best].key


def _whole(values: FloatArray) -> FloatArray:
    """Values with what is empty below all others."""
    return np.where(np.isfinite(values), values, np.nanmin(values, initial=0.0) - 1.0)


def movers(model: Model, values: FloatArray) -> list[dict[str, Any]]:
    """The fields that move chances most, and which way: 1 where more of it makes it likelier, -1 less likely, 0 where it is not one way."""
    if not model.features:
        return []
    drawn = np.random.default_rng(5).permutation(len(values))[:2000]
    asked = values[drawn]
    added = model.contributions(asked)
    size = np.abs(added).mean(axis=0)
    order = [int(place) for place in np.argsort(-size)[:MOVERS] if size[place] > 0]
    whole = float(size.sum())
    return [
        {"feature": model.features[place], "share": round(float(size[place]) / whole, 4), "way": way(model.features[place], asked[:, place], added[:, place])}
        for place in order
    ]  # fmt: skip


def way(key: str, values: FloatArray, added: FloatArray) -> int:
    """Whether more of a field adds to the chance (1), takes from it (-1), or neither plainly (0); codes have no more and less."""
    there = np.isfinite(values)
    if FEATURE[key].kind == "choice" or there.sum() < 20 or np.ptp(values[there]) == 0 or np.ptp(added[there]) == 0:
        return 0
    together = float(spearmanr(values[there], added[there]).statistic)
    return 0 if abs(together) < CLEAR else 1 if together > 0 else -1
