"""What a customer agrees to is written down with its proof, counts at once, and stays in the ledger whatever comes after (R20, R22, R24, R62)."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import psycopg
import pytest
from django.utils import timezone

from zhike.workspace.tests.books import book_of, one, rows

HX = {"HX-Request": "true"}


@pytest.fixture
def customer(bank: Any, people: Any) -> int:
    """A customer of 林知远's about whose consent nobody wrote anything here yet."""
    asked = {key for (key,) in rows(bank, "select party_id from parties_consent where source = 'own'")}
    return int(next(key for key, *_rest in book_of(bank, people, "lin") if key not in asked))


def keep(client: Any, customer: int, **form: str) -> Any:
    given = {"state": "given", "purpose": "research", "channel": "email", "evidence": "签字单 2026-118", "notice_version": "V2026"}
    return client.post(f"/customers/{customer}/consents/", {**given, **form}, headers=HX)


def panel(client: Any, customer: int, **query: str) -> str:
    return str(client.get(f"/customers/{customer}/consents/", query).content.decode())


def undo_address(answer: Any) -> str:
    found = re.search(r'"url": "([^"]+)"', answer["HX-Trigger"])
    assert found is not None
    return found[1]


def counted(client: Any, customer: int, **query: str) -> dict[tuple[str, str], str]:
    """Purpose and channel → what counts, as a program of hers reads it from the panel's badges."""
    html = panel(client, customer, **query)
    lines = re.findall(
        r'zk-name">([^<]+)</span> <span class="zk-note">([^<]+)</span>.*?zk-badge[^>]*>(?:<svg.*?</svg>)?([^<]+)</span>', html, re.DOTALL
    )
    return {(purpose, channel): answer.strip() for purpose, channel, answer in lines}


def test_what_the_banks_files_say_stands_on_the_page(bank, people, as_person):
    party, purpose, channel = rows(
        bank,
        "select party_id, purpose, channel from parties_consent where state = 'given' and purpose = 'marketing' group by 1, 2, 3 having count(*) = 1 limit 1",
    )[0]
    words = {"sms": "SMS", "phone": "Telephone", "wechat": "WeChat"}
    assert counted(as_person("gao"), party)[purpose.capitalize(), words[channel]] == "Agreed"


def test_consent_given_here_counts_and_a_withdrawal_counts_at_once(bank, people, as_person, customer):
    lin = as_person("lin")
    assert keep(lin, customer).status_code == 204
    assert counted(as_person("zhou"), customer)["Surveys and research", "E-mail"] == "Agreed"
    assert keep(lin, customer, state="withdrawn", channel="", evidence="来电", notice_version="").status_code == 204
    assert counted(as_person("zhou"), customer)["Surveys and research", "E-mail"] == "Refused"
    html = panel(as_person("zhou"), customer)
    assert "签字单 2026-118" in html and "林知远" in html and "V2026" in html, "who, proof and notice stay in the ledger"
    acts = [
        act
        for (act,) in rows(
            bank, "select act from access_auditentry where party_id = %s and act like 'parties.consent%%' order by id", customer
        )
    ]
    assert acts == ["parties.consent_given", "parties.consent_withdrawn"]


def test_an_entry_written_by_mistake_is_cancelled_and_what_counted_before_counts_again(bank, people, as_person, customer):
    lin = as_person("lin")
    keep(lin, customer)
    wrong = keep(lin, customer, state="withdrawn", evidence="来电", notice_version="")
    assert counted(lin, customer)["Surveys and research", "E-mail"] == "Refused"
    assert lin.post(undo_address(wrong), headers=HX).status_code == 204
    assert counted(lin, customer)["Surveys and research", "E-mail"] == "Agreed"
    assert "<s>Withdrawn</s>" in panel(lin, customer), "it stays to be seen"
    assert lin.post(undo_address(wrong), headers=HX).status_code == 404, "once"


def test_without_proof_notice_or_a_day_to_come_nothing_is_kept_and_nothing_typed_is_lost(bank, people, as_person, customer):
    lin = as_person("lin")
    for form, words in (
        ({"evidence": " "}, "how it can be proven"), ({"notice_version": ""}, "version of the notice"),
        ({"expires_date": timezone.localdate().isoformat()}, "has passed"), ({"evidence": "卡号 4111 1111 1111 1111"}, "card number"),
    ):  # fmt: skip
        refused = keep(lin, customer, **form)
        assert refused.status_code == 422 and words in refused.content.decode(), form
    assert 'value="签字单 2026-118"' in keep(lin, customer, notice_version="").content.decode()
    assert keep(lin, customer, purpose="anything").status_code == 422
    assert one(bank, "select count(*) from parties_consent where party_id = %s and source = 'own'", customer) == 0


def test_consent_with_an_end_holds_until_that_day(bank, people, as_person, customer):
    lin = as_person("lin")
    keep(lin, customer, expires_date=(timezone.localdate() + timedelta(days=1)).isoformat())
    assert counted(lin, customer)["Surveys and research", "E-mail"] == "Agreed"
    with bank.connected("job") as job:
        job.execute(
            """insert into parties_consent (source, external_key, valid_from, batch_id, party_id, purpose, channel, state, at, expires_date, notice_version, evidence, by_name)
               values ('zhike', 'old', '2020-01-01', 0, %s, 'research', 'letter', 'given', '2020-01-01', '2021-01-01', 'V0', '', '')""",
            [customer],
        )
    assert counted(lin, customer)["Surveys and research", "Letter"] == "Expired"
    place = ("Surveys and research", "Letter")
    assert counted(lin, customer, as_of="2020-06-01")[place] == "Agreed", "as of a day on which it held"
    assert counted(lin, customer, as_of="2021-01-01")[place] == "Expired"
    assert place not in counted(lin, customer, as_of="2019-06-01")


def test_who_does_not_see_the_customer_or_may_not_write_adds_nothing(bank, people, as_person, customer):
    entry = keep(as_person("lin"), customer)
    for login, status in (("chen", 404), ("su", 403), ("gao", 403)):
        assert keep(as_person(login), customer).status_code == status
        assert as_person(login).post(undo_address(entry), headers=HX).status_code == status
    assert "Consent given" not in panel(as_person("su"), customer)


def test_no_process_changes_an_entry_and_the_web_takes_none_away(bank, people, as_person, customer):
    keep(as_person("lin"), customer)
    with bank.connected("job") as job, pytest.raises(psycopg.errors.InsufficientPrivilege, match="only added"):
        job.execute("update parties_consent set state = 'withdrawn' where party_id = %s", [customer])
    with bank.connected("web") as web, pytest.raises(psycopg.errors.InsufficientPrivilege, match="permission denied"):
        web.execute("delete from parties_consent where party_id = %s", [customer])


def test_it_stands_on_the_timeline_with_who_wrote_it(bank, people, as_person, customer):
    lin = as_person("lin")
    keep(lin, customer)
    shown = lin.get(f"/customers/{customer}/timeline/", {"kind": "consent"}).content.decode()
    assert "Consent given" in shown and "Surveys and research" in shown and "林知远" in shown
    assert "Surveys and research" in lin.get(f"/customers/{customer}/timeline/", {"kind": "consent", "words": "research"}).content.decode()
