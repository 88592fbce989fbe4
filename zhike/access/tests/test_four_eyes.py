"""What needs a second person waits for one: who proposes never approves, and what is approved is done in its proposer's name."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import ProgrammingError, transaction
from django.test import Client
from django.utils import timezone

from zhike.access import approvals, deciding
from zhike.access.actions import record
from zhike.access.approval_models import Proposal
from zhike.access.approval_rules import Need
from zhike.access.approvals import Asked, CannotBeDone, Done, Line, Told
from zhike.access.scope import Viewer, entered
from zhike.access.tests.conftest import PASSWORD, SmallBank

KIND = "test.act"
DONE: list[Asked] = []
STATE = {"stale": "", "broken": ""}


@approvals.kind(KIND, title="An act", tell=lambda _v, asked: Told("To do it", [Line("n", "1", str(asked["n"]))]), usual=lambda: Need(True, 10),
                changed=lambda _v, _a: STATE["stale"])  # fmt: skip
def act(asked: Asked) -> Done:
    if STATE["broken"]:
        raise CannotBeDone(STATE["broken"])
    record(asked.actor, "test.acted", after=dict(asked.values), at=asked.at)
    DONE.append(asked)
    return Done("acted")


@pytest.fixture(autouse=True)
def nothing_done():
    DONE.clear()
    STATE.update(stale="", broken="")
    yield
    approvals.KINDS.pop("test.unknown", None)


@pytest.fixture
def lin(small_bank: SmallBank) -> Viewer:
    return small_bank.viewer("relationship_manager", "E11")


@pytest.fixture
def zhou(small_bank: SmallBank) -> Viewer:
    """The manager of her outlet."""
    return small_bank.viewer("branch_manager", "E13")


def proposed(actor: Viewer, **more) -> int:
    with entered(actor):
        return approvals.propose(actor=actor, at=timezone.now(), name=KIND, asked={"n": 20}, why="asked for by audit", **more).pk


def approve(actor: Viewer, key: int) -> Proposal:
    with entered(actor):
        return deciding.approve(actor=actor, at=timezone.now(), proposal_id=key)


def acts(small_bank: SmallBank) -> list[tuple[str, str]]:
    with small_bank.bank.connected("job") as job:
        return job.execute("select act, login from access_auditentry where act not like 'people.%' order by id").fetchall()


def test_what_is_approved_is_done_at_once_in_the_proposers_name(small_bank, lin, zhou):
    key = proposed(lin)
    assert DONE == []
    row = approve(zhou, key)
    assert (row.state, row.decided_name, row.note) == ("approved", zhou.name, "acted")
    assert [(one.actor.login, one.values["n"]) for one in DONE] == [(lin.login, 20)]
    assert acts(small_bank) == [("approvals.proposed", lin.login), ("approvals.approved", zhou.login), ("test.acted", lin.login)]
    with entered(zhou), pytest.raises(deciding.NotDecided, match="decided"):
        deciding.refuse(actor=zhou, at=timezone.now(), proposal_id=key, words="too late")


def test_who_proposes_never_approves_though_she_might_approve_others(small_bank, zhou):
    above = small_bank.viewer("branch_manager", "E14")
    key = proposed(zhou)
    with entered(zhou), pytest.raises(deciding.NotDecided, match="yourself"):
        deciding.approve(actor=zhou, at=timezone.now(), proposal_id=key)
    assert approve(above, key).state == "approved"


def test_the_database_itself_refuses_her_own_approval_and_a_strangers(small_bank, lin, zhou):
    elsewhere = small_bank.viewer("branch_manager", "E16")
    key = proposed(lin)
    one = Proposal.objects.filter(pk=key)
    decision = {"state": "approved", "decided_at": timezone.now()}
    with entered(lin), pytest.raises(ProgrammingError, match="never approves"), transaction.atomic():
        one.update(**decision, decided_by_id=zhou.person_id)
    with entered(elsewhere):
        assert one.update(**decision, decided_by_id=elsewhere.person_id) == 0
    with small_bank.bank.acting_as("job"), pytest.raises(ProgrammingError), transaction.atomic():
        one.update(state="approved", decided_at=timezone.now(), decided_by_id=zhou.person_id)  # in somebody's name, without her
    with small_bank.bank.acting_as("job"), pytest.raises(ProgrammingError), transaction.atomic():
        one.update(asked={"n": 1000})
    with entered(zhou), pytest.raises(ProgrammingError), transaction.atomic():
        one.update(asked={"n": 1000})
    assert approve(zhou, key).state == "approved"


def test_a_manager_elsewhere_does_not_even_see_it(small_bank, lin):
    elsewhere = small_bank.viewer("branch_manager", "E16")
    small_bank.viewer("branch_manager", "E14")
    key = proposed(lin)
    with entered(elsewhere):
        assert not Proposal.objects.filter(pk=key).exists()
    with small_bank.bank.acting_as("job"):
        assert [one.name for one in approvals.approvers(Proposal.objects.get(pk=key))] == ["branch_manager-e14"]


def test_where_nobody_may_approve_it_is_not_even_proposed(small_bank, lin):
    with entered(lin), pytest.raises(approvals.NotProposed, match="nobody"):
        approvals.propose(actor=lin, at=timezone.now(), name=KIND, asked={"n": 20}, why="a reason")


def test_customers_that_the_approver_does_not_see_keep_it_from_her(small_bank, lin, zhou):
    key = proposed(lin, party_ids=[101, 103])
    with entered(zhou):
        assert not Proposal.objects.filter(pk=key).exists()
    assert approve(small_bank.viewer("branch_manager", "E14"), key).state == "approved"


def test_what_changed_since_lapses_with_the_reason_and_nothing_is_done(small_bank, lin, zhou):
    key = proposed(lin)
    STATE["stale"] = "there are more of them now"
    row = approve(zhou, key)
    assert (row.state, row.answer, DONE) == ("expired", "there are more of them now", [])
    STATE.update(stale="", broken="not any more")
    row = approve(zhou, proposed(lin))
    assert (row.state, row.answer, DONE) == ("expired", "not any more", [])
    assert ("approvals.approved", zhou.login) not in acts(small_bank)


def test_a_proposer_who_left_does_nothing_any_more(small_bank, lin, zhou):
    key = proposed(lin)
    with small_bank.bank.connected("job") as job:
        job.execute("update access_person set is_active = false where id = %s", [lin.person_id])
    assert (approve(zhou, key).state, DONE) == ("expired", [])


def test_whom_it_concerns_agrees_before_it_is_decided(small_bank, lin, zhou):
    chen = small_bank.viewer("relationship_manager", "E12")
    key = proposed(lin, confirmers=[lin.person_id, chen.person_id])
    with entered(zhou), pytest.raises(deciding.NotDecided, match="unconfirmed"):
        deciding.approve(actor=zhou, at=timezone.now(), proposal_id=key)
    with entered(zhou), pytest.raises(ProgrammingError), transaction.atomic():
        Proposal.objects.filter(pk=key).update(confirmed_ids=[lin.person_id, chen.person_id])
    with entered(chen):
        deciding.confirm(actor=chen, at=timezone.now(), proposal_id=key)
    assert approve(zhou, key).state == "approved"


def test_nobody_decides_after_the_deadline_and_the_worker_lets_it_lapse(small_bank, lin, zhou):
    key = proposed(lin)
    later = timezone.now() + timedelta(days=approvals.DAYS, seconds=1)
    with entered(zhou), pytest.raises(deciding.NotDecided, match="late"):
        deciding.approve(actor=zhou, at=later, proposal_id=key)
    with small_bank.bank.acting_as("job"):
        assert (deciding.expire(at=timezone.now()), deciding.expire(at=later), deciding.expire(at=later)) == (0, 1, 0)
        assert Proposal.objects.get(pk=key).state == "expired"


def test_a_rule_holds_from_its_day_and_only_a_laxer_one_needs_a_second_person(small_bank, lin, zhou):
    client, other = client_of(small_bank, "gao"), client_of(small_bank, "gu")
    form = {"kind": KIND, "needed": "1", "above": "5"}
    assert client.post("/approvals/rules/", form).status_code == 302
    today = timezone.localdate()
    with entered(lin):
        assert approvals.is_needed(KIND, amount=6, on=today) and not approvals.is_needed(KIND, amount=5, on=today)
        assert not approvals.is_needed(KIND, amount=6, on=today - timedelta(days=1))
    assert client.post("/approvals/rules/", {**form, "above": "50"}).status_code == 422
    waits = client.post("/approvals/rules/", {**form, "above": "50", "why": "too many asked"})
    assert waits.status_code == 302
    assert client.post(f"{waits['Location']}approve/").status_code == 409
    assert other.post(f"{waits['Location']}approve/").status_code == 302
    with entered(lin):
        assert not approvals.is_needed(KIND, amount=50, on=today)


def client_of(small_bank: SmallBank, login: str, role: str = "administrator", staff_no: str = "") -> Client:
    small_bank.person(login, role, staff_no)
    client = Client()
    assert client.post("/login/", {"login": login, "password": PASSWORD}).status_code == 302
    return client


def test_an_administrators_rights_are_given_by_two(small_bank):
    first, second = client_of(small_bank, "gao"), client_of(small_bank, "gu")
    lin = small_bank.person("lin", "relationship_manager", "E11")
    form = {"name": "林知远", "role": "administrator", "staff_no": "E11", "is_active": "on"}
    assert first.post(f"/people/{lin.pk}/", form).status_code == 422
    waits = first.post(f"/people/{lin.pk}/", {**form, "why": "she takes over"})
    assert waits.status_code == 302 and waits["Location"].startswith("/approvals/")
    with small_bank.bank.acting_as("job"):
        lin.refresh_from_db()
        assert lin.role == "relationship_manager"
    page = second.get(waits["Location"]).content.decode()
    assert "Relationship manager" in page and "Administrator" in page and "she takes over" in page
    assert second.post(f"{waits['Location']}approve/", {"words": "fine"}).status_code == 302
    with small_bank.bank.acting_as("job"):
        lin.refresh_from_db()
        assert lin.role == "administrator"
    told = [one for one in acts(small_bank) if one[0].startswith("approvals")]
    assert told == [("approvals.proposed", "gao"), ("approvals.approved", "gu")]


def test_a_new_administrator_cannot_log_in_before_somebody_else_agreed(small_bank):
    first, second = client_of(small_bank, "gao"), client_of(small_bank, "gu")
    form = {"login": "new", "name": "新人", "role": "administrator", "password": PASSWORD, "is_active": "on", "why": "holidays"}
    waits = first.post("/people/new/", form)
    assert waits.status_code == 302 and waits["Location"].startswith("/approvals/")
    assert Client().post("/login/", {"login": "new", "password": PASSWORD}).status_code == 401
    assert second.post(f"{waits['Location']}approve/").status_code == 302
    assert Client().post("/login/", {"login": "new", "password": PASSWORD}).status_code == 302


def test_the_pages_show_what_waits_and_every_act_works_on_them(small_bank, lin):
    zhou, hers = client_of(small_bank, "zhou", "branch_manager", "E13"), Client()
    hers.post("/login/", {"login": lin.login, "password": PASSWORD})
    key = proposed(lin)
    assert "To do it" in zhou.get("/approvals/").content.decode()
    assert "To do it" not in hers.get("/approvals/").content.decode()
    assert "To do it" in hers.get("/approvals/?view=mine").content.decode()
    assert hers.post(f"/approvals/{key}/comment/", {"words": "before Friday, please"}).status_code == 302
    assert zhou.post(f"/approvals/{key}/refuse/", {"words": " "}).status_code == 422
    assert zhou.post(f"/approvals/{key}/refuse/", {"words": "too many"}).status_code == 302
    page = hers.get(f"/approvals/{key}/").content.decode()
    assert "before Friday, please" in page and "too many" in page
    assert "To do it" in zhou.get("/approvals/?view=decided").content.decode()
    another = proposed(lin)
    assert hers.post(f"/approvals/{another}/withdraw/").status_code == 302
    assert zhou.post(f"/approvals/{another}/approve/").status_code == 409
    assert DONE == []
