"""A shadow run says who would move where and what it costs, by numbers alone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from decimal import Decimal

import ibis
import pyarrow as pa
import pytest
from ibis.expr import types as ir

from zhike.insight.engines import opened
from zhike.insight.flow_pictures import Node, flow_picture
from zhike.insight.published_schemes import PUBLISHED
from zhike.insight.shadowing import Shadow, shadow
from zhike.insight.tests.test_tiers_month_by_month import months
from zhike.insight.tier_rules import Scheme

BOHAI = PUBLISHED["bohai"].scheme
THOUSANDS: Mapping[int, Sequence[int]] = {  # of each customer, four months
    1: (600, 600, 600, 600), 2: (250, 120, 120, 120), 3: (30, 30, 30, 80), 4: (250, 250, 250, 150), 5: (7000, 7000, 7000, 5000), 6: (10, 10, 10, 10),
}  # fmt: skip


def run(now: Scheme, then: Scheme) -> Shadow:
    with opened("duckdb", threads=1) as engine:
        for n in range(4):
            amounts = pa.array([Decimal(row[n] * 1000) for row in THOUSANDS.values()], pa.decimal128(20, 2))
            engine.take(f"month_{n}", pa.table({"party_id": pa.array(list(THOUSANDS), pa.int64()), "value": amounts}))

        def by_month() -> list[tuple[date, ir.Table]]:
            return [
                (month, ibis.table({"party_id": "int64", "value": "decimal(20,2)"}, name=f"month_{n}")) for n, month in enumerate(months(4))
            ]

        def keep(name: str, rows: ir.Table) -> ir.Table:
            engine.keep(name, rows)
            return ibis.table(rows.schema(), name=name)

        return shadow(now, then, by_month(), by_month(), keep=keep, ask=engine.ask)


def costed(scheme: Scheme, **yearly: int) -> Scheme:
    return replace(scheme, rungs=tuple(replace(rung, cost=Decimal(yearly.get(rung.key, 0))) for rung in scheme.rungs))


def test_ccb_against_bohai_lifts_at_once_and_waits_longer_before_it_lowers() -> None:
    now, then = costed(BOHAI, platinum=300, gold=100, private=5000), costed(PUBLISHED["ccb"].scheme, platinum=200, gold=100, private=5000)
    found = run(now, then)
    assert {(was, became): count for was, became, count in found.flows} == {
        ("diamond", "diamond"): 1, ("platinum", "platinum"): 2, ("ordinary", "gold"): 1, ("private", "private"): 1, ("ordinary", "ordinary"): 1,
    }  # fmt: skip
    assert (found.customers, found.months, found.as_of) == (6, 4, "2025-04-01")
    assert (found.moved(now, then, up=True), found.moved(now, then, up=False)) == (1, 0)
    assert (found.watched_now, found.watched_then) == (3, 0)
    assert (found.cost_now, found.cost_then, found.cost) == ("5600", "5500", Decimal(-100))
    assert Shadow.of(found.plain) == found


def test_a_higher_threshold_shows_who_would_fall() -> None:
    then = replace(BOHAI, rungs=tuple(replace(rung, least=Decimal(700_000)) if rung.key == "diamond" else rung for rung in BOHAI.rungs))
    found = run(BOHAI, then)
    assert [flow for flow in found.flows if flow[0] != flow[1]] == [("diamond", "platinum", 1)]
    assert (found.moved(BOHAI, then, up=True), found.moved(BOHAI, then, up=False)) == (0, 1)


def test_a_scheme_in_force_that_says_no_prices_is_held_to_those_of_the_new_one() -> None:
    prices = {"platinum": 200, "gold": 100, "private": 5000}
    then = costed(PUBLISHED["ccb"].scheme, **prices)
    assert run(costed(BOHAI), then) == replace(run(costed(BOHAI, **prices), then), rules_now=run(costed(BOHAI), then).rules_now)
    assert run(costed(BOHAI), costed(PUBLISHED["ccb"].scheme)).cost_then == "0", "and nobody's prices are nothing"


def test_a_scheme_against_itself_moves_nobody() -> None:
    found = run(BOHAI, BOHAI)
    assert all(was == became for was, became, _count in found.flows)
    assert found.cost == 0


def test_without_a_month_there_is_nothing_to_run() -> None:
    with pytest.raises(ValueError, match="no months"):
        shadow(BOHAI, BOHAI, [], [], keep=lambda _name, rows: rows, ask=lambda _rows: [])


def test_the_picture_names_both_sides_and_draws_nothing_of_nobody() -> None:
    sides = [Node("gold", "Gold", "gold"), Node("ordinary", "A & B", "base")]
    drawn = flow_picture([("gold", "ordinary", 1200), ("ordinary", "gold", 3)], sides, sides, "flows")
    assert drawn.count("<path") == 2 and "Gold → A &amp; B: 1,200" in drawn and "A &amp; B 3" in drawn
    assert flow_picture([], sides, sides, "flows") == ""
