"""A page costs a recorded number of statements, whatever it shows (query_counts.json). A change of a number is a change to review."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from zhike.workspace.tests.books import book_of, rows

RECORDED: dict[str, int] = json.loads((Path(__file__).parent / "query_counts.json").read_text("utf-8"))
FRAGMENTS = (
    "notes",
    "counterparties",
    "payroll",
    "suitability",
    "profile",
    "contact",
    "consents",
    "flags",
    "relations",
    "graph",
    "owners",
    "changes",
    "known",
    "tags",
    "holdings",
    "together",
    "balances",
    "flows",
    "transactions",
    "timeline",
)


def counted(client, path: str) -> int:
    """How many statements a page takes, its session and viewer included."""
    client.get(path)
    with CaptureQueriesContext(connection) as captured:
        assert client.get(path).status_code == 200
    return len(captured)


@pytest.mark.parametrize("path", ["/customers/?sort=aum", "/customers/?sort=name", "/customers/?sort=since", "/customers/?q=王"])
def test_the_list_costs_what_is_recorded_whether_it_is_full_or_short(bank, people, as_person, path):
    whole, book = counted(as_person("gao"), path), counted(as_person("chen"), path)
    allowed = RECORDED[path]
    assert whole <= allowed and book <= allowed + 1  # the search for a short number looks for its beginning as well


def test_columns_cost_statements_only_where_they_are_chosen(bank, people, as_person):
    gao = as_person("gao")
    usual = counted(gao, "/customers/?view=all")
    gao.post("/customers/columns/", {"view": "all", "columns": ["curve", "change", "last_contact", "birthday", "id_expires", "aum"]})
    every = counted(gao, "/customers/?view=all")
    gao.post("/customers/columns/", {"view": "all", "columns": ["rm"]})
    none = counted(gao, "/customers/?view=all")
    gao.post("/customers/columns/", {"view": "all", "usual": "1"})
    assert none < usual < every <= RECORDED["/customers/ with every column"]


@pytest.mark.parametrize("path", ["/find/", "/find/?q=王", "/find/?q=zhangs", "/mentions/", "/notices/", "/notices/count/"])
def test_the_search_everywhere_and_the_mentions_cost_what_is_recorded(bank, people, as_person, path):
    assert [login for login in ("gao", "chen", "zhou", "su") if counted(as_person(login), path) > RECORDED[path]] == []


def test_a_customers_page_costs_the_same_for_the_richest_and_the_poorest(bank, people, as_person):
    ids = [row[0] for row in book_of(bank, people, "lin")]
    client = as_person("lin")
    assert {counted(client, f"/customers/{key}/") for key in (ids[0], ids[1], ids[-1])} <= set(range(RECORDED["/customers/N/"] + 1))


@pytest.mark.parametrize("fragment", FRAGMENTS)
def test_a_panel_costs_what_is_recorded(bank, people, as_person, fragment):
    (most,) = rows(bank, "select party_id from holdings_account group by 1 order by count(*) desc, 1 limit 1")[0]
    client = as_person("he" if fragment == "contact" else "gao")
    connected = [key for (key,) in rows(bank, "select party_id from parties_relationship group by 1 order by count(*) desc limit 1")]
    for party in (most, *connected):
        assert counted(client, f"/customers/{party}/{fragment}/") <= RECORDED[fragment]
