"""The list shows every customer once, whichever way and however far one pages."""

from __future__ import annotations

import re

import pytest

from zhike.workspace.paging import Mark, decode, encode
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


def test_the_richest_come_first_and_who_holds_nothing_last(bank, people, as_person):
    found = [key for page in pages(as_person("gao"), "sort=aum") for key in page]
    aum = dict(rows(bank, "select distinct on (party_id) party_id, aum from holdings_summary order by party_id, aum desc, currency"))
    amounts = [aum.get(key) for key in found]
    held = [amount for amount in amounts if amount is not None]
    assert held == sorted(held, reverse=True)
    assert amounts == [*held, *[None] * (len(amounts) - len(held))]


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
