"""Tags: typed on a customer's page, put on many at once, renamed, merged and retired for the whole bank."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from zhike.access.models import Person
from zhike.access.scope import NOBODY, Viewer, Where, entered, viewer_for
from zhike.parties import tagging, tags
from zhike.workspace.tests.books import book_of, one, rows

HX = {"HX-Request": "true"}
AT = datetime(2026, 11, 22, 2, tzinfo=UTC)


def viewer_of(login: str) -> Viewer:
    with entered(NOBODY):
        return viewer_for(Person.objects.select_related("employee__unit").get(login=login))


def book(bank: Any, people: Any, login: str) -> list[int]:
    return [key for key, *_rest in book_of(bank, people, login)]


def tag_it(client: Any, customer: int, name: str) -> Any:
    return client.post(f"/customers/{customer}/tags/", {"tag": name}, headers=HX)


def test_a_tag_is_made_by_typing_it_and_everybody_who_sees_the_customer_sees_it(bank, people, as_person):
    customer = book(bank, people, "lin")[0]
    assert "企业主" in tag_it(as_person("lin"), customer, "  企业主 ").content.decode()
    assert "企业主" in as_person("zhou").get(f"/customers/{customer}/tags/").content.decode()
    assert as_person("chen").get(f"/customers/{customer}/tags/").status_code == 404
    assert tag_it(as_person("su"), customer, "不行").status_code == 403


def test_the_same_word_is_one_tag_whatever_its_capitals(bank, people, as_person):
    lin, (first, second, *_rest) = as_person("lin"), book(bank, people, "lin")
    tag_it(lin, first, "Golf Club")
    tag_it(lin, second, "golf  club")
    tag_it(lin, second, "GOLF CLUB")
    assert one(bank, "select count(*) from parties_tag where lower(name) = 'golf club'") == 1
    assert one(bank, "select count(*) from parties_tagging g join parties_tag t on t.id = g.tag_id where lower(t.name) = 'golf club'") == 2


def test_a_tag_is_taken_away_again(bank, people, as_person):
    lin, customer = as_person("lin"), book(bank, people, "lin")[0]
    tag_it(lin, customer, "短期")
    key = one(bank, "select id from parties_tag where name = '短期'")
    assert "短期" not in lin.post(f"/customers/{customer}/tags/", {"away": key}, headers=HX).content.decode().split("<datalist")[0]
    assert one(bank, "select count(*) from parties_tagging where tag_id = %s", key) == 0


@pytest.mark.parametrize("name", ["", "x" * 41, "6222021234567890128"])
def test_what_is_no_tag_is_refused_and_stays_in_the_field(bank, people, as_person, name):
    answer = tag_it(as_person("lin"), book(bank, people, "lin")[0], name)
    assert answer.status_code == 422 and name in answer.content.decode()


def test_many_are_tagged_at_once_only_those_she_sees_and_it_can_be_undone(bank, people):
    lin, hers, theirs = viewer_of("lin"), book(bank, people, "lin"), book(bank, people, "chen")
    with entered(lin):
        done = tagging.tag_parties(actor=lin, at=AT, chosen=[*hers, *theirs], name="年终回访")
        assert set(done.party_ids) == set(hers)
        assert tagging.tag_parties(actor=lin, at=AT, chosen=hers, name="年终回访").party_ids == []
    with entered(lin):
        by_condition = tagging.tag_parties(actor=lin, at=AT, chosen=Where("p.kind = %(kind)s", {"kind": "individual"}), name="个人")
        assert set(hers) <= set(by_condition.party_ids) and not set(theirs) & set(by_condition.party_ids)
        assert set(tagging.undo_tagging(actor=lin, at=AT, done=done).party_ids) == set(hers)
        assert {"个人"} == {tag.name for tag in tags.tags_of(lin, hers)[hers[-1]]}
    entries = rows(bank, "select after ->> 'count' from access_auditentry where act = 'parties.tagged' and after ->> 'tag' = '年终回访'")
    assert entries == [(str(len(hers)),)], "one entry for all of them, none for nothing"


def test_an_administrator_merges_two_tags_into_one_and_retires_one_with_its_customers(bank, people, as_person):
    lin, gao, (first, second, *_rest) = as_person("lin"), as_person("gao"), book(bank, people, "lin")
    tag_it(lin, first, "高净值")
    tag_it(lin, first, "高资产")
    tag_it(lin, second, "高资产")
    old, kept = (one(bank, "select id from parties_tag where name = %s", name) for name in ("高资产", "高净值"))
    assert gao.post(f"/tags/{old}/", {"act": "merge", "into": kept}).status_code == 302
    assert {row[0] for row in rows(bank, "select party_id from parties_tagging where tag_id = %s", kept)} == {first, second}
    assert gao.post(f"/tags/{kept}/", {"act": "retire"}).status_code == 302
    assert "高净值" not in lin.get(f"/customers/{first}/tags/").content.decode()
    assert gao.post(f"/tags/{kept}/", {"act": "return"}).status_code == 302
    assert "高净值" in lin.get(f"/customers/{first}/tags/").content.decode()


def test_a_tag_does_not_get_the_name_of_another(bank, people, as_person):
    lin, customer = as_person("lin"), book(bank, people, "lin")[0]
    tag_it(lin, customer, "甲")
    tag_it(lin, customer, "乙")
    answer = as_person("gao").post(
        f"/tags/{one(bank, 'select id from parties_tag where name = %s', '乙')}/", {"act": "save", "name": "甲", "colour": "c2"}
    )
    assert answer.status_code == 422
    assert lin.get("/tags/").status_code == 403
