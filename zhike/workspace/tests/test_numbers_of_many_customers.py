"""Telephones of many customers in clear leave the house only by two people, with a reason, an entry for each customer, and a limit by the day (R30)."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import override_settings

from zhike.access.work import perform
from zhike.workspace import jobs
from zhike.workspace.tests.books import book_of, one, rows

OPENED = "select count(*) from access_auditentry where act = 'contacts.revealed' and login = 'lin'"


@pytest.fixture
def chosen(bank: Any, people: Any) -> list[int]:
    """Three customers of 林知远's of whom a telephone is known."""
    known = {
        key for (key,) in rows(bank, "select party_id from parties_contactpoint where kind = 'mobile' and valid_to is null and is_valid")
    }
    return [key for key, *_ in book_of(bank, people, "lin") if key in known][:3]


@pytest.fixture(autouse=True)
def no_proposals_are_left(bank: Any) -> Any:
    yield
    with bank.connected("job") as job:
        job.execute("delete from access_proposalstep")
        job.execute("delete from access_proposal")


def _form(chosen: list[int], **more: str) -> dict[str, Any]:
    return {"form": "csv", "view": "mine", "ids": ",".join(map(str, chosen)), "reveal": "phone", **more}


def _made(bank: Any, lin: Any, zhou: Any, chosen: list[int]) -> int:
    waits = lin.post("/customers/export/", _form(chosen, why="letters about the branch moving"))
    assert waits.status_code == 302 and waits["Location"].startswith("/approvals/")
    assert lin.post(f"{waits['Location']}approve/").status_code == 403
    assert zhou.post(f"{waits['Location']}approve/").status_code == 302
    key = int(
        one(
            bank,
            "select max(w.id) from access_work w join access_person p on p.id = w.person_id where p.login = 'lin' and w.kind = 'reveals.bulk'",
        )
    )
    with bank.acting_as("job"):
        assert jobs.__doc__, "the worker finds what makes files in this module"
        perform(key)
    return key


def test_without_a_reason_nothing_waits_and_without_a_second_person_nothing_is_opened(bank: Any, as_person: Any, chosen: list[int]) -> None:
    lin, before = as_person("lin"), one(bank, OPENED)
    assert lin.post("/customers/export/", _form(chosen)).status_code == 422
    lin.post("/customers/export/", _form(chosen, why="letters"))
    assert one(bank, OPENED) == before
    assert as_person("su").post("/customers/export/", {**_form(chosen, why="letters"), "view": "all"}).status_code == 403, (
        "an analyst opens no numbers"
    )


def test_the_approved_file_holds_the_numbers_and_leaves_an_entry_for_each_customer(bank: Any, as_person: Any, chosen: list[int]) -> None:
    lin, zhou, before = as_person("lin"), as_person("zhou"), one(bank, OPENED)
    key = _made(bank, lin, zhou, chosen)
    file = lin.get(f"/customers/exports/{key}/")
    assert file.status_code == 200 and zhou.get(f"/customers/exports/{key}/").status_code == 404
    text = b"".join(file.streaming_content).decode("utf-8-sig")
    assert "ZK-" in text and "•" not in text and text.count("\n") >= 4
    assert one(bank, OPENED) == before + 3
    opened = rows(
        bank, "select party_id, reason from access_auditentry where act = 'contacts.revealed' and login = 'lin' order by id desc limit 3"
    )
    assert {party for party, _why in opened} == set(chosen) and all(why.startswith("approval ") for _party, why in opened)
    assert one(bank, "select max(id) from access_auditentry where act = 'customers.revealed_many'")


def test_one_person_gets_no_more_than_the_limit_of_a_day(bank: Any, as_person: Any, chosen: list[int]) -> None:
    lin, zhou = as_person("lin"), as_person("zhou")
    lately = one(bank, OPENED + " and starts_with(reason, 'approval ') and at > now() - interval '1 day'")
    with override_settings(BULK_REVEALS_A_DAY=2):
        refused = lin.post("/customers/export/", _form(chosen, why="letters"))
        assert refused.status_code == 302 and refused["Location"].startswith("/customers/")
    with override_settings(BULK_REVEALS_A_DAY=max(3, lately)):
        key = _made(bank, lin, zhou, chosen)
    state, error = rows(bank, "select state, error from access_work where id = %s", key)[0]
    assert (state == "failed" and error) or lately == 0
