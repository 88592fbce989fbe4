"""A large part of the audit leaves only by two people who both may read it; the file is whose who asked."""

from __future__ import annotations

from typing import Any

from django.test import Client, override_settings

from zhike.access.work import perform
from zhike.audit import jobs
from zhike.testing.databases import Bank
from zhike.testing.people import PASSWORD, Somebody, add_to
from zhike.workspace.tests.books import one


def _in(bank: Bank, login: str, role: str) -> Client:
    add_to(bank, Somebody(login, login.title(), role))
    client = Client()
    assert client.post("/login/", {"login": login, "password": PASSWORD}).status_code == 302
    return client


def test_a_large_one_waits_for_a_second_reader_and_a_small_one_does_not(fresh_bank: Bank) -> None:
    bank = fresh_bank
    auditor, gao = _in(bank, "tan", "auditor"), _in(bank, "gao", "administrator")
    zhou: Any = _in(bank, "zhou", "branch_manager")
    assert auditor.post("/audit/export/", {"act": "session.opened"}).status_code == 200
    with override_settings(AUDIT_EXPORT_APPROVAL=1):
        assert auditor.post("/audit/export/", {"act": "people.added"}).status_code == 422
        waits = auditor.post("/audit/export/", {"act": "people.added", "why": "the yearly review"})["Location"]
    assert auditor.post(f"{waits}approve/").status_code == 409 and zhou.post(f"{waits}approve/").status_code in (403, 404)
    assert gao.post(f"{waits}approve/").status_code == 302
    key = one(bank, "select max(id) from access_work where kind = 'audit.export'")
    with bank.acting_as("job"):
        assert jobs.__doc__, "the worker finds what exports in this module"
        perform(key)
    file = auditor.get(f"/audit/exports/{key}/")
    assert file.status_code == 200 and "people.added" in file.content.decode() and "ZK-" in file.content.decode()
    assert gao.get(f"/audit/exports/{key}/").status_code == 404
    assert one(bank, "select count(*) from access_auditentry where act = 'audit.exported' and login = 'tan'") == 2
