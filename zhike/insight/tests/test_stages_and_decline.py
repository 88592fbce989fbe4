"""Stages of a relation, value × potential, decline and retention on hand-made figures (S31, S32, domain §3.5, §3.6)."""

from __future__ import annotations

from decimal import Decimal
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zhike.insight.settings_rules import Churn, Matrix, Stages
from zhike.insight.stage_rules import (
    Between,
    Cell,
    Lately,
    Life,
    Month,
    Stage,
    cells,
    is_high,
    live,
    retention,
    stage_of,
    states_of,
)

STAGES, CHURN, MATRIX = Stages(), Churn(), Matrix()


def money(*thousands: float) -> list[Decimal]:
    return [Decimal(str(one)) * 1000 for one in thousands]


@pytest.mark.parametrize(
    ("aum", "before", "families", "families_before", "tenure", "stage"),
    [
        (20, 0, 1, 0, 2, "exploring"),  # new, one product
        (20, 0, 3, 0, 2, "growing"),  # new, but three at once: nothing is left to explore
        (100, 100, 1, 1, 5, "exploring"),
        (100, 100, 1, 1, 6, "mature"),
        (120, 100, 1, 1, 20, "growing"),  # exactly 20 % more
        (119, 100, 1, 1, 20, "mature"),
        (100, 100, 3, 2, 20, "growing"),  # the same money, one family more
        (70, 100, 3, 2, 20, "declining"),  # money goes, whatever was opened
        (71, 100, 2, 2, 20, "mature"),
        (0, 0, 1, 1, 20, "mature"),  # a card and no money: nothing grows
        (50, 0, 1, 1, 20, "growing"),  # money came back
    ],
)
def test_what_a_month_says(aum: int, before: int, families: int, families_before: int, tenure: int, stage: Stage) -> None:
    assert stage_of(Month(Decimal(aum) * 1000, Decimal(before) * 1000, families, families_before, tenure), STAGES) == stage


def months(*shares: float) -> list[Month]:
    """An old customer whose AUM is so many times that of six months ago."""
    return [Month(Decimal(str(share)) * 1000, Decimal(1000), 2, 2, 30) for share in shares]


def told(*shares: float) -> list[str]:
    life: Life | None = None
    found: list[str] = []
    for month in months(*shares):
        life = live(life, month, STAGES)
        found.append(life.stage)
    return found


def test_one_odd_month_moves_nobody_and_two_do() -> None:
    assert told(1, 0.5, 1, 1.5, 0.5, 1) == ["mature"] * 6
    assert told(1, 0.5, 0.5, 1, 1) == ["mature", "mature", "declining", "declining", "mature"]


@given(st.lists(st.floats(0, 3).map(lambda one: round(one, 2)), min_size=2, max_size=40))
def test_a_stage_never_changes_twice_within_its_hold(shares: list[float]) -> None:
    found = told(*shares)
    changes = [n for n, (before, now) in enumerate(pairwise(found), 1) if before != now]
    assert all(later - earlier >= STAGES.hold_months for earlier, later in pairwise(changes))


def test_the_matrix_has_its_four_corners() -> None:
    """Eleven customers of a line and region: the best three by value and the best four by potential are high."""
    values = [Decimal(n) for n in range(11)]
    potentials = [Decimal(n) for n in (0, 1, 2, 9, 3, 4, 5, 6, 10, 7, 8)]
    found = cells(values, potentials, [None] * 11, MATRIX)
    assert found[8:] == ["symbiotic", "symbiotic", "symbiotic"]
    assert found[3] == "nurturing"
    assert found[0] == "standardised"
    assert cells(values, potentials[::-1], [None] * 11, MATRIX)[9:] == ["sustaining", "sustaining"]


