"""Reads of tiers given by hand. The first argument is the viewer."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.db.models import Count, Q, QuerySet, Sum

from zhike.access.proposals import seen
from zhike.access.scope import Viewer, require
from zhike.insight.models import TierOverride
from zhike.insight.overriding import KIND
from zhike.parties import queries as parties

READ = "accounts.read"
NOTHING = Decimal(0)


@dataclass(frozen=True)
class Sums:
    """How many tiers given by hand hold, and what they cost a year more than the tiers that apply."""

    customers: int
    cost: Decimal


def held(viewer: Viewer, party_id: int, day: date) -> TierOverride | None:
    """The tier given by hand that holds for a customer on a day; None: none does."""
    return in_force(TierOverride.objects.seen_by(viewer).filter(party=party_id), day).order_by("-from_date", "-pk").first()


def waiting(viewer: Viewer, party_id: int) -> int | None:
    """The number of a proposal for this customer that waits, as far as the viewer may see it."""
    rows = seen(viewer).filter(kind=KIND, subject_type="tier-override", subject_id=str(party_id), state="proposed")
    return rows.values_list("pk", flat=True).first()


def every(viewer: Viewer, day: date, *, holds: bool) -> QuerySet[TierOverride]:
    """Those of the viewer's customers that hold on a day, or that no longer do; unordered, for a keyset. Needs accounts.read and customers.read."""
    require(viewer, READ)
    require(viewer, "customers.read")
    rows = TierOverride.objects.seen_by(viewer)
    return in_force(rows, day) if holds else rows.filter(Q(ended_at__isnull=False) | Q(until_date__lte=day))


def sums(viewer: Viewer, day: date) -> Sums:
    """Of those that hold on a day."""
    said: Mapping[str, int | Decimal | None] = every(viewer, day, holds=True).aggregate(n=Count("pk"), cost=Sum("cost"))
    return Sums(int(said["n"] or 0), Decimal(said["cost"] or NOTHING))


def names(viewer: Viewer, rows: list[TierOverride]) -> dict[int, str]:
    """The names of their customers."""
    return parties.names(viewer, [row.party_id for row in rows])


def in_force(rows: QuerySet[TierOverride], day: date) -> QuerySet[TierOverride]:
    """Those that hold on a day, as things stand."""
    return rows.filter(ended_at=None, from_date__lte=day, until_date__gt=day)
