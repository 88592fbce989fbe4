"""What people add themselves: prospects in their own book, relations seen from both sides, and days on which they end."""

from __future__ import annotations

from typing import Any

import pytest

from zhike.workspace.tests.books import book_of, one, rows

HX = {"HX-Request": "true"}


def add(client: Any, **more: str) -> Any:
    return client.post("/prospects/new/", {"kind": "individual", "name": "欧阳新雨", "mobile": "13877770001", **more})


def key_of(answer: Any) -> int:
    return int(answer["Location"].strip("/").split("/")[-1])


def test_a_prospect_stands_in_her_managers_book_at_once_found_by_name_and_phone(bank, people, as_person):
    lin = as_person("lin")
    key = key_of(add(lin, lead_source="沙龙"))
    page = lin.get(f"/customers/{key}/").content.decode()
    assert "欧阳新雨" in page and "138••••0001" in page and "13877770001" not in page
    for words in ("欧阳新雨", "ouyang", "13877770001", "0001"):
        assert f"/customers/{key}/" in lin.get("/customers/", {"q": words}).content.decode(), words
    assert as_person("chen").get(f"/customers/{key}/").status_code == 404
    assert as_person("zhou").get(f"/customers/{key}/").status_code == 200
    (found,) = rows(bank, "select status, source, main_rm_id = any(rm_ids) from parties_party where id = %s", key)
    assert found == ("prospect", "own", True)


def test_a_prospects_page_says_what_to_do_instead_of_showing_empty_figures(bank, people, as_person):
    lin = as_person("lin")
    key = key_of(add(lin, name="来日方长", mobile=""))
    page = lin.get(f"/customers/{key}/").content.decode()
    assert "Write down the first talk" in page and f"/prospects/{key}/" in page and "zk-figures" not in page
    assert not any(f"panel-{name}" in page for name in ("holdings", "flows", "balances", "transactions"))
    assert all(f'id="panel-{name}"' in page for name in ("notes", "relations", "known", "contact", "timeline", "profile"))
    customer, _name, _number = book_of(bank, people, "lin")[0]
    assert 'id="panel-holdings"' in lin.get(f"/customers/{customer}/").content.decode()


@pytest.mark.parametrize(
    ("wrong", "at"), [({"name": " "}, "name"), ({"birth_date": "2030-02-30"}, "birth_date"), ({"name": "6222021234567890128"}, "name")]
)
def test_what_is_no_prospect_stays_in_the_form(bank, people, as_person, wrong, at):
    answer = add(as_person("lin"), **wrong)
    assert answer.status_code == 422 and f"prospect-{at}-error" in answer.content.decode()


def test_whoever_looks_like_somebody_known_is_said_before_she_is_added_twice(bank, people, as_person):
    lin, (key, name, _number) = as_person("lin"), book_of(bank, people, "lin")[0]
    said = lin.get("/prospects/alike/", {"name": name}).content.decode()
    assert f"/customers/{key}/" in said
    theirs = book_of(bank, people, "chen")[0]
    assert f"/customers/{theirs[0]}/" not in lin.get("/prospects/alike/", {"name": theirs[1]}).content.decode(), (
        "another's customer is not told of"
    )
    assert lin.get("/prospects/alike/", {"name": "没有这个人"}).content.decode().strip() == ""


def test_a_prospect_is_changed_wholly_and_a_customer_of_the_bank_not(bank, people, as_person):
    lin = as_person("lin")
    key = key_of(add(lin, name="待改名"))
    assert lin.post(f"/prospects/{key}/", {"name": "已改名", "occupation": "教师", "mobile": ""}).status_code == 302
    assert rows(bank, "select name, occupation from parties_party where id = %s", key) == [("已改名", "教师")]
    assert one(bank, "select value_masked from parties_contactpoint where party_id = %s", key) == "138••••0001", (
        "a blank phone leaves the one there is"
    )
    theirs = book_of(bank, people, "lin")[0][0]
    assert lin.post(f"/prospects/{theirs}/", {"name": "x"}).status_code == 404
    assert as_person("su").post("/prospects/new/", {"kind": "individual", "name": "x"}).status_code == 403


def declare(client: Any, customer: int, other: int, **more: str) -> Any:
    return client.post(f"/customers/{customer}/relations/new/", {"other": str(other), "type": "friend", **more}, headers=HX)


def shown(client: Any, customer: int) -> str:
    return str(client.get(f"/customers/{customer}/relations/").content.decode())


def test_a_declared_relation_is_seen_from_both_sides_in_list_and_graph_until_it_ends(bank, people, as_person):
    lin, (one_, other, *_rest) = as_person("lin"), book_of(bank, people, "lin")
    assert declare(lin, one_[0], other[0], type="referrer").status_code == 204
    assert other[1] in shown(lin, one_[0]) and one_[1] in shown(lin, other[0])
    assert other[1] in lin.get(f"/customers/{one_[0]}/graph/").content.decode()
    own = one(bank, "select id from parties_relationship where source = 'own' and party_id = %s and type = 'referrer'", one_[0])
    assert lin.post(f"/customers/{one_[0]}/relations/{own}/", {"act": "end", "to_date": "2026-01-02"}, headers=HX).status_code == 204
    assert other[1] not in shown(lin, one_[0]).split('id="relations-graph"')[0]
    assert other[1] not in lin.get(f"/customers/{one_[0]}/graph/", {"steps": "1"}).content.decode()


def test_what_is_no_relation_is_refused(bank, people, as_person):
    lin, hers = as_person("lin"), book_of(bank, people, "lin")
    theirs = book_of(bank, people, "chen")[0][0]
    first, second = hers[2][0], hers[3][0]
    assert declare(lin, first, first).status_code == 422
    assert declare(lin, first, theirs).status_code == 422, "nobody is linked to whom she does not see"
    assert declare(lin, first, second, type="rival").status_code == 422
    assert declare(lin, first, second, from_date="2026-05-01", to_date="2026-04-01").status_code == 422
    assert declare(lin, first, second).status_code == 204
    assert declare(lin, first, second).status_code == 422
    assert declare(as_person("chen"), first, theirs).status_code == 404


def test_a_relation_whose_day_has_passed_is_no_longer_listed(bank, people, as_person):
    lin, hers = as_person("lin"), book_of(bank, people, "lin")
    first, other = hers[4], hers[5]
    assert declare(lin, first[0], other[0], from_date="2020-01-01", to_date="2021-01-01").status_code == 204
    assert other[1] not in shown(lin, first[0]).split('id="relations-graph"')[0]


def test_a_relation_that_a_source_tells_is_not_deleted_here(bank, people, as_person):
    gao = rows(bank, "select party_id, id from parties_relationship where source <> 'own' limit 1")[0]
    assert as_person("he").post(f"/customers/{gao[0]}/relations/{gao[1]}/", {"act": "delete"}, headers=HX).status_code == 404
