"""Out of the profile's columns comes the count that PostgreSQL gives, whoever came or is gone since the build; and for whom it might not, none."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from zhike.access.scope import Viewer, entered
from zhike.audiences import counting
from zhike.core import forgetting
from zhike.core.conditions.fields import Catalogue, Field
from zhike.core.conditions.trees import Node
from zhike.core.tests.random_conditions import Made
from zhike.duplicates import actions as duplicates
from zhike.insight import columns, snapshots
from zhike.insight.fields import BEFORE
from zhike.insight.models import Profile
from zhike.parties.queries import Which, listed
from zhike.privacy import deletion
from zhike.testing.databases import Bank
from zhike.testing.people import Cast
from zhike.workspace.conditions import count, read_for, where_of_tree
from zhike.workspace.customer_fields import catalogue
from zhike.workspace.tests.books import one, rows
from zhike.workspace.tests.test_conditions_on_customers import check, every_way, found, viewer_of, whole

AT = datetime(2026, 10, 2, 4, tzinfo=UTC)
RIGHTS = frozenset(
    {"customers.read", "accounts.read", "transactions.read", "insight.read", "scores.read", "customers.merge", "duplicates.decide"}
)
ANALYST = Viewer(None, "analyst", "analyst", "analyst", "bank", permissions=RIGHTS)
RICH = check("profile_aum_month_average", "at_least", "0")
EDGES = [date(2026, 9, 30), date(2025, 12, 31), date(2026, 1, 1)]
TREES = 150


@pytest.fixture(scope="module")
def shared_bank(shared_bank: Bank) -> Bank:
    shared_bank.zhike("insight", "build", "--as-of", "2026-09-29")
    return shared_bank


@pytest.fixture(autouse=True)
def small_banks_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(columns, "FROM_CUSTOMERS", 1)


def counted(viewer: Viewer, node: dict[str, Any] | Node) -> int | None:
    with entered(viewer):
        tree = read_for(viewer, whole(node)) if isinstance(node, dict) else node
        fitting = columns.fitting(viewer, tree, catalogue(viewer), today=timezone.localdate(), zone=timezone.get_current_timezone())
        return fitting.count() if fitting else None


def file_of(bank: Bank) -> Path:
    snapshot = snapshots.latest(bank.home)
    assert snapshot is not None
    return snapshots.root(bank.home) / snapshot.pieces["profile"][0].path


def of_files(bank: Bank) -> list[int]:
    return sorted(pq.read_table(file_of(bank), columns=["party_id"]).column(0).to_pylist())


def in_postgresql(viewer: Viewer, tree: Node) -> int:
    with entered(viewer), connection.cursor() as cursor:
        where = listed(viewer, Which()) & where_of_tree(viewer, tree)
        cursor.execute(f"select count(*) from parties_party p where {where.sql}", where.values)
        return int(cursor.fetchone()[0])


def of_profile(viewer: Viewer) -> Catalogue:
    known = catalogue(viewer)
    fields = {name: field for name, field in known.fields.items() if name.startswith(BEFORE) and name != columns.SERVED}
    return replace(known, fields=fields, relations={})


def test_fields_of_every_kind_asked_in_every_way_are_counted_as_postgresql_finds_it(bank: Bank) -> None:
    with entered(ANALYST):
        by_type: dict[object, list[Field]] = {}
        for field in of_profile(ANALYST).fields.values():
            by_type.setdefault((field.kind, Profile._meta.get_field(field.name.removeprefix(BEFORE)).db_type(connection)), []).append(field)
        fields = [field for every in by_type.values() for field in every[:2]]
        ways = [way for field in fields for way in every_way(field)]
    out_of_columns = 0
    for way in ways:
        number = counted(ANALYST, way)
        assert number is None or number == len(found(ANALYST, way)), way
        out_of_columns += number is not None
        assert (number is None) == (way["op"] == "unknown"), way
    assert out_of_columns > 3 * len(fields) > 30


def test_random_conditions_are_counted_as_postgresql_finds_them(bank: Bank) -> None:
    with entered(ANALYST):
        known = of_profile(ANALYST)
    out_of_columns = 0
    for seed in range(TREES):
        tree = Made(seed, known, EDGES, ["private", "mature", "loyal", "female"], ["1", "2", "3"]).node(relations=False)
        number = counted(ANALYST, tree)
        assert number is None or number == in_postgresql(ANALYST, tree), (seed, tree)
        out_of_columns += number is not None
    assert out_of_columns > TREES / 3


def test_who_was_merged_counts_no_more_and_again_when_it_is_undone(bank: Bank) -> None:
    before = counted(ANALYST, RICH)
    stays, goes = (
        key
        for (key,) in rows(
            bank,
            "select p.id from parties_party p join insight_profile q on q.id = p.id where q.aum_month_average >= 0 and p.kind = 'individual' order by p.id limit 2",
        )
    )
    with entered(ANALYST) as actor:
        merge = duplicates.merge(actor=actor, at=AT, survivor_id=stays, absorbed_id=goes)
    assert rows(bank, "select id from insight_gone") == [(goes,)]
    assert before is not None and counted(ANALYST, RICH) == len(found(ANALYST, RICH)) == before - 1

    with entered(ANALYST) as actor:
        duplicates.undo(actor=actor, at=AT, merge_id=merge)
    assert counted(ANALYST, RICH) == len(found(ANALYST, RICH)) == before


def test_who_was_forgotten_counts_no_more_though_files_still_have_her(bank: Bank, monkeypatch: pytest.MonkeyPatch) -> None:
    before, profile = counted(ANALYST, RICH), of_files(bank)
    her = one(bank, "select max(id) from insight_profile where aum_month_average >= 0")
    monkeypatch.setattr(forgetting, "cleanings", dict)
    with bank.acting_as("job"), transaction.atomic():
        deletion.carry_out([her], at=timezone.now())
    assert her in of_files(bank) == profile
    assert before is not None and counted(ANALYST, RICH) == len(found(ANALYST, RICH)) == before - 1


def test_for_whom_a_wall_stands_anywhere_nothing_comes_out_of_columns(bank: Bank, people: Cast) -> None:
    manager = replace(viewer_of(bank, "lin"), permissions=RIGHTS)
    assert counted(manager, RICH) is None
    assert counted(replace(ANALYST, is_barred=True), RICH) is None
    with entered(manager):
        tree = read_for(manager, {"version": 1, "where": RICH})
        assert count(manager, Which(), tree, exact=True).total == len(found(manager, RICH)) < len(found(ANALYST, RICH))


@pytest.mark.parametrize(
    "node",
    [
        check("kind", "in", ["individual"]),
        {"all": [RICH, check("kind", "in", ["individual"])]},
        check("profile_tier_service", "known"),
        check("profile_aum_month_average", "unknown"),
        {"none": [check("profile_aum_month_average", "known")]},
        {"any": [RICH, check("profile_stage", "unknown")]},
    ],
)
def test_what_may_differ_from_the_build_is_left_to_postgresql(bank: Bank, node: dict[str, Any]) -> None:
    assert counted(ANALYST, node) is None


def test_an_audience_is_broken_down_alike_and_its_few_are_of_it(bank: Bank, monkeypatch: pytest.MonkeyPatch) -> None:
    with entered(ANALYST):
        tree = read_for(ANALYST, whole(RICH))
        broken, (few, _columns) = counting.breakdown(ANALYST, tree), counting.sample(ANALYST, tree)
    assert len(few) == counting.SAMPLE and {row.party.id for row in few} <= found(ANALYST, RICH)
    monkeypatch.setattr(columns, "FROM_CUSTOMERS", 1_000_000)
    with entered(ANALYST):
        assert counting.breakdown(ANALYST, tree) == broken
    assert broken.total == len(found(ANALYST, RICH)) and len(broken.groups) == len(counting.GROUPS)


def test_two_laid_over_each_other_are_the_same_out_of_columns_and_of_rows_that_are_read_once(
    bank: Bank, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Asked field by field for every customer, a million of them take longer than a person waits."""
    other = check("profile_logins_12m", "at_least", "1")
    first, second = found(ANALYST, RICH), found(ANALYST, other)
    laid, statements = [], list[str]()
    for least in (1, 1_000_000):
        monkeypatch.setattr(columns, "FROM_CUSTOMERS", least)
        with entered(ANALYST), CaptureQueriesContext(connection) as asked:
            laid.append(counting.overlap(ANALYST, [read_for(ANALYST, whole(node)) for node in (RICH, other)]))
        statements += [one["sql"] for one in asked.captured_queries if "mask" in one["sql"]]
    assert laid[0] == laid[1]
    assert laid[0].sizes == [len(first), len(second)] and laid[0].total == len(first | second)
    assert {tuple(region.members): region.count for region in laid[0].regions}[0, 1] == len(first & second) > 0
    assert ["insight_profile q" in one for one in statements] == [False], "PostgreSQL alone is asked for masks, and reads the profile once"


def test_a_page_asks_postgresql_where_files_are_missing(bank: Bank) -> None:
    with entered(ANALYST):
        tree = read_for(ANALYST, whole(RICH))
        number = count(ANALYST, Which(), tree, exact=True).total
    assert number == counted(ANALYST, RICH)
    path = file_of(bank)
    hidden = path.rename(path.with_suffix(".away"))
    try:
        assert counted(ANALYST, RICH) is None
        with entered(ANALYST):
            assert count(ANALYST, Which(), tree, exact=True).total == number
    finally:
        hidden.rename(path)


def test_a_new_build_forgets_who_is_in_no_row_of_it(bank: Bank) -> None:
    with bank.connected("job") as job:
        job.execute("insert into insight_gone (id) values (-7)")
    bank.zhike("insight", "build")
    assert not rows(bank, "select from insight_gone where id = -7")
    assert counted(ANALYST, RICH) == len(found(ANALYST, RICH))
