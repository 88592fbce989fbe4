"""Value × potential of all customers at once, quarter by quarter, as the rule for one group says it; no quarter, no cell."""

from __future__ import annotations

import importlib.util
import random
import shutil
from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from decimal import Decimal

import ibis

from zhike.insight import warehouse
from zhike.insight.engines import opened
from zhike.insight.expected import LIFETIMES
from zhike.insight.marts.customer_state import Step
from zhike.insight.marts.matrix import customer_cell, ends
from zhike.insight.published_schemes import PUBLISHED
from zhike.insight.settings_rules import Matrix, Settings
from zhike.insight.stage_rules import Cell, cells
from zhike.insight.standings import Move, Standings
from zhike.insight.terms import month_after
from zhike.testing.left_out import leave_out

DEFAULT = PUBLISHED["default"].scheme
FIRST, LAST = date(2026, 1, 1), date(2026, 9, 1)
MONTHS = [month_after(FIRST, n) for n in range(9)]
MONEY = "decimal(18,2)"
MONTH = ibis.schema({"party_id": "int64", "month": "date", "contribution": MONEY, "own_out": MONEY, "own_in": MONEY, "salary": MONEY})
CUSTOMER = ibis.schema({"party_id": "int64", "kind": "string", "region": "string", "status": "string"})
DEFAULTS = Settings()
TABLES = {"customer_month": MONTH, "customer": CUSTOMER, "lifetimes": LIFETIMES}
Row = tuple[int, date, Decimal, Decimal, Decimal, Decimal]


def step(month: date, first: date = FIRST) -> Step:
    return Step(month, month, first, DEFAULT, DEFAULT)


def test_moves_between_cells_are_those_since_the_quarter_before_of_customers_alone() -> None:
    people = [
        ("customer", "nurturing", "symbiotic", 10), ("customer", "nurturing", "symbiotic", 5), ("customer", "symbiotic", "sustaining", 7),
        ("customer", "symbiotic", "symbiotic", 1), ("customer", None, "standardised", 2), ("former", "symbiotic", "standardised", 3),
    ]  # fmt: skip
    with warehouse.connect() as engine:
        engine.execute("create table people (status text, matrix_cell_before text, matrix_cell text, aum decimal(18, 2))")
        engine.executemany("insert into people values (?, ?, ?, ?)", people)
        moves = Standings(engine, LAST, LAST, FIRST).moves_of_cells()
        assert moves == [Move("nurturing", "symbiotic", 2, Decimal(15)), Move("symbiotic", "sustaining", 1, Decimal(7))]
        engine.execute("alter table people drop matrix_cell_before")
        assert Standings(engine, LAST, LAST, FIRST).moves_of_cells() == [], "a profile of before knows none"


def found(
    rows: Sequence[Row], kinds: Sequence[str], month: date = LAST, first: date = FIRST, said: Sequence[tuple[date, int, Decimal]] = (), engine_name: str = "duckdb",
    settings: Settings = DEFAULTS,
) -> dict[int, str | None]:  # fmt: skip
    with opened(engine_name, master="local[1]") as engine:
        engine.fill("customer", CUSTOMER, [(who, kind, "north", "customer") for who, kind in enumerate(kinds)])
        engine.fill("customer_month", MONTH, rows)
        engine.fill("lifetimes", LIFETIMES, said)
        at = replace(step(month, first), foretold=frozenset(row[0] for row in said), settings_on=lambda _day: settings)
        asked = customer_cell(*(ibis.table(kind, name=name) for name, kind in TABLES.items()), step=at)
        return {party: cell for party, cell, _before in engine.ask(asked)}


def told(rows: Sequence[Row], members: Sequence[int]) -> dict[int, str]:
    """The rule, folded over the ends of the quarters: salaries and one and a half times what left for accounts elsewhere are potential."""
    before: list[Cell | None] = [None] * len(members)
    for month in ends(LAST, FIRST, 3):
        known = {who: [row for row in rows if row[0] == who and row[1] <= month] for who in members}
        values = [sum((row[2] for row in known[who]), Decimal(0)) for who in members]
        gone = [sum((row[3] - row[4] for row in known[who]), Decimal(0)) for who in members]
        potentials = [
            max(left, Decimal(0)) * Decimal("1.5") + sum((row[5] for row in known[who]), Decimal(0))
            for who, left in zip(members, gone, strict=True)
        ]
        before = list(cells(values, potentials, before, Matrix()))
    return {who: str(cell) for who, cell in zip(members, before, strict=True)}


