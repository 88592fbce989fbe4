"""Protected values stand masked on pages; who may, sees one for a purpose, and it is recorded."""

from __future__ import annotations

import re

import pytest

from zhike.access.scope import Viewer
from zhike.workspace.asking import asked_of, sorts_of
from zhike.workspace.tests.books import book_of, one, only_in_book_of, rows


def token_of(bank, party: int) -> str:
    """The token of a customer's main mobile, as the page carries it."""
    return str(
        one(
            bank,
            "select encode(value_digest, 'hex') from parties_contactpoint where party_id = %s and kind = 'mobile' and valid_to is null",
            party,
        )
    )


def test_a_manager_sees_masks_with_four_dots(bank, people, as_person):
    party = book_of(bank, people, "lin")[0][0]
    page = as_person("lin").get(f"/customers/{party}/contact/").content.decode()
    assert re.search(r"1\d\d••••\d{4}", page)
    assert not re.search(r"\b1\d{10}\b", page)


def test_an_analyst_gets_no_contact_details_not_even_masked(bank, people, as_person):
    party = book_of(bank, people, "lin")[0][0]
    client = as_person("su")
    assert client.get(f"/customers/{party}/contact/").status_code == 403
    for path in (f"/customers/{party}/", "/customers/"):
        page = client.get(path).content.decode()
        assert "1" in page and not re.search(r"1\d\d••••\d{4}", page)


def test_an_analyst_does_not_find_a_customer_by_phone(bank, people, as_person):
    party = book_of(bank, people, "lin")[0][0]
    masked = one(bank, "select value_masked from parties_contactpoint where party_id = %s and kind = 'mobile' and valid_to is null", party)
    assert f'/customers/{party}/"' in as_person("he").get("/customers/", {"q": masked[-4:]}).content.decode()
    assert f'/customers/{party}/"' not in as_person("su").get("/customers/", {"q": masked[-4:]}).content.decode()


def test_an_agent_may_reveal_a_phone_and_it_is_recorded_with_its_purpose(bank, people, as_person):
    party = book_of(bank, people, "lin")[0][0]
    before = one(bank, "select count(*) from access_auditentry where act = 'contacts.revealed' and party_id = %s", party)
    answer = as_person("he").post(f"/customers/{party}/reveal/", {"token": token_of(bank, party), "purpose": "verify"})
    masked = one(bank, "select value_masked from parties_contactpoint where party_id = %s and kind = 'mobile' and valid_to is null", party)
    assert answer.status_code == 200 and "no-store" in answer["Cache-Control"]
    assert re.fullmatch(r"1\d{10}", answer.content.decode()) and answer.content.decode()[-4:] == masked[-4:]
    entries = rows(bank, "select login, reason from access_auditentry where act = 'contacts.revealed' and party_id = %s order by id", party)
    assert len(entries) == before + 1 and entries[-1] == ("he", "verify")


@pytest.mark.parametrize(("login", "status"), [("lin", 200), ("su", 403), ("gao", 403), ("chen", 404)])
def test_who_may_reveal(bank, people, as_person, login, status):
    party = only_in_book_of(bank, people, "lin", not_of="chen")[0]
    given = {"token": token_of(bank, party), "purpose": "contact"}
    assert as_person(login).post(f"/customers/{party}/reveal/", given).status_code == status


def test_nothing_is_revealed_without_a_purpose_or_with_somebody_elses_token(bank, people, as_person):
    (party, *_), (other, *_) = book_of(bank, people, "lin")[:2]
    client = as_person("lin")
    assert client.post(f"/customers/{party}/reveal/", {"token": token_of(bank, party), "purpose": "curiosity"}).status_code == 400
    assert client.post(f"/customers/{party}/reveal/", {"token": token_of(bank, other), "purpose": "contact"}).status_code == 404
    assert client.post(f"/customers/{party}/reveal/", {"token": "zz", "purpose": "contact"}).status_code == 404
    assert client.get(f"/customers/{party}/reveal/").status_code == 405


def test_who_may_not_see_amounts_cannot_put_customers_in_their_order():
    teller = Viewer(None, "teller", "", "teller", "bank", (), permissions=frozenset({"customers.read"}))
    assert asked_of(teller, {"sort": "aum"}, ["all"], None, {}).sort == "name"
    assert "aum" not in sorts_of(teller)
