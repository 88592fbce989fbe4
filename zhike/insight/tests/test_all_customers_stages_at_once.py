"""Stages, matrix, decline and retention of all customers at once are those of the rules for each of them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Any

import ibis
import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from ibis.backends import BaseBackend as Engine
from ibis.expr import types as ir

from zhike.insight import staging_of_life as staging
from zhike.insight.settings_rules import Churn, Matrix, Stages
from zhike.insight.stage_rules import Between, Cell, Lately, Life, Month, cells, live, retention, states_of
from zhike.insight.tests.test_tiers_month_by_month import months

AMOUNT = pa.decimal128(20, 2)
fast = settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
TYPES: Mapping[str, Any] = {
    "party_id": pa.int64(), "month": pa.date32(), "aum": AMOUNT, "value": AMOUNT, "potential": AMOUNT, "aum_start": AMOUNT, "aum_end": AMOUNT,
    "quiet_days": pa.int32(), "line": pa.string(), "region": pa.string(), "stage": pa.string(),
}  # fmt: skip
amounts = st.sampled_from([0, 50, 99, 100, 300, 700, 1000, 1199, 1200, 9_000, 20_000, 30_000, 70_000, 100_000]).map(Decimal)


@pytest.fixture(scope="module")
def engine() -> Iterator[Engine]:
    found = ibis.duckdb.connect()
    yield found
    found.disconnect()


def table(rows: Sequence[Mapping[str, Any]]) -> ir.Table:
    return ibis.memtable(pa.table({name: pa.array([row[name] for row in rows], TYPES.get(name)) for name in rows[0]}))


def read(engine: Engine, found: ir.Table) -> dict[int, dict[str, Any]]:
    return {row.pop("party_id"): row for row in engine.to_pyarrow(found).to_pylist()}


# Of each customer: how many months she came late, and AUM and families of each month since.
lives = st.lists(
    st.tuples(st.integers(0, 3), st.lists(st.tuples(amounts, st.integers(0, 4)), min_size=12, max_size=12)), min_size=1, max_size=5
)


@fast
@given(lives)
def test_the_stages_of_all_are_those_of_each(engine: Engine, found: list[tuple[int, list[tuple[Decimal, int]]]]) -> None:
    rules, days = Stages(compare_months=3, explore_months=3), months(12)
    monthly = table([
        {"party_id": who, "month": days[n], "aum": aum, "families": families, "tenure": n - late}
        for who, (late, rows) in enumerate(found) for n, (aum, families) in enumerate(rows) if n >= late
    ])  # fmt: skip
    each: dict[int, Life] = {}
    before: ir.Table | None = None
    for n, month in enumerate(days[:9]):
        for who, (late, rows) in enumerate(found):
            if n >= late:
                aum_before, families_before = rows[n - 3] if n - 3 >= late else (Decimal(0), 0)
                each[who] = live(each.get(who), Month(rows[n][0], aum_before, rows[n][1], families_before, n - late), rules)
        arrow = engine.to_pyarrow(staging.lived(before, staging.facts(monthly, month, rules), rules))
        assert {row["party_id"]: (row["stage"], row["says"], row["run"]) for row in arrow.to_pylist()} == {
            who: (life.stage, life.says, life.run) for who, life in each.items()
        }
        before = ibis.memtable(arrow)


figures = st.lists(st.tuples(st.sampled_from("ab"), st.integers(0, 9), st.integers(0, 9)), min_size=1, max_size=25)


@fast
@given(figures, figures)
def test_the_matrix_of_all_is_that_of_each(engine: Engine, early: list[tuple[str, int, int]], late: list[tuple[str, int, int]]) -> None:
    rules = Matrix()
    before: ir.Table | None = None
    were: dict[int, Cell] = {}
    for rows in (early, late):
        customers = table([
            {"party_id": who, "line": "retail", "region": region, "value": Decimal(value), "potential": Decimal(potential)}
            for who, (region, value, potential) in enumerate(rows)
        ])  # fmt: skip
        expected: dict[int, Cell] = {}
        for region in "ab":
            who = [n for n, row in enumerate(rows) if row[0] == region]
            values, potentials = ([Decimal(rows[n][part]) for n in who] for part in (1, 2))
            expected |= dict(zip(who, cells(values, potentials, [were.get(n) for n in who], rules), strict=True))
        arrow = engine.to_pyarrow(staging.placed(customers, before, rules))
        assert {row["party_id"]: row["cell"] for row in arrow.to_pylist()} == expected
        before, were = ibis.memtable(arrow), expected


lately = st.builds(
    Lately, st.lists(amounts, min_size=1, max_size=9), st.just(Decimal(0)), st.integers(0, 10), st.integers(0, 10), st.none() | st.integers(170, 190),
    st.booleans(), st.booleans(),
)  # fmt: skip


@fast
@given(st.lists(lately, min_size=1, max_size=8))
def test_the_decline_of_all_is_that_of_each(engine: Engine, found: list[Lately]) -> None:
    rules, days = Churn(), months(12)
    monthly = table([
        {"party_id": who, "month": days[11 - back], "aum": aum}
        for who, one in enumerate(found) for back, aum in enumerate(reversed(one.aum))
    ])  # fmt: skip
    names = ("acts", "acts_before", "quiet_days", "is_closed", "has_lost_tier")
    habits = table([{"party_id": who, **{name: getattr(one, name) for name in names}} for who, one in enumerate(found)])
    rows = read(engine, staging.declines(monthly, habits, days[11], rules))
    for who, one in enumerate(found):
        known = Lately(one.aum, max(one.aum), one.acts, one.acts_before, one.quiet_days, one.is_closed, one.has_lost_tier)
        states = states_of(known, rules)
        assert rows[who].pop("state") == states[0]
        assert [name.removeprefix("is_") for name, flag in rows[who].items() if flag] == [state for state in states if state != "steady"]


between = st.builds(Between, st.booleans(), st.booleans(), amounts, amounts, st.booleans())


@fast
@given(st.lists(st.tuples(st.sampled_from(("growing", "mature")), between), min_size=1, max_size=20))
def test_retention_of_all_is_that_of_each_stage(engine: Engine, found: list[tuple[str, Between]]) -> None:
    customers = table([{"party_id": who, "stage": stage, **vars(one)} for who, (stage, one) in enumerate(found)])
    rows = {row["stage"]: row for row in engine.to_pyarrow(staging.kept(customers, "stage")).to_pylist()}
    for stage in ("growing", "mature"):
        kept = retention([one for other, one in found if other == stage])
        row = rows.get(stage, {"start": 0, "both": 0, "aum_start": Decimal(0), "aum_kept": Decimal(0)})
        assert (row["start"], row["both"], row["aum_start"], row["aum_kept"]) == (kept.start, kept.both, kept.aum_start, kept.aum_kept)
