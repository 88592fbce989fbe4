"""A reveal made on a customer's page, an export that somebody else approved, and the approval itself: each is found by the search of the audit, stands in its
chain, and is named when the owner of the database changes it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.test import Client, override_settings
from django.utils import timezone

from zhike.access.actions import add_person
from zhike.access.scope import entered, system_viewer
from zhike.core.jobs import Workshop
from zhike.testing.databases import Bank
from zhike.testing.people import PASSWORD, cast_of

ACTS = {
    "contacts.revealed": "lin",
    "approvals.proposed": "lin",
    "approvals.approved": "zhou",
    "work.started": "lin",
    "customers.exported": "lin",
}


def logged_in(login: str) -> Client:
    client = Client(headers={"Accept-Language": "en"})
    assert client.post("/login/", {"login": login, "password": PASSWORD}).status_code == 302
    return client


@pytest.fixture
def done(fresh_bank: Bank) -> Iterator[Bank]:
    """林知远 showed herself a phone on her customer's page, and exported her book, which 周敏 approved."""
    cast = cast_of(fresh_bank)
    with fresh_bank.acting_as("job"), entered(system_viewer("test")) as actor:
        for login in ("lin", "zhou", "gao"):
            one = cast[login]
            add_person(actor=actor, at=timezone.now(), login=login, name=one.name, role=one.role, staff_no=one.staff_no, password=PASSWORD)
    with fresh_bank.connected("job") as job:
        row = job.execute(
            """select c.party_id, encode(c.value_digest, 'hex') from parties_contactpoint c join parties_party p on p.id = c.party_id
               join access_employee e on e.id = p.main_rm_id where e.staff_no = %s and c.kind = 'mobile' and c.valid_to is null order by c.id limit 1""",
            [cast["lin"].staff_no],
        ).fetchone()
    assert row is not None
    with override_settings(EXPORT_APPROVAL=2):
        lin = logged_in("lin")
        assert lin.post(f"/customers/{row[0]}/reveal/", {"token": row[1], "purpose": "contact"}).status_code == 200
        asked = lin.post("/customers/export/", {"form": "csv", "view": "mine", "why": "for the meeting"})
        assert logged_in("zhou").post(f"{asked['Location']}approve/").status_code == 302
        with fresh_bank.acting_as("job"):
            Workshop().work_off()
        yield fresh_bank


def entry_of(bank: Bank, act: str) -> tuple[int, str]:
    with bank.connected("job") as job:
        row = job.execute("select id, login from access_auditentry where act = %s order by id desc limit 1", [act]).fetchone()
    assert row is not None, act
    return int(row[0]), str(row[1])


def test_the_search_finds_each_and_the_chain_holds_it(done: Bank) -> None:
    done.zhike("audit", "seal")
    told = done.zhike("audit", "verify")
    gao = logged_in("gao")
    for act, login in ACTS.items():
        key, who = entry_of(done, act)
        assert who == login
        found = gao.get("/audit/", {"person": login, "act": act}).content.decode()
        assert f"/audit/{key}/" in found, f"{act} is searched for and not found"
        assert "as it was sealed" in gao.get(f"/audit/{key}/").content.decode(), act
    assert "changed" not in told


@pytest.mark.parametrize("act", sorted(ACTS))
def test_each_is_named_when_somebody_changes_it(done: Bank, act: str) -> None:
    done.zhike("audit", "seal")
    key, _login = entry_of(done, act)
    with done.connected("migrate") as owner:
        owner.execute("alter table access_auditentry disable trigger user")
        owner.execute("update access_auditentry set login = 'chen' where id = %s", [key])
        owner.execute("alter table access_auditentry enable trigger user")
    told = done.run.zhike(done.name, "audit", "verify")
    assert told.returncode == 1
    assert f"changed: entry {key}" in told.stdout
