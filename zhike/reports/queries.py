"""Reads of kept reports: those that are the viewer's own or shared with her. Row security says which those are."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.http import Http404

from zhike.access.scope import Viewer, require
from zhike.reports.models import Report, Subscription

RIGHT = "reports.read"
MOST_SHOWN = 300


@dataclass(frozen=True)
class KeptLine:
    """A kept report in the list; `subscription`: how it is sent to the viewer, if it is."""

    report: Report
    is_hers: bool
    subscription: Subscription | None


def kept(viewer: Viewer, *, archived: bool = False) -> Sequence[KeptLine]:
    """Hers first, then by name."""
    require(viewer, RIGHT)
    rows = list(Report.objects.filter(archived_at__isnull=not archived).select_related("owner").order_by("name", "pk")[:MOST_SHOWN])
    sent = {one.report_id: one for one in Subscription.objects.filter(person_id=viewer.person_id or 0)}
    found = [KeptLine(row, row.owner_id == viewer.person_id, sent.get(row.pk)) for row in rows]
    return sorted(found, key=lambda line: not line.is_hers)


def one(viewer: Viewer, report_id: int) -> KeptLine:
    """One that she may open. Raises Http404."""
    require(viewer, RIGHT)
    row = Report.objects.select_related("owner").filter(pk=report_id).first()
    if row is None:
        raise Http404
    sent = Subscription.objects.filter(report=row, person_id=viewer.person_id or 0).first()
    return KeptLine(row, row.owner_id == viewer.person_id, sent)
