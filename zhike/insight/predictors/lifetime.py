"""What customers' purchases so far say of those to come, held against what really came (S30; domain §3.4)."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from zhike.insight.predictors.lifetime_rules import BgNbd, CannotFit, GammaGamma, fit_purchases, fit_spending
from zhike.insight.predictors.purchases import WEEK, Known, Later, purchases_in
from zhike.insight.predictors.table_files import FloatArray, Table

AHEAD = 39  # weeks that a table without dates is followed further, as in the paper


@dataclass(frozen=True)
class Lifetime:
    """What was learned, and how it did. `expected`: repeat purchases of all up to the end of each week since the first customer's first purchase;
    `later`: expected of each customer in the `ahead` weeks after what was learned from."""

    known: Known
    happened: Later | None
    purchases: BgNbd
    spending: GammaGamma | None
    expected: FloatArray
    later: FloatArray
    ahead: int


def learned(table: Table, learned_weeks: int | None = None) -> Lifetime:
    """BG/NBD and, where there are amounts, Gamma-Gamma out of a table. Raises CannotRead and CannotFit."""
    known, happened = purchases_in(table, learned_weeks)
    model = fit_purchases(known.histories())
    spending = None
    if known.mean is not None:
        try:
            spending = fit_spending(known.x, known.mean)
        except CannotFit:
            spending = None
    learned_for = happened.learned_weeks if happened else int(np.ceil(known.t.max()))
    ahead = happened.weeks - learned_for if happened else AHEAD
    expected = _week_by_week(model, known, learned_for, ahead)
    later = model.expected_after(known.x, known.t_x, known.t, np.full_like(known.t, float(ahead)))
    return Lifetime(known, happened, model, spending, expected, later, ahead)


def _week_by_week(model: BgNbd, known: Known, learned_for: int, ahead: int) -> FloatArray:
    """Repeat purchases expected of all up to the end of each week: of those who began on one day as often as there are of them."""
    longest, alike = np.unique(known.t, return_counts=True)
    last_day = learned_for - 1 / WEEK  # the last day of the last week, counted from the first day
    begun = last_day - longest
    weeks = np.arange(1, learned_for + ahead + 1) - 1 / WEEK
    since = np.maximum(weeks[:, None] - begun[None, :], 0.0)
    return np.asarray((model.expected(since) * alike).sum(axis=1), dtype=np.float64)


def as_json(found: Lifetime) -> dict[str, Any]:
    """What `zhike predictor clv --json` says."""
    known, happened = found.known, found.happened
    value = None if found.spending is None or known.mean is None else found.spending.expected(known.x, known.mean)
    said: dict[str, Any] = {
        "bg_nbd": asdict(found.purchases),
        "gamma_gamma": None if found.spending is None else asdict(found.spending),
        "customers": len(known.x),
        "repeat_customers": int((known.x > 0).sum()),
        "unit": "week",
        "learned_weeks": happened.learned_weeks if happened else None,
        "later": {
            "weeks": found.ahead,
            "expected": float(found.later.sum()),
            "happened": None if happened is None else float(happened.later.sum()),
            "expected_amount": None if value is None else float(np.nansum(found.later * value)),
            "by_repeat_purchases": _by_frequency(found),
        },
        "weekly": [
            {"week": week, "expected": float(expected), "happened": None if happened is None else float(happened.weekly[week - 1])}
            for week, expected in enumerate(found.expected, start=1)
        ],
    }
    if happened is not None:
        said["begin"] = happened.begin.isoformat()
        said["later"]["error"] = said["later"]["expected"] / max(said["later"]["happened"], 1) - 1
        said["later"]["largest_weekly_error"] = float(_largest_error(found.expected, happened))
    return said


def _largest_error(expected: FloatArray, happened: Later) -> float:
    """The largest departure of the curve of all repeat purchases from the real one in the weeks not learned from, as a fraction of it."""
    after = slice(happened.learned_weeks, None)
    return float(np.max(np.abs(expected[after] / np.maximum(happened.weekly[after], 1) - 1)))


def _by_frequency(found: Lifetime) -> list[dict[str, Any]]:
    """Mean purchases afterwards of customers who had come 0, 1 … 7 and more times again: expected and real."""
    group = np.minimum(found.known.x, 7).astype(np.int64)
    rows = []
    for often in np.unique(group):
        own = group == often
        real = None if found.happened is None else float(found.happened.later[own].mean())
        rows.append(
            {"repeat_purchases": int(often), "customers": int(own.sum()), "expected": float(found.later[own].mean()), "happened": real}
        )
    return rows
