"""Rights are given by two people: a role to somebody, and more rights to a composed role. What only takes away holds at once."""

from __future__ import annotations

import pytest
from django.test import Client

from zhike.access import rules
from zhike.access.approval_models import Proposal
from zhike.access.models import AuditEntry, ComposedRole, Person
from zhike.access.tests.conftest import PASSWORD, SmallBank


def client_of(small_bank: SmallBank, login: str, role: str, staff_no: str = "") -> Client:
    small_bank.person(login, role, staff_no)
    return logged_in(login)


def logged_in(login: str) -> Client:
    client = Client()
    assert client.post("/login/", {"login": login, "password": PASSWORD}).status_code == 302
    return client


@pytest.fixture
def gao(small_bank: SmallBank) -> Client:
    """The administrator, who proposes."""
    return client_of(small_bank, "gao", "administrator")


@pytest.fixture
def fang(small_bank: SmallBank) -> Client:
    """The compliance officer, who approves."""
    return client_of(small_bank, "fang", "compliance_officer")


def role(title: str, **more: object) -> dict[str, object]:
    return {"title": title, "scope": "own", "class-contacts": "masked", "may": ["customers.read"], "act": "save", **more}


def composed(small_bank: SmallBank, name: str) -> ComposedRole | None:
    with small_bank.bank.acting_as("job"):
        return ComposedRole.objects.filter(pk=name).first()


def test_a_new_role_is_there_once_the_compliance_officer_has_agreed(small_bank, gao, fang):
    assert gao.post("/roles/new/", role("Helper")).status_code == 422, "she is asked why"
    waits = gao.post("/roles/new/", role("Helper", why="for the new desk"))
    assert waits.status_code == 302 and waits["Location"].startswith("/approvals/")
    assert composed(small_bank, "helper") is None
    page = fang.get(waits["Location"]).content.decode()
    assert "her own book" in page and "for the new desk" in page
    assert gao.post(f"{waits['Location']}approve/").status_code == 409, "who proposes never approves"
    assert fang.post(f"{waits['Location']}approve/").status_code == 302
    made = composed(small_bank, "helper")
    assert made is not None and "customers.read" in made.permissions
    with small_bank.bank.acting_as("job"):
        told = list(AuditEntry.objects.filter(act__in=["roles.added", "approvals.approved"]).order_by("act").values_list("act", "login"))
    assert told == [("approvals.approved", "fang"), ("roles.added", "gao")]


@pytest.mark.parametrize(
    ("change", "waits"),
    [
        ({"may": ["customers.read", "customers.export"]}, True), ({"scope": "bank"}, True), ({"class-contacts": "reveal"}, True),
        ({"scope": "participant"}, False), ({"class-contacts": "hidden"}, False), ({"title": "Helpers"}, False), ({"act": "retire"}, False),
    ],
)  # fmt: skip
def test_only_a_change_that_gives_more_waits(small_bank, gao, fang, change, waits):
    compose(small_bank)
    answer = gao.post("/roles/helper/", role("Helper", why="needed") | change)
    assert answer.status_code == 302
    with small_bank.bank.acting_as("job"):
        assert Proposal.objects.filter(state="proposed").exists() == waits
    now = composed(small_bank, "helper")
    assert now is not None and (now.version == 1) == waits


def compose(small_bank: SmallBank, **more: object) -> None:
    with small_bank.bank.acting_as("job"):
        given: dict[str, object] = {"title": "Helper", "scope": "own", "permissions": ["contacts.read", "customers.read"], **more}
        ComposedRole.objects.create(name="helper", **given)


def test_who_holds_the_role_does_not_decide_that_it_may_do_more(small_bank, gao):
    compose(small_bank, scope="bank", permissions=["contacts.read", "customers.read", "people.approve"])
    holder = client_of(small_bank, "hao", "helper")
    another = client_of(small_bank, "fang", "compliance_officer")
    more = role("Helper", scope="bank", why="needed", may=["customers.read", "people.approve", "audit.read"])
    waits = gao.post("/roles/helper/", more)["Location"]
    assert holder.post(f"{waits}approve/").status_code == 409
    assert another.post(f"{waits}approve/").status_code == 302
    now = composed(small_bank, "helper")
    assert now is not None and "audit.read" in now.permissions


def test_a_role_that_changed_meanwhile_has_to_be_proposed_anew(small_bank, gao, fang):
    compose(small_bank)
    waits = gao.post("/roles/helper/", role("Helper", scope="bank", why="needed"))["Location"]
    assert gao.post("/roles/helper/", role("Helper", scope="participant")).status_code == 302
    assert fang.post(f"{waits}approve/").status_code == 409
    now = composed(small_bank, "helper")
    assert now is not None and now.scope == "participant"


def test_a_retired_role_that_somebody_still_holds_gets_no_right_by_the_way(small_bank, gao, fang):
    compose(small_bank)
    assert gao.post("/roles/helper/", {"act": "retire"}).status_code == 302
    assert gao.post("/roles/helper/", role("Helper", scope="bank")).status_code == 422
    assert gao.post("/roles/helper/", {"act": "return"}).status_code == 422, "to be given again it needs a second person too"


def test_somebody_new_logs_in_once_her_role_is_approved(small_bank, gao, fang):
    form = {"login": "lin", "name": "林知远", "role": "relationship_manager", "staff_no": "E11", "password": PASSWORD, "is_active": "on"}
    waits = gao.post("/people/new/", {**form, "why": "she begins on Monday"})["Location"]
    assert Client().post("/login/", {"login": "lin", "password": PASSWORD}).status_code == 401
    assert fang.post(f"{waits}approve/").status_code == 302
    assert logged_in("lin").get("/me/").status_code == 200


def test_a_narrower_role_holds_at_once_and_a_wider_one_waits(small_bank, gao, fang):
    zhou = small_bank.person("zhou", "branch_manager", "E13")
    form = {"name": "周敏", "staff_no": "E13", "is_active": "on", "why": "moves up"}
    waits = gao.post(f"/people/{zhou.pk}/", {**form, "role": "administrator"})
    assert waits["Location"].startswith("/approvals/")
    assert gao.post(f"/people/{zhou.pk}/", {**form, "role": "relationship_manager"})["Location"] == "/people/"
    with small_bank.bank.acting_as("job"):
        assert Person.objects.get(pk=zhou.pk).role == "relationship_manager"
    assert fang.post(f"{waits['Location']}approve/").status_code == 409, "she was changed since"
    assert gao.post(f"/people/{zhou.pk}/", {**form, "role": "team_leader"})["Location"].startswith("/approvals/")


def test_a_bank_with_one_administrator_says_so_in_its_settings(small_bank, gao, settings):
    form = {"login": "lin", "name": "林知远", "role": "analyst", "password": PASSWORD, "is_active": "on", "why": "needed"}
    assert gao.post("/people/new/", form).status_code == 422, "nobody else may approve it"
    settings.ROLE_APPROVAL = False
    assert gao.post("/people/new/", form)["Location"] == "/people/"


def test_a_right_more_or_a_wider_scope_is_a_gain_and_nothing_else():
    one = rules.Role("a", "own", frozenset({"customers.read"}))
    assert not rules.gains(one, one)
    assert not rules.gains(one, rules.Role("b", "participant", frozenset()))
    assert rules.gains(one, rules.Role("b", "team", one.permissions))
    assert rules.gains(one, rules.Role("b", "participant", frozenset({"audit.read"})))
    assert rules.gains(None, one) and not rules.gains(one, None)
