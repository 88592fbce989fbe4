"""A deletion is looked at, proposed by whoever answers for privacy, approved by somebody else, carried out by the worker; the letter says what stays."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from zhike.access.work import perform
from zhike.privacy import jobs
from zhike.testing.databases import Bank
from zhike.testing.people import PASSWORD, Somebody, add_to
from zhike.workspace.tests.books import one, rows

ENGLISH = {"accept-language": "en"}


def _in(bank: Bank, login: str, role: str) -> Client:
    add_to(bank, Somebody(login, login.title(), role))
    client = Client(headers=ENGLISH)
    assert client.post("/login/", {"login": login, "password": PASSWORD}).status_code == 302
    return client


@pytest.fixture
def officer(fresh_bank: Bank) -> Client:
    return _in(fresh_bank, "guo", "compliance_officer")


def _asked(bank: Bank, officer: Client, **form: str) -> tuple[int, int]:
    """A request to delete of somebody who has accounts: (customer, request)."""
    party = one(
        bank,
        "select p.id from parties_party p where p.source = 'zhike' and exists (select from holdings_account a where a.party_id = p.id and a.status <> 'closed') order by 1 limit 1",
    )
    taken = officer.post(
        f"/customers/{party}/privacy/new/", {"kind": "delete", "wanted": "forget me", "regime": "cn", "requester": "self", **form}
    )
    return party, int(taken["Location"].strip("/").split("/")[-1])


def _words(answer: Any) -> str:
    return str(answer.content.decode())


def test_it_is_proposed_approved_and_carried_out(fresh_bank: Bank, officer: Client) -> None:
    bank, gao = fresh_bank, _in(fresh_bank, "gao", "administrator")
    party, request = _asked(bank, officer)
    address = f"/privacy/{request}/deletion/"
    assert officer.get(address)["Location"] == f"/privacy/{request}/", "first it has to be sure who asks"
    officer.post(f"/privacy/{request}/", {"act": "identity", "how": "document"})
    assert address in _words(officer.get(f"/privacy/{request}/"))
    dry = _words(officer.get(address))
    assert "a dry run" in dry and "Documents" in dry and "ten years after their end" in dry
    assert officer.post(address, {"text": "done as far as the law allows", "why": ""}).status_code == 422
    waits = officer.post(address, {"text": "done as far as the law allows", "why": "she asked twice"})["Location"]
    assert waits.startswith("/approvals/")
    assert officer.post(f"{waits}approve/").status_code == 403
    name = one(bank, "select name from parties_party where id = %s", party)
    assert name not in str(rows(bank, "select words, asked from access_proposal"))
    assert gao.post(f"{waits}approve/").status_code == 302
    key = one(bank, "select max(id) from access_work where kind = 'privacy.deletion'")
    with bank.acting_as("job"):
        assert jobs.__doc__, "the worker finds what deletes in this module"
        perform(key)
    assert rows(bank, "select state, error from access_work where id = %s", key) == [("done", "")]
    state, outcome, answer = rows(bank, "select state, outcome, answer from privacy_request where id = %s", request)[0]
    assert (state, outcome["measure"], answer) == ("done", "part", "done as far as the law allows")
    page = _words(officer.get(f"/privacy/{request}/"))
    assert "Deletion carried out" in page and "ten years after their end" in page
    assert officer.get(f"/privacy/{request}/letters/answer/").status_code == 200
    told = rows(bank, "select login, party_id from access_auditentry where act = 'privacy.deleted'")
    assert told == [("guo", party)]
    bank.zhike("audit", "verify")


def test_a_legal_hold_leaves_nothing_to_propose(fresh_bank: Bank, officer: Client) -> None:
    bank = fresh_bank
    party, request = _asked(bank, officer)
    officer.post(f"/privacy/{request}/", {"act": "identity", "how": "document"})
    with bank.connected("job") as job:
        job.execute(
            "insert into parties_contactrestriction (party_id, kind, channel, reason, begins_at, by_name, lifted_name, made_by) values (%s, 'hold', '', 'court', now(), 'x', '', 'people')",
            [party],
        )
    page = officer.get(f"/privacy/{request}/deletion/")
    assert "Nothing may be deleted now" in _words(page) and 'name="why"' not in _words(page)
    assert officer.post(f"/privacy/{request}/deletion/", {"text": "x", "why": "y"}).status_code == 422


def test_only_who_answers_for_privacy_sees_the_dry_run_and_only_of_a_request_to_delete(fresh_bank: Bank, officer: Client) -> None:
    _party, request = _asked(fresh_bank, officer, kind="know")
    assert officer.get(f"/privacy/{request}/deletion/").status_code == 302
    _party, request = _asked(fresh_bank, officer)
    gao = _in(fresh_bank, "gao", "administrator")
    assert gao.get(f"/privacy/{request}/deletion/").status_code == 403
