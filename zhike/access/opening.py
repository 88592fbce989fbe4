"""Opening customers beside a role: deputies for an absence, participants for a time, broken glass for minutes. Each ends by its own date."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import connection, transaction
from django.db.models import QuerySet

from zhike.access.actions import record
from zhike.access.events import GlassBroken, GlassReviewed
from zhike.access.models import Absence, BrokenGlass, Participation, Person
from zhike.access.scope import Viewer, reach_of, require
from zhike.core.events import publish

LONGEST_ABSENCE = timedelta(days=366)
LONGEST_PART = timedelta(days=180)
GLASS_MINUTES = (30, 60)
SHORTEST_REASON = 10  # characters, for breaking the glass


class OpeningRefused(Exception):
    """It is not opened; `field` is the input at fault, `reason`: unknown, reason, dates, long, same, outside, bank, lent, seen, missing, own."""

    def __init__(self, field: str, reason: str) -> None:
        super().__init__(f"{field}: {reason}")
        self.field, self.reason = field, reason


class NotThere(Exception):
    """No such row, or not one that the actor may know of."""


@transaction.atomic
def name_deputy(*, actor: Viewer, at: datetime, absent: str, deputy: str, from_at: datetime, until_at: datetime, reason: str) -> Absence:
    """Let `deputy` see what is open to `absent` (log-in names) in [from_at, until_at). Raises `OpeningRefused`. Needs deputies.manage, and the
    absent one must be of the actor's own unit, team or bank; who sees the whole bank lends it to nobody."""
    require(actor, "deputies.manage")
    away, stands_in = _person("absent", absent), _person("deputy", deputy)
    if away.pk == stands_in.pk:
        raise OpeningRefused("deputy", "same")
    if not _manages(actor, away):
        raise OpeningRefused("absent", "outside")
    if reach_of(away).scope in ("bank", "none"):
        raise OpeningRefused("absent", "bank")
    _check(reason, from_at, until_at, LONGEST_ABSENCE, at)
    row = Absence.objects.create(
        absent=away, deputy=stands_in, from_at=from_at, until_at=until_at, reason=reason.strip(), given_by_id=actor.person_id, given_at=at
    )
    told = {"absent": away.login, "deputy": stands_in.login, "from": from_at, "until": until_at}
    record(actor, "deputies.named", subject=("absence", row.pk), reason=row.reason, after=told, at=at)
    return row


@transaction.atomic
def end_absence(*, actor: Viewer, at: datetime, absence_id: int) -> None:
    """End it before its time. Raises `NotThere`. Needs deputies.manage."""
    require(actor, "deputies.manage")
    row = Absence.objects.select_for_update(of=("self",)).select_related("absent__employee").filter(pk=absence_id, ended_at=None).first()
    if row is None:
        raise NotThere
    if not _manages(actor, row.absent):
        raise OpeningRefused("absent", "outside")
    row.ended_at = at
    row.save(update_fields=["ended_at"])
    record(actor, "deputies.ended", subject=("absence", row.pk), at=at)


@transaction.atomic
def let_in(*, actor: Viewer, at: datetime, party_id: int, login: str, until_at: datetime, reason: str) -> Participation:
    """Let somebody take part in the work for a customer whom the actor sees by a role and place, until an instant. Raises `OpeningRefused`. Needs
    participants.grant; who was let in herself, broke the glass, or sees the customer in a service team alone, lets nobody in."""
    require(actor, "participants.grant")
    if not _is_hers(party_id):
        raise OpeningRefused("login", "lent")
    person = _person("login", login)
    _check(reason, at, until_at, LONGEST_PART, at)
    row = Participation.objects.create(
        party_id=party_id, person=person, from_at=at, until_at=until_at, reason=reason.strip(), given_by_id=actor.person_id, given_at=at
    )
    told = {"person": person.login, "until": until_at}
    record(actor, "participants.let_in", subject=("participation", row.pk), party_id=party_id, reason=row.reason, after=told, at=at)
    return row


def _is_hers(party_id: int) -> bool:
    with connection.cursor() as cursor:
        cursor.execute("select access.party_is_hers(%s)", [party_id])
        return bool(cursor.fetchone()[0])


@transaction.atomic
def let_out(*, actor: Viewer, at: datetime, party_id: int, participation_id: int) -> None:
    """End somebody's part before its time. Raises `NotThere`. Needs participants.grant."""
    require(actor, "participants.grant")
    row = Participation.objects.select_for_update().filter(pk=participation_id, party_id=party_id, ended_at=None).first()
    if row is None:
        raise NotThere
    row.ended_at = at
    row.save(update_fields=["ended_at"])
    record(actor, "participants.let_out", subject=("participation", row.pk), party_id=party_id, at=at)


