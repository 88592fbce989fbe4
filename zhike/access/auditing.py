"""Reads of the audit's entries, for areas above. The first argument is the viewer, who needs audit.read; below bank scope she reads what the
people of her units did."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time

from django.db.models import Count, Q, QuerySet
from django.db.models.functions import TruncDate
from django.utils import timezone

from zhike.access.chain import ENTRY, ChainKeys
from zhike.access.chain_models import AuditLink, AuditWithheld
from zhike.access.chaining import rows_of
from zhike.access.models import AuditEntry, Person
from zhike.access.scope import Viewer, require
from zhike.access.sealing import keyring

RIGHT = "audit.read"


@dataclass(frozen=True)
class Asked:
    """What is looked for; empty: everything. Days are the bank's, `until` the first day not asked for any more. `parties`: only on these customers."""

    person: str = ""
    act: str = ""
    area: str = ""
    door: str = ""
    request: str = ""
    since: date | None = None
    until: date | None = None
    parties: Collection[int] | None = None

    def told(self) -> dict[str, str]:
        """What is asked, as the entry about it keeps it."""
        return {name: str(value) for name, value in vars(self).items() if value}


def entries(viewer: Viewer, asked: Asked) -> QuerySet[AuditEntry]:
    """What was asked for, unordered. Raises PermissionDenied without audit.read."""
    require(viewer, RIGHT)
    rows = AuditEntry.objects.filter(hers(viewer))
    exact = {"act": asked.act, "area": asked.area, "door": asked.door, "request_id": asked.request}
    rows = rows.filter(**{name: value for name, value in exact.items() if value})
    if asked.person:
        ids = Person.objects.filter(Q(login__iexact=asked.person) | Q(name=asked.person)).values_list("pk", flat=True)
        rows = rows.filter(Q(person_id__in=list(ids)) | Q(login__iexact=asked.person))
    if asked.parties is not None:
        rows = rows.filter(party_id__in=list(asked.parties))
    if asked.since:
        rows = rows.filter(at__gte=_midnight(asked.since))
    return rows.filter(at__lt=_midnight(asked.until)) if asked.until else rows


def names_of_people(ids: Iterable[int]) -> Mapping[int, str]:
    """Names of people who log in, or did."""
    return dict(Person.objects.filter(pk__in=list(ids)).values_list("pk", "name"))


def person(viewer: Viewer, person_id: int) -> Person:
    """Somebody whose activity the viewer may read; raises `Person.DoesNotExist`."""
    require(viewer, RIGHT)
    people = Person.objects.select_related("employee__unit")
    return (people if viewer.sees_all else people.filter(employee__unit__in=viewer.unit_ids)).get(pk=person_id)


def acts_by_day(viewer: Viewer, person_id: int, since: date, until: date) -> Mapping[date, int]:
    """How many acts of a person the audit holds, day by day, in [since, until)."""
    rows = entries(viewer, Asked(since=since, until=until)).filter(person_id=person_id)
    return dict(rows.annotate(on=TruncDate("at")).values("on").annotate(n=Count("pk")).values_list("on", "n"))


def chain_state(viewer: Viewer, entry_id: int) -> str:
    """Whether an entry is as it was sealed: `sealed`, `waits` for the next sealing, `withheld` (its words went with a deleted customer), or `broken`."""
    require(viewer, RIGHT)
    keys = ChainKeys.of(keyring())
    (row,) = rows_of(f"select {ENTRY} from access_auditentry e where e.id = %s", [entry_id])
    vouched = AuditWithheld.objects.filter(entry_id=entry_id).first()
    if vouched is not None:
        return "withheld" if keys.withheld_of(row) == bytes(vouched.mac) else "broken"
    link = AuditLink.objects.filter(entry_id=entry_id).first()
    if link is None:
        return "waits"
    return "sealed" if keys.content_of(row) == bytes(link.content) else "broken"


def hers(viewer: Viewer) -> Q:
    """The condition of a viewer's scope on rows with a `person_id`; row security says the same."""
    if viewer.sees_all:
        return Q()
    return Q(person_id__in=Person.objects.filter(employee__unit__in=viewer.unit_ids).values("pk"))


def _midnight(day: date) -> datetime:
    return timezone.make_aware(datetime.combine(day, time()))
