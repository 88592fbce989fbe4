"""From one customer to the next and back, in the list one came from, whatever its order, kind or search."""

from __future__ import annotations

import re
from itertools import pairwise
from urllib.parse import unquote

import pytest

from zhike.workspace.tests.books import one

HX = {"HX-Request": "true"}


def beside(client, party: int, token: str) -> dict[str, int]:
    """rel → customer, as the fragment shows them."""
    html = client.get(f"/customers/{party}/beside/", {"in": token}, headers=HX).content.decode()
    return {rel: int(key) for key, rel in re.findall(r'href="/customers/(\d+)/[^"]*"[^>]*data-zk-(previous|next)', html)}


def token_from(client, party: int, query: str) -> str:
    """The token on the page of a customer opened from the list at this address."""
    page = client.get(f"/customers/{party}/", headers={"Referer": f"http://testserver/customers/?{query}"}).content.decode()
    return unquote(re.findall(r'/beside/\?in=([^"&]+)"', page)[0])


@pytest.mark.parametrize(
    ("login", "query"),
    [
        ("gao", "view=all&sort=aum"),
        ("gao", "view=all&sort=name&order=desc"),
        ("gao", "view=all&sort=since&kind=company"),
        ("lin", "view=mine&sort=aum"),
        ("zhou", "view=all&sort=aum"),
        ("gao", "view=all&q=王"),
    ],
)
def test_walking_forward_and_back_passes_the_list_in_its_order(bank, people, as_person, login, query):
    client = as_person(login)
    listed = [row.party.id for row in client.get(f"/customers/?{query}").context["found"].rows][:7]
    token = token_from(client, listed[0], query)
    assert "previous" not in beside(client, listed[0], token)
    for here, following in pairwise(listed):
        assert beside(client, here, token)["next"] == following
        assert beside(client, following, token)["previous"] == here


def test_who_comes_from_elsewhere_or_forges_a_token_is_led_nowhere(bank, people, as_person):
    party = one(bank, "select min(id) from parties_party")
    client = as_person("gao")
    assert "/beside/" not in client.get(f"/customers/{party}/").content.decode()
    assert (
        "/beside/"
        not in client.get(f"/customers/{party}/", headers={"Referer": "http://elsewhere.example/customers/?view=all"}).content.decode()
    )
    assert beside(client, party, "forged") == {}


def test_the_way_back_is_the_list_as_it_was(bank, people, as_person):
    client = as_person("gao")
    query = "view=all&sort=name"
    page = client.get(f"/customers/?{query}").context["found"]
    address = f"{query}&after={page.page.next}"
    party = client.get(f"/customers/?{address}").context["found"].rows[0].party.id
    shown = client.get(f"/customers/{party}/", headers={"Referer": f"http://testserver/customers/?{address}"}).content.decode()
    assert f'href="/customers/?{address.replace("&", "&amp;")}"' in shown


def test_a_customer_who_has_left_the_list_has_no_neighbours_in_it(bank, people, as_person):
    client = as_person("gao")
    company = one(bank, "select min(id) from parties_party where kind = 'company'")
    token = token_from(client, company, "view=all&kind=individual")
    assert beside(client, company, token) == {}
