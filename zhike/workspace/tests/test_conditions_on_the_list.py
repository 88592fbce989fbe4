"""The list narrowed by a condition: from the address, in chips, page after page, counted on demand, and refused in words."""

from __future__ import annotations

import json
import re
from typing import Any
from urllib.parse import quote

import pytest

from zhike.core.conditions.trees import LONGEST_STORED
from zhike.workspace.tests.books import rows
from zhike.workspace.tests.test_conditions_on_customers import check, whole
from zhike.workspace.tests.test_paging import LINKS, link, pages

RICH = {"all": [check("aum", "at_least", "50000"), check("kind", "in", ["individual"])]}


def address(node, **more: str) -> str:
    return "&".join([f"where={quote(json.dumps(whole(node)))}", *(f"{name}={quote(value)}" for name, value in more.items())])


@pytest.mark.parametrize("sort", ["aum", "name", "since"])
@pytest.mark.parametrize("order", ["asc", "desc"])
def test_every_page_of_a_narrowed_list_shows_exactly_those_who_fit(bank, people, as_person, sort, order):
    found = [key for page in pages(as_person("gao"), address(RICH, sort=sort, order=order)) for key in page]
    plain = """select p.id from parties_party p join holdings_summary s on s.party_id = p.id and s.place is not null where s.aum >= 50000 and p.kind = 'individual'"""
    assert len(found) == len(set(found)) and set(found) == {key for (key,) in rows(bank, plain)}


def test_who_holds_nothing_is_found_by_a_condition_that_does_not_ask_for_holdings(bank, people, as_person):
    node = {"all": [check("aum", "unknown")]}
    found = {key for page in pages(as_person("gao"), address(node, sort="aum")) for key in page}
    assert found == {
        key
        for (key,) in rows(
            bank, "select p.id from parties_party p where not exists (select 1 from holdings_summary s where s.party_id = p.id)"
        )
    }


@pytest.mark.parametrize("login", ["lin", "zhou", "gao"])
def test_the_condition_narrows_what_a_person_sees_and_nothing_else(bank, people, as_person, login):
    client = as_person(login)
    all_of_hers = {key for page in pages(client, "sort=name") for key in page}
    fits = {key for (key,) in rows(bank, "select id from parties_party where sex = 'female'")}
    assert {
        key for page in pages(client, address({"all": [check("sex", "in", ["female"])]}, sort="aum")) for key in page
    } == all_of_hers & fits


def test_each_line_is_a_chip_that_can_be_taken_away(bank, people, as_person):
    page = as_person("gao").get(f"/customers/?{address(RICH)}").content.decode()
    assert "End-of-day AUM at least 50,000" in page and "Kind: Individual" in page
    rest = re.findall(r'href="(\?[^"]*where=[^"]*)" aria-label="Remove: End-of-day AUM', page)
    assert len(rest) == 1 and "aum" not in rest[0] and "individual" in rest[0]
    last = as_person("gao").get(f"/customers/?{address({'all': [RICH['all'][0]]})}").content.decode()
    assert re.search(r'href="\?(?!where)[^"]*" aria-label="Remove', last)


def test_a_condition_holds_with_search_and_with_kind_and_status(bank, people, as_person):
    client = as_person("gao")
    women = {"all": [check("sex", "in", ["female"])]}
    searched = {int(key) for key in LINKS.findall(client.get(f"/customers/?{address(women, q='王')}").content.decode())}
    everybody = {int(key) for key in LINKS.findall(client.get("/customers/?q=王").content.decode())}
    assert searched and searched < everybody
    assert not LINKS.findall(client.get(f"/customers/?{address(women, kind='company')}").content.decode())


def test_a_count_comes_when_it_is_asked_for(bank, people, as_person):
    client = as_person("gao")
    count = len([key for page in pages(client, address(RICH)) for key in page])
    assert f"{count:,} in all" in client.get(f"/customers/count/?{address(RICH)}").content.decode()
    assert "customers/count/" in client.get("/customers/").content.decode()


def test_while_it_is_made_it_is_said_in_words_and_counted_line_by_line(bank, people, as_person):
    client = as_person("gao")
    told = client.post("/customers/conditions/read/", {"where": json.dumps(whole(RICH))}, headers={"Accept-Language": "zh-hans"}).json()
    assert told["said"] == "时点 AUM 不少于 5 万，且类型：个人" and told["problems"] == []
    everybody, rich, both = (int(step.replace(",", "")) for step in told["steps"])
    assert everybody > rich >= both > 0
    hers = as_person("lin").post("/customers/conditions/read/", {"where": json.dumps(whole(RICH))}).json()["steps"]
    assert int(hers[0]) < everybody


