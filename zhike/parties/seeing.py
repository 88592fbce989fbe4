"""Customers as explanations of scope name them: how many somebody sees, which, and by which way. The first argument is who asks."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from zhike.access import explaining
from zhike.access.explaining import Explained, ways_of
from zhike.access.scope import ScopedQuerySet, Viewer
from zhike.parties.models import Party
from zhike.parties.teamed import team_ids_of, team_ids_of_many

SHOWN = 50


@dataclass(frozen=True)
class SeenLine:
    """A customer somebody sees, and why, in words."""

    party_id: int
    name: str
    customer_no: str
    ways: Sequence[str]


def count_seen(viewer: Viewer, told: Explained) -> int | None:
    """How many customers a person sees, of those the asker sees too; None: her scope is the whole bank, which nobody counts for this."""
    return None if told.viewer.sees_all else _both(viewer, told).count()


def seen(viewer: Viewer, told: Explained, after: int = 0) -> list[SeenLine]:
    """The customers a person sees, of those the asker sees too, by key from behind `after`; at most one more than `SHOWN`."""
    rows = _both(viewer, told).filter(pk__gt=after).order_by("pk").values_list("pk", "name", "customer_no", "unit_id", "rm_ids")
    shown = list(rows[: SHOWN + 1])
    teams = [source.team_id for source in told.sources if source.team_id]
    served = team_ids_of_many(viewer, [row[0] for row in shown], teams) if teams else {}
    return [
        SeenLine(key, name, number, ways_of(told.sources, unit_id=unit, rm_ids=rms, party_id=key, team_ids=served.get(key, ())))
        for key, name, number, unit, rms in shown
    ]


def why_beside(viewer: Viewer, user: object, party_id: int, at: datetime) -> list[str]:
    """Why somebody (`user`, whose viewer it is) sees a customer whom her own role and place would not show her: as a deputy, in a team, let in, in an
    emergency. Empty where they would; of whoever has nothing opened to her nothing is asked."""
    lent = None if viewer.sees_all else explaining.lent_to(user, at)
    found = Party.objects.seen_by(viewer).filter(pk=party_id).values_list("unit_id", "rm_ids").first() if lent else None
    if lent is None or found is None:
        return []
    (own, sources), (unit, rms) = lent, found
    if unit in own.unit_ids or set(rms) & set(own.employee_ids):
        return []
    served = team_ids_of(viewer, party_id) if viewer.team_ids else []
    return ways_of(sources, unit_id=unit, rm_ids=rms, party_id=party_id, team_ids=served)


def key_of_number(viewer: Viewer, customer_no: str) -> int | None:
    """The customer of this number, where the viewer sees her."""
    found = (
        Party.objects.seen_by(viewer).filter(customer_no=customer_no.strip())
        if customer_no.strip()
        else Party.objects.seen_by(viewer).none()
    )
    return found.order_by("pk").values_list("pk", flat=True).first()


def _both(viewer: Viewer, told: Explained) -> ScopedQuerySet[Party]:
    hers: ScopedQuerySet[Party] = Party.objects.seen_by(told.viewer)
    return hers.filter(pk__in=Party.objects.seen_by(viewer).values("pk")) if not viewer.sees_all or viewer.is_barred else hers
