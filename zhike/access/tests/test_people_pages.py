"""People and organisation on pages: the administrator writes, others are told that they may not."""

from __future__ import annotations

import pytest
from django.conf import LazySettings
from django.test import Client

from zhike.access.models import AuditEntry, Person
from zhike.access.tests.conftest import PASSWORD, SmallBank


@pytest.fixture(autouse=True)
def one_administrator(settings: LazySettings) -> None:
    """Here one person gives rights; that it takes two is `test_roles_by_two`."""
    settings.ROLE_APPROVAL = False


def client_of(small_bank: SmallBank, role: str, staff_no: str = "") -> Client:
    small_bank.person(role, role, staff_no)
    client = Client()
    assert client.post("/login/", {"login": role, "password": PASSWORD}).status_code == 302
    return client


def test_the_administrator_adds_somebody_who_then_logs_in(small_bank: SmallBank) -> None:
    client = client_of(small_bank, "administrator")
    answer = client.post(
        "/people/new/",
        {"login": "Zhou", "name": "周敏", "role": "branch_manager", "staff_no": "E13", "password": PASSWORD, "is_active": "on"},
    )
    assert answer.status_code == 302
    assert "周敏" in client.get("/people/?q=zhou").content.decode()
    assert Client().post("/login/", {"login": "zhou", "password": PASSWORD}).status_code == 302
    with small_bank.bank.acting_as("job"):
        entry = AuditEntry.objects.get(act="people.added", login="administrator")
    assert entry.after is not None
    assert (entry.after["login"], entry.after["staff_no"]) == ("zhou", "E13")


@pytest.mark.parametrize(
    ("field", "value"), [("login", "administrator"), ("staff_no", "E99"), ("password", "short"), ("role", "king"), ("name", "")]
)
def test_what_cannot_be_is_said_beside_the_field(small_bank: SmallBank, field: str, value: str) -> None:
    client = client_of(small_bank, "administrator")
    given = {"login": "zhou", "name": "周敏", "role": "branch_manager", "staff_no": "E13", "password": PASSWORD, field: value}
    answer = client.post("/people/new/", given)
    assert answer.status_code == 422
    assert field in answer.context["form"].errors


def test_a_change_is_recorded_with_before_and_after(small_bank: SmallBank) -> None:
    client = client_of(small_bank, "administrator")
    person = small_bank.person("lin", "relationship_manager", "E11")
    form = {"name": "林知远", "role": "team_leader", "staff_no": "E11", "is_active": "on"}
    assert client.post(f"/people/{person.pk}/", form).status_code == 302
    with small_bank.bank.acting_as("job"):
        entry = AuditEntry.objects.get(act="people.changed")
        assert Person.objects.get(pk=person.pk).role == "team_leader"
    assert entry.before is not None
    assert entry.after is not None
    assert (entry.before["role"], entry.after["role"]) == ("relationship_manager", "team_leader")


def test_nobody_takes_her_own_right(small_bank: SmallBank) -> None:
    client = client_of(small_bank, "administrator")
    with small_bank.bank.acting_as("job"):
        me = Person.objects.get(login="administrator")
    assert client.post(f"/people/{me.pk}/", {"name": "x", "role": "analyst", "is_active": "on"}).status_code == 422
    assert client.post(f"/people/{me.pk}/", {"name": "x", "role": "administrator"}).status_code == 422


def test_who_may_not_gets_403_and_what_is_not_there_404(small_bank: SmallBank) -> None:
    manager = client_of(small_bank, "branch_manager", "E14")
    assert [manager.get(path).status_code for path in ("/people/", "/people/new/", "/people/1/")] == [403, 403, 403]
    assert manager.get("/organisation/").status_code == 200
    assert client_of(small_bank, "relationship_manager", "E11").get("/organisation/").status_code == 403
    assert client_of(small_bank, "administrator").get("/people/999999/").status_code == 404


def test_the_organisation_is_drawn_from_the_top(small_bank: SmallBank) -> None:
    rows = client_of(small_bank, "administrator").get("/organisation/").context["rows"]
    assert [(row.unit.key, row.depth, row.staff) for row in rows] == [
        ("HO", 0, 1),
        ("B1", 1, 0),
        ("S1", 2, 1),
        ("O1", 3, 3),
        ("O2", 3, 1),
        ("B2", 1, 0),
    ]


def test_she_chooses_her_language_and_keeps_it(small_bank: SmallBank) -> None:
    client = client_of(small_bank, "administrator")
    client.post("/language/", {"language": "zh-hans", "next": "/me/"})
    assert client.get("/me/").headers["Content-Language"] == "zh-hans"
    other = Client()
    other.post("/login/", {"login": "administrator", "password": PASSWORD})
    assert other.get("/me/", headers={"accept-language": "en"}).headers["Content-Language"] == "zh-hans"


def test_a_wrong_language_or_theme_changes_nothing(small_bank: SmallBank) -> None:
    client = client_of(small_bank, "administrator")
    assert client.post("/language/", {"language": "xx"}).status_code == 302
    assert client.post("/looks/", {"theme": "pink", "money": "red-up"}).status_code == 302
    assert client.cookies["zk-money"].value == "red-up"
    assert "zk-theme" not in client.cookies
