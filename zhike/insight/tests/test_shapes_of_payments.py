"""Money that comes back, and many who pay one: found in hand-made payments, and in a published simulation whose makers say who was up to something."""

from __future__ import annotations

import json
from pathlib import Path

import duckdb
import pytest
from click.testing import CliRunner

from zhike.commands.insight import insight
from zhike.insight.network import patterns
from zhike.insight.warehouse import quoted


def payments(tmp_path: Path, *lines: str) -> duckdb.DuckDBPyConnection:
    file = tmp_path / "payments.csv"
    file.write_text("\n".join(["from,to,on", *lines]), "utf-8")
    engine = duckdb.connect()
    patterns.read(engine, file, "from", "to", "on")
    return engine


def test_money_that_comes_back_within_days_is_a_circle_and_later_it_is_none(tmp_path: Path) -> None:
    engine = payments(tmp_path, "a,b,2026-01-01", "b,c,2026-01-03", "c,a,2026-01-05", "c,a,2026-03-05", "a,d,2026-01-02", "d,a,2026-01-01")
    (found,) = patterns.circles(engine)
    assert list(found.nodes) == ["a", "b", "c"] and found.closed - found.began == 4
    assert patterns.circles(engine, within=3) == []


def test_a_payment_made_before_the_money_came_closes_no_circle(tmp_path: Path) -> None:
    assert patterns.circles(payments(tmp_path, "a,b,5", "b,c,4", "c,a,3")) == []


def test_many_who_pay_one_within_days_are_counted_once_each(tmp_path: Path) -> None:
    engine = payments(tmp_path, *[f"p{n},x,{n % 5}" for n in range(20)], "p1,x,2", "p2,x,40")
    (found,) = patterns.fans(engine)
    assert (found.payee, found.payers) == ("x", 20)
    assert patterns.fans(engine, within=2) == []


@pytest.mark.realdata
def test_those_found_in_the_simulation_are_mostly_those_its_makers_planted(real_data: Path) -> None:
    """One node in eleven is marked there; of those in a circle four in five, of those whom many pay two in three."""
    asked = [
        str(real_data / "amlsim" / "transactions.csv.gz"),
        "--payer",
        "sourceNodeId",
        "--payee",
        "targetNodeId",
        "--day",
        "time",
        "--json",
    ]
    told = json.loads(CliRunner().invoke(insight, ["patterns", *asked]).output)
    with duckdb.connect() as engine:
        nodes = engine.execute(
            f"select nodeid::varchar, isFraud = 1 from read_csv({quoted(real_data / 'amlsim' / 'nodes.csv')})"
        ).fetchall()
    marked = {node for node, is_marked in nodes if is_marked}
    inside = {node for one in told["circles"] for node in one["nodes"]}
    paid = {one["payee"] for one in told["fans"]}
    assert len(marked) / len(nodes) < 0.1
    assert len(inside) >= 20 and len(inside & marked) / len(inside) > 0.75
    assert len(paid) >= 25 and len(paid & marked) / len(paid) > 0.6