def test_what_is_wrong_is_said_beside_its_row(bank, people, as_person):
    node = {"all": [check("sex", "in", ["female"]), {"any": [check("aum", "at_least", "much"), check("at", "in", "today")]}]}
    told = as_person("gao").post("/customers/conditions/read/", {"where": json.dumps(whole(node))}).json()
    assert [problem["at"] for problem in told["problems"]] == ["1.0", "1.1"]
    assert told["problems"][0]["text"].endswith("write a number, such as 500000 or 0.5")


@pytest.mark.parametrize(
    "text",
    ["", "{", "[]", '{"version": 2, "where": {"all": []}}', '{"version": 1, "where": {"all": [1]}}', '{"version": 1, "where": {"field": "nope", "op": "is"}}',
     '{"version": 1, "where": {"all": []}, "more": 1}', "[" * 30000, '"' + "x" * LONGEST_STORED],
)  # fmt: skip
def test_a_link_that_was_cut_or_forged_is_answered_in_words(bank, people, as_person, text):
    client = as_person("lin")
    assert client.post("/customers/conditions/read/", {"where": text}).json()["problems"]
    if text:
        page = client.get("/customers/", {"where": text})
        assert (
            page.status_code == 200
            and "This condition cannot be used as it stands" in page.content.decode()
            and not LINKS.findall(page.content.decode())
        )


def test_a_condition_over_what_she_may_not_read_shows_nobody_and_names_the_right(bank, people, as_person):
    page = (
        as_person("su")
        .get(f"/customers/?{address({'all': [check('id_expires', 'within_next', {'n': 60, 'unit': 'days'})]})}")
        .content.decode()
    )
    assert "needs the right “contacts.read”" in page and not LINKS.findall(page)


def test_the_editor_offers_each_only_what_she_may_ask(bank, people, as_person):
    def names(login: str) -> set[str]:
        page = as_person(login).get("/customers/conditions/").content.decode()
        (told,) = re.findall(r'id="zk-conditions-about"[^>]*>(.*?)</script>', page, re.DOTALL)
        about = json.loads(told)
        return {one["name"] for one in about["catalogues"]["c0"]["fields"]}

    assert "id_expires" in names("lin") and "id_expires" not in names("su") and {"aum", "name"} <= names("su")


def test_managers_are_offered_by_what_is_typed(bank, people, as_person):
    def offered(**asked: str) -> Any:
        return as_person("gao").get("/customers/conditions/choices/", {"field": "rm", **asked}).json()["choices"]

    number = people["lin"].staff_no
    (found,) = offered(q=number.lower())
    assert found[1].endswith(number)
    assert offered(key=found[0]) == [found]
    assert offered(field="rm", has="household_member", q=number.lower()) == [found]
    assert as_person("gao").get("/customers/conditions/choices/", {"field": "nope"}).json()["choices"] == []


def test_a_question_that_takes_too_long_is_given_up_with_advice(bank, people, as_person, monkeypatch):
    monkeypatch.setattr("zhike.workspace.conditions.SECONDS", 0.001)
    slow = {"all": [{"has": "relative", "at_least": 9000, "where": {"all": [{"has": "posting", "at_least": 9000, "where": {"all": []}}]}}]}
    page = as_person("gao").get(f"/customers/?{address(slow)}")
    assert page.status_code == 200 and "Too many customers would have to be looked through" in page.content.decode()


def test_the_next_page_keeps_the_condition(bank, people, as_person):
    client = as_person("gao")
    page = client.get(f"/customers/?{address({'all': [check('kind', 'in', ['individual'])]})}").content.decode()
    assert "where=" in link(page, "next") and "after=" in link(page, "next")


def test_a_saved_view_keeps_its_condition_until_it_is_taken_away(bank, people, as_person):
    client = as_person("gao")
    women = {"all": [check("sex", "in", ["female"])]}
    client.post("/customers/views/save/", {"name": "Women", "shared": "own", "view": "all", "where": json.dumps(whole(women))})
    saved = re.search(r'href="\?view=(\d+)"[^>]*>Women', client.get("/customers/").content.decode())
    assert saved
    page = client.get(f"/customers/?view={saved[1]}").content.decode()
    assert "Sex: Female" in page
    fits = {key for (key,) in rows(bank, "select id from parties_party where sex = 'female'")}
    assert {key for page in pages(client, f"view={saved[1]}&sort=name") for key in page} == fits
    (without,) = re.findall(r'href="(\?[^"]*)" aria-label="Remove: Sex', page)
    assert "Sex: Female" not in client.get(f"/customers/{without.replace('&amp;', '&')}").content.decode()
