"""What the bell tells of clocks: requests whose last day comes near, those that are late, incidents, entries that nobody has looked at for a year.

Nothing is written for it: a day (`remind_date`) says from when on it is told, so that it is news once, and once more when it is late.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db.models import Q, QuerySet
from django.utils import timezone

from zhike.access.scope import Viewer
from zhike.privacy.actions import MANAGE, RECEIVE
from zhike.privacy.models import RightsRequest
from zhike.privacy.register_models import Entry
from zhike.privacy.register_rules import INCIDENT

BEFORE = timedelta(hours=48)  # of the 72 that an incident leaves until the authority is told (E1)
YEAR = timedelta(days=365)  # after which a purpose, an assessment, a sharing is read again (R22, R26)


def requests_due(viewer: Viewer, *, now: datetime) -> QuerySet[RightsRequest]:
    """Open requests that are near their last day: of her own customers to whoever serves them; to whoever answers for privacy all of them."""
    near = RightsRequest.objects.seen_by(viewer).filter(state="open", remind_date__lte=timezone.localdate(now))
    if viewer.may(MANAGE):
        return near
    return near.filter(party__main_rm_id__in=viewer.employee_ids) if viewer.may(RECEIVE) and viewer.employee_ids else near.none()


def new_requests(viewer: Viewer, since: datetime, *, now: datetime) -> QuerySet[RightsRequest]:
    """Those of which she was not told before an instant; a late one is told of anew."""
    day, today = timezone.localdate(since), timezone.localdate(now)
    return requests_due(viewer, now=now).filter(Q(remind_date__gt=day) | Q(due_date__gte=day, due_date__lt=today))


def told_since(row: RightsRequest, *, now: datetime) -> datetime:
    """Since when the bell tells of a request: the night in which it came near its last day, or in which it became late."""
    today = timezone.localdate(now)
    day = row.due_date + timedelta(days=1) if row.due_date < today else row.remind_date or row.due_date
    return timezone.make_aware(datetime.combine(day, datetime.min.time()))


def entries_due(viewer: Viewer, *, now: datetime) -> QuerySet[Entry]:
    """Incidents of which the authority has to be told within a day, and entries that nobody has looked at for a year; for privacy.manage."""
    if not viewer.may(MANAGE):
        return Entry.objects.none()
    incident = Q(kind=INCIDENT, authority_at=None, began_at__lte=now - BEFORE)
    return Entry.objects.filter(incident | ~Q(kind=INCIDENT) & Q(changed_at__lte=now - YEAR), closed_at=None)


def new_entries(viewer: Viewer, since: datetime, *, now: datetime) -> QuerySet[Entry]:
    """Those of which she was not told before an instant."""
    return entries_due(viewer, now=now).filter(
        Q(kind=INCIDENT, began_at__gt=since - BEFORE) | ~Q(kind=INCIDENT) & Q(changed_at__gt=since - YEAR)
    )


def entry_told_since(row: Entry) -> datetime:
    """Since when the bell tells of an entry."""
    return row.began_at + BEFORE if row.kind == INCIDENT else row.changed_at + YEAR
