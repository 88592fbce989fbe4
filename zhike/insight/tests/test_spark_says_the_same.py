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
from zhike.insight.marts.profile_sides import near_the_young, needs, told
from zhike.insight.settings_needs import LifeNeeds, born, years_before
from zhike.insight.settings_rules import Settings
from zhike.insight.tests.test_days_build_on_days import LAST, home, keys_of, rows
from zhike.insight.tests.test_needs_of_a_stage_of_life import CUSTOMER, MORE
from zhike.insight.tests.test_product_sides import HELD
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


def test_sides_and_needs_are_equal_on_both_engines() -> None:
    limits = born(LAST, LifeNeeds())
    schema = ibis.schema({**MORE, **HELD, **dict.fromkeys(limits, "date")})
    births = [None, *(years_before(LAST, years) for years in (1, 12, 18, 20, 22, 23, 25, 40, 45, 46, 50, 59, 60, 90))]
    amounts = [(Decimal(d), Decimal(a), Decimal(i)) for d in (-1, 0, 5) for a in (0, 5) for i in (0, 5, 6)]
    people = []
    for number, (birth, held) in enumerate((birth, held) for birth in births for held in amounts):
        facts = {
            "party_id": number, "kind": ("individual", "sole_trader", "company")[number % 7 // 3], "status": ("customer", "former")[number % 11 // 10], "birth_date": birth,
            "household_key": (None, f"H{number % 40}")[number % 3 > 0], "household_size": (None, 1, 2)[number % 3], "unit_key": (None, "U1")[number % 4 > 0],
            "staff_no": (None, "S1", "S2")[number % 5 // 2], "holds_mortgage": (None, True, False)[number % 8 // 3], "mortgage_now": Decimal(number % 13 // 12),
            "months_salary": number % 12, "housing_salary_months": 6, "is_near_young": (None, True)[number % 2], "deposits": held[0], "loans": held[1],
            "invested": held[2], "card": number % 6 == 0, "services": number % 9 == 0, **limits,
        }  # fmt: skip
        people.append(tuple(facts[name] for name in schema.names))
    said = []
    for name in ("duckdb", "spark"):
        with opened(name, master="local[1]") as engine:
            engine.fill("people", schema, people)
            t = ibis.table(schema, name="people")
            columns = {**told(t["deposits"], t["loans"], t["invested"], t["card"], t["services"]), **needs(t)}
            clock = t.select("school_until", "school_after").distinct()
            found = engine.ask(t.select("party_id", **columns))
            near = engine.ask(near_the_young(t.select(*CUSTOMER.names), clock))
            said.append((sorted(found, key=lambda row: row[0]), sorted(near)))
    assert said[0] == said[1]
    assert len(said[0][0]) == len(people) and said[0][1]