def test_who_is_near_the_cut_stays_on_her_side() -> None:
    cut, margin = MATRIX.value_high, MATRIX.margin
    assert [is_high(less, 100, cut, margin, None) for less in (79, 80)] == [False, True]
    assert [is_high(less, 100, cut, margin, True) for less in (74, 75)] == [False, True]
    assert [is_high(less, 100, cut, margin, False) for less in (84, 85)] == [False, True]


@given(st.lists(st.tuples(st.integers(0, 50), st.integers(0, 50)), min_size=2, max_size=30))
def test_a_matrix_computed_again_moves_nobody(figures: list[tuple[int, int]]) -> None:
    values, potentials = [Decimal(one) for one, _ in figures], [Decimal(other) for _, other in figures]
    once: list[Cell] = cells(values, potentials, [None] * len(figures), MATRIX)
    assert cells(values, potentials, once, MATRIX) == once


@pytest.mark.parametrize(
    ("aum", "peak", "state"),
    [
        (money(100, 100, 100, 70), 100, "decline"),  # 30 % below its three months' average, 30,000 lower
        (money(100, 100, 100, 70.01), 100, "steady"),
        (money(30, 30, 30, 20.01), 30, "steady"),  # a third less, but under 10,000 lower
        (money(30, 30, 30, 20), 30, "decline"),  # exactly 10,000
        (money(200, 200, 200, 100, 100, 100, 75), 200, "severe"),  # half of its six months' average of 150,000
        (money(200, 200, 200, 100, 100, 100, 76), 200, "steady"),
        (money(200, 0.9, 0.9, 0.9), 10_000, "lost"),  # under 1 % of its peak for three months, the fourth month above it
        (money(500, 500, 0.09, 0.09, 0.09), 500, "lost"),  # under 100 for three months
        (money(0.05, 0.05, 0.05), 0.05, "steady"),  # never had 100
    ],
)
def test_decline_is_told_from_month_averages(aum: list[Decimal], peak: float, state: str) -> None:
    assert states_of(Lately(aum, Decimal(str(peak)) * 1000), CHURN)[0] == state


def test_quiet_customers_are_dormant_after_180_days_and_warned_of_before() -> None:
    aum = money(50, 50, 50, 50)
    peak = Decimal(50_000)
    assert states_of(Lately(aum, peak, 7, 10, 20), CHURN) == ["activity"]
    assert states_of(Lately(aum, peak, 8, 10, 20), CHURN) == ["steady"]
    assert states_of(Lately(aum, peak, 0, 0, 179), CHURN) == ["steady"]
    assert states_of(Lately(aum, peak, 0, 0, 180), CHURN) == ["dormant"]
    assert states_of(Lately(aum, peak, 0, 0, None), CHURN) == ["dormant"]


def test_a_customer_may_be_in_several_states_and_the_gravest_comes_first() -> None:
    lately = Lately(money(400, 400, 400, 400, 400, 400, 100), Decimal(400_000), 0, 5, 200, has_lost_tier=True)
    assert states_of(lately, CHURN) == ["severe", "decline", "tier_loss", "dormant", "activity"]
    assert states_of(Lately((), Decimal(0), is_closed=True), CHURN) == ["lost"]


def test_retention_by_head_and_by_money() -> None:
    """Of four who were active one left and one halved her money, who came new counts for nothing, who died is left out."""
    customers = [
        Between(True, True, Decimal(100), Decimal(150)), Between(True, True, Decimal(100), Decimal(50)), Between(True, True, Decimal(100), Decimal(100)),
        Between(True, False, Decimal(100), Decimal(0)), Between(False, True, Decimal(0), Decimal(500)),
        Between(True, False, Decimal(900), Decimal(0), is_excluded=True),
    ]  # fmt: skip
    kept = retention(customers)
    assert (kept.start, kept.both, kept.by_head) == (4, 3, Decimal("0.75"))
    assert (kept.aum_start, kept.aum_kept, kept.by_aum) == (Decimal(400), Decimal(250), Decimal("0.625"))
    assert retention([]).by_head is None
