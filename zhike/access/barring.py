"""Special lists (information barriers): whose customers nobody sees but those whom the list admits, whatever their scope."""

from __future__ import annotations

from datetime import datetime

from django.db import IntegrityError, transaction
from django.db.models import F

from zhike.access.actions import record
from zhike.access.models import Admission, Barrier, Listed, Person
from zhike.access.scope import Viewer, require


class BarringRefused(Exception):
    """The list is not changed; `field` is the input at fault, `reason`: empty, taken, unknown, there, last."""

    def __init__(self, field: str, reason: str) -> None:
        super().__init__(f"{field}: {reason}")
        self.field, self.reason = field, reason


class NotListed(Exception):
    """No such list, customer or person on it, or not one that the actor may know of."""


def lists(viewer: Viewer) -> list[Barrier]:
    """Every special list, those that ended last. Needs barriers.manage."""
    require(viewer, "barriers.manage")
    return list(Barrier.objects.order_by(F("ended_at").desc(nulls_first=True), "name"))


def one_list(viewer: Viewer, barrier_id: int) -> Barrier:
    """A list that admits the viewer. Raises `NotListed`. Needs barriers.manage."""
    require(viewer, "barriers.manage")
    found = Barrier.objects.filter(pk=barrier_id, pk__in=viewer.list_ids).first()
    if found is None:
        raise NotListed
    return found


def on_list(barrier: Barrier, *, most: int = 500) -> list[Listed]:
    """The customers on a list that the viewer was given."""
    return list(Listed.objects.filter(barrier=barrier).order_by("pk")[:most])


def admitted_to(barrier: Barrier) -> list[Admission]:
    """Whom a list that the viewer was given admits, now or later."""
    return list(Admission.objects.select_related("person").filter(barrier=barrier, ended_at=None).order_by("person__name", "pk"))


@transaction.atomic
def make_list(*, actor: Viewer, at: datetime, name: str, kind: str, reason: str) -> Barrier:
    """A new list, empty; it admits who makes it, or nobody could keep it. Raises `BarringRefused`. Needs barriers.manage."""
    require(actor, "barriers.manage")
    if not name.strip() or not reason.strip():
        raise BarringRefused("name" if not name.strip() else "reason", "empty")
    kind = kind if kind in Barrier.Kind.values else Barrier.Kind.OTHER
    try:
        with transaction.atomic():
            row = Barrier.objects.create(name=name.strip(), kind=kind, reason=reason.strip(), made_by_id=actor.person_id, made_at=at)
    except IntegrityError as wrong:
        raise BarringRefused("name", "taken") from wrong
    if actor.person_id:
        Admission.objects.create(
            barrier=row, person_id=actor.person_id, from_at=at, reason=row.reason, given_by_id=actor.person_id, given_at=at
        )
    record(actor, "barriers.made", subject=("barrier", row.pk), reason=row.reason, after={"name": row.name, "kind": row.kind}, at=at)
    return row


@transaction.atomic
def end_list(*, actor: Viewer, at: datetime, barrier_id: int) -> None:
    """Let a list close nobody any more. Raises `NotListed`. Needs barriers.manage, and to be admitted."""
    row = _list(actor, barrier_id)
    row.ended_at = at
    row.save(update_fields=["ended_at"])
    record(actor, "barriers.ended", subject=("barrier", row.pk), at=at)


@transaction.atomic
def put_on_list(*, actor: Viewer, at: datetime, barrier_id: int, party_id: int, reason: str) -> None:
    """Put a customer whom the actor sees on a list; she is closed to all others from the next request on. Raises `BarringRefused`."""
    row = _list(actor, barrier_id)
    if not reason.strip():
        raise BarringRefused("reason", "empty")
    if Listed.objects.filter(barrier=row, party_id=party_id).exists():
        raise BarringRefused("customer_no", "there")
    Listed.objects.create(barrier=row, party_id=party_id, reason=reason.strip(), listed_by_id=actor.person_id, listed_at=at)
    record(actor, "barriers.listed", subject=("barrier", row.pk), party_id=party_id, reason=reason.strip(), at=at)


@transaction.atomic
def take_off_list(*, actor: Viewer, at: datetime, barrier_id: int, party_id: int) -> None:
    """Take a customer off a list. Raises `NotListed`."""
    row = _list(actor, barrier_id)
    if not Listed.objects.filter(barrier=row, party_id=party_id).delete()[0]:
        raise NotListed
    record(actor, "barriers.unlisted", subject=("barrier", row.pk), party_id=party_id, at=at)


@transaction.atomic
def admit(*, actor: Viewer, at: datetime, barrier_id: int, login: str, until_at: datetime | None, reason: str) -> None:
    """Let somebody see the customers of a list that her scope covers, until an instant (None: as long as the list is). Raises `BarringRefused`."""
    row = _list(actor, barrier_id)
    person = Person.objects.filter(login=login.strip().lower(), is_active=True).first()
    if person is None:
        raise BarringRefused("login", "unknown")
    if not reason.strip():
        raise BarringRefused("reason", "empty")
    if until_at is not None and until_at <= at:
        raise BarringRefused("until", "empty")
    Admission.objects.create(
        barrier=row, person=person, from_at=at, until_at=until_at, reason=reason.strip(), given_by_id=actor.person_id, given_at=at
    )
    told = {"person": person.login, "until": until_at}
    record(actor, "barriers.admitted", subject=("barrier", row.pk), reason=reason.strip(), after=told, at=at)


@transaction.atomic
def dismiss(*, actor: Viewer, at: datetime, barrier_id: int, person_id: int) -> None:
    """Admit somebody no more. Raises `NotListed`, `BarringRefused` for the last one: nobody could open the list again."""
    row = _list(actor, barrier_id)
    here = Admission.objects.filter(barrier=row, ended_at=None)
    hers = here.filter(person_id=person_id)
    if not hers.exists():
        raise NotListed
    if not here.exclude(person_id=person_id).filter(until_at=None).exists():
        raise BarringRefused("login", "last")
    hers.update(ended_at=at)
    record(actor, "barriers.dismissed", subject=("barrier", row.pk), after={"person_id": person_id}, at=at)


def _list(actor: Viewer, barrier_id: int) -> Barrier:
    """A list that holds and admits the actor; what she is not admitted to is not there for her to keep."""
    require(actor, "barriers.manage")
    found = Barrier.objects.filter(pk=barrier_id, ended_at=None, pk__in=actor.list_ids).first()
    if found is None:
        raise NotListed
    return found
