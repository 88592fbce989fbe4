"""Whoever answers for privacy keeps registers; an incident counts its 72 hours; nothing in them is deleted, and nobody else reads them (R20, R22, R26, R27, E1)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import psycopg
import pytest
from django.core.exceptions import PermissionDenied
from django.test import Client

from zhike.access.scope import Viewer, entered
from zhike.privacy import registers
from zhike.privacy.actions import RequestRefused
from zhike.privacy.register_rules import FACTS, hours_left
from zhike.testing.people import Somebody, add_to
from zhike.workspace.tests.books import one, rows

AT = datetime(2026, 11, 2, 4, tzinfo=UTC)
OFFICER = Viewer(None, "officer", "合规", "compliance_officer", "bank", permissions=frozenset({"customers.read", "privacy.manage"}))
READER = Viewer(None, "reader", "reader", "analyst", "bank", permissions=frozenset({"customers.read"}))


FITTING = {
    "country": "CN",
    "grade": "important",
    "field": "aml",
    "tables": "parties_identifier",
    "assessed": "2026-10-01",
    "way": "",
    "until": "",
}


def said(kind: str) -> dict[str, str]:
    return {name: FITTING.get(name, f"{name}：已说明") for name in FACTS[kind]}


def kept(kind: str = "incident", **more: Any) -> int:
    with entered(OFFICER):
        return registers.keep_entry(actor=OFFICER, at=AT, kind=kind, title="发错邮件", facts=said(kind), **more).pk


def line(key: int, now: datetime) -> registers.EntryLine:
    with entered(OFFICER):
        return registers.entry(OFFICER, key, now=now)


def step(key: int, name: str) -> None:
    with entered(OFFICER):
        registers.take_step(actor=OFFICER, at=AT + timedelta(hours=5), entry_id=key, step=name)


def test_an_incident_counts_its_hours_until_the_authority_is_told(bank, people):
    key = kept()
    assert line(key, AT).hours == 72
    assert line(key, AT + timedelta(hours=71, minutes=1)).hours == 0
    assert line(key, AT + timedelta(hours=72, minutes=1)).is_late
    step(key, "authority")
    assert line(key, AT + timedelta(days=9)).hours is None
    with pytest.raises(RequestRefused, match="decided"):
        step(key, "authority")
    assert hours_left(AT, AT) == 72


def test_what_is_closed_is_changed_no_more_and_nothing_is_deleted(bank, people):
    key = kept("sharing")
    with pytest.raises(RequestRefused, match="not_a_choice"):
        step(key, "authority")
    step(key, "close")
    with pytest.raises(RequestRefused, match="decided"):
        kept("sharing", entry_id=key)
    with bank.connected("web") as web, pytest.raises(psycopg.errors.InsufficientPrivilege):
        web.execute("delete from privacy_entry")


def test_every_fact_is_needed_and_each_change_is_an_entry_of_the_audit(bank, people):
    with entered(OFFICER), pytest.raises(RequestRefused, match="risks: no_words"):
        registers.keep_entry(actor=OFFICER, at=AT, kind="assessment", title="评估", facts={**said("assessment"), "risks": " "})
    key = kept("assessment")
    kept("assessment", entry_id=key)
    acts = rows(bank, "select act from access_auditentry where subject_type = 'entry' and subject_id = %s order by id", str(key))
    assert [act for (act,) in acts] == ["privacy.assessment_kept"] * 2


def test_nobody_else_reads_them_not_even_by_sql(bank, people, as_person):
    key = kept()
    with entered(READER), pytest.raises(PermissionDenied):
        registers.entry(READER, key, now=AT)
    with bank.connected("web") as web:
        assert web.execute("select count(*) from privacy_entry").fetchone() == (0,)
    assert as_person("gao").get("/privacy/registers/incident/").status_code == 403


def test_a_compliance_officer_works_on_the_pages(bank, people):
    name = "shen"
    if not one(bank, "select count(*) from access_person where login = %s", name):
        add_to(bank, Somebody(name, "申律", "compliance_officer"))
    shen = Client()
    assert shen.post("/login/", {"login": name, "password": Somebody(name, "", "").password}).status_code == 302
    page = shen.post("/privacy/registers/purpose/", {"title": "短信营销", **said("purpose")}, follow=True)
    assert page.status_code == 200 and "短信营销" in page.content.decode()
    missing = shen.post("/privacy/registers/purpose/", {"title": "短信营销", **said("purpose"), "basis": ""})
    assert missing.status_code == 422 and "purpose：已说明" in missing.content.decode(), "nothing typed is lost"
    for address in ("/privacy/", "/privacy/retention/", "/privacy/registers/incident/"):
        assert shen.get(address).status_code == 200
    assert shen.get("/privacy/registers/nothing/").status_code == 404
