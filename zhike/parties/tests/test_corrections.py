"""What a source has wrong is asked of it, shown until it confirms, never written over (decision 2)."""

from __future__ import annotations

import csv
import json
from typing import Any

import pytest
from django.db import connection, transaction
from django.utils import timezone

from zhike.access.sealing import digest_of
from zhike.parties.merging import confirm_corrections
from zhike.workspace.tests.books import book_of, one, rows

HX = {"HX-Request": "true"}


@pytest.fixture
def customer(bank: Any, people: Any) -> int:
    """A customer of 林知远's whom nobody has corrected yet."""
    asked = {key for (key,) in rows(bank, "select party_id from parties_correction")}
    return int(next(key for key, *_rest in book_of(bank, people, "lin") if key not in asked))


def ask(client: Any, customer: int, **form: Any) -> Any:
    return client.post(f"/customers/{customer}/corrections/", {"reason": "身份证复印件", **form}, headers=HX)


def state_of(bank: Any, customer: int) -> Any:
    return rows(
        bank, "select state, was, proposed, proposed_masked, answer from parties_correction where party_id = %s order by id", customer
    )


def test_a_correction_changes_nothing_but_is_shown_to_everybody_who_sees_the_customer(bank, people, as_person, customer):
    before = one(bank, "select occupation from parties_party where id = %s", customer)
    assert ask(as_person("lin"), customer, field="occupation", value="陶艺师").status_code == 204
    assert one(bank, "select occupation from parties_party where id = %s", customer) == before
    assert "陶艺师" in as_person("zhou").get(f"/customers/{customer}/profile/").content.decode()
    assert "陶艺师" in as_person("zhou").get("/corrections/").content.decode()
    assert ask(as_person("chen"), customer, field="occupation", value="x").status_code == 404
    assert "陶艺师" not in as_person("chen").get("/corrections/").content.decode()
    assert ask(as_person("su"), customer, field="occupation", value="x").status_code == 403


def test_a_telephone_number_is_kept_sealed_and_reads_masked_until_it_is_revealed(bank, people, as_person, customer):
    lin = as_person("lin")
    assert ask(lin, customer, field="contact", kind="mobile", value="139 1234 5678").status_code == 204
    assert state_of(bank, customer) == [("open", "", "", "139••••5678", "")]
    page = lin.get(f"/customers/{customer}/contact/").content.decode()
    assert "139••••5678" in page and "13912345678" not in page and "139 1234 5678" not in page
    token = bytes(digest_of("phone", "13912345678") or b"").hex()
    assert (
        lin.post(f"/customers/{customer}/reveal/", {"token": token, "purpose": "contact"}).content.decode().replace(" ", "")
        == "13912345678"
    )
    assert "13912345678" not in json.dumps(rows(bank, "select before, after, reason from access_auditentry where party_id = %s", customer))


@pytest.mark.parametrize(
    ("form", "said"),
    [
        ({"field": "occupation", "value": ""}, "Write what is right"),
        ({"field": "birth_date", "value": "1980-02-30"}, "no such day"),
        ({"field": "sex", "value": "unknown"}, "Write what is right"),
        ({"field": "occupation", "value": "医生", "reason": " "}, "how you know it"),
        ({"field": "occupation", "value": "医生", "reason": "密码 123456"}, "kept nowhere"),
    ],
)
def test_what_cannot_be_asked_stays_in_the_form_with_what_to_do(bank, people, as_person, customer, form, said):
    answer = ask(as_person("lin"), customer, **form)
    assert answer.status_code == 422 and said in answer.content.decode()
    assert state_of(bank, customer) == []


def test_what_the_source_says_already_is_not_asked_and_nothing_is_asked_twice(bank, people, as_person, customer):
    lin = as_person("lin")
    name = one(bank, "select name from parties_party where id = %s", customer)
    assert "already" in ask(lin, customer, field="name", value=name).content.decode()
    assert ask(lin, customer, field="region", value="杭州").status_code == 204
    again = ask(lin, customer, field="region", value="宁波")
    assert again.status_code == 422 and "already" in again.content.decode()


def test_the_manager_refuses_with_a_reason_and_who_asked_reads_it(bank, people, as_person, customer):
    ask(as_person("lin"), customer, field="education", value="博士")
    key = one(bank, "select id from parties_correction where party_id = %s", customer)
    zhou = as_person("zhou")
    assert as_person("lin").post(f"/corrections/{key}/", {"act": "refuse", "answer": "no"}).status_code == 403
    assert zhou.post(f"/corrections/{key}/", {"act": "refuse", "answer": ""}).status_code == 422
    assert zhou.post(f"/corrections/{key}/", {"act": "refuse", "answer": "学位证未见"}).status_code == 302
    assert "学位证未见" in as_person("lin").get("/corrections/?view=decided").content.decode()
    assert zhou.post(f"/corrections/{key}/", {"act": "withdraw"}).status_code == 422


def test_whoever_asked_may_withdraw_it_and_ask_again(bank, people, as_person, customer):
    lin = as_person("lin")
    ask(lin, customer, field="region", value="杭州")
    key = one(bank, "select id from parties_correction where party_id = %s", customer)
    assert as_person("he").post(f"/corrections/{key}/", {"act": "withdraw"}).status_code == 403
    assert lin.post(f"/corrections/{key}/", {"act": "withdraw"}).status_code == 302
    assert ask(lin, customer, field="region", value="宁波").status_code == 204
    assert [state for state, *_rest in state_of(bank, customer)] == ["withdrawn", "open"]


def test_the_file_for_the_source_holds_it_in_clear_and_the_next_file_confirms_it(fresh_bank):
    party, key = rows(fresh_bank, "select party_id, external_key from parties_partysource where source = 'zhike' order by id limit 1")[0]
    fresh_bank.zhike("person", "add", "lin", "--name", "林", "--role", "contact_centre_agent", "--password-env", "P", P="a-long-sentence")
    with fresh_bank.connected("job") as job:
        job.execute(
            """insert into parties_correction (party_id, field, kind, was, proposed, proposed_masked, reason, state, asked_at, asked_name, decided_name, answer)
               values (%s, 'occupation', '', '', '陶艺师', '', '名片', 'open', %s, '林', '', '')""", [party, timezone.now()],
        )  # fmt: skip
    file = fresh_bank.home / "corrections.csv"
    fresh_bank.zhike("corrections", str(file))
    (line,) = list(csv.DictReader(file.open(encoding="utf-8")))
    assert (line["source"], line["external_key"], line["field"], line["proposed"]) == ("zhike", key, "occupation", "陶艺师")
    assert file.stat().st_mode & 0o077 == 0
    assert state_of(fresh_bank, party)[0][0] == "sent"
    assert "0 corrections" in fresh_bank.zhike("corrections", str(fresh_bank.home / "none.csv"))
    with fresh_bank.connected("job") as job:
        job.execute("update parties_party set occupation = '陶艺师' where id = %s", [party])
    with fresh_bank.acting_as("job"):
        confirm()
    assert state_of(fresh_bank, party)[0][0] == "confirmed"


def confirm() -> None:
    """What every load does at its end."""
    with transaction.atomic(), connection.cursor() as cursor:
        assert confirm_corrections(cursor) == 1
