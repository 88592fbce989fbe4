"""Roles that groups of the bank's own log-in give: each one given, changed or withdrawn has its entry, and an end of the group ends the sessions."""

from __future__ import annotations

import pytest
from django.conf import LazySettings
from django.test import Client
from django.utils import timezone

from zhike.access.models import AuditEntry, Person
from zhike.access.scope import NOBODY, entered, viewer_for
from zhike.access.single_sign_on import Known, taken_in
from zhike.access.tests.conftest import PASSWORD, SmallBank
from zhike.api.tests.asking import Program, token_of


@pytest.fixture(autouse=True)
def mapping(settings: LazySettings) -> None:
    settings.ZHIKE_GROUP_ROLES = {"desk": "analyst", "managers": "relationship_manager"}


def comes(*groups: str) -> str | None:
    """林知远 comes with these groups; why she is refused, if she is."""
    with entered(NOBODY):
        return taken_in(actor=NOBODY, at=timezone.now(), known=Known("lin", "林知远", "E11", groups), way="oidc").refusal


def entries(small_bank: SmallBank) -> list[tuple[str, object, object]]:
    with small_bank.bank.acting_as("job"):
        found = AuditEntry.objects.filter(act__in=["people.changed", "people.role_withdrawn"]).order_by("pk")
        return [(one.act, (one.before or {}).get("role"), (one.after or {}).get("role")) for one in found]


def test_a_role_that_a_group_gives_or_withdraws_is_on_record_and_her_sessions_end_with_it(small_bank: SmallBank) -> None:
    small_bank.person("lin", "analyst", "E11")
    client = Client()
    client.post("/login/", {"login": "lin", "password": PASSWORD})
    assert comes("Managers") is None
    assert client.get("/me/").status_code == 200
    assert comes("canteen") == "no_role"
    assert entries(small_bank) == [
        ("people.changed", "analyst", "relationship_manager"),
        ("people.role_withdrawn", "relationship_manager", None),
    ]
    assert client.get("/me/").status_code == 302, "what she had open has ended"
    with small_bank.bank.acting_as("job"):
        assert Person.objects.get(login="lin").is_active


def test_her_tokens_open_nothing_while_no_group_gives_her_a_role(small_bank: SmallBank) -> None:
    """Whoever leaves a group keeps no program in her place: tokens, an assistant and SQL in her name know her without rights, until a group gives a role again."""
    small_bank.person("lin", "relationship_manager", "E11")
    program = Program(token_of(small_bank.bank, "lin"))
    assert program.get("/customers").status_code == 200
    assert comes("canteen") == "no_role"
    refused = program.get("/customers")
    assert refused.status_code == 401 and "may not log in" in refused.json()["detail"]
    with small_bank.bank.acting_as("job"):
        hers = viewer_for(Person.objects.select_related("employee__unit").get(login="lin"))
    assert (hers.scope, hers.permissions) == ("none", frozenset())
    assert comes("managers") is None
    assert program.get("/customers").status_code == 200
    with small_bank.bank.acting_as("job"):
        acts = list(AuditEntry.objects.filter(act__startswith="people.role_").order_by("pk").values_list("act", flat=True))
    assert acts == ["people.role_withdrawn", "people.role_returned"]


def test_a_password_of_zhikes_own_opens_when_the_groups_are_wrong(small_bank: SmallBank) -> None:
    """Nobody is shut out for good by a mapping that was written wrongly: the administrator's own password gives her role back, with an entry."""
    small_bank.person("lin", "administrator", "E11")
    assert comes("canteen") == "no_role"
    client = Client()
    client.post("/login/", {"login": "lin", "password": PASSWORD})
    assert client.get("/people/").status_code == 200
    with small_bank.bank.acting_as("job"):
        assert list(AuditEntry.objects.filter(act="people.role_returned").values_list("reason", flat=True)) == ["password"]


def test_the_page_of_roles_says_which_groups_give_roles_and_that_nobody_approves_it_here(small_bank: SmallBank) -> None:
    small_bank.person("gao", "administrator")
    client = Client()
    client.post("/login/", {"login": "gao", "password": PASSWORD})
    page = client.get("/roles/").content.decode()
    assert "managers" in page and "outside Zhike" in page
