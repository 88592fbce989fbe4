"""PostgreSQL, Python and Ibis say the same of every condition and every row; the soak holds a hundred thousand random trees to it."""

from __future__ import annotations

import time
from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Any

import ibis
import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from zhike.core.conditions.expressions import Frame, Related, expression
from zhike.core.conditions.fields import Catalogue, Field, Relation, gathered
from zhike.core.conditions.predicate import predicate
from zhike.core.conditions.sql import compiled
from zhike.core.conditions.trees import Check, Group, Has, Node
from zhike.core.tests.random_conditions import Made
from zhike.core.tests.test_conditions_agree import CATALOGUE, EDGES, KEYS, NUMBERS, ZONE, connection, nodes, put, rows_of

__all__ = ["connection"]

SCHEMA = pa.schema({
    "id": pa.int64(), "parent": pa.int64(), "name": pa.string(), "number": pa.int32(), "money": pa.decimal128(20, 2), "day": pa.date32(),
    "at": pa.timestamp("us", "UTC"), "born": pa.date32(), "tier": pa.string(), "unit": pa.int64(), "tags": pa.list_(pa.string()), "flag": pa.bool_(),
})  # fmt: skip
TREES = 100_000
AT_ONCE = 100  # trees of one statement


def frame(engine: Any, rows: Sequence[dict[str, Any]]) -> Frame:
    """The rows of `put` in the engine; the conditions are asked of those that hang on none."""
    flat: list[dict[str, Any]] = [{**row, "id": at + 1, "parent": None} for at, row in enumerate(rows)]
    flat += [{**child, "id": 1000 * (at + 1) + n, "parent": at + 1} for at, row in enumerate(rows) for n, child in enumerate(row["child"])]
    engine.con.register("things", pa.Table.from_pylist(flat, SCHEMA))
    table = engine.table("things")
    table = table.mutate(doubled=table.number * 2)
    return Frame(table.filter(table.parent.isnull()), "id", {"child": Related(lambda: Frame(table, "id"), "parent")})


def by_python(trees: Sequence[Node], rows: Sequence[Any], today: date) -> list[list[bool]]:
    tests = [predicate(node, CATALOGUE, today=today, zone=ZONE) for node in trees]
    return [[test(row) for test in tests] for row in rows]


def by_postgresql(connection: Any, trees: Sequence[Node], today: date) -> list[list[bool]]:
    wheres = [compiled(node, CATALOGUE, today=today, zone=ZONE, prefix=f"t{at}_") for at, node in enumerate(trees)]
    values: dict[str, Any] = {}
    for where in wheres:
        values |= where.values
    columns = ", ".join(f"coalesce({where.sql}, false)" for where in wheres)
    found = connection.execute(f"select {columns} from things p where p.parent is null order by p.id", values).fetchall()
    return [list(row) for row in found]


def by_ibis(engine: Any, of: Frame, trees: Sequence[Node], today: date) -> list[list[bool]]:
    made = {f"t{at}": expression(node, CATALOGUE, of, today=today, zone=ZONE).fill_null(False) for at, node in enumerate(trees)}
    found = engine.to_pyarrow(of.table.select(of.table.id, **made).order_by("id"))
    return [list(row) for row in zip(*(found[name].to_pylist() for name in made), strict=True)]


@pytest.fixture(scope="module")
def engine():
    return ibis.duckdb.connect()


@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    trees=st.lists(nodes(), min_size=1, max_size=8),
    rows=st.lists(rows_of(), min_size=1, max_size=6),
    today=st.sampled_from(EDGES[:-1]) | st.dates(date(2026, 1, 1), date(2027, 12, 31)),
)
def test_all_three_choose_the_same_rows(connection, engine, trees, rows, today):
    put(connection, rows)
    decided = by_python(trees, rows, today)
    assert by_ibis(engine, frame(engine, rows), trees, today) == decided
    assert by_postgresql(connection, trees, today) == decided


def test_a_relation_may_lead_back_to_the_same_table(engine):
    """A household member who has herself a household member of whom something is so."""
    people = [(1, "a", 5), (2, "a", 50), (3, "b", 50), (4, "b", 500), (5, "c", 7)]
    engine.con.register("people", pa.table({"id": [p[0] for p in people], "home": [p[1] for p in people], "aum": [p[2] for p in people]}))
    table = engine.table("people")
    catalogue: Catalogue = gathered(
        [Field("aum", "AUM", "money", "{row}.aum")],
        [Relation("member", "Member", "", lambda: catalogue, "a member", "no member", "%(n)s members")],
    )
    other = table.view()
    linked = table.join(other, table.home == other.home).filter(table.id != other.id).select(of=table.id, id=other.id, aum=other.aum)
    people_of = Frame(table, "id", {"member": Related(lambda: Frame(linked, "id", people_of.related), "of")})

    def fits(node: Node) -> list[int]:
        where = expression(node, catalogue, people_of, today=date(2026, 11, 22), zone=ZONE)
        return sorted(engine.to_pyarrow(table.filter(where).id).to_pylist())

    rich = Check("aum", "at_least", Decimal(50))
    assert fits(Has("member", rich)) == [1, 3, 4]
    assert fits(Has("member", Has("member", rich))) == [2, 3, 4]
    assert fits(Has("member", Group("all"), 0, 0)) == [5]
    assert fits(Group("none", (Has("member", rich),))) == [2, 5]


@pytest.mark.soak
def test_a_hundred_thousand_random_trees(connection, engine, capsys):
    began, held = time.monotonic(), 0
    for seed in range(TREES // AT_ONCE):
        made = Made(seed, CATALOGUE, EDGES[:-1], KEYS, NUMBERS)
        trees, rows, today = [made.node() for _ in range(AT_ONCE)], [made.row() for _ in range(8)], made.day()
        put(connection, rows)
        decided = by_python(trees, rows, today)
        for told in (by_ibis(engine, frame(engine, rows), trees, today), by_postgresql(connection, trees, today)):
            wrong = [(at, n) for at, row in enumerate(decided) for n, fits in enumerate(row) if told[at][n] is not fits]
            assert not wrong, f"seed {seed}: {[(rows[at], trees[n]) for at, n in wrong[:1]]}"
        held += sum(map(sum, decided))
    with capsys.disabled():
        print(f"\n{TREES:,} trees over 8 rows each agree in {time.monotonic() - began:.0f} s; {held:,} times a row fitted")
