"""People whom the bank's directory or its own log-in knows: which of our people that is, and which role her groups give her."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from django.conf import settings
from django.db import transaction

from zhike.access import actions, directory
from zhike.access.actions import LogIn, PersonRefused, add_person, checked, record
from zhike.access.models import Employee, Person, Session
from zhike.access.roles import role_named
from zhike.access.scope import Viewer

OutsideWay = Literal["ldap", "oidc"]


@dataclass(frozen=True)
class Known:
    """Somebody as the bank knows her; `staff_no` is empty where it does not say."""

    login: str
    name: str
    staff_no: str
    groups: Sequence[str]


def role_of(groups: Sequence[str], roles: Mapping[str, str]) -> str | None:
    """The role of the first group in `roles` that she is in, capitals ignored; None: no group gives one."""
    hers = {group.casefold() for group in groups}
    return next((role for group, role in roles.items() if group.casefold() in hers and role_named(role)), None)


@transaction.atomic
def log_in(*, actor: Viewer, at: datetime, login: str, password: str) -> LogIn:
    """`actions.log_in`, and for whoever has no password of Zhike's own the bank's directory, where there is one."""
    person = Person.objects.select_for_update().filter(login=login.strip().lower()).first()
    if not directory.is_on() or (person is not None and (person.has_usable_password() or not person.may_enter)):
        found_here = actions.log_in(actor=actor, at=at, login=login, password=password)
        if found_here.person is not None:  # whoever has a password of Zhike's own gets in when the bank's log-in is away or wrong
            _give_back(actor, at, found_here.person, found_here.person.role, "password")
        return found_here
    try:
        if person is None:
            found = directory.find(login, password)
            refusal = None if found else "wrong"
        else:
            asked: list[directory.Entry | None] = []
            refusal = checked(
                actor, person, lambda: _ask(asked, login, password), at=at, act="session.refused", what="wrong password, ldap"
            )
            found = asked[0] if asked else None
    except directory.Unreachable as gone:
        record(actor, "session.refused", subject=("login", login.strip().lower()[:80]), reason=f"ldap: {gone}"[:200], at=at)
        return LogIn(None, "unreachable")
    if found is None or refusal:
        if person is None:
            record(actor, "session.refused", subject=("login", login.strip().lower()[:80]), reason="unknown, ldap", at=at)
        return LogIn(None, "locked" if refusal == "locked" else "wrong")
    return taken_in(actor=actor, at=at, known=Known(login, found.name, found.staff_no, found.groups), way="ldap")


def _ask(asked: list[directory.Entry | None], login: str, password: str) -> bool:
    asked.append(directory.find(login, password))
    return asked[0] is not None


@transaction.atomic
def taken_in(*, actor: Viewer, at: datetime, known: Known, way: OutsideWay) -> LogIn:
    """Our person for somebody whom the bank has recognised. Her role follows her groups, where groups give roles at all; a new account is
    made where settings say so. Refused, with an entry, without an account, a role, or the right to enter."""
    key, role = known.login.strip().lower(), role_of(known.groups, settings.ZHIKE_GROUP_ROLES)
    person = Person.objects.select_related("employee__unit").select_for_update(of=("self",)).filter(login=key).first()
    if (person is not None and not person.may_enter) or (person is None and not (role and settings.ZHIKE_SSO_CREATES)):
        return _refused(
            actor, at, key, "no_role" if person is None else "wrong", f"no account, {way}" if person is None else f"closed, {way}"
        )
    if role is None and settings.ZHIKE_GROUP_ROLES:
        if person is not None:
            _withdraw(actor, at, person, way)
        return _refused(actor, at, key, "no_role", f"no group with a role, {way}")
    if person is None:
        return LogIn(_new(actor, at, key, known, str(role)), way=way)
    if role is not None:
        _give_back(actor, at, person, role, f"groups, {way}")
    if role is not None and role != person.role:
        before, person.role = person.role, role
        person.save(update_fields=["role"])
        record(
            actor,
            "people.changed",
            subject=("person", person.pk),
            reason=f"groups, {way}",
            before={"role": before},
            after={"role": role},
            at=at,
        )
    return LogIn(person, way=way)


def _withdraw(actor: Viewer, at: datetime, person: Person, way: OutsideWay) -> None:
    """No group gives her a role any more: what she has open elsewhere ends with it, and her tokens open nothing until a group gives one again."""
    person.role_withdrawn_at = person.role_withdrawn_at or at
    person.save(update_fields=["role_withdrawn_at"])
    ended = Session.objects.filter(person=person).delete()[0]
    record(
        actor,
        "people.role_withdrawn",
        subject=("person", person.pk),
        reason=f"groups, {way}",
        before={"role": person.role},
        after={"sessions": ended},
        at=at,
    )


def _give_back(actor: Viewer, at: datetime, person: Person, role: str, reason: str) -> None:
    """Where her role had been withdrawn, it is hers again."""
    if person.role_withdrawn_at is not None:
        person.role_withdrawn_at = None
        person.save(update_fields=["role_withdrawn_at"])
        record(actor, "people.role_returned", subject=("person", person.pk), reason=reason, after={"role": role}, at=at)


def _new(actor: Viewer, at: datetime, login: str, known: Known, role: str) -> Person:
    given: dict[str, Any] = {"login": login, "name": known.name or login, "role": role, "password": None}
    is_staff = bool(known.staff_no) and Employee.objects.filter(staff_no=known.staff_no).exists()
    try:
        return add_person(actor=actor, at=at, staff_no=known.staff_no if is_staff else "", **given)
    except PersonRefused as wrong:  # taken a moment ago by the same person in another window
        return Person.objects.select_related("employee__unit").get(login=login) if wrong.reason == "taken" else _raise(wrong)


def _raise(wrong: Exception) -> Person:
    raise wrong


def _refused(actor: Viewer, at: datetime, login: str, refusal: Literal["no_role", "wrong"], reason: str) -> LogIn:
    record(actor, "session.refused", subject=("login", login[:80]), reason=reason, at=at)
    return LogIn(None, refusal)
