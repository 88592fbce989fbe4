"""Loading a bank's files and replaying corrected rows: one transaction per batch date switches everything (decisions 4, 6, 10)."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from itertools import islice, tee, zip_longest
from pathlib import Path

import duckdb
from django.conf import settings
from django.db import connection, transaction
from django.utils import timezone

from zhike.access import actions as access_actions
from zhike.access import sealing
from zhike.access.scope import Viewer
from zhike.core.events import publish
from zhike.ingestion import ledger
from zhike.ingestion.containers import UnpacksToTooMuch
from zhike.ingestion.corrections import carry_marks, mark_replayed, read_corrections
from zhike.ingestion.deliveries import Delivery, find_deliveries
from zhike.ingestion.events import BatchLoaded
from zhike.ingestion.figures import Check
from zhike.ingestion.forgotten import gone_of
from zhike.ingestion.headers import first_lines
from zhike.ingestion.layout_reading import load_layout
from zhike.ingestion.layouts import Layout
from zhike.ingestion.merging import merge_prepared, take_back, write_checks
from zhike.ingestion.models import Batch
from zhike.ingestion.preparing import Prepared, prepare_landed
from zhike.ingestion.reading_ahead import ReadAhead, Underway
from zhike.ingestion.redelivering import corrected_delivery
from zhike.insight import warehouse

Progress = Callable[[str, str], None]


class BatchStopped(Exception):
    """A check that the layout calls decisive did not hold; nothing of the batch was merged. `checks`: all of the batch."""

    def __init__(self, broken: Sequence[Check], checks: Sequence[Check]) -> None:
        super().__init__("; ".join(f"{c.name}: {c.expected} ≠ {c.actual}" for c in broken))
        self.checks = checks


@dataclass(frozen=True)
class FeedCounts:
    """in = loaded + unchanged + rejected + held."""

    count_in: int
    loaded: int
    unchanged: int
    rejected: int
    held: int = 0


@dataclass(frozen=True)
class Outcome:
    """What came of one batch date. `state`: loaded, unchanged (the same files again) or failed."""

    batch_id: int
    batch_date: date
    state: str
    feeds: dict[str, FeedCounts]
    checks: Sequence[Check] = ()
    error: str = ""
    replayed: tuple[int, ...] = field(default=())


def load(
    *, path: Path, layout_name: str, batch_date: date | None = None, again: bool = False, actor: Viewer, say: Progress
) -> Iterator[Outcome]:
    """Load every batch under `path` in the order of its date, one after the other as they are asked for; ends after one that fails.

    The same files for the same date change nothing, unless `again`. A date loaded before is superseded and later dates are replayed.
    Raises LayoutError, FileNotFoundError, UnpacksToTooMuch (the lists of an archive's files); what is wrong inside a file is a reject or a check, never an exception.
    """
    layout = load_layout(layout_name)
    deliveries = find_deliveries(path, layout, batch_date=batch_date, today=timezone.localdate())
    with ledger.source_lock(layout.source), ReadAhead(layout) as ahead:
        ledger.close_interrupted(layout.source, at=timezone.now())
        ledger.write_manifest(layout.source)
        for delivery, following in _with_next(deliveries):
            outcome = _load_one(ahead, _name_of(layout_name), delivery, following, again, actor, say)
            yield outcome
            if outcome.state == Batch.State.FAILED:
                break


def _with_next(deliveries: Iterator[Delivery]) -> Iterator[tuple[Delivery, Delivery | None]]:
    """Every delivery with the one after it."""
    both, later = tee(deliveries)
    return zip_longest(both, islice(later, 1, None))


def replay(*, batch_id: int, file: Path, actor: Viewer, say: Progress) -> Outcome:
    """Load corrected rows of a batch: the CSV that `zhike rejects --csv` wrote, with its `row` column put right.

    The rows are read, checked and merged as part of that batch's date; later dates are replayed on top. Raises Batch.DoesNotExist, CorrectionError.
    """
    original = Batch.objects.get(pk=batch_id)
    layout = load_layout(original.layout)
    rows = read_corrections(file, original)
    with corrected_delivery(layout, original, rows) as (narrowed, delivery):
        known = ledger.same_correction(layout.source, delivery)
        if known is not None:
            return _nothing_new(known)
        outcome = _correct(narrowed, original.layout, delivery, actor, say, original.headers)
    if outcome.state == LOADED:
        mark_replayed(original, rows, by=outcome.batch_id)
    return outcome


LOADED = str(Batch.State.LOADED)


def _name_of(layout_name: str) -> str:
    """A layout given as a file is remembered by its whole path, since a replay reads it again."""
    return str(Path(layout_name).resolve()) if Path(layout_name).suffix == ".toml" else layout_name


def _load_one(
    ahead: ReadAhead, name: str, delivery: Delivery, following: Delivery | None, again: bool, actor: Viewer, say: Progress
) -> Outcome:
    """Merge a delivery; the following one is read meanwhile, unless it is known."""
    source = ahead.layout.source
    known = None if again else ledger.same_content(source, delivery)
    if known is not None:
        return _nothing_new(known)
    underway = ahead.taken(delivery) or ahead.begin(delivery, _begin(ahead.layout, name, delivery, actor), say)
    if following is not None and (again or ledger.same_content(source, following) is None):
        ahead.begin_ahead(following, _begin(ahead.layout, name, following, actor))
    return _complete(underway, actor, say)


def _begin(layout: Layout, name: str, delivery: Delivery, actor: Viewer) -> Batch:
    return ledger.begin(
        source=layout.source,
        layout=name,
        delivery=delivery,
        headers=first_lines(layout, delivery),
        kind="load",
        login=actor.login,
        at=timezone.now(),
    )


def _correct(layout: Layout, name: str, delivery: Delivery, actor: Viewer, say: Progress, headers: dict[str, str]) -> Outcome:
    with ledger.source_lock(layout.source), ReadAhead(layout) as reader:
        ledger.close_interrupted(layout.source, at=timezone.now())
        batch = ledger.begin(
            source=layout.source, layout=name, delivery=delivery, headers=headers, kind="correction", login=actor.login, at=timezone.now()
        )
        return _complete(reader.begin(delivery, batch, say), actor, say)


def _complete(underway: Underway, actor: Viewer, say: Progress) -> Outcome:
    """Wait until an attempt is read, and switch it."""
    batch = underway.batch
    try:
        with closing(underway):
            prepared = underway.prepared.result()
            _stop_if_decisive(prepared)
            with transaction.atomic():
                replayed = _switch(underway.engine, prepared, batch, actor, say)
    except BatchStopped as stopped:
        write_checks(batch, underway.prepared.result())
        ledger.fail(batch, str(stopped), at=timezone.now())
        return Outcome(batch.pk, batch.batch_date, str(Batch.State.FAILED), {}, stopped.checks, str(stopped))
    except UnpacksToTooMuch as bomb:
        ledger.fail(batch, str(bomb), at=timezone.now())
        return Outcome(batch.pk, batch.batch_date, str(Batch.State.FAILED), {}, error=str(bomb))
    except BaseException as wrong:
        if connection.connection is not None and not connection.connection.closed:
            ledger.fail(batch, f"{type(wrong).__name__}: {wrong}", at=timezone.now())
        raise
    ledger.write_manifest(batch.source)
    return outcome_of(batch, replayed=tuple(replayed))


def _engine() -> duckdb.DuckDBPyConnection:
    return warehouse.connect(memory=settings.MEMORY, temp=settings.HOME / "spill")


def _stop_if_decisive(prepared: Prepared) -> None:
    broken = [check for check in prepared.checks if not check.ok and check.severity == "reject"]
    if broken:
        raise BatchStopped(broken, prepared.checks)


def _switch(con: duckdb.DuckDBPyConnection, prepared: Prepared, batch: Batch, actor: Viewer, say: Progress) -> list[int]:
    """Merge the batch and, where later dates stand on it, take those back before and replay them after. All or nothing."""
    affected = list(ledger.live(batch.source).filter(batch_date__gte=batch.batch_date))
    if batch.kind == "correction":
        affected = [one for one in affected if one.batch_date > batch.batch_date]
    if affected:
        say("", "take_back")
        since = batch.batch_date if batch.kind == "load" else batch.batch_date + timedelta(days=1)
        take_back(batch.source, since, [one.pk for one in affected])
        Batch.objects.filter(pk__in=[one.pk for one in affected]).update(state=Batch.State.SUPERSEDED)
    merge_prepared(con, prepared, batch, say)
    _in_force(batch, actor)
    later = [old for old in affected if old.batch_date > batch.batch_date]
    replayed = [_replay_landed(old, actor, say) for old in later]
    carry_marks({old.pk: new for old, new in zip(later, replayed, strict=True)})
    return replayed


def _replay_landed(old: Batch, actor: Viewer, say: Progress) -> int:
    say(f"{old.batch_date:%Y-%m-%d}", "replay")
    batch = ledger.begin_replay(old, at=timezone.now())
    with closing(_engine()) as con:
        layout = load_layout(old.layout)
        if old.kind == "correction":
            layout = replace(layout, figures=())  # what must come out of a delivery need not come out of a few corrected rows
        has_gone = bool(gone_of(layout.source).stones)
        prepared = prepare_landed(con, layout, ledger.landing_of(old), old.batch_date, sealing, has_gone=has_gone)
        merge_prepared(con, prepared, batch, say)
    _in_force(batch, actor)
    return batch.pk


def _in_force(batch: Batch, actor: Viewer) -> None:
    ledger.finish(batch, at=timezone.now())
    counts = outcome_of(batch).feeds
    access_actions.record(
        actor, "ingestion.batch_loaded", subject=("batch", batch.pk),
        after={"source": batch.source, "batch_date": batch.batch_date, "attempt": batch.attempt, "kind": batch.kind,
               "feeds": {name: vars(one) for name, one in counts.items()}},
    )  # fmt: skip
    publish(BatchLoaded(batch.pk, batch.source, batch.batch_date))


def outcome_of(batch: Batch, *, replayed: tuple[int, ...] = ()) -> Outcome:
    """What the book says of a batch."""
    feeds = {
        run.feed: FeedCounts(run.count_in, run.count_loaded, run.count_unchanged, run.count_rejected, run.count_held)
        for run in batch.feeds.order_by("position")
    }
    checks = [Check(c.name, c.expected, c.actual, c.ok, c.severity) for c in batch.checks.order_by("pk")]  # type: ignore[arg-type]
    return Outcome(batch.pk, batch.batch_date, str(batch.state), feeds, checks, batch.error, replayed)


def _nothing_new(batch: Batch) -> Outcome:
    """The same files again: what was loaded is known by now; what was refused stays refused."""
    known = outcome_of(batch)
    feeds = {name: FeedCounts(c.count_in, 0, c.loaded + c.unchanged, c.rejected, c.held) for name, c in known.feeds.items()}
    return Outcome(batch.pk, batch.batch_date, str(Batch.State.UNCHANGED), feeds, known.checks)
