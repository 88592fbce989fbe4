"""Data go abroad under an entry of the register of sharing or not at all (R28); what is important is graded and looked at again (R32, R33, R34)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from django.test import Client

from zhike.access.scope import Viewer, entered
from zhike.privacy import queries, registers, reminders
from zhike.privacy.actions import RequestRefused
from zhike.privacy.catalogue import dictionary
from zhike.testing.databases import Bank
from zhike.testing.people import Somebody, add_to
from zhike.workspace.tests.books import one

AT = datetime(2026, 11, 2, 4, tzinfo=UTC)
OFFICER = Viewer(
    None, "officer", "合规", "compliance_officer", "bank", permissions=frozenset({"customers.read", "privacy.manage", "audit.read"})
)
AUDITOR = Viewer(None, "auditor", "审计", "auditor", "bank", permissions=frozenset({"audit.read"}))
ADMIN = Viewer(None, "admin", "管理", "administrator", "bank", permissions=frozenset({"webhooks.manage"}))
ABROAD = {"receiver": "Example Pte", "purpose": "核对", "data": "交易编号", "basis": "合同", "country": "sg", "place": "备案号 12"}
IMPORTANT = {
    "tables": "parties_identifier, holdings_account", "grade": "important", "field": "aml", "owner": "零售部", "monitoring": "每日", "assessed": "2026-10-01",
}  # fmt: skip


@pytest.fixture(autouse=True)
def nothing_entered(bank: Bank, people: Any) -> Iterator[None]:
    yield
    with bank.connected("migrate") as owner:
        owner.execute("delete from privacy_entry")


def kept(kind: str, **facts: str) -> int:
    with entered(OFFICER):
        return registers.keep_entry(actor=OFFICER, at=AT, kind=kind, title="一项", facts=facts).pk


def leaves(country: str, day: date) -> bool:
    with entered(ADMIN):  # who does not read the register is told yes or no, and nothing else
        return queries.may_leave(country, day)


def test_nothing_goes_abroad_until_what_allows_it_is_entered_and_no_longer_than_that() -> None:
    assert leaves("CN", AT.date()) and not leaves("SG", AT.date())
    key = kept("sharing", **ABROAD, way="contract", until="2026-12-31")
    assert leaves("SG", AT.date()) and leaves("SG", date(2026, 12, 31))
    assert not leaves("SG", date(2027, 1, 1)) and not leaves("US", AT.date())
    with entered(OFFICER):
        registers.take_step(actor=OFFICER, at=AT, entry_id=key, step="close")
    assert not leaves("SG", AT.date())


@pytest.mark.parametrize(
    ("more", "wrong"),
    [
        ({}, "way: no_words"),
        ({"way": "goodwill", "until": "2026-12-31"}, "way: not_a_choice"),
        ({"way": "contract"}, "until: no_words"),
        ({"way": "contract", "until": "soon"}, "until: not_a_date"),
        ({"country": "Singapore", "way": "contract", "until": "2026-12-31"}, "country: not_a_country"),
    ],
)
def test_sharing_abroad_says_what_allows_it_and_until_when(more: dict[str, str], wrong: str) -> None:
    with pytest.raises(RequestRefused, match=wrong):
        kept("sharing", **{**ABROAD, **more})


def test_sharing_at_home_needs_neither() -> None:
    kept("sharing", **{**ABROAD, "country": "CN"})
    assert not leaves("SG", AT.date())


def test_what_the_register_calls_important_is_so_in_the_dictionary() -> None:
    with entered(AUDITOR):
        before = {table.name: table.grade for table in dictionary(AUDITOR)}
    assert before["parties_identifier"] == "sensitive" and before["procrastinate_jobs"] == "ordinary"
    kept("important", **IMPORTANT)
    kept("important", **{**IMPORTANT, "tables": "holdings_account", "grade": "core", "field": "none"})
    with entered(AUDITOR):
        found = {table.name: table for table in dictionary(AUDITOR)}
        assert [table.name for table in dictionary(AUDITOR, grade="core")] == ["holdings_account"], "the higher of two grades holds"
    assert found["parties_identifier"].grade == "important" and "ordinary" in {table.grade for table in found.values()}
    assert str(found["parties_identifier"].field) and not str(found["holdings_account"].field)


def test_a_table_that_nobody_has_is_not_graded() -> None:
    with pytest.raises(RequestRefused, match="tables: not_a_table"):
        kept("important", **{**IMPORTANT, "tables": "parties_identifier nothing_such"})


def test_important_data_that_nobody_assessed_for_a_year_are_told_of() -> None:
    key = kept("important", **IMPORTANT)
    with entered(OFFICER):
        assert not reminders.entries_due(OFFICER, now=AT + timedelta(days=364))
        assert [row.pk for row in reminders.entries_due(OFFICER, now=AT + timedelta(days=366))] == [key]


def test_the_officer_sees_which_field_is_at_fault_and_loses_nothing(bank: Bank) -> None:
    if not one(bank, "select count(*) from access_person where login = 'shen'"):
        add_to(bank, Somebody("shen", "申律", "compliance_officer"))
    shen = Client()
    assert shen.post("/login/", {"login": "shen", "password": Somebody("shen", "", "").password}).status_code == 302
    answer = shen.post("/privacy/registers/sharing/", {"title": "境外核对", **ABROAD})
    text = answer.content.decode()
    assert answer.status_code == 422 and "备案号 12" in text and 'value="contract"' in text and 'type="date"' in text
    made = shen.post("/privacy/registers/sharing/", {"title": "境外核对", **ABROAD, "way": "contract", "until": "2099-12-31"}, follow=True)
    assert made.status_code == 200 and "SG" in made.content.decode()
