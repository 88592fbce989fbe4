"""Hand-made months through the mart of states: published tiers, stages and decline, gaps, another scheme, and what a late correction changes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import ibis
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from zhike.insight.assembling import everything
from zhike.insight.engines import Engine, opened
from zhike.insight.marts.customer_state import STATES, Step, customer_states
from zhike.insight.published_schemes import PUBLISHED
from zhike.insight.terms import month_after
from zhike.insight.tests.test_tiers_month_by_month import months, told
from zhike.insight.tier_rules import Rung, Scheme

MONTH = ibis.schema({"party_id": "int64", "month": "date", "aum_sum": "decimal(18,2)", "count_families": "int64", "initiated": "int64", "last_initiated_date": "date"})  # fmt: skip
CUSTOMER = ibis.schema({"party_id": "int64", "since_date": "date", "left_date": "date"})
Thousands = Sequence[int | None]  # of each month the average; None: no row in it
Row = dict[str, Any]
Found = Mapping[tuple[int, date], Row]


def stand(schemes: Scheme | Sequence[Scheme], series: Mapping[int, Thousands], *, quiet: int = 0, since: Mapping[int, date] = {}) -> Found:
    """Everybody's states in every month, carried from month to month as the build carries them. Series begin in January 2025; `quiet`: who never
    begins a transaction; `since`: who came when, 2015 else."""
    days = months(max(map(len, series.values())))
    used = [schemes] * len(days) if isinstance(schemes, Scheme) else list(schemes)
    with opened("duckdb", threads=1) as engine:
        rows = [
            (who, month, Decimal(value * 1000 * end(month).day), 2, 0 if who == quiet else 3, None if who == quiet else end(month))
            for who, values in series.items()
            for month, value in zip(days, values, strict=False)
            if value is not None
        ]
        engine.fill("customer_month", MONTH, rows)
        engine.fill("customer", CUSTOMER, [(who, since.get(who, date(2015, 1, 1)), None) for who in series])
        return carry(engine, days, used)


def end(month: date) -> date:
    return month_after(month) - timedelta(days=1)


def carry(engine: Engine, days: Sequence[date], used: Sequence[Scheme]) -> Found:
    known: list[tuple[Any, ...]] = []
    tables = ibis.table(MONTH, name="customer_month"), ibis.table(CUSTOMER, name="customer"), ibis.table(STATES, name="states_before")
    for place, month in enumerate(days):
        engine.fill("states_before", STATES, known)
        step = Step(month, end(month), days[0], used[place], used[max(place - 1, 0)])
        engine.say(month, step.said())
        known += engine.ask(customer_states(*tables, step=step))
    return {(row[0], row[1]): dict(zip(STATES.names, row, strict=True)) for row in known}


def tiers(found: Found, who: int = 1) -> list[str]:
    return [row["tier_effective"] + ("?" if row["is_watched"] else "") for (party, _month), row in found.items() if party == who]


def column(found: Found, name: str, who: int = 1) -> list[Any]:
    return [row[name] for (party, _month), row in found.items() if party == who]


MOVING = {
    1: [30, 80, 80, 250, 250], 2: [250, 120, 60, 30, 90, 90], 3: [250, 120, 120, 210, 120, 120, 120, 120], 4: [7000, 5000, 5000, 5000, 300, 300, 300, 300],
}  # fmt: skip
CCB = {1: [30, 80, 250, 7000], 2: [600, 250, 100, 60, 100], 3: [600, 250, 250, 250, 250]}
GAP, BEFORE, AFTER, WAVERING, FALLING, STEADY, QUIET, YOUNG = range(5, 13)
OTHERS: Mapping[int, Thousands] = {
    GAP: [250, None, None, None, None, 250], BEFORE: [250, 250, 250, 120, 120, 120, 120], AFTER: [250, 250, 120, 120, 120, 120, 120],
    WAVERING: [100, 100, 60, 100, 60, 60, 60], FALLING: [100, 100, 100, 60, 60, 20, 0, 0, 0], STEADY: [100] * 9, QUIET: [100] * 7, YOUNG: [100, 100],
}  # fmt: skip


@pytest.fixture(scope="module")
def bohai() -> Found:
    """Everybody under one scheme, carried once: a customer's months do not depend on others'."""
    return stand(PUBLISHED["bohai"].scheme, {**MOVING, **OTHERS}, quiet=QUIET, since={YOUNG: date(2025, 1, 1)})


def test_customers_have_the_tiers_that_the_published_scheme_gives_them(bohai: Found) -> None:
    for who, values in MOVING.items():
        assert tiers(bohai, who)[: len(values)] == told("bohai", values), who
    assert tiers(bohai, 2)[:6] == ["platinum", "platinum?", "platinum?", "platinum?", "ordinary", "gold"]
    found = stand(PUBLISHED["ccb"].scheme, CCB)
    for who, values in CCB.items():
        assert tiers(found, who)[: len(values)] == told("ccb", values), who


def test_a_month_without_anything_counts_with_nought(bohai: Found) -> None:
    assert tiers(bohai, GAP)[:6] == told("bohai", [250, 0, 0, 0, 0, 250])
    assert column(bohai, "aum", GAP)[1:5] == [Decimal(0)] * 4


@pytest.mark.soak
@settings(max_examples=20, deadline=None)
@given(st.dictionaries(st.integers(1, 9), st.lists(st.none() | st.integers(0, 8000), min_size=3, max_size=3), min_size=1))
def test_tiers_of_a_month_add_up_to_everybody_who_has_ever_been_there(series: dict[int, list[int | None]]) -> None:
    found = stand(PUBLISHED["bohai"].scheme, series)
    for place, month in enumerate(months(3)):
        there = [who for who, values in series.items() if any(one is not None for one in values[: place + 1])]
        assert sorted(who for who, day in found if day == month) == sorted(there)
        assert all(found[who, month]["tier_effective"] for who in there)


def test_a_late_correction_changes_what_follows_and_nothing_before(bohai: Found) -> None:
    before, after = ([row for (who, _month), row in bohai.items() if who == one] for one in (BEFORE, AFTER))
    differing = [was["month"] for was, now in zip(before, after, strict=True) if was | {"party_id": 0} != now | {"party_id": 0}]
    assert min(differing) == date(2025, 3, 1)
    assert (tiers(bohai, BEFORE)[5], tiers(bohai, AFTER)[5]) == ("platinum?", "gold")


def test_under_another_ladder_she_keeps_the_tier_of_the_same_name_and_begins_to_count_anew() -> None:
    scheme = PUBLISHED["bohai"].scheme
    other = Scheme(
        (Rung("base", Decimal(0)), Rung("silver", Decimal(10_000)), Rung("platinum", Decimal(200_000))), grace=3, private_grace=3
    )
    found = stand([scheme] * 2 + [other] * 4, {1: [250, 120, 120, 120, 120, 120], 2: [80] * 6})
    assert tiers(found) == ["platinum", "platinum?", "platinum?", "platinum?", "platinum?", "silver"]
    assert tiers(found, 2) == ["gold"] * 2 + ["silver"] * 4
    assert column(found, "why", 2)[2] == "first"


def test_where_the_measure_is_not_computed_nobody_has_a_tier_and_stages_go_on() -> None:
    found = stand(PUBLISHED["icbc"].scheme, {1: [100, 100]})
    assert column(found, "tier_effective") == [None, None]
    assert column(found, "stage") == ["mature", "mature"]


def test_stages_change_after_two_months_that_say_the_same(bohai: Found) -> None:
    assert column(bohai, "stage", WAVERING)[:7] == ["mature"] * 5 + ["declining"] * 2
    assert column(bohai, "tenure", YOUNG)[:2] == [0, 1]


def test_decline_is_told_against_the_months_before(bohai: Found) -> None:
    assert column(bohai, "decline", FALLING)[:4] == ["steady", "steady", "steady", "decline"]
    assert column(bohai, "decline", FALLING)[8] == "lost"
    assert column(bohai, "decline", STEADY)[:9] == ["steady"] * 9


def test_who_never_began_anything_is_dormant_only_after_half_a_year_of_knowing_her(bohai: Found) -> None:
    assert column(bohai, "decline", QUIET)[:7] == ["steady"] * 5 + ["dormant"] * 2


def test_the_mart_asks_for_columns_that_exist() -> None:
    rooms = everything()
    assert set(MONTH.names) <= set(rooms["customer_month"].columns) and set(CUSTOMER.names) <= set(rooms["customer"].columns)
    assert rooms["customer_states"].schema().names == STATES.names
