"""Where a product stands, where a maturity stands on the ladder, what a month end is."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zhike.holdings.rules import GROUPS, group_of, month_ends, months_until, rung, share
from zhike.ingestion.feeds import FAMILIES, SIDES

TODAY = date(2026, 11, 22)
days = st.dates(date(1990, 1, 1), date(2090, 1, 1))


@pytest.mark.parametrize(
    ("side", "family", "group"),
    [
        ("liability", "cd", "deposits"), ("liability", "demand_deposit", "deposits"), (None, None, "deposits"), ("asset", "mortgage", "loans"),
        ("asset", "credit_card", "loans"), ("intermediary", "wealth_product", "wealth"), ("intermediary", "fund", "funds"),
        ("intermediary", "precious_metal", "insurance"), ("intermediary", "payroll", "services"),
    ],
)  # fmt: skip
def test_a_product_stands_in_the_group_of_its_side_and_family(side, family, group):
    assert group_of(side, family) == group


@pytest.mark.parametrize("family", FAMILIES)
def test_every_family_has_a_place_on_every_side(family):
    assert {group_of(side, family) for side in SIDES} <= set(GROUPS)


def test_a_maturity_tomorrow_is_urgent_one_in_two_months_is_near_one_in_half_a_year_is_only_a_dot():
    tones = [(found.tone, found.days) for ahead in (1, 60, 180) if (found := rung(TODAY + timedelta(ahead), TODAY))]
    assert tones == [("bad", 1), ("warn", 60), ("", None)]


@pytest.mark.parametrize("maturity", [None, TODAY - timedelta(1), TODAY + timedelta(366)])
def test_what_is_past_or_far_or_open_has_no_place_on_the_ladder(maturity):
    assert rung(maturity, TODAY) is None


@given(days, st.integers(1, 60))
def test_month_ends_rise_month_by_month_to_the_day_itself(until, count):
    ends = month_ends(until, count)
    assert len(ends) == count and ends[-1] == until
    assert all((end + timedelta(1)).day == 1 for end in ends[:-1])
    assert [m.day for m in months_until(until, count)] == [1] * count


def test_a_share_of_nothing_is_unknown():
    assert share(Decimal(1), Decimal(0)) is None and share(Decimal(1), Decimal(4)) == Decimal("0.25")
