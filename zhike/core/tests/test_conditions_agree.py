"""PostgreSQL and Python say the same of every condition and every row: random trees, random rows, a real database."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from zhike.core.conditions.days import MOST, PERIODS, UNITS, Span
from zhike.core.conditions.fields import Choice, Choices, Field, Relation, gathered
from zhike.core.conditions.kinds import OPERATORS
from zhike.core.conditions.predicate import predicate
from zhike.core.conditions.reading import read, read_text
from zhike.core.conditions.sql import compiled
from zhike.core.conditions.trees import MOST_DEPTH, Check, Group, Has, stored

ZONE = ZoneInfo("Asia/Shanghai")
LETTERS = st.sampled_from(list("aAbBzZ王小明公司%_\\'\"é ßİ.*"))
EDGES = [
    date(2026, 2, 28),
    date(2024, 2, 29),
    date(2026, 12, 31),
    date(2027, 1, 1),
    date(2026, 11, 22),
    date(2026, 10, 31),
    date(9999, 12, 31),
]
KEYS = ("gold", "银", "a'b", "%")
NUMBERS = ("1", "2", "3")

texts = st.text(LETTERS, min_size=1, max_size=6)
amounts = st.decimals(-1_000_000, 1_000_000, places=2, allow_nan=False) | st.sampled_from(
    [Decimal("0.00"), Decimal("500000.00"), Decimal("-0.01")]
)
days = st.sampled_from(EDGES[:-1]) | st.dates(date(2025, 1, 1), date(2028, 12, 31))


def choices(keys: tuple[str, ...]) -> Choices:
    return lambda: [Choice(key, key) for key in keys]


def catalogue_of(depth: int = 1):
    fields = [
        Field("name", "Name", "text", "{row}.name"), Field("number", "Number", "number", "{row}.number"), Field("money", "Money", "money", "{row}.money"),
        Field("day", "Day", "date", "{row}.day"), Field("at", "At", "instant", "{row}.at"), Field("born", "Born", "birthday", "{row}.born"),
        Field("tier", "Tier", "choice", "{row}.tier", choices=choices(KEYS)), Field("unit", "Unit", "choice", "{row}.unit", choices=choices(NUMBERS), key_type="bigint"),
        Field("tags", "Tags", "set", "{row}.tags", choices=choices(KEYS)), Field("flag", "Flag", "flag", "{row}.flag"),
        Field("doubled", "Doubled", "number", "{row}.number * 2", value=lambda row, _today: None if row["number"] is None else row["number"] * 2),
    ]  # fmt: skip
    children = Relation(
        "child",
        "Child",
        "things {new} where {new}.parent = {row}.id",
        lambda: catalogue_of(depth - 1),
        "a child",
        "no child",
        "%(n)s children",
    )
    return gathered(fields, [children] if depth else [])


CATALOGUE = catalogue_of()


def maybe(strategy: Any) -> Any:
    return st.none() | strategy


def rows_of(depth: int = 1):
    return st.fixed_dictionaries({
        "name": maybe(texts), "number": maybe(st.integers(-50, 50).map(Decimal)), "money": maybe(amounts), "day": maybe(days | st.just(EDGES[-1])),
        "at": maybe(st.integers(0, 900_000).map(lambda minute: datetime(2026, 1, 1, tzinfo=UTC) + timedelta(minutes=minute)) | st.just(datetime(2026, 11, 21, 16, 0, tzinfo=UTC))),
        "born": maybe(st.dates(date(1930, 1, 1), date(2020, 12, 31)) | st.just(date(2004, 2, 29)) | st.just(date(2000, 12, 31))),
        "tier": maybe(st.sampled_from(KEYS)), "unit": maybe(st.sampled_from([1, 2, 3])), "tags": maybe(st.lists(st.sampled_from(KEYS), max_size=3)),
        "flag": maybe(st.booleans()), "child": st.lists(rows_of(0), max_size=4) if depth else st.just([]),
    })  # fmt: skip


VALUES = {
    "": st.none(), "text": texts, "amount": amounts, "amounts": st.tuples(amounts, amounts).map(lambda pair: tuple(sorted(pair))), "day": days,
    "days": st.tuples(days, days).map(lambda pair: tuple(sorted(pair))), "period": st.sampled_from(PERIODS), "flag": st.booleans(),
    "month_days": st.tuples(days, days).map(lambda pair: tuple(f"{day:%m-%d}" for day in pair)),
    "span": st.sampled_from(UNITS).flatmap(lambda unit: st.builds(Span, st.integers(0, 40) | st.just(MOST[unit]), st.just(unit))),
}  # fmt: skip


@st.composite
def checks(draw):
    field = draw(st.sampled_from(sorted(CATALOGUE.fields.values(), key=lambda one: one.name)))
    way = draw(st.sampled_from(OPERATORS[field.kind]))
    if way.shape == "keys":
        keys = [choice.key for choice in field.choices()]
        return Check(field.name, way.name, tuple(draw(st.lists(st.sampled_from(keys), min_size=1, max_size=3, unique=True))))
    return Check(field.name, way.name, draw(VALUES[way.shape]))


def nodes(relations: bool = True) -> Any:
    def groups(inner: Any) -> Any:
        group = st.builds(Group, st.sampled_from(["all", "any", "none"]), st.lists(inner, max_size=3).map(tuple))
        return group | has if relations else group

    counts = st.tuples(st.integers(0, 3), maybe(st.integers(0, 3))).filter(lambda pair: pair[1] is None or pair[0] <= pair[1])
    has: Any = st.builds(lambda where, pair: Has("child", where, *pair), st.deferred(lambda: nodes(False)), counts) if relations else None
    return st.recursive(checks() | has if relations else checks(), groups, max_leaves=6)


def depth(node: Any) -> int:
    """How deep a tree stands."""
    inner = node.nodes if isinstance(node, Group) else (node.where,) if isinstance(node, Has) else ()
    return 1 + max(map(depth, inner), default=0)


TABLE = """
create temp table things (id bigint primary key, parent bigint, name text, number int, money numeric(20,2), day date, at timestamptz, born date,
    tier text, unit bigint, tags text[], flag boolean)
