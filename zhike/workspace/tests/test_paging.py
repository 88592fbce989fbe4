"""The list shows every customer once, whichever way and however far one pages."""

from __future__ import annotations

import re

import pytest

from zhike.access.scope import Viewer, entered
from zhike.parties.queries import Which
from zhike.workspace.paging import Mark, decode, encode
from zhike.workspace.queries import ListAsked, customer_list
from zhike.workspace.tests.books import one, rows

LINKS = re.compile(r'<th scope="row">.*?href="/customers/(\d+)/"', re.DOTALL)


def link(page: str, way: str) -> str:
    """The query that a page's link of this direction has; empty without one."""
    found = re.search(rf'rel="{way}" href="([^"]+)"', page)
    return found.group(1).replace("&amp;", "&") if found else ""


def pages(client, query: str, way: str = "next") -> list[list[int]]:
    """The ids on each page, following the links of one direction."""
    found, path = [], f"/customers/?{query}"
    while path:
        page = client.get(path).content.decode()
        found.append([int(key) for key in LINKS.findall(page)])
        path = f"/customers/{query}" if (query := link(page, way)) else ""
    return found


@pytest.mark.parametrize(
    "query", ["sort=aum", "sort=aum&order=asc", "sort=name", "sort=name&order=desc", "sort=since", "sort=since&order=desc"]
)
def test_paging_forward_shows_every_customer_once(bank, people, as_person, query):
    found = pages(as_person("gao"), query)
    everybody = {key for (key,) in rows(bank, "select id from parties_party")}
    flat = [key for page in found for key in page]
    assert len(flat) == len(set(flat)) and set(flat) == everybody
    assert all(len(page) == 50 for page in found[:-1])


@pytest.mark.parametrize("login", ["gao", "zhou", "lin"])  # the whole bank, units, a book: each is walked in a way of its own
@pytest.mark.parametrize("narrowed", ["", "&kind=individual"])
def test_the_richest_come_first_and_who_holds_nothing_last(bank, people, as_person, login, narrowed):
    found = [key for page in pages(as_person(login), f"sort=aum{narrowed}") for key in page]
    aum = dict(rows(bank, "select distinct on (party_id) party_id, aum from holdings_summary order by party_id, aum desc, currency"))
    amounts = [aum.get(key) for key in found]
    held = [amount for amount in amounts if amount is not None]
    assert held and held == sorted(held, reverse=True)
    assert amounts == [*held, *[None] * (len(amounts) - len(held))]
    assert set(found) == set(pages_by_name(as_person(login), narrowed))


def pages_by_name(client, narrowed: str) -> list[int]:
    return [key for page in pages(client, f"sort=name{narrowed}") for key in page]


def test_of_equal_amounts_over_several_units_the_order_is_by_key(bank, people, as_person):
    """A viewer of many units: the walks of her units are merged into one order, forward and back."""
    units = [key for (key,) in rows(bank, "select distinct unit_id from parties_party where unit_id is not null order by 1")]
    viewer = Viewer(None, "several", "", "branch_manager", "subtree", tuple(units[:3]), permissions=frozenset({"accounts.read"}))
    expected = rows(
        bank,
        """select s.party_id from (select distinct on (party_id) party_id, aum from holdings_summary order by party_id, aum desc, currency) s
           join parties_party p on p.id = s.party_id where p.unit_id = any(%s) order by s.aum desc, s.party_id limit 70""",
        list(viewer.unit_ids),
    )
    with entered(viewer):
        first = customer_list(viewer, ListAsked(Which()))
        second = customer_list(viewer, ListAsked(Which(), after=first.page.next))
        back = customer_list(viewer, ListAsked(Which(), before=second.page.previous))
    assert [*first.page.keys, *second.page.keys][:70] == [key for (key,) in expected]
    assert back.page.keys == first.page.keys


def test_going_back_leads_through_the_same_pages(bank, people, as_person):
    client = as_person("gao")
    forward = pages(client, "sort=aum")
    page = client.get("/customers/?sort=aum").content.decode()
    for _ in range(len(forward) - 1):
        page = client.get(f"/customers/{link(page, 'next')}").content.decode()
    back = [[int(key) for key in LINKS.findall(page)]]
    while query := link(page, "prev"):
        page = client.get(f"/customers/{query}").content.decode()
        back.append([int(key) for key in LINKS.findall(page)])
    assert back[::-1] == forward


def test_the_second_page_says_where_it_begins(bank, people, as_person):
    client = as_person("gao")
    client.cookies["zhike_language"] = "zh-hans"
    page = client.get("/customers/").content.decode()
    assert "第 1–50 位" in page
    assert "第 51–100 位" in client.get(f"/customers/{link(page, 'next')}").content.decode()


def test_kind_and_status_narrow_the_list(bank, people, as_person):
    client = as_person("gao")
    companies = [key for page in pages(client, "kind=company") for key in page]
    assert len(companies) == one(bank, "select count(*) from parties_party where kind = 'company'")
    assert "No customer is of this kind and status" in client.get("/customers/?kind=company&status=former&view=pool").content.decode()


def test_a_forged_or_foreign_cursor_leads_to_the_first_page(bank, people, as_person):
    client = as_person("gao")
    first = LINKS.findall(client.get("/customers/").content.decode())
    for cursor in ("nonsense", encode(Mark(0, "x", 1, 9), "name-False")):
        assert LINKS.findall(client.get("/customers/", {"after": cursor}).content.decode()) == first
    assert decode(encode(Mark(1, None, 7, 3), "s"), "s") == Mark(1, None, 7, 3)
