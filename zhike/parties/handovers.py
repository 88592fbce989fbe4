"""Reads of hand-overs. The first argument is the viewer; of a customer whom she does not see, only that she is counted."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.db.models import Count, Q, QuerySet
from django.http import Http404

from zhike.access.scope import Viewer
from zhike.parties.corrections import OPEN
from zhike.parties.handover_models import Handover, HandoverCustomer
from zhike.parties.models import Correction

REASONS = Handover.Reason.choices


@dataclass(frozen=True)
class Share:
    """How many customers of a hand-over go to whom; `name` empty: they stay."""

    name: str
    staff_no: str
    count: int


def handovers(viewer: Viewer) -> QuerySet[Handover]:
    """Those that the viewer may see: her unit's, and those that she gives, takes or prepared."""
    rows = Handover.objects.select_related("giver", "made_by")
    if viewer.sees_all:
        return rows
    employees = list(viewer.employee_ids)
    mine = Q(made_by=viewer.person_id or 0) | Q(giver__in=employees) | Q(receiver_ids__overlap=employees)
    return rows.filter(mine | Q(unit_id__any_of=list(viewer.unit_ids)))


def handover(viewer: Viewer, handover_id: int) -> Handover:
    """One of them. Raises Http404."""
    row = handovers(viewer).filter(pk=handover_id).first()
    if row is None:
        raise Http404
    return row


def customers(viewer: Viewer, row: Handover) -> QuerySet[HandoverCustomer]:
    """Its customers whom the viewer sees, unordered."""
    return HandoverCustomer.objects.seen_by(viewer).filter(handover=row).select_related("party", "receiver")


def shares(viewer: Viewer, row: Handover) -> list[Share]:
    """To whom how many go, of those the viewer sees; who stay come last."""
    found = customers(viewer, row).order_by().values_list("receiver__name", "receiver__staff_no").annotate(count=Count("pk"))
    return sorted((Share(name or "", number or "", count) for name, number, count in found), key=lambda one: (not one.name, one.name))


def open_corrections(viewer: Viewer, party_ids: Sequence[int]) -> dict[int, int]:
    """How many corrections of each of these customers wait for their source."""
    rows = Correction.objects.seen_by(viewer).filter(party__in=party_ids, state__in=OPEN)
    return dict(rows.order_by().values_list("party_id").annotate(count=Count("pk")))