"""


def put(connection: Any, rows: Any) -> None:
    """The rows and their children as a table; a row's place is its id."""
    columns = ("name", "number", "money", "day", "at", "born", "tier", "unit", "tags", "flag")
    flat: list[Any] = [(at + 1, None, row) for at, row in enumerate(rows)]
    flat += [(1000 * (at + 1) + number, at + 1, child) for at, row in enumerate(rows) for number, child in enumerate(row["child"])]
    connection.execute("truncate things")
    with connection.cursor() as cursor:
        cursor.executemany(
            f"insert into things values (%s, %s{', %s' * len(columns)})",
            [(key, parent, *(row[c] for c in columns)) for key, parent, row in flat],
        )


@pytest.fixture
def connection(bank):
    with bank.connected("job") as opened:
        opened.execute(TABLE)
        yield opened


@settings(
    max_examples=400,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow, HealthCheck.data_too_large],
)
@given(
    node=nodes(),
    rows=st.lists(rows_of(), min_size=1, max_size=6),
    today=st.sampled_from(EDGES[:-1]) | st.dates(date(2026, 1, 1), date(2027, 12, 31)),
)
def test_postgresql_and_python_choose_the_same_rows(connection, node, rows, today):
    put(connection, rows)
    where = compiled(node, CATALOGUE, today=today, zone=ZONE, row="p")
    found = connection.execute(f"select p.id from things p where p.parent is null and {where.sql} order by 1", where.values).fetchall()
    fits = predicate(node, CATALOGUE, today=today, zone=ZONE)
    assert [key for (key,) in found] == [at + 1 for at, row in enumerate(rows) if fits(row)]


@settings(max_examples=300, deadline=None)
@given(node=nodes())
def test_what_is_stored_reads_back_as_the_same_tree(node):
    assume(depth(node) <= MOST_DEPTH)
    form = stored(node)
    assert read(form, CATALOGUE) == node
    assert read_text(json.dumps(form, ensure_ascii=False), CATALOGUE) == node


@settings(max_examples=300, deadline=None)
@given(node=nodes(), today=days)
def test_no_text_of_a_person_stands_in_the_sql(node, today):
    where = compiled(node, CATALOGUE, today=today, zone=ZONE)
    assert "王" not in where.sql and "'b" not in where.sql and "银" not in where.sql and "\\" not in where.sql
    assert set(where.values) >= {name for name in where.values if f"%({name})s" in where.sql}


@pytest.mark.parametrize(
    ("today", "n", "last"),
    [(date(2026, 1, 31), 1, date(2026, 2, 28)), (date(2024, 1, 31), 1, date(2024, 2, 29)), (date(2026, 8, 31), 6, date(2027, 2, 28))],
)
def test_a_month_from_the_last_of_a_long_month_is_the_last_of_a_short_one(today, n, last):
    fits = predicate(Check("day", "within_next", Span(n, "months")), CATALOGUE, today=today, zone=ZONE)
    assert (
        fits({"day": last})
        and not fits({"day": last + timedelta(days=1)})
        and fits({"day": today})
        and not fits({"day": today - timedelta(days=1)})
    )


def test_who_was_born_on_the_29th_of_february_has_her_birthday_on_the_28th_in_a_year_without():
    asked = Check("born", "in", "today")
    born = {"born": date(2004, 2, 29)}
    assert predicate(asked, CATALOGUE, today=date(2027, 2, 28), zone=ZONE)(born)
    assert not predicate(asked, CATALOGUE, today=date(2027, 3, 1), zone=ZONE)(born)
    assert not predicate(asked, CATALOGUE, today=date(2028, 2, 28), zone=ZONE)(born)
    assert predicate(asked, CATALOGUE, today=date(2028, 2, 29), zone=ZONE)(born)


@pytest.mark.parametrize(
    "node", [Check("money", "at_least", Decimal(5)), Group("none", (Check("money", "at_least", Decimal(5)),)), Check("name", "is_not", "x")]
)
def test_what_is_unknown_is_never_a_match_unless_asked(node):
    nothing = {"money": None, "name": None}
    assert not predicate(node, CATALOGUE, today=date(2026, 11, 22), zone=ZONE)(nothing)
    unknown = Check("money", "unknown")
    assert predicate(Group("any", (node, unknown)), CATALOGUE, today=date(2026, 11, 22), zone=ZONE)(nothing)
