"""The same expressions on Spark give every mart to the cent (decision 9)."""

from __future__ import annotations

import importlib.util
import shutil
from datetime import date
from decimal import Decimal
from pathlib import Path

import ibis
import pytest

from zhike.insight import warehouse
from zhike.insight.assembling import BY_DAY, BY_MONTH
from zhike.insight.build import Build
from zhike.insight.engines import opened
from zhike.insight.exact import money, times, zk_divided
from zhike.insight.inputs import Inputs, landed
from zhike.insight.settings_rules import Settings
from zhike.insight.tests.test_days_build_on_days import LAST, home, keys_of, rows
from zhike.testing.left_out import leave_out

__all__ = ["home"]
FACTOR = Decimal("-1.234565")


@pytest.fixture(autouse=True)
def spark() -> None:
    """Spark itself, on Java."""
    if importlib.util.find_spec("pyspark") is None or shutil.which("java") is None:
        leave_out("Spark: the extra `spark` and Java 17")


@pytest.mark.soak
def test_every_mart_is_equal_on_both_engines(home: Path) -> None:
    found = {}
    for number, name in enumerate(("duckdb", "spark"), 1):
        with opened(name) as engine:
            inputs = Inputs(home, LAST, landed(home, LAST), keys_of(home), lambda _day: Settings())
            found[name] = Build(engine, inputs, None, number).run()
    for mart in (*BY_MONTH, *BY_DAY):
        assert rows(home, found["duckdb"], mart) == rows(home, found["spark"], mart), mart
    assert len(rows(home, found["spark"], "profile")) > 290


def test_divisions_products_and_months_are_equal_on_both_engines() -> None:
    numbers = [(n, by) for n in (0, 1, -1, 179, 180, 181, -180, 9_007_199_254_740_993, -(10**17) - 5) for by in (1, 2, 360, 365_000_000)]
    schema = ibis.schema({"number": "int64", "base": "int64", "day": "date", "amount": "decimal(18,2)", "factor": "decimal(12,6)"})
    said = []
    for name in ("duckdb", "spark"):
        with opened(name, master="local[1]") as engine:
            engine.fill("numbers", schema, [(n, by, date(2026, 2, 28), None, FACTOR) for n, by in numbers])
            t = ibis.table(schema, name="numbers")
            fen = zk_divided(t["number"], ibis.literal(1000, type="int64"))
            asked = t.select(
                "number", "base", divided=zk_divided(t["number"], t["base"]), month=t["day"].truncate("M"), none=t["amount"].fill_null(0),
                amount=money(fen), product=times(money(fen), t["factor"]),
            )  # fmt: skip
            said.append(sorted(engine.ask(asked)))
    assert said[0] == said[1]
    assert warehouse.connect().execute("select 1").fetchall() == [(1,)]
