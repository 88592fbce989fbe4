"""Reads of batches: what was delivered, what came of it, what was refused and why."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from django.db.models import Count, F, QuerySet, Sum, Window
from django.db.models.functions import Coalesce, RowNumber

from zhike.access.scope import Viewer
from zhike.ingestion.models import Batch, DataAsOf, Reject

READ = "batches.read"
COUNTS = ("in", "loaded", "unchanged", "rejected", "held")


def _reads(viewer: Viewer) -> bool:
    return viewer.may(READ) or viewer.role == "system"


@dataclass(frozen=True)
class RejectReason:
    """How often a reason occurred in a feed; `places`: the first lines at which it did."""

    feed: str
    field: str
    reason: str
    severity: str
    rows: int
    places: str


def recent_batches(viewer: Viewer) -> QuerySet[Batch]:
    """Batches with their sums as `count_in`, `count_loaded` … Who may not read batches, or is not a job, gets none."""
    rows = Batch.objects.all() if _reads(viewer) else Batch.objects.none()
    return rows.annotate(**{f"count_{what}": Coalesce(Sum(f"feeds__count_{what}"), 0) for what in COUNTS})


def batch(viewer: Viewer, batch_id: int) -> Batch:
    """One batch with its sums. Raises Batch.DoesNotExist, also for a viewer who may not read batches."""
    return recent_batches(viewer).get(pk=batch_id)


def rejects_by_reason(viewer: Viewer, batch: Batch) -> list[RejectReason]:
    """Reasons of a batch's rejects and warnings, most frequent first."""
    if not _reads(viewer):
        return []
    rows = Reject.objects.filter(batch=batch)
    counted = rows.values(*_KIND).annotate(rows=Count("pk")).order_by("-rows", "feed", "reason", "field")
    places = _first_lines(rows)
    return [
        RejectReason(c["feed"], c["field"], c["reason"], c["severity"], c["rows"], ", ".join(places[tuple(c[name] for name in _KIND)]))
        for c in counted
    ]


_KIND = ("feed", "field", "reason", "severity")
PLACES = 5


def _first_lines(rows: QuerySet[Reject]) -> Mapping[tuple[str, ...], list[str]]:
    """The first few lines of each kind of reject, however many there are."""
    place = Window(RowNumber(), partition_by=[F(name) for name in _KIND], order_by="line")
    found: dict[tuple[str, ...], list[str]] = defaultdict(list)
    for *kind, line in rows.annotate(place=place).filter(place__lte=PLACES).order_by("line").values_list(*_KIND, "line"):
        found[tuple(kind)].append(str(line))
    return found


def rejects(viewer: Viewer, batch: Batch, *, feed: str = "", field: str = "", reason: str = "") -> QuerySet[Reject]:
    """The rejected and doubted rows of a batch, without their sealed line, narrowed to one reason in one field."""
    if not _reads(viewer):
        return Reject.objects.none()
    rows = Reject.objects.filter(batch=batch).defer("row_sealed")
    return rows.filter(feed=feed, field=field, reason=reason) if reason else rows


def batch_before(viewer: Viewer, batch: Batch) -> Batch | None:
    """The batch of the same source that was loaded before this one."""
    return recent_batches(viewer).filter(source=batch.source, pk__lt=batch.pk).order_by("-pk").first()


def sources(viewer: Viewer) -> list[DataAsOf]:
    """Up to which day each source is loaded, the one that is furthest behind first. Needs batches.read."""
    return list(DataAsOf.objects.order_by("batch_date", "source")) if _reads(viewer) else []


def data_as_of(viewer: Viewer) -> date | None:
    """The business date up to which data are loaded; of several sources the latest. For the top bar; it tells nothing about anybody."""
    latest = DataAsOf.objects.order_by("-batch_date").first()
    return latest.batch_date if latest else None
