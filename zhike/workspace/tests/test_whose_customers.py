"""A manager sees her own customers on every page; a colleague's are not there at all."""

from __future__ import annotations

import pytest

from zhike.parties.models import ContactPoint
from zhike.workspace.tests.books import book_of, one, only_in_book_of

FRAGMENTS = (
    "",
    "profile/",
    "contact/",
    "relations/",
    "changes/",
    "holdings/",
    "balances/",
    "flows/",
    "transactions/",
    "timeline/",
    "notes/",
    "known/",
)


@pytest.mark.parametrize("fragment", FRAGMENTS)
def test_she_sees_every_part_of_her_own_customer_and_a_colleague_of_another_outlet_none(bank, people, as_person, fragment):
    party, _name, _number = only_in_book_of(bank, people, "lin", not_of="chen")
    assert as_person("lin").get(f"/customers/{party}/{fragment}").status_code == 200
    assert as_person("chen").get(f"/customers/{party}/{fragment}").status_code == 404


def test_the_list_holds_her_book_and_never_a_colleagues_customer(bank, people, as_person):
    hers, theirs = (only_in_book_of(bank, people, a, not_of=b) for a, b in (("lin", "chen"), ("chen", "lin")))
    page = as_person("lin").get("/customers/").content.decode()
    assert f'/customers/{hers[0]}/"' in page
    assert f'/customers/{theirs[0]}/"' not in page


@pytest.mark.parametrize("what", ["name", "number", "beginning of the number", "phone"])
def test_she_finds_her_customer_by_name_number_and_phone_and_her_colleague_does_not(bank, people, as_person, what):
    party, name, number = only_in_book_of(bank, people, "lin", not_of="chen")
    masked = one(bank, "select value_masked from parties_contactpoint where party_id = %s and kind = 'mobile' and valid_to is null", party)
    words = {"name": name, "number": number, "beginning of the number": number[:-1], "phone": masked[-4:]}[what]
    found = as_person("lin").get("/customers/", {"q": words}, headers={"HX-Request": "true"})
    assert f'/customers/{party}/"' in found.content.decode()
    assert b"<html" not in found.content
    assert f'/customers/{party}/"' not in as_person("chen").get("/customers/", {"q": words}).content.decode()


def test_a_search_without_a_hit_says_what_else_to_try(bank, people, as_person):
    page = as_person("lin").get("/customers/", {"q": "qqqxyz"}, headers={"Accept-Language": "zh-hans"}).content.decode()
    assert "没有找到「qqqxyz」" in page and "拼音首字母" in page


def test_her_manager_sees_the_outlet_and_the_administrator_the_bank(bank, people, as_person):
    party = only_in_book_of(bank, people, "lin", not_of="chen")[0]
    theirs = only_in_book_of(bank, people, "chen", not_of="lin")[0]
    assert [as_person("zhou").get(f"/customers/{p}/").status_code for p in (party, theirs)] == [200, 404]
    assert [as_person("gao").get(f"/customers/{p}/").status_code for p in (party, theirs)] == [200, 200]


def test_who_has_not_logged_in_is_asked_to(bank, people, as_person):
    party = book_of(bank, people, "lin")[0][0]
    for path in ("/", "/customers/", f"/customers/{party}/", f"/customers/{party}/holdings/"):
        assert as_person("wu").get(path).url.startswith("/login/")


def test_a_relative_outside_her_scope_is_counted_and_not_named(bank, people, as_person):
    pairs = """select r.party_id, other.name from parties_relationship r join parties_party p on p.id = r.party_id
               join parties_party other on other.id = r.to_party_id join access_employee e on e.staff_no = %s
               where r.valid_to is null and e.id = any(p.rm_ids) and not e.id = any(other.rm_ids)
               and not exists (select 1 from parties_groupmember a join parties_groupmember b using (source, group_key)
                               where a.party_id = p.id and b.party_id = other.id)"""
    with bank.connected("job") as connection:
        found = connection.execute(pairs, [people["lin"].staff_no]).fetchone()
    assert found is not None, "the sample bank of the tests has nobody in her book with a relative elsewhere"
    page = as_person("lin").get(f"/customers/{found[0]}/relations/").content.decode()
    assert found[1] not in page and "not among the customers you see" in page


def test_tables_with_customers_refuse_to_answer_nobody():
    with pytest.raises(Exception, match="seen_by"):
        ContactPoint.objects.all()
