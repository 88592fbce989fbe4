"""A report holds the customers whom its reader sees: lin's her own, su's the bank's; also in the file, and also by the customers behind a figure."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from django.utils import timezone
from pytest_django import DjangoDbBlocker

from zhike.access.marks import found_in
from zhike.access.scope import Viewer, entered
from zhike.insight.tests.computed import Computed, computed
from zhike.reports import answering, drawing, exporting, naming, stands
from zhike.reports.ordering import pivot
from zhike.reports.rules import Asked
from zhike.reports.stands import Stand
from zhike.testing.databases import using

__all__ = ["computed"]

MAY = frozenset({"customers.read", "accounts.read", "reports.read", "customers.export"})
BANK = Viewer(None, "su", "苏岩", "analyst", "bank", permissions=MAY)
ASKED = Asked(("branch", "rm"), (), ("aum", "eva", "customers"))


@pytest.fixture
def inside(computed: Computed, django_db_blocker: DjangoDbBlocker) -> Iterator[Computed]:
    with django_db_blocker.unblock(), using(computed.bank.run, computed.bank.name):
        yield computed


@pytest.fixture
def lin(inside: Computed) -> Viewer:
    """The manager of somebody who holds something."""
    party = inside.ask("select party_id from profile where staff_no is not null and aum > 0 order by party_id limit 1")[0][0]
    with inside.bank.connected("job") as job:
        row = job.execute("select main_rm_id from parties_party where id = %s", [party]).fetchone()
    assert row is not None
    return replace(BANK, login="lin", name="林静", role="relationship_manager", scope="own", employee_ids=(row[0],))


def stand_of(inside: Computed) -> Stand:
    found = stands.stand(inside.home, None, "corrected")
    assert found is not None
    return found


def hers(inside: Computed, lin: Viewer) -> list[int]:
    with inside.bank.connected("job") as job:
        return [
            row[0] for row in job.execute("select id from parties_party where rm_ids && %s::bigint[]", [list(lin.employee_ids)]).fetchall()
        ]


def test_lins_report_is_of_her_customers_and_sus_of_the_bank(inside: Computed, lin: Viewer) -> None:
    keys = ", ".join(map(str, hers(inside, lin)))
    [own] = inside.ask(f"select sum(aum), count(*) from customer_month where month = '2026-09-01' and party_id in ({keys})")
    [bank] = inside.ask("select sum(aum), count(*) from customer_month where month = '2026-09-01'")
    totals = []
    for viewer in (lin, BANK):
        with entered(viewer):
            aum, _eva, customers = answering.answer(viewer, ASKED, stand_of(inside)).cells[(), ()]
            totals.append((aum, customers))
    assert totals == [own, bank]
    assert own[1] < bank[1]


def test_behind_the_total_are_exactly_hers(inside: Computed, lin: Viewer) -> None:
    with entered(lin):
        found = answering.parties_behind(lin, ASKED, stand_of(inside), {}, most=10_000)
    assert found
    assert set(found) <= set(hers(inside, lin))


def test_her_file_says_what_her_page_says_and_whose_copy_it_is(inside: Computed, lin: Viewer) -> None:
    at, stand = timezone.now(), stand_of(inside)
    with entered(lin):
        found = answering.answer(lin, ASKED, stand)
        names = naming.names(lin, ASKED, found.cells)
        table = drawing.table(ASKED, pivot(ASKED, found, names), names)
        months = (found.months[0], found.months[-1])
        plain = exporting.written(lin, table, stand, "csv_plain", at=at, months=months)
        book = exporting.written(lin, table, stand, "xlsx", at=at, months=months)
    *_lines, total = list(csv.reader(io.StringIO(plain.decode())))
    assert total[2:] == [str(value) for value in found.cells[(), ()]]
    assert "林" in "".join(cell for line in _lines for cell in line) or names.by_dimension["rm"]
    assert [mark.kind for mark in found_in(book)] == ["export"]
    with inside.bank.connected("job") as job:
        entry: Any = job.execute("select after from access_auditentry where act = 'reports.exported' order by id desc limit 1").fetchone()
    assert entry[0]["asked"]["rows"] == "branch,rm"


def test_a_household_is_named_to_whoever_may_read_customers(inside: Computed) -> None:
    asked = Asked(("household",), (), ("aum",))
    unnamed = replace(BANK, permissions=MAY - {"customers.read"})
    told = {}
    for viewer in (BANK, unnamed):
        with entered(viewer):
            told[viewer] = naming.names(viewer, asked, answering.answer(viewer, asked, stand_of(inside)).cells).by_dimension["household"]
    assert any(name != key for key, name in told[BANK].items())
    assert all(name == key for key, name in told[unnamed].items())
