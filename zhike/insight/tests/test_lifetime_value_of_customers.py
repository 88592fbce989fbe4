"""What a customer is worth over the months to come: families kept by sBG, what they earn, less what serving costs (S24, S30; domain §3.4)."""

from __future__ import annotations

import json

import numpy as np
import pytest
from scipy.special import betaln

from zhike.insight.predictors import lifetime_value as value
from zhike.insight.predictors.lifetime_value import Earning, Value
from zhike.insight.predictors.survival import Keeping, fit
from zhike.insight.tests.computed import Computed, computed

__all__ = ["computed"]


def test_the_published_worked_case_of_sbg() -> None:
    """Survival of a cohort of 1,000 over seven years (the textbook's "regular" segment): 63.1 %, 46.8 %, 38.2 %, 32.6 %, 28.9 %, 26.2 %, 24.1 %."""
    left = [1000, 631, 468, 382, 326, 289, 262, 241]
    ends = [left[n] - left[n + 1] for n in range(7)]
    found = fit([*range(1, 8), 7], [True] * 7 + [False], [*ends, left[7]])
    assert (found.alpha, found.beta) == pytest.approx((0.704, 1.182), abs=0.01)


def test_who_kept_it_long_is_likelier_to_go_on() -> None:
    keeping = Keeping(0.7, 1.2)
    one, ten = (keeping.survival(np.array([12.0]), np.array([kept]))[0] for kept in (1.0, 10.0))
    assert ten > one
    assert keeping.survival(np.array([1.0]), np.array([0.0]))[0] == pytest.approx(float(np.exp(betaln(0.7, 2.2) - betaln(0.7, 1.2))))


def test_an_amount_by_hand() -> None:
    """One family that earns 100 a month and is as good as never ended, costs of 20, two months: (100 − 20) × (1.06^(−1/12) + 1.06^(−2/12))."""
    forever = Keeping(0.0004, 2900.0)
    people = Earning(np.array([1]), ("demand",), np.array([[100.0]]), np.array([[5.0]]), np.array([5.0]), np.array([-20.0]))
    said = value.worth(Value({"*": forever, "demand": forever}), people, 2)
    assert said[0] == pytest.approx(80 * (1.06 ** (-1 / 12) + 1.06 ** (-2 / 12)), rel=1e-4)
    short = Value({"*": forever, "demand": Keeping(1.0, 1.0)})  # half of those who are new end in the first month
    new = Earning(people.party, people.family, people.earned, np.array([[0.0001]]), people.tenure, people.rest)
    assert value.worth(short, new, 1)[0] == pytest.approx((50 - 20) * 1.06 ** (-1 / 12), rel=1e-3)
    assert json.loads(short.text())["recipe"] == "survival" and value.read(short.text()) == short


def test_every_customer_of_the_sample_bank_has_an_amount_as_soon_as_a_month_is_over(computed: Computed) -> None:
    """Three months teach nothing yet, so the plain figure speaks: what each earns now, for three years."""
    with computed.bank.connected("job") as job:
        rows = job.execute(
            "select count(*), min(as_of)::text, max(version), sum(amount) from insight_score where predictor = 'lifetime_value'"
        ).fetchone()
        others = job.execute("select count(*) from insight_score where predictor <> 'lifetime_value'").fetchone()
    assert rows and rows[0] > 200 and rows[1:3] == ("2026-09-30", 0)
    (brought,) = computed.ask("select sum(before_tax) from customer_month semi join (select party_id from profile where status = 'customer' and accounts_open > 0) using (party_id)")  # fmt: skip
    assert float(rows[3]) == pytest.approx(float(brought[0]) / 3 * 36, rel=0.001), "what ended within the three months goes on no more"
    assert others == (0,), "nothing is said of a question whose first horizon is not over"
