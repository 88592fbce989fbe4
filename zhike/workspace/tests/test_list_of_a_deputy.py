"""Whoever sees units and a book besides (a deputy, a manager let in to one customer) walks one list of both, each customer once."""

from __future__ import annotations

from dataclasses import replace

import pytest

from zhike.access.models import Person
from zhike.access.scope import Viewer, entered, system_viewer, viewer_for
from zhike.parties.models import Party
from zhike.parties.queries import Which
from zhike.testing.databases import Bank
from zhike.testing.people import Cast
from zhike.workspace.paging import SIZE, count_of, place_of
from zhike.workspace.queries import ListAsked, customer_list, stretches


def viewer_of(login: str) -> Viewer:
    with entered(system_viewer("test")):
        return viewer_for(Person.objects.select_related("employee__unit").get(login=login))


@pytest.fixture(params=["deputy", "let in", "both, and barred"])
def mixed(request: pytest.FixtureRequest, bank: Bank, people: Cast) -> Viewer:
    """林知远 standing in for 钱宁, who manages another outlet; 周敏 let in to one of 陈思's customers; both at once, with lists that do not admit her."""
    lin, zhou, qian, chen = (viewer_of(login) for login in ("lin", "zhou", "qian", "chen"))
    with entered(chen):
        hers = tuple(Party.objects.seen_by(chen).order_by("pk").values_list("pk", flat=True)[:1])
    return {
        "deputy": replace(lin, scope="subtree", unit_ids=qian.unit_ids),
        "let in": replace(zhou, party_ids=hers),
        "both, and barred": replace(lin, scope="subtree", unit_ids=zhou.unit_ids, party_ids=hers, is_barred=True),
    }[request.param]


@pytest.mark.parametrize("sort", ["aum", "name", "since"])
def test_page_by_page_she_meets_each_of_her_customers_once(bank: Bank, mixed: Viewer, sort: str) -> None:
    with entered(mixed):
        expected = set(Party.objects.seen_by(mixed).values_list("pk", flat=True))
        asked = ListAsked(Which(), sort=sort)
        pages = [customer_list(mixed, asked)]
        while pages[-1].page.next:
            pages.append(customer_list(mixed, replace(asked, after=pages[-1].page.next)))
        met = [key for page in pages for key in page.page.keys]
        back = [pages[-1]]
        while back[-1].page.previous:
            back.append(customer_list(mixed, replace(asked, before=back[-1].page.previous)))
        walked = stretches(mixed, asked)
        assert mixed.is_mixed and len(expected) > SIZE
        assert len(met) == len(set(met)) and set(met) == expected
        assert [key for page in reversed(back) for key in page.page.keys] == met
        assert [row.party.id for page in pages for row in page.rows] == met
        assert count_of(walked, 10_000) == len(expected)
        assert all(place_of(walked, key) is not None for key in met[:3] + met[-3:])


def test_those_with_most_come_first_whoever_looks_after_them(bank: Bank, mixed: Viewer) -> None:
    with entered(mixed):
        rows = customer_list(mixed, ListAsked(Which())).rows
        amounts = [row.held.aum for row in rows if row.held and row.held.currency == "CNY" and not row.held.others]
    assert amounts == sorted(amounts, reverse=True) and len(amounts) > 10
