"""The published tier schemes of domain §2.5, month by month on hand-made series, and what holds for every scheme."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zhike.insight.published_schemes import PUBLISHED
from zhike.insight.tier_rules import BadScheme, Override, Rung, Scheme, State, over_months, service_tier

THOUSAND = Decimal(1000)


def months(count: int, first: date = date(2025, 1, 1)) -> list[date]:
    return [date(first.year + (first.month - 1 + n) // 12, (first.month - 1 + n) % 12 + 1, 1) for n in range(count)]


def told(key: str, thousands: Sequence[int], first: date = date(2025, 1, 1)) -> list[str]:
    """The tier that applies in each month, with `?` where the customer is on watch."""
    scheme = PUBLISHED[key].scheme
    states = over_months(zip(months(len(thousands), first), (value * THOUSAND for value in thousands), strict=True), scheme)
    return [scheme.rungs[state.effective].key + ("?" if state.is_watched else "") for state in states]


def test_bohai_lifts_a_customer_in_the_month_after_she_reached_a_tier() -> None:
    assert told("bohai", [30, 80, 80, 250, 250]) == ["ordinary", "ordinary", "gold", "gold", "platinum"]


def test_bohai_watches_at_once_and_lowers_in_the_fourth_month_to_the_third_months_tier() -> None:
    assert told("bohai", [250, 120, 60, 30, 90, 90]) == ["platinum", "platinum?", "platinum?", "platinum?", "ordinary", "gold"]


def test_bohai_forgets_the_months_below_once_one_is_not() -> None:
    assert told("bohai", [250, 120, 120, 210, 120, 120, 120, 120]) == [
        "platinum", "platinum?", "platinum?", "platinum", "platinum?", "platinum?", "platinum?", "gold",
    ]  # fmt: skip


def test_bohai_gives_private_customers_six_months_and_the_sixth_ones_tier() -> None:
    assert told("bohai", [7000, 5000, 5000, 5000, 300, 300, 300, 300]) == ["private", *["private?"] * 6, "platinum"]


def test_ccb_lifts_at_once() -> None:
    assert told("ccb", [30, 80, 250, 7000]) == ["ordinary", "gold", "platinum", "private"]


def test_ccb_watches_from_the_fourth_month_below_and_lowers_in_the_seventh_to_the_best_of_the_six() -> None:
    assert told("ccb", [600, 250, 100, 60, 100, 60, 30, 30, 30]) == [
        "diamond", "diamond", "diamond", "diamond", "diamond?", "diamond?", "diamond?", "platinum", "platinum",
    ]  # fmt: skip


def test_ccb_lifts_the_watch_when_the_money_comes_back() -> None:
    assert told("ccb", [600, 250, 250, 250, 250, 520, 250, 250]) == [
        "diamond", "diamond", "diamond", "diamond", "diamond?", "diamond", "diamond", "diamond",
    ]  # fmt: skip


def test_the_default_set_has_its_five_tiers_where_domain_says() -> None:
    scheme = PUBLISHED["default"].scheme
    values = [49_999, 50_000, 199_999, 200_000, 999_999, 1_000_000, 5_999_999, 6_000_000]
    found = [scheme.rungs[scheme.of(Decimal(value))].key for value in values]
    assert found == ["ordinary", "gold", "gold", "platinum", "platinum", "diamond", "diamond", "private"]


def test_icbc_rates_on_the_last_of_june_and_of_december_only() -> None:
    scheme = PUBLISHED["icbc"].scheme
    points = [600, 600, 3000, 3000, 3000, 3000, 40, 40, 40, 40, 40, 600, 90_000, 90_000]
    states = over_months(zip(months(14), map(Decimal, points), strict=True), scheme)
    assert [scheme.rungs[state.effective].key for state in states] == [*["star_4"] * 6, *["star_5"] * 6, *["star_4"] * 2]
    assert not any(state.is_watched for state in states)


def test_weihai_rates_by_the_years_average_when_the_year_is_over() -> None:
    scheme = PUBLISHED["weihai"].scheme
    averages = [*[120_000] * 11, 350_000, 8_500_000, *[8_500_000] * 11, 40_000]
    states = over_months(zip(months(25), map(Decimal, averages), strict=True), scheme)
    found = [scheme.rungs[state.effective].key for state in states]
    assert (found[11], found[12], found[23], found[24]) == ("gold", "platinum", "platinum", "private_8")


def test_a_tier_given_by_hand_is_served_until_its_day_and_changes_nothing_else() -> None:
    given_by_hand = [Override("private", date(2026, 1, 1), date(2026, 7, 1)), Override("diamond", date(2026, 3, 1), date(2026, 4, 1))]
    days = (date(2025, 12, 31), date(2026, 1, 1), date(2026, 3, 15), date(2026, 6, 30), date(2026, 7, 1))
    assert [service_tier("gold", given_by_hand, day) for day in days] == ["gold", "private", "diamond", "private", "gold"]


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"rungs": (Rung("only", Decimal(0)),)}, "rungs"),
        ({"rungs": (Rung("a", Decimal(0)), Rung("b", Decimal(5)), Rung("c", Decimal(5)))}, "rungs"),
        ({"rungs": (Rung("a", Decimal(0)), Rung("a", Decimal(5)))}, "rungs"),
        ({"grace": 0}, "grace"),
        ({"grace": 4, "private_grace": 3}, "grace"),
        ({"watch_after": 4}, "watch_after"),
        ({"review": (13,)}, "review"),
    ],
)
def test_a_scheme_that_makes_no_sense_is_refused(changed: dict[str, object], field: str) -> None:
    with pytest.raises(BadScheme) as refused:
        Scheme(**{"rungs": PUBLISHED["default"].scheme.rungs, **changed})  # type: ignore[arg-type]
    assert refused.value.field == field


ladders = st.lists(st.integers(1, 1000), min_size=1, max_size=5, unique=True).map(
    lambda found: (Rung("t0", Decimal(0)), *(Rung(f"t{n}", Decimal(least), n == len(found)) for n, least in enumerate(sorted(found), 1)))
)


@st.composite
def schemes(draw: st.DrawFn) -> Scheme:
    grace = draw(st.integers(1, 6))
    return Scheme(
        draw(ladders), up=draw(st.sampled_from(("next_month", "at_once"))), watch_after=draw(st.integers(0, grace)), grace=grace,
        private_grace=grace + draw(st.integers(0, 3)), down=draw(st.sampled_from(("last", "best", "one_step"))),
        review=draw(st.sampled_from(((), (), (6, 12), (3, 6, 9, 12)))),
    )  # fmt: skip


series = st.lists(st.integers(0, 1200).map(Decimal), min_size=1, max_size=30)


def run(scheme: Scheme, values: list[Decimal]) -> list[State]:
    return over_months(zip(months(len(values)), values, strict=True), scheme)


@given(schemes(), series)
def test_nobody_rises_without_having_reached_the_tier(scheme: Scheme, values: list[Decimal]) -> None:
    states = run(scheme, values)
    for before, now in pairwise(states):
        if now.effective > before.effective:
            assert now.effective in (before.computed, now.computed)
            assert now.why == "up"


@given(schemes(), series)
def test_nobody_falls_before_her_grace_is_over(scheme: Scheme, values: list[Decimal]) -> None:
    states = run(scheme, values)
    rated = [scheme.rates(month) for month in months(len(values))]
    for n in range(1, len(states)):
        was = states[n - 1].effective
        if states[n].effective < was:
            lately = [states[k].computed for k in range(n) if rated[k]][-scheme.grace_of(was) :]
            assert len(lately) == scheme.grace_of(was)
            assert all(computed < was for computed in lately)


@given(schemes(), series)
def test_the_tier_is_never_below_the_worst_month_within_grace(scheme: Scheme, values: list[Decimal]) -> None:
    states = run(scheme, values)
    for n, state in enumerate(states):
        assert state.effective >= min(one.computed for one in states[: n + 1])


@given(schemes(), series)
def test_who_is_watched_is_below_her_tier_and_who_is_not_below_is_not_watched(scheme: Scheme, values: list[Decimal]) -> None:
    for state in run(scheme, values):
        assert not state.is_watched or (0 < state.below and state.best < state.effective)
        assert not (state.was_rated and state.computed >= state.effective and state.is_watched)


@given(schemes(), st.integers(0, 1200).map(Decimal), series)
def test_a_value_that_stays_long_enough_decides_alone(scheme: Scheme, value: Decimal, before: list[Decimal]) -> None:
    rungs, longest = len(scheme.rungs), max(scheme.grace, scheme.private_grace) + 1
    last = run(scheme, [*before, *[value] * (longest * rungs * 12)])[-1]
    assert last.effective == last.computed == scheme.of(value)