@transaction.atomic
def break_glass(*, actor: Viewer, at: datetime, customer_no: str, reason: str, minutes: int) -> int:
    """Open a customer to oneself for half an hour or an hour; gives back her key. The database looks for her, keeps special lists closed, and
    says of those and of numbers that are not there the same. Raises `OpeningRefused`. Needs glass.break."""
    require(actor, "glass.break")
    if len(reason.strip()) < SHORTEST_REASON:
        raise OpeningRefused("reason", "reason")
    if minutes not in GLASS_MINUTES:
        raise OpeningRefused("minutes", "dates")
    with connection.cursor() as cursor:
        cursor.execute("select access.break_glass(%s, %s, %s, %s)", [customer_no.strip(), reason.strip(), minutes, at])
        party_id: int | None = cursor.fetchone()[0]
    if party_id is None:
        raise OpeningRefused("customer_no", "missing")
    opened = BrokenGlass.objects.filter(party_id=party_id, person=actor.person_id, given_at=at).first()
    if opened is None:
        raise OpeningRefused("customer_no", "seen")
    told = {"until": opened.until_at}
    record(actor, "glass.broken", subject=("glass", opened.pk), party_id=party_id, reason=opened.reason, after=told, at=at)
    publish(GlassBroken(opened.pk, party_id, actor.person_id or 0), party_id=party_id)
    return party_id


@transaction.atomic
def review_glass(*, actor: Viewer, at: datetime, glass_id: int, approves: bool, remark: str) -> None:
    """Say whether breaking the glass was right; an objection ends it at once. Raises `NotThere`, `OpeningRefused` for one's
    own. Needs glass.review."""
    require(actor, "glass.review")
    row = BrokenGlass.objects.filter(pk=glass_id, verdict="").first()
    if row is None:
        raise NotThere
    if row.person_id == actor.person_id:
        raise OpeningRefused("verdict", "own")
    if not approves and not remark.strip():
        raise OpeningRefused("remark", "reason")
    verdict = BrokenGlass.Verdict.APPROVED if approves else BrokenGlass.Verdict.OBJECTED
    row.verdict, row.remark, row.reviewed_at, row.reviewed_by_id = verdict, remark.strip(), at, actor.person_id
    row.ended_at = None if approves else (row.ended_at or at)
    row.save(update_fields=["verdict", "remark", "reviewed_at", "reviewed_by_id", "ended_at"])
    record(actor, f"glass.{verdict}", subject=("glass", row.pk), party_id=row.party_id, reason=row.remark, at=at)
    publish(GlassReviewed(row.pk, row.party_id, row.person_id, verdict), party_id=row.party_id)


def broken_glass(viewer: Viewer, *, most: int = 200) -> list[BrokenGlass]:
    """What was opened in an emergency by the viewer or, with glass.review, of customers she sees: the latest first; row security decides."""
    return list(BrokenGlass.objects.select_related("person", "reviewed_by").order_by("-from_at", "-pk")[:most]) if viewer else []


def to_review(viewer: Viewer) -> QuerySet[BrokenGlass]:
    """What others opened in an emergency and nobody has reviewed, of customers the viewer sees: row security decides. Without glass.review: nothing."""
    if not viewer.may("glass.review"):
        return BrokenGlass.objects.none()
    return BrokenGlass.objects.filter(verdict="").exclude(person=viewer.person_id or 0)


def _person(field: str, login: str) -> Person:
    found = Person.objects.select_related("employee__unit").filter(login=login.strip().lower(), is_active=True).first()
    if found is None:
        raise OpeningRefused(field, "unknown")
    return found


def _manages(actor: Viewer, person: Person) -> bool:
    """Whether somebody belongs to the actor's bank, units, or team."""
    if actor.sees_all:
        return True
    employee = person.employee
    return employee is not None and (employee.pk in actor.employee_ids or employee.unit_id in actor.unit_ids)


def _check(reason: str, from_at: datetime, until_at: datetime, longest: timedelta, at: datetime) -> None:
    if not reason.strip():
        raise OpeningRefused("reason", "reason")
    if until_at <= from_at or until_at <= at:
        raise OpeningRefused("until", "dates")
    if until_at - from_at > longest:
        raise OpeningRefused("until", "long")
