"""What customers will buy again of the bank's own funds, wealth products and insurance is learned from their own purchases and is part of what they are worth."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

import duckdb
import numpy as np
import pyarrow as pa
import pytest

from zhike.insight.predictors import lifetime_value, own_purchases
from zhike.insight.predictors.lifetime_rules import BgNbd, GammaGamma
from zhike.insight.predictors.lifetime_value import Earning, Value
from zhike.insight.predictors.own_purchases import Bought, Buying
from zhike.insight.predictors.survival import Keeping
from zhike.insight.terms import month_after

FIRST, MONTHS, UNTIL, BUYERS = date(2024, 1, 1), 36, 24, 900


@pytest.fixture(scope="module")
def marts() -> Iterator[duckdb.DuckDBPyConnection]:
    """Three years of a bank in which each buyer buys at a rate of her own, always about as much, and money that came is kept."""
    chance = np.random.default_rng(5)
    often, usual, begins = chance.gamma(1.5, 0.15, BUYERS), chance.lognormal(9, 0.8, BUYERS), chance.integers(1, 12, BUYERS)
    came = (chance.random((BUYERS, MONTHS)) < 1 - np.exp(-often)[:, None]) & (np.arange(MONTHS) > begins[:, None])
    came[np.arange(BUYERS), begins] = True
    amount = came * usual[:, None] * chance.uniform(0.7, 1.3, (BUYERS, MONTHS))
    held, party = np.cumsum(amount, axis=1), np.repeat(np.arange(1, BUYERS + 1), MONTHS)
    month = [month_after(FIRST, number) for number in range(MONTHS)] * BUYERS
    table = pa.table({
        "party_id": party, "month": month, "bucket": ["funds"] * len(party), "nnm": np.round(amount.reshape(-1), 2), "aum": held.reshape(-1),
        "commission": held.reshape(-1) * 0.0005, "margin": np.zeros(len(party)), "expected_loss": np.zeros(len(party)),
    })  # fmt: skip
    with duckdb.connect() as engine:
        engine.register("account_value", table)
        yield engine


def test_purchases_to_come_are_as_many_as_came_and_who_bought_often_buys_again(marts: duckdb.DuckDBPyConnection) -> None:
    month = month_after(FIRST, UNTIL - 1)
    learned = own_purchases.learn(marts, month_after(month, -2), month)
    assert list(learned) == ["funds"] and learned["funds"].unit == pytest.approx(0.0005)
    known = own_purchases.bought(marts, "funds", month)
    said = learned["funds"].expected(known, 12)
    later = marts.execute(
        "select count(nnm) filter (month > $1 and nnm > 0), sum(nnm) filter (month > $1) from account_value group by party_id order by party_id", [month]
    ).fetchnumpy()  # fmt: skip
    made, money = (np.asarray(one, dtype=np.float64) for one in later.values())
    assert said.shape == (BUYERS, 12) and (said >= 0).all()
    assert said.sum() == pytest.approx(made.sum(), rel=0.1)
    assert np.corrcoef(said.sum(axis=1), made)[0, 1] > 0.4
    amounts = learned["funds"].spending.expected(known.x, known.mean)
    assert (said.sum(axis=1) * amounts).sum() == pytest.approx(money.sum(), rel=0.15)


def test_nothing_after_the_day_and_nothing_of_the_first_month_is_known(marts: duckdb.DuckDBPyConnection) -> None:
    month = month_after(FIRST, UNTIL - 1)
    whole = own_purchases.bought(marts, "funds", month)
    then = marts.sql(f"select * from account_value where month <= date '{month}'").to_arrow_table()
    with duckdb.connect() as engine:
        engine.register("account_value", then)
        again = own_purchases.bought(engine, "funds", month)
    assert (whole.x == again.x).all() and (whole.t == again.t).all()
    assert whole.t.max() == UNTIL - 2, "the first known month is no purchase"


def test_a_purchase_is_worth_what_it_earns_while_it_is_kept() -> None:
    """Two months, a purchase surely in each, of 1,000 that earn 0.1 % a month: the first earns twice, the second once."""
    forever = Keeping(0.0004, 2900.0)
    surely = Buying(BgNbd(200.0, 200.0, 1e-3, 1e3, 0.0), GammaGamma(1e6, 1e6, 1e3, 0.0, 9), 0.001)
    known = Bought(np.array([7]), np.array([10.0]), np.array([10.0]), np.array([10.0]), np.array([1000.0]))
    people = Earning(np.array([5, 7]), (), np.zeros((2, 0)), np.zeros((2, 0)), np.ones(2), np.zeros(2), {"funds": known})
    value = Value({"*": forever}, {"funds": surely})
    first, second = 1.06 ** (-1 / 12), 1.06 ** (-2 / 12)
    assert lifetime_value.worth(value, people, 2).tolist() == pytest.approx([0.0, first + 2 * second], rel=0.01)
    assert lifetime_value.read(value.text()) == value, "what was learned can be written down and read again"
    assert lifetime_value.read('{"recipe": "survival", "keeping": {"*": {"alpha": 1, "beta": 2}}}').buying == {}, (
        "so can what was learned before"
    )


def test_too_few_who_came_again_teach_nothing(marts: duckdb.DuckDBPyConnection) -> None:
    assert own_purchases.learn(marts, FIRST, month_after(FIRST, 2)) == {}
