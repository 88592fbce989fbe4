"""Acts of this area that may need a second person: a person's role and scope, a composed role, and the rules of approval themselves."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from django.conf import settings
from django.db import transaction
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from zhike.access import role_proposals
from zhike.access.actions import PersonRefused, add_person, change_person, record
from zhike.access.approval_models import ApprovalRule, Proposal
from zhike.access.approval_rules import GIVE_RIGHTS, SET, Need
from zhike.access.approvals import Asked, CannotBeDone, Done, Line, Told, is_needed, kind, kinds, need_of, propose
from zhike.access.models import Person
from zhike.access.role_queries import role_choices
from zhike.access.roles import role_named
from zhike.access.rules import gains
from zhike.access.scope import Viewer, require

ADMINISTRATOR, ROLE, RULE = "access.administrator", "access.role", "access.approval_rule"
RULING = frozenset({"people.manage", "roles.manage"})
_FACTS = ("role", "staff_no", "is_active")


def _facts(person: Person) -> dict[str, Any]:
    return {"role": person.role, "staff_no": person.employee.staff_no if person.employee else "", "is_active": person.is_active}


def _kind_for(before: Mapping[str, Any], after: Mapping[str, Any]) -> str | None:
    """Which kind of act a change of a person is; None: it gives nobody more, or other, rights. What only takes rights away is done at once."""
    if not after["is_active"] or all(before[name] == after[name] for name in _FACTS):
        return None
    role, was = role_named(after["role"]), role_named(before["role"]) if before["is_active"] else None
    if before["staff_no"] == after["staff_no"] and not gains(was, role):
        return None
    rules = role is not None and not RULING.isdisjoint(role.permissions)  # a composed role may be an administrator's by another name
    grants = rules and not (before["role"] == after["role"] and before["is_active"])
    return ADMINISTRATOR if grants else ROLE


@transaction.atomic
def change_or_propose(*, actor: Viewer, at: datetime, person: Person, given: Mapping[str, Any], why: str) -> Proposal | None:
    """Change a person, or propose it where a second administrator has to approve; None: it is done. Raises `PersonRefused`, `NotProposed`."""
    after = {"role": given["role"], "staff_no": given["staff_no"].strip(), "is_active": bool(given["is_active"])}
    before = _facts(person)
    name = _kind_for(before, after)
    if name is None or not is_needed(name, on=timezone.localdate(at)) or person.pk == actor.person_id:
        change_person(actor=actor, at=at, person=person, **given)
        return None
    if given["password"]:
        raise PersonRefused("password", "password_apart")
    asked = {
        "person_id": person.pk,
        "login": person.login,
        "name": given["name"],
        "was": before,
        "to": after,
        "networks": given.get("networks"),
    }
    return propose(actor=actor, at=at, name=name, asked=asked, why=why, subject=("person", person.pk))


@transaction.atomic
def add_or_propose(*, actor: Viewer, at: datetime, given: Mapping[str, Any], why: str) -> tuple[Person, Proposal | None]:
    """Add a person; where her role has to be approved she cannot log in before it is. Raises `PersonRefused`, `NotProposed`."""
    after = {"role": given["role"], "staff_no": given["staff_no"].strip(), "is_active": True}
    name = _kind_for({**after, "is_active": False}, after)
    waits = name is not None and is_needed(name, on=timezone.localdate(at))
    person = add_person(
        actor=actor, at=at, login=given["login"], name=given["name"], role=given["role"], staff_no=given["staff_no"], password=given["password"],
        is_active=not waits,
    )  # fmt: skip
    if name is None or not waits:
        return person, None
    asked = {"person_id": person.pk, "login": person.login, "name": person.name, "was": _facts(person), "to": after}
    return person, propose(actor=actor, at=at, name=name, asked=asked, why=why, subject=("person", person.pk))


def _told(_viewer: Viewer, asked: Mapping[str, Any]) -> Told:
    was, to = asked["was"], asked["to"]
    roles = {name: str(word) for name, word in (*Person.Role.choices, *role_choices())}
    yes_no = {True: _("yes"), False: _("no")}
    lines = [
        Line(_("Role"), roles.get(was["role"], was["role"]), roles.get(to["role"], to["role"])),
        Line(_("Staff number"), was["staff_no"], to["staff_no"]),
        Line(_("May log in"), yes_no[was["is_active"]], yes_no[to["is_active"]]),
    ]
    title = _("%(name)s (%(login)s) as %(role)s") % {
        "name": asked["name"],
        "login": asked["login"],
        "role": roles.get(to["role"], to["role"]),
    }
    return Told(title, [line for line in lines if line.before != line.after])


def _changed(_viewer: Viewer, asked: Mapping[str, Any]) -> str:
    person = Person.objects.select_related("employee").filter(pk=asked["person_id"]).first()
    if person is None or _facts(person) != asked["was"]:
        return _("This person was changed since it was proposed. It has to be proposed anew.")
    return ""


@kind(ADMINISTRATOR, title=gettext_lazy("An administrator's rights"), tell=_told, changed=_changed, route="bank", permission=GIVE_RIGHTS,
      usual=lambda: Need(True))  # fmt: skip
@kind(ROLE, title=gettext_lazy("A person's role or scope"), tell=_told, changed=_changed, route="bank", permission=GIVE_RIGHTS,
      usual=lambda: Need(settings.ROLE_APPROVAL))  # fmt: skip
def change_role(asked: Asked) -> Done:
    """Give a person the role and employee record that were approved."""
    require(asked.actor, "people.manage")
    person = Person.objects.select_related("employee").get(pk=asked.values["person_id"])
    try:
        change_person(
            actor=asked.actor,
            at=asked.at,
            person=person,
            name=asked.values["name"],
            networks=asked.values.get("networks"),
            **asked.values["to"],
        )
    except PersonRefused as wrong:
        raise CannotBeDone(_("The role or the employee record is not there any more.")) from wrong
    return Done(_("Holds from now on."), reverse("person-edit", args=[person.pk]))


kind(role_proposals.KIND, title=gettext_lazy("A composed role"), tell=role_proposals.told, changed=role_proposals.changed, route="bank",
     permission=GIVE_RIGHTS, usual=lambda: Need(settings.ROLE_APPROVAL))(role_proposals.compose)  # fmt: skip


@transaction.atomic
def set_rule(*, actor: Viewer, at: datetime, name: str, need: Need, why: str) -> Proposal | None:
    """Say when acts of a kind need approval, from today on. Stricter holds at once (None); laxer needs a second person itself.

    Raises PermissionDenied without approvals.set, `NotProposed`.
    """
    require(actor, SET)
    was = need_of(name, timezone.localdate(at))
    if is_stricter(need, was):
        _keep_rule(actor, at, name, need)
        return None
    asked = {"kind": name, "was": [was.is_needed, was.above], "to": [need.is_needed, need.above]}
    return propose(actor=actor, at=at, name=RULE, asked=asked, why=why, subject=("rule", name))


def is_stricter(need: Need, was: Need) -> bool:
    """Whether nothing that needed approval before would need none."""
    return not was.is_needed or (need.is_needed and need.above <= was.above)


def _keep_rule(actor: Viewer, at: datetime, name: str, need: Need) -> None:
    today: date = timezone.localdate(at)
    before = need_of(name, today)
    ApprovalRule.objects.filter(kind=name, to_date=None).update(to_date=today)
    ApprovalRule.objects.create(kind=name, from_date=today, is_needed=need.is_needed, above=need.above, set_at=at, set_name=actor.name)
    record(actor, "approvals.rule_set", subject=("rule", name), before=vars(before), after=vars(need), at=at)


def need_in_words(need: Need) -> str:
    """When acts need approval, as a table says it."""
    if not need.is_needed:
        return _("never")
    return _("above %(n)s") % {"n": f"{need.above:,}"} if need.above else _("always")


def _rule_told(_viewer: Viewer, asked: Mapping[str, Any]) -> Told:
    title = kinds()[asked["kind"]].title
    return Told(_("When approval is needed: %(kind)s") % {"kind": title},
                [Line(title, need_in_words(Need(*asked["was"])), need_in_words(Need(*asked["to"])))])  # fmt: skip


def _rule_changed(_viewer: Viewer, asked: Mapping[str, Any]) -> str:
    if need_of(asked["kind"], timezone.localdate()) != Need(*asked["was"]):
        return _("The rule was changed since it was proposed. It has to be proposed anew.")
    return ""


@kind(
    RULE,
    title=gettext_lazy("A rule of approval"),
    tell=_rule_told,
    changed=_rule_changed,
    route="bank",
    permission=SET,
    usual=lambda: Need(True),
)
def change_rule(asked: Asked) -> Done:
    """Let the rule hold that was approved."""
    require(asked.actor, SET)
    _keep_rule(asked.actor, asked.at, asked.values["kind"], Need(*asked.values["to"]))
    return Done(_("Holds from now on."), reverse("approval-rules"))