def test_everybody_stands_where_the_rule_puts_her_among_her_own_kind() -> None:
    chance = random.Random(7)  # noqa: S311 - no secret
    kinds = [chance.choice(("individual", "sole_trader", "company")) for _who in range(60)]
    rows = [
        (who, month, *(Decimal(chance.randrange(-200, 2000)), Decimal(chance.randrange(900)), Decimal(chance.randrange(900)), Decimal(2 * chance.randrange(300))))
        for who in range(60) for month in MONTHS
    ]  # fmt: skip
    retail = [who for who, kind in enumerate(kinds) if kind != "company"]
    expected = told(rows, retail) | told(rows, [who for who in range(60) if who not in retail])
    assert found(rows, kinds) == expected
    assert len(set(expected.values())) == 4


def test_before_the_first_end_of_a_quarter_nobody_has_a_cell() -> None:
    nothing = Decimal(0)
    rows = [(who, date(2026, 1, 1), Decimal(who), nothing, nothing, nothing) for who in range(3)]
    assert found(rows, ["individual"] * 3, month=date(2026, 2, 1)) == {0: None, 1: None, 2: None}
    assert ends(date(2026, 8, 1), date(2024, 1, 1), 3) == [date(2025, 9, 1), date(2025, 12, 1), date(2026, 3, 1), date(2026, 6, 1)]


def ten(*, bring: Decimal = Decimal(100)) -> list[Row]:
    """Ten people of one kind: of the last one comes little and she has nothing elsewhere; of the others the more the higher their number."""
    nothing = Decimal(0)
    return [
        (who, month, Decimal(10) if who == 9 else bring * (who + 1), nothing, nothing, nothing if who == 9 else Decimal(who))
        for who in range(10) for month in MONTHS
    ]  # fmt: skip


def worths(month: date, last: int) -> list[tuple[date, int, Decimal]]:
    """What was said of the ten at an end: of the last one so much, of the others 100 to 900."""
    return [(month, who, Decimal(last if who == 9 else 100 * (who + 1))) for who in range(10)]


def test_who_brings_little_and_is_expected_to_bring_much_is_nurtured_by_lifetime_value_alone() -> None:
    people = ["individual"] * 10
    assert found(ten(), people)[9] == "standardised", "she has nothing elsewhere"
    by_forecast = found(ten(), people, said=worths(LAST, 5000))
    assert by_forecast[9] == "nurturing"
    assert {who: cell for who, cell in found(ten(), people, said=worths(LAST, 1)).items() if who == 9} == {9: "standardised"}
    assert by_forecast[0] == "standardised" and by_forecast[8] == "symbiotic"


def test_of_whom_nothing_is_foretold_is_placed_by_no_forecast_and_an_end_is_ranked_by_one_figure() -> None:
    people = ["individual"] * 10
    without = [one for one in worths(LAST, 5000) if one[1] != 4]
    cells_of = found(ten(), people, said=without)
    assert 4 not in cells_of or cells_of[4] is None
    assert cells_of[9] == "nurturing"
    june_alone = found(ten(), people, said=worths(date(2026, 6, 1), 5000))
    assert june_alone[9] == "standardised", "of September nothing was said: everybody is ranked as before"


def test_the_margin_remembers_where_a_forecast_put_her() -> None:
    """High from the 70th percentile on, and down to the 65th for who was high: two thirds of the others are below her in September."""
    people, june = ["individual"] * 10, date(2026, 6, 1)
    settings = Settings(matrix=Matrix(potential_high=Decimal("0.70"), margin=Decimal("0.05")))
    sixth = 650  # above six of nine: 66.7 %
    was_high = found(ten(), people, said=[*worths(june, 5000), *worths(LAST, sixth)], settings=settings)
    was_low = found(ten(), people, said=[*worths(june, 1), *worths(LAST, sixth)], settings=settings)
    assert (was_high[9], was_low[9]) == ("nurturing", "standardised")


def test_spark_ranks_by_forecast_as_duckdb_does() -> None:
    if importlib.util.find_spec("pyspark") is None or shutil.which("java") is None:
        leave_out("Spark: the extra `spark` and Java 17")
    people, said = ["individual"] * 10, [*worths(date(2026, 6, 1), 5000), *worths(LAST, 650)]
    assert found(ten(), people, said=said, engine_name="spark") == found(ten(), people, said=said)
