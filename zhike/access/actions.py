"""Writes of this area, and `record`, by which every area writes its audit entry.

One act is one function, one transaction, one entry. `actor` is the viewer who acts, `at` when.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any, Literal

from django.conf import settings
from django.contrib.auth.hashers import check_password, make_password
from django.core.serializers.json import DjangoJSONEncoder
from django.db import IntegrityError, connection, transaction

from zhike.access import doors, passwords
from zhike.access.addresses import networks_of
from zhike.access.models import ComposedRole, Employee, Person, Session, ViewerSecret
from zhike.access.rules import ROLES, failures_after_another, is_locked
from zhike.access.scope import REQUEST_ID, ScopeMissing, Viewer
from zhike.access.sealing import keyring, open_sealed, seal_one, seal_values, version_of
from zhike.access.stamping import claims_of, stamped

Refusal = Literal["wrong", "locked", "no_role", "unreachable"]
Way = Literal["password", "demo", "ldap", "oidc", "passkey"]  # how somebody has come in
BLOCK = 64  # of SHA-256, in bytes


class PersonRefused(Exception):
    """A person cannot be written like this; `field` is the input at fault, `reason` one of taken, unknown_role, unknown_employee,
    too_short, breached, own_name, missing, yourself."""

    def __init__(self, field: str, reason: str) -> None:
        super().__init__(f"{field}: {reason}")
        self.field, self.reason = field, reason


class TooManyReveals(Exception):
    """She has revealed `count` numbers within an hour, as many as one person may."""

    def __init__(self, count: int) -> None:
        super().__init__(str(count))
        self.count = count


@dataclass(frozen=True)
class LogIn:
    """What came of trying to log in: the person, or why not."""

    person: Person | None
    refusal: Refusal | None = None
    way: Way = "password"


def record(
    actor: Viewer,
    act: str,
    *,
    subject: tuple[str, object] | None = None,
    party_id: int | None = None,
    reason: str = "",
    before: Mapping[str, Any] | None = None,
    after: Mapping[str, Any] | None = None,
    at: datetime | None = None,
) -> None:
    """Write one audit entry in the caller's transaction: who (`actor`), what (`act`, dotted, past tense: batches.loaded), on what
    (`subject`: type and id), when (`at`; None: the database's now). Door and address are where the actor came in (`doors`).
    """
    subject_type, subject_id = subject or ("", "")
    claims = _claims(actor, act, str(subject_id), party_id, reason)
    entry: dict[str, Any] = {
        **claims, "area": act.partition(".")[0], "subject_type": subject_type, "before": _json(before), "after": _json(after),
        "stamp": stamped(claims_of(**claims)),
    }  # fmt: skip
    if at is not None:
        entry["at"] = at
    columns, places = ", ".join(entry), ", ".join(["%s"] * len(entry))
    with connection.cursor() as cursor:  # not through the model: reading the new id back would need the right to read the audit
        cursor.execute(f"insert into access_auditentry ({columns}) values ({places})", list(entry.values()))


def _claims(actor: Viewer, act: str, subject_id: str, party_id: int | None, reason: str) -> dict[str, Any]:
    """What the stamp of an entry vouches for."""
    door, address = doors.here()
    return {
        "person_id": actor.person_id, "login": actor.login, "act": act, "subject_id": subject_id, "party_id": party_id, "reason": reason,
        "request_id": REQUEST_ID.get(), "door": door, "address": address,
    }  # fmt: skip


def _json(values: Mapping[str, Any] | None) -> str | None:
    return None if values is None else json.dumps(values, cls=DjangoJSONEncoder, ensure_ascii=False)


def reveal(*, actor: Viewer, digest: bytes, party_id: int, purpose: str) -> str | None:
    """The value behind a digest of a customer, for a purpose that is recorded; None where the actor does not see the customer, may not
    reveal, or the value is not that customer's. The database decides and writes the entry (decision 13); `actor` must be entered.

    Raises `TooManyReveals` where she has revealed as many within an hour as one person may (ZHIKE_REVEALS_AN_HOUR).
    """
    return revealed(actor, digest, party_id, purpose, most=settings.REVEALS_AN_HOUR)


def revealed(actor: Viewer, digest: bytes, party_id: int, purpose: str, *, most: int) -> str | None:
    """As `reveal`, of which there may be `most` within the hour; for it and `many_reveals` alone."""
    claims = _claims(actor, "contacts.revealed", digest.hex(), party_id, purpose)
    told = {"stamp": stamped(claims_of(**claims)).hex(), "digest": digest, "party": party_id, "purpose": purpose, **claims, "most": most}
    with connection.cursor() as cursor:
        cursor.execute(_REVEAL, told)
        sealed, asking, lately = cursor.fetchone()
    if lately >= most:
        raise TooManyReveals(lately)
    if asking != actor.person_id:
        raise ScopeMissing("the actor of a reveal must be the viewer of its transaction")
    return None if sealed is None else open_sealed(bytes(sealed))


def note_refused_reveal(*, actor: Viewer, party_id: int) -> None:
    """Record that a reveal was refused because there were too many."""
    record(actor, "contacts.reveal_refused", subject=("party", party_id), party_id=party_id)


# What the entry that the database writes says of door and address, and its stamp, are defaults of its columns, which read these settings.
_REVEAL = """
with told as materialized (
    select set_config('zhike.stamp', %(stamp)s, true), set_config('zhike.door', %(door)s, true), set_config('zhike.address', %(address)s, true))
select case when lately < %(most)s then access.reveal(%(digest)s, %(party)s, %(purpose)s) end, access.viewer_person(), lately
from told, lateral (select access.reveals_lately() as lately) l
"""


@dataclass(frozen=True)
class Kept:
    """What stands beside a party of a protected value that is in the vault: digests and mask."""

    digest: bytes
    last4: bytes | None
    masked: str


def keep_sealed(*, kind: str, text: str) -> Kept | None:
    """Seal what somebody typed and put it into the vault; None for a blank. Part of an act: its caller writes the entry. Without
    customers.edit the database refuses."""
    row = seal_one(kind, text)
    if row["digest"] is None:
        return None
    with connection.cursor() as cursor:
        cursor.execute(
            "select access.keep_sealed(%s, %s, %s, %s, %s, %s)",
            [row["digest"], kind, row["last4"], row["masked"], row["sealed"], version_of(row["sealed"])],
        )
    return Kept(row["digest"], row["last4"], row["masked"])


def keep_many_sealed(*, kind: str, texts: Sequence[str]) -> list[Kept | None]:
    """`keep_sealed` for a whole column, in one statement: what stands beside each text, None for a blank."""
    rows = seal_values(kind, list(texts)).to_pylist()
    distinct = list({row["digest"]: row for row in rows if row["digest"] is not None}.values())
    version = version_of(distinct[0]["sealed"]) if distinct else 0  # a column is sealed under one
    with connection.cursor() as cursor:
        cursor.execute(
            "select access.keep_many_sealed(%s, %s, %s::bytea[], %s::bytea[], %s::text[], %s::bytea[])",
            [kind, version, *([row[name] for row in distinct] for name in ("digest", "last4", "masked", "sealed"))],
        )
    return [Kept(row["digest"], row["last4"], row["masked"]) if row["digest"] is not None else None for row in rows]


@transaction.atomic
def add_person(
    *,
    actor: Viewer,
    at: datetime,
    login: str,
    name: str,
    role: str,
    staff_no: str = "",
    password: str | None,
    language: str = "",
    is_demo: bool = False,
    is_active: bool = True,
) -> Person:
    """Add somebody who may log in (`is_active` False: not before that is approved). `password` None: she cannot until one is set (demo people are let in by one click).

    `staff_no`: her employee record, which her scope follows. Raises `PersonRefused`.
    """
    key = login.strip().lower()
    if not key or not name.strip():
        raise PersonRefused("login" if not key else "name", "missing")
    employee = _employee(staff_no)
    _check_role(role)
    person = Person(
        login=key, name=name.strip(), role=role, employee=employee, language=language, is_demo=is_demo, is_active=is_active,
        password=_hashed(password, key), created_at=at,
    )  # fmt: skip
    try:
        with transaction.atomic():
            person.save(force_insert=True)
    except IntegrityError as wrong:
        raise PersonRefused("login", "taken") from wrong
    record(actor, "people.added", subject=("person", person.pk), after=_shown(person), at=at)
    return person


@transaction.atomic
def change_person(
    *, actor: Viewer, at: datetime, person: Person, name: str, role: str, staff_no: str, is_active: bool, password: str = "",
    networks: str | None = None,
) -> Person:  # fmt: skip
    """Change what an administrator may change; an empty `password` leaves it, as None does `networks` (from where alone she may come). Nobody takes her own right to do this.

    Raises `PersonRefused`. A new password ends a lock-out.
    """
    before = _shown(person)
    if not name.strip():
        raise PersonRefused("name", "missing")
    if person.pk == actor.person_id and (role != person.role or not is_active):
        raise PersonRefused("role" if role != person.role else "is_active", "yourself")
    _check_role(role)
    if role != person.role:
        person.role_withdrawn_at = None  # it is people who give it now
    person.name, person.role, person.employee, person.is_active = name.strip(), role, _employee(staff_no), is_active
    if networks is not None:
        person.networks = _networks(networks)
    if password:
        person.password, person.failures, person.first_failure_at = _hashed(password, person.login), 0, None
    person.has_left = person.employee is not None and person.employee.status == Employee.Status.LEFT
    person.save()
    record(
        actor,
        "people.changed",
        subject=("person", person.pk),
        before=before,
        after={**_shown(person), "new_password": bool(password)},
        at=at,
    )
    return person


@transaction.atomic
def set_password(*, actor: Viewer, at: datetime, person: Person, password: str) -> None:
    """Give a person a new password and end a lock-out. Raises `PersonRefused` for a password that nobody should choose."""
    person.password, person.failures, person.first_failure_at = _hashed(password, person.login), 0, None
    person.save(update_fields=["password", "failures", "first_failure_at"])
    record(actor, "people.password_set", subject=("person", person.pk), at=at)


@transaction.atomic
def choose_looks(
    *, actor: Viewer, person: Person, language: str | None = None, theme: str | None = None, money_direction: str | None = None,
    density: str | None = None, start_page: str | None = None,
) -> None:  # fmt: skip
    """Keep a person's language, theme, money direction, density of tables or start page; None leaves it, what is unknown is ignored."""
    chosen = {
        "language": language if language in Person.Language.values else None,
        "theme": theme if theme in Person.Theme.values else None,
        "money_direction": money_direction if money_direction in Person.MoneyDirection.values else None,
        "density": density if density in Person.Density.values else None,
        "start_page": start_page if start_page in Person.StartPage.values else None,
    }
    changed = [name for name, value in chosen.items() if value is not None and getattr(person, name) != value]
    for name in changed:
        setattr(person, name, chosen[name])
    if changed:
        person.save(update_fields=changed)
        record(actor, "people.looks_chosen", subject=("person", person.pk), after={name: chosen[name] for name in changed})


@transaction.atomic
def log_in(*, actor: Viewer, at: datetime, login: str, password: str) -> LogIn:
    """Check a password. Five wrong ones lock for thirty minutes. A refusal is an answer, not an error, so that its count is kept.

    The entry of a success is written by `note_log_in`, once the person is the viewer.
    """
    person = Person.objects.select_for_update().filter(login=login.strip().lower(), is_active=True, has_left=False).first()
    if person is None:
        check_password(password, _password_of_nobody())  # takes as long as with a person
        record(actor, "session.refused", subject=("login", login.strip().lower()[:80]), reason="unknown")
        return LogIn(None, "wrong")
    refusal = checked(actor, person, lambda: person.check_password(password), at=at, act="session.refused")
    if refusal:
        return LogIn(None, refusal)
    return LogIn(person)


@transaction.atomic
def change_own_password(*, actor: Viewer, at: datetime, old: str, new: str) -> Refusal | None:
    """Give oneself a new password; the old one is asked for, and a wrong one counts as at log-in. None: it is done.

    Raises `PersonRefused` where the new one is no good. Sessions opened with the old one end by themselves.
    """
    hashed = _hashed(new, actor.login)
    person = Person.objects.select_for_update().get(pk=actor.person_id or 0)
    refusal = checked(actor, person, lambda: person.check_password(old), at=at, act="people.password_refused")
    if refusal is None:
        person.password = hashed
        person.save(update_fields=["password"])
        record(actor, "people.password_set", subject=("person", person.pk), reason="by herself", at=at)
    return refusal


def clear_expired_sessions(*, at: datetime) -> int:
    """Delete the sessions that ended before `at`; how many they were. Housekeeping of the worker: nobody's act, so no entry."""
    return Session.objects.filter(expire_date__lt=at).delete()[0]


def note_log_in(*, actor: Viewer, way: Way, second: str = "") -> None:
    """Write that a person has logged in, and by which second factor, if any."""
    record(actor, "session.opened", subject=("person", actor.person_id), reason=f"{way} + {second}" if second else way)


def note_log_out(*, actor: Viewer) -> None:
    """Write that a person has logged out."""
    record(actor, "session.closed", subject=("person", actor.person_id))


def close_log_ins(*, actor: Viewer, at: datetime, employee_id: int) -> None:
    """Close the log-ins of somebody who leaves; part of the act that says so."""
    for key in list(Person.objects.filter(employee=employee_id, is_active=True).values_list("pk", flat=True)):
        Person.objects.filter(pk=key).update(is_active=False)
        record(actor, "people.closed", subject=("person", key), at=at)


def open_log_ins(*, actor: Viewer, at: datetime, person_ids: Sequence[int]) -> None:
    """Open log-ins again that were closed by what is taken back; not of who has left the bank. Part of the act that says so."""
    for key in list(Person.objects.filter(pk__in=person_ids, is_active=False, has_left=False).values_list("pk", flat=True)):
        Person.objects.filter(pk=key).update(is_active=True)
        record(actor, "people.opened", subject=("person", key), at=at)


def keep_viewer_key() -> None:
    """Put this installation's viewer key where only `access.viewer()` reads it; `zhike init` calls it as the migrate role."""
    key = keyring().viewer_key.ljust(BLOCK, b"\0")
    ViewerSecret.objects.update_or_create(
        version=1, defaults={"inner_key": bytes(byte ^ 0x36 for byte in key), "outer_key": bytes(byte ^ 0x5C for byte in key)}
    )


def checked(
    actor: Viewer, person: Person, is_right: Callable[[], bool], *, at: datetime, act: str, what: str = "wrong password"
) -> Refusal | None:
    """Why this password or code does not open; counts a wrong one, ends the count with a right one, and records a refusal as `act`.

    `person` is locked for update; while she is locked out, `is_right` is not asked at all."""
    if is_locked(person.failures, person.first_failure_at, at):
        record(actor, act, subject=("person", person.pk), reason="locked")
        return "locked"
    if not is_right():
        person.failures, person.first_failure_at = failures_after_another(person.failures, person.first_failure_at, at)
        person.save(update_fields=["failures", "first_failure_at"])
        record(actor, act, subject=("person", person.pk), reason=what)
        return "locked" if is_locked(person.failures, person.first_failure_at, at) else "wrong"
    if person.failures:
        person.failures, person.first_failure_at = 0, None
        person.save(update_fields=["failures", "first_failure_at"])
    return None


@lru_cache(maxsize=1)
def _password_of_nobody() -> str:
    return make_password("nobody")


def _hashed(password: str | None, login: str) -> str:
    refusal = passwords.refusal_of(password, login) if password is not None else None
    if refusal:
        raise PersonRefused("password", refusal)
    return make_password(password)


def _check_role(role: str) -> None:
    if role not in ROLES and not ComposedRole.objects.filter(pk=role, retired_at=None).exists():
        raise PersonRefused("role", "unknown_role")


def _networks(text: str) -> str:
    try:
        return " ".join(str(network) for network in networks_of(text))
    except ValueError as wrong:
        raise PersonRefused("networks", "networks") from wrong


def _employee(staff_no: str) -> Employee | None:
    if not staff_no.strip():
        return None
    employee = Employee.objects.filter(staff_no=staff_no.strip()).first()
    if employee is None:
        raise PersonRefused("staff_no", "unknown_employee")
    return employee


def _shown(person: Person) -> dict[str, Any]:
    return {
        "login": person.login, "name": person.name, "role": person.role, "is_active": person.is_active, "networks": person.networks,
        "staff_no": person.employee.staff_no if person.employee else None,
    }  # fmt: skip
