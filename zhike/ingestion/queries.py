"""Reads of batches: what was delivered, what came of it, what was refused and why."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from django.contrib.postgres.aggregates import ArrayAgg
from django.db.models import Count, QuerySet, Sum

from zhike.access.scope import Viewer
from zhike.ingestion.models import Batch, DataAsOf, Reject

READ = "batches.read"


@dataclass(frozen=True)
class BatchLine:
    """One batch in a list."""

    batch_id: int
    source: str
    batch_date: date
    attempt: int
    kind: str
    state: str
    count_in: int
    loaded: int
    unchanged: int
    rejected: int
    held: int
    seconds: float


@dataclass(frozen=True)
class RejectReason:
    """How often a reason occurred in a feed and where first."""

    feed: str
    field: str
    reason: str
    severity: str
    rows: int
    places: str


def recent_batches(viewer: Viewer) -> QuerySet[Batch]:
    """Batches, latest business date first, with their sums. Who may not read batches, or is not a job, gets none."""
    rows = Batch.objects.order_by("-batch_date", "-pk")
    if not (viewer.may(READ) or viewer.role == "system"):
        return rows.none()
    return rows.annotate(
        sum_in=Sum("feeds__count_in"), sum_loaded=Sum("feeds__count_loaded"), sum_unchanged=Sum("feeds__count_unchanged"),
        sum_rejected=Sum("feeds__count_rejected"), sum_held=Sum("feeds__count_held"),
    )  # fmt: skip


def batch_line(batch: Batch) -> BatchLine:
    """A batch of `recent_batches` as plain values."""
    sums = [getattr(batch, f"sum_{name}", None) or 0 for name in ("in", "loaded", "unchanged", "rejected", "held")]
    spent = (batch.finished_at - batch.started_at).total_seconds() if batch.finished_at else 0.0
    return BatchLine(batch.pk, batch.source, batch.batch_date, batch.attempt, batch.kind, str(batch.state), *sums, seconds=spent)


def rejects_by_reason(viewer: Viewer, batch: Batch) -> list[RejectReason]:
    """Reasons of a batch's rejects and warnings, most frequent first."""
    if not (viewer.may(READ) or viewer.role == "system"):
        return []
    counted = (
        Reject.objects.filter(batch=batch)
        .values("feed", "field", "reason", "severity")
        .annotate(rows=Count("pk"), lines=ArrayAgg("line", ordering="line", default=[]))
        .order_by("-rows", "feed", "reason")
    )
    return [
        RejectReason(c["feed"], c["field"], c["reason"], c["severity"], c["rows"], ", ".join(str(n) for n in c["lines"][:5])) for c in counted
    ]


def data_as_of() -> date | None:
    """The business date up to which data are loaded; of several sources the latest. For the top bar; it tells nothing about anybody."""
    latest = DataAsOf.objects.order_by("-batch_date").first()
    return latest.batch_date if latest else None
