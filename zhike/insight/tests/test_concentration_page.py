"""Su sees who brings the contribution beside the published figures, and opens the customers behind every figure."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import unescape

import pytest
from django.test import Client
from pytest_django import DjangoDbBlocker

from zhike.insight.tests.computed import Computed, computed
from zhike.testing.databases import using
from zhike.testing.people import PASSWORD

__all__ = ["computed"]


@pytest.fixture
def su(computed: Computed, django_db_blocker: DjangoDbBlocker) -> Iterator[Client]:
    bank = computed.bank
    with django_db_blocker.unblock(), using(bank.run, bank.name):
        bank.zhike("person", "add", "su-concentration", "--name", "苏岩", "--role", "analyst", "--password-env", "P", P=PASSWORD)
        client = Client()
        assert client.post("/login/", {"login": "su-concentration", "password": PASSWORD}).status_code == 302
        yield client


def listed(client: Client, link: str) -> int:
    """How many customers a link of the page lists."""
    counted = client.get(link.replace("/customers/?", "/customers/count/?")).content.decode()
    found = re.search(r">([\d,]+) in all<", counted)
    assert found, counted
    return int(found.group(1).replace(",", ""))


def test_shares_come_out_of_the_build_and_every_figure_opens_its_customers(su: Client, computed: Computed) -> None:
    page = su.get("/insight/")
    bands, steps, costs = (page.context[name] for name in ("bands", "shares", "costs"))
    by_band = computed.ask(
        """select (aum >= 10000)::int + (aum >= 50000)::int + (aum >= 200000)::int + (aum >= 1000000)::int + (aum >= 6000000)::int as band, count(*),
               count(*) / sum(count(*)) over (), sum(contribution_12m) / sum(sum(contribution_12m)) over ()
           from profile where status = 'customer' group by 1 order by 1"""
    )
    shown = [(place, row.band.customers, row.of_customers, row.of_contribution) for place, row in enumerate(bands) if row.band.customers]
    assert [row[:2] for row in shown] == [row[:2] for row in by_band]
    for (_place, _count, customers, contribution), found in zip(shown, by_band, strict=True):
        assert customers == pytest.approx(float(found[2])) and contribution == pytest.approx(float(found[3]))
    assert sum(row.of_customers for row in bands) == pytest.approx(1) == sum(row.of_contribution for row in bands)
    assert "one published bank had 10% of its customers" in page.content.decode()
    for row in (*(one for one in bands if one.band.customers), steps[3], steps[-1]):
        assert listed(su, row.link) == (row.band.customers if hasattr(row, "band") else row.customers), row.link
    assert costs and all(listed(su, cost.link) == cost.customers for cost in costs)
    costing = [row for row in bands if row.band.below_cost]
    assert costing and all(listed(su, row.below_cost_link) == row.band.below_cost for row in costing)
    others = [line for name in ("tiers", "stages") for line in page.context[name] if line.url]
    of_sides = [link for row in page.context["sides"] for link in (row.link, row.mainly_link) if link]
    whole = len(bands) + len(costing) + len(steps) + len(costs) + len(others) + len(of_sides)
    assert unescape(page.content.decode()).count('href="/customers/?where=') == whole
