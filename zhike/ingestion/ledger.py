"""The book of batches: which attempt counts for which business date of a source, and what a killed one leaves to clean up."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

from django.conf import settings
from django.db import connection
from django.db.models import F, Max, QuerySet

from zhike.core.forgetting import lock_of_loads
from zhike.ingestion.deliveries import Delivery
from zhike.ingestion.models import Batch, DataAsOf, FeedRun
from zhike.insight import warehouse

LIVE = Batch.State.LOADED


@contextmanager
def source_lock(source: str) -> Iterator[None]:
    """Only one load of a source at a time: a second one waits. PostgreSQL lets go when the process dies."""
    with connection.cursor() as cursor:
        cursor.execute("set temp_buffers = '256MB'")  # cannot be changed once a session has used temporary tables
        cursor.execute("select pg_advisory_lock(hashtext(%s))", (lock_of_loads(source),))
    try:
        yield
    finally:
        with connection.cursor() as cursor:
            cursor.execute("select pg_advisory_unlock(hashtext(%s))", (lock_of_loads(source),))


def landing_of(batch: Batch) -> Path:
    """The folder that holds the rows of a batch as delivered."""
    return warehouse.attempt_path(settings.HOME, batch.source, batch.batch_date, batch.landing_attempt)


def spill_of(batch: Batch) -> Path:
    """Where the engine that reads a batch puts what does not fit into memory (encrypted)."""
    spill: Path = settings.HOME / "spill" / str(batch.pk)
    return spill


def close_interrupted(source: str, *, at: datetime) -> int:
    """Under the source's lock a batch still "started" belongs to a process that died: nothing of it was switched. Its landing and spill are removed."""
    interrupted = list(Batch.objects.filter(source=source, state=Batch.State.STARTED))
    for batch in interrupted:
        fail(batch, "interrupted", at=at)
        shutil.rmtree(spill_of(batch), ignore_errors=True)
    return len(interrupted)


def same_content(source: str, delivery: Delivery) -> Batch | None:
    """The batch in force that already holds exactly these files for this date."""
    return live(source).filter(batch_date=delivery.batch_date, kind="load", content_digest=delivery.content_digest).first()


def same_correction(source: str, delivery: Delivery) -> Batch | None:
    """The correction in force that already brought exactly these rows."""
    return live(source).filter(batch_date=delivery.batch_date, kind="correction", content_digest=delivery.content_digest).first()


def live(source: str) -> QuerySet[Batch]:
    """The batches in force, in the order in which they apply: a date's delivery, then the corrections to it."""
    return Batch.objects.filter(source=source, state=LIVE).order_by("batch_date", F("kind").desc(), "attempt")


def begin(*, source: str, layout: str, delivery: Delivery, headers: dict[str, str], kind: str, login: str, at: datetime) -> Batch:
    """Write down that an attempt has begun (committed at once, so that a killed one is known)."""
    attempt = next_attempt(source, delivery)
    return Batch.objects.create(
        source=source, layout=layout, batch_date=delivery.batch_date, attempt=attempt, landing_attempt=attempt, kind=kind, headers=headers,
        content_digest=delivery.content_digest, path=str(delivery.folder), started_at=at, person_login=login,
    )  # fmt: skip


def begin_replay(old: Batch, *, at: datetime) -> Batch:
    """A new attempt at a later date, made of what had landed for it before."""
    taken = Batch.objects.filter(source=old.source, batch_date=old.batch_date).aggregate(most=Max("attempt"))["most"]
    return Batch.objects.create(
        source=old.source, layout=old.layout, batch_date=old.batch_date, attempt=taken + 1, landing_attempt=old.landing_attempt, kind=old.kind,
        headers=old.headers, content_digest=old.content_digest, path=old.path, started_at=at, person_login=old.person_login,
    )  # fmt: skip


def next_attempt(source: str, delivery: Delivery) -> int:
    """The first attempt that neither the book nor the warehouse knows."""
    known = Batch.objects.filter(source=source, batch_date=delivery.batch_date).aggregate(most=Max("attempt"))["most"] or 0
    return max(known + 1, warehouse.next_attempt(settings.HOME, source, delivery.batch_date))


def fail(batch: Batch, error: str, *, at: datetime) -> None:
    """Write down why an attempt came to nothing and remove what it had landed."""
    batch.state, batch.error, batch.finished_at = Batch.State.FAILED, error[:2000], at
    batch.save(update_fields=["state", "error", "finished_at"])
    if not Batch.objects.filter(
        source=batch.source, batch_date=batch.batch_date, landing_attempt=batch.landing_attempt, state=LIVE
    ).exists():
        shutil.rmtree(landing_of(batch), ignore_errors=True)


def forget(batch: Batch) -> None:
    """An attempt whose turn never came, because the one before it failed: no trace of it is kept."""
    shutil.rmtree(landing_of(batch), ignore_errors=True)
    batch.delete()


def finish(batch: Batch, *, at: datetime) -> None:
    """The switch: from here on the batch is in force. Part of the transaction that merged it."""
    batch.state, batch.finished_at = LIVE, at
    batch.save(update_fields=["state", "finished_at"])
    latest = live(batch.source).last() or batch
    DataAsOf.objects.update_or_create(source=batch.source, defaults={"batch_date": latest.batch_date, "batch": latest, "switched_at": at})


def write_manifest(source: str) -> None:
    """Say in the warehouse which Parquet files count. PostgreSQL is the truth; a kill in between is mended by the next load."""
    home = settings.HOME
    root = home / "warehouse" / "landing" / source
    files = [
        warehouse.Landed(run.feed, run.batch.batch_date, run.batch.landing_attempt, str((landing_of(run.batch) / f"{run.feed}.parquet").relative_to(root)), run.count_in)
        for run in FeedRun.objects.filter(batch__source=source, batch__state=LIVE).select_related("batch").order_by("batch__batch_date", "batch__attempt", "position")
    ]  # fmt: skip
    known = warehouse.read_manifest(home, source)
    if known.files != files:
        warehouse.write_manifest(home, warehouse.Manifest(source, known.version + 1, files))
