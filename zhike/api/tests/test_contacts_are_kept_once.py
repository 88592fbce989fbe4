"""A contact that a program keeps is kept once, however often it is sent."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.utils import timezone

from zhike.api.actions import clear_kept
from zhike.api.tests.asking import program_of
from zhike.testing.databases import Bank
from zhike.testing.people import Cast
from zhike.workspace.tests.books import book_of, rows

CALL = {"channel": "phone", "direction": "out", "purpose": "maturity", "subject": "三年期到期"}


def ours(bank: Bank, people: Cast) -> int:
    return book_of(bank, people, "lin")[0][0]


def kept(bank: Bank, party: int) -> list[tuple[Any, ...]]:
    return rows(
        bank, f"select id, employee_id, subject from engagement_interaction where party_id = {party} and source = 'zhike' order by id"
    )


def test_a_contact_is_kept_in_the_persons_name_with_an_entry_and_an_event(bank, people):
    party, program = ours(bank, people), program_of(bank, "lin")
    answer = program.post(f"/customers/{party}/interactions", CALL, **{"Idempotency-Key": "first-contact-1"})
    assert answer.status_code == 201, answer.content
    key = answer.json()["id"]
    assert answer["Location"] == f"/api/v1/interactions/{key}"
    assert program.get(f"/interactions/{key}").json() == answer.json()
    assert answer.json()["employee"], "the employee is 林知远's record"
    entry = rows(bank, "select login, act, party_id from access_auditentry order by id desc limit 1")
    assert entry == [("lin", "engagement.interaction_recorded", party)]
    event = rows(bank, "select name, payload, party_id from core_event order by id desc limit 1")[0]
    assert event == ("engagement.InteractionRecorded", {"interaction_id": key, "party_id": party, "channel": "phone"}, party)
    assert program.get(f"/customers/{party}/interactions").json()["data"][0]["id"] == key


def test_the_same_request_again_makes_nothing_new(bank, people):
    party, program = ours(bank, people), program_of(bank, "lin")
    before = len(kept(bank, party))
    answers = [program.post(f"/customers/{party}/interactions", CALL, **{"Idempotency-Key": "again-and-again"}) for _ in range(3)]
    assert [answer["Idempotency-Replayed"] for answer in answers] == ["false", "true", "true"]
    assert len({answer.json()["id"] for answer in answers}) == 1
    assert len(kept(bank, party)) == before + 1


def test_another_body_under_the_same_key_is_refused(bank, people):
    party, program = ours(bank, people), program_of(bank, "lin")
    key = {"Idempotency-Key": "one-key-two-bodies"}
    assert program.post(f"/customers/{party}/interactions", CALL, **key).status_code == 201
    refused = program.post(f"/customers/{party}/interactions", CALL | {"subject": "别的"}, **key)
    assert (refused.status_code, refused.json()["type"]) == (422, "/api/docs/#key-used")
    assert program_of(bank, "lin").post(f"/customers/{party}/interactions", CALL, **key).status_code == 201, (
        "another token's key is another"
    )


def test_what_was_refused_leaves_its_key_free(bank, people):
    party, program = ours(bank, people), program_of(bank, "lin")
    key, later = {"Idempotency-Key": "refused-at-first"}, (timezone.now() + timedelta(days=1)).isoformat()
    refused = program.post(f"/customers/{party}/interactions", CALL | {"at": later}, **key)
    assert (refused.status_code, refused.json()["errors"][0]["pointer"]) == (422, "#/at")
    assert program.post(f"/customers/{party}/interactions", CALL, **key).status_code == 201


def test_after_a_day_a_key_may_be_used_again(bank, people):
    party, program = ours(bank, people), program_of(bank, "lin")
    key = {"Idempotency-Key": "yesterday"}
    first = program.post(f"/customers/{party}/interactions", CALL, **key).json()["id"]
    with bank.connected("job") as job:
        job.execute("update api_kept set at = at - interval '25 hours' where key = 'yesterday'")
    assert program.post(f"/customers/{party}/interactions", CALL, **key).json()["id"] != first
    with bank.connected("job") as job:
        job.execute("update api_kept set at = at - interval '25 hours' where key = 'yesterday'")
    with bank.acting_as("job"):
        assert clear_kept(at=timezone.now()) >= 1


def test_who_does_not_look_after_the_customer_keeps_nothing(bank, people):
    party, key = ours(bank, people), {"Idempotency-Key": "not-my-customer"}
    before = kept(bank, party)
    assert program_of(bank, "chen").post(f"/customers/{party}/interactions", CALL, **key).status_code == 404
    assert program_of(bank, "su").post(f"/customers/{party}/interactions", CALL, **key).status_code == 403
    missing = program_of(bank, "lin").post(f"/customers/{party}/interactions", CALL)
    assert (missing.status_code, missing.json()["errors"][0]["header"]) == (422, "Idempotency-Key")
    assert kept(bank, party) == before


def test_the_database_itself_refuses_a_contact_in_another_systems_name(bank, people):
    party = ours(bank, people)
    program = program_of(bank, "lin")
    assert (
        program.post(f"/customers/{party}/interactions", CALL | {"source": "core"}, **{"Idempotency-Key": "another-source"}).status_code
        == 422
    )
    assert {source for (source,) in rows(bank, "select distinct source from engagement_interaction where batch_id = 0")} <= {"zhike"}
