"""Tiers of all customers at once are those of the rule for each of them, on random ladders, rules and months."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from decimal import Decimal

import ibis
import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from ibis.backends import BaseBackend as Engine
from ibis.expr import types as ir

from zhike.insight import tiering
from zhike.insight.published_schemes import PUBLISHED
from zhike.insight.tests.test_tiers_month_by_month import months, schemes
from zhike.insight.tier_rules import Override, Scheme, State, service_tier, step

FOUND = ("computed", "effective", "below", "best", "is_watched", "was_rated", "why")


@pytest.fixture(scope="module")
def engine() -> Iterator[Engine]:
    found = ibis.duckdb.connect()
    yield found
    found.disconnect()


def values_of(rows: dict[int, int | None]) -> ir.Table:
    """party_id, value; a customer without a row is not there."""
    amounts = [None if value is None else Decimal(value) for value in rows.values()]
    return ibis.memtable(pa.table({"party_id": pa.array(list(rows), pa.int64()), "value": pa.array(amounts, pa.decimal128(20, 2))}))


# Of each month: who is there, with how much. Some come later, some are gone again, of some nothing is known.
banks = st.lists(st.dictionaries(st.integers(1, 12), st.none() | st.integers(0, 1200), min_size=1, max_size=12), min_size=1, max_size=14)


def one_by_one(bank: list[dict[int, int | None]], scheme: Scheme) -> list[dict[int, State]]:
    states: dict[int, State] = {}
    found = []
    for month, rows in zip(months(len(bank)), bank, strict=True):
        states = {who: step(states.get(who), Decimal(rows.get(who) or 0), month, scheme) for who in states.keys() | rows.keys()}
        found.append(states)
    return found


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(schemes(), banks)
def test_what_holds_for_one_holds_for_all(engine: Engine, scheme: Scheme, bank: list[dict[int, int | None]]) -> None:
    def keep(states: ir.Table) -> ir.Table:
        return ibis.memtable(engine.to_pyarrow(states))

    steps = tiering.over_months(zip(months(len(bank)), map(values_of, bank), strict=True), scheme, keep=keep)
    for expected, (_month, states) in zip(one_by_one(bank, scheme), steps, strict=True):
        found = {row["party_id"]: tuple(row[name] for name in FOUND) for row in engine.to_pyarrow(states).to_pylist()}
        assert found == {who: tuple(getattr(state, name) for name in FOUND) for who, state in expected.items()}


def test_a_chain_of_steps_needs_no_table_between(engine: Engine) -> None:
    """Bohai's series of three customers as one expression over four months."""
    scheme = PUBLISHED["bohai"].scheme
    bank: list[dict[int, int | None]] = [
        {1: 250_000, 2: 30_000},
        {1: 120_000, 2: 80_000},
        {1: 60_000, 2: 80_000, 3: 7_000_000},
        {1: 30_000, 2: 80_000, 3: 1},
    ]
    *_others, (_month, states) = tiering.over_months(zip(months(4), map(values_of, bank), strict=True), scheme)
    rows = engine.to_pyarrow(tiering.named(states, scheme)).to_pylist()
    found = {row["party_id"]: (row["computed_tier"], row["effective_tier"], row["is_watched"]) for row in rows}
    assert found == {1: ("ordinary", "platinum", True), 2: ("gold", "gold", False), 3: ("ordinary", "private", True)}


def test_the_service_tier_of_all_is_that_of_each(engine: Engine) -> None:
    day, until = date(2026, 3, 15), date(2027, 1, 1)
    given_by_hand = {
        1: [Override("private", date(2026, 1, 1), until), Override("diamond", date(2026, 3, 1), until)],
        2: [Override("private", date(2026, 1, 1), day)],
        3: [],
    }
    rows = [
        {"party_id": who, "tier": one.rung, "from_date": one.from_date, "until_date": one.until_date}
        for who, several in given_by_hand.items()
        for one in several
    ]
    overrides = ibis.memtable(rows, schema={"party_id": "int64", "tier": "string", "from_date": "date", "until_date": "date"})
    tiers = ibis.memtable([{"party_id": who, "effective_tier": "gold"} for who in given_by_hand])
    found = {row["party_id"]: row["service_tier"] for row in engine.to_pyarrow(tiering.served(tiers, overrides, day)).to_pylist()}
    assert (
        found == {who: service_tier("gold", several, day) for who, several in given_by_hand.items()} == {1: "diamond", 2: "gold", 3: "gold"}
    )


def test_flows_count_everybody_once(engine: Engine) -> None:
    before = ibis.memtable([{"party_id": n, "effective_tier": tier} for n, tier in enumerate(["gold", "gold", "private", "gold"])])
    now = ibis.memtable([{"party_id": n, "effective_tier": tier} for n, tier in ((1, "private"), (2, "private"), (3, "gold"), (4, "gold"))])
    rows = engine.to_pyarrow(tiering.flows(before, now)).to_pylist()
    assert {(row["was"], row["became"]): row["customers"] for row in rows} == {
        ("gold", ""): 1, ("gold", "private"): 1, ("private", "private"): 1, ("gold", "gold"): 1, ("", "gold"): 1,
    }  # fmt: skip
