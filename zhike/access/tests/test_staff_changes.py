"""What tomorrow's personnel file changes for people who log in: leavers, movers, joiners, and a file that was wrong."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from zhike.access.models import Person
from zhike.access.scope import entered, system_viewer, viewer_for
from zhike.access.tests.conftest import PASSWORD, SmallBank
from zhike.api.actions import make_token
from zhike.api.models import Token
from zhike.core.events import drain
from zhike.ingestion.tests.canonical import deliver
from zhike.testing.databases import Bank
from zhike.wiring import REACTIONS

UNITS = [
    {"unit_key": "1", "name": "Head office", "level": "head_office"}, {"unit_key": "2", "name": "West", "level": "outlet", "parent_key": "1"},
    {"unit_key": "3", "name": "East", "level": "outlet", "parent_key": "1"},
]  # fmt: skip


def staff(number: str, *, unit: str = "2", post: str = "branch_manager", **more: str) -> dict[str, str]:
    return {"staff_no": number, "name": f"Staff {number}", "unit_key": unit, "post": post, "status": "active", **more}


def load(bank: Bank, root: Path, day: str, **feeds: list[dict[str, str]]) -> None:
    """Deliver one more day and load what is there."""
    deliver(root, day, **feeds)
    bank.load(root, "zhike")


def acts(bank: Bank) -> list[tuple[Any, ...]]:
    with bank.connected("job") as job:
        found = job.execute(
            "select act, login, after ->> 'login' from access_auditentry where act like 'people.%' and login = 'system:load' order by id"
        )
        return [tuple(row) for row in found.fetchall()]


@pytest.fixture
def manned(empty_bank: Bank, tmp_path: Path) -> SmallBank:
    """A bank whose personnel file has come once, with 周敏 as the manager of the western outlet."""
    load(empty_bank, tmp_path / "in", "20260105", organisation=UNITS, employees=[staff("E1"), staff("E2", unit="3")])
    bank = SmallBank(empty_bank)
    bank.person("zhou", "branch_manager", "E1")
    bank.person("qian", "branch_manager", "E2")
    return bank


def logged_in(login: str) -> Client:
    client = Client()
    assert client.post("/login/", {"login": login, "password": PASSWORD}).status_code == 302
    return client


def test_a_leaver_is_shut_out_by_the_next_batch_and_her_colleague_is_not(manned: SmallBank, tmp_path: Path) -> None:
    zhou, qian = logged_in("zhou"), logged_in("qian")
    with manned.bank.acting_as("job"), entered(system_viewer("test")):
        holder = viewer_for(Person.objects.get(login="zhou"))
        text = make_token(
            actor=system_viewer("test"), at=timezone.now(), holder=holder, name="script", scopes=["customers.read"],
            expires_at=timezone.now() + timedelta(days=1),
        ).text  # fmt: skip
    bearer = {"Authorization": f"Bearer {text}"}
    assert Client().get("/api/v1/customers", headers=bearer).status_code == 200
    load(manned.bank, tmp_path / "in", "20260106", employees=[staff("E1", status="left", left_date="2026-01-06"), staff("E2", unit="3")])
    assert (zhou.get("/me/").status_code, qian.get("/me/").status_code) == (302, 200)
    assert Client().post("/login/", {"login": "zhou", "password": PASSWORD}).status_code == 401
    assert Client().get("/api/v1/customers", headers=bearer).status_code == 401, "before any worker has run"
    with manned.bank.acting_as("job"):
        drain(REACTIONS)
        assert Token.objects.get().revoked_at is not None
    assert acts(manned.bank) == [("people.shut_out", "system:load", "zhou")]


def test_whoever_left_sees_nobody_whatever_road_is_open_to_her(manned: SmallBank, tmp_path: Path) -> None:
    load(manned.bank, tmp_path / "in", "20260106", employees=[staff("E1", status="left")])
    with manned.bank.acting_as("job"):
        viewer = viewer_for(Person.objects.get(login="zhou"))
    assert (viewer.scope, viewer.permissions) == ("none", frozenset())


def test_a_file_that_was_wrong_opens_again_what_it_had_closed(manned: SmallBank, tmp_path: Path) -> None:
    root = tmp_path / "in"
    load(manned.bank, root, "20260106", employees=[staff("E1", status="left")])
    assert Client().post("/login/", {"login": "zhou", "password": PASSWORD}).status_code == 401
    load(manned.bank, root, "20260107", employees=[staff("E1")])
    assert Client().post("/login/", {"login": "zhou", "password": PASSWORD}).status_code == 302
    assert [act for act, _, _ in acts(manned.bank)] == ["people.shut_out", "people.came_back"]


def test_an_account_that_an_administrator_closed_stays_closed(manned: SmallBank, tmp_path: Path) -> None:
    with manned.bank.connected("job") as job:
        job.execute("update access_person set is_active = false where login = 'zhou'")
    load(manned.bank, tmp_path / "in", "20260106", employees=[staff("E1"), staff("E2", unit="3")])
    assert Client().post("/login/", {"login": "zhou", "password": PASSWORD}).status_code == 401


def test_a_mover_sees_what_her_new_desk_sees_in_the_session_she_has(manned: SmallBank, tmp_path: Path) -> None:
    def party(key: str, unit: str) -> dict[str, str]:
        return {"party_key": key, "kind": "individual", "name": f"Customer {key}", "unit_key": unit}

    load(manned.bank, tmp_path / "in", "20260106", parties=[party("W", "2"), party("E", "3")])
    zhou = logged_in("zhou")
    page = zhou.get("/customers/").content.decode()
    assert ("Customer W" in page, "Customer E" in page) == (True, False)
    load(manned.bank, tmp_path / "in", "20260107", employees=[staff("E1", unit="3")])
    page = zhou.get("/customers/").content.decode()
    assert ("Customer W" in page, "Customer E" in page) == (False, True)


def test_a_joiner_gets_an_account_where_her_post_is_named_and_once(
    manned: SmallBank, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ZHIKE_JOINERS", "relationship_manager=relationship_manager")
    new = [staff("E7", post="relationship_manager"), staff("E8", post="teller"), staff("E9", post="relationship_manager", status="left")]
    load(manned.bank, tmp_path / "in", "20260106", employees=new)
    load(manned.bank, tmp_path / "in", "20260107", employees=[staff("E7", post="relationship_manager", unit="3")])
    with manned.bank.connected("job") as job:
        found = job.execute("select login, name, role, password from access_person where login like 'e%'").fetchall()
    assert [row[:3] for row in found] == [("e7", "Staff E7", "relationship_manager")]
    assert found[0][3].startswith("!"), "no password: she comes by the bank's log-in, or is given one"
    assert acts(manned.bank) == [("people.joined", "system:load", "e7")]
