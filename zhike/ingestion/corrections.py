"""Rejected rows out to be corrected, and what became of them.

What goes out is a CSV with one line per rejected row: where it stood, why it was refused, and the row itself: as the file had it, or, where
the row was well-formed but its parent unknown (and for messages, whose rows are no lines), as a JSON object of the feed's fields. What
comes back is the same CSV with `row` put right; redelivering.py makes a small delivery of it.
"""

from __future__ import annotations

import csv
import json
import os
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa
from django.db import connection

from zhike.access.sealing import open_sealed
from zhike.ingestion import ledger
from zhike.ingestion.feeds import FEEDS
from zhike.ingestion.layout_reading import load_layout
from zhike.ingestion.layouts import FeedMap, FileFormat, Layout
from zhike.ingestion.models import Batch, Reject
from zhike.ingestion.reasons import REASONS
from zhike.ingestion.records import SUBSTITUTE
from zhike.insight import warehouse

COLUMNS = ("reject", "feed", "file", "line", "field", "reason", "explanation", "row")
Place = tuple[str, str, int]  # feed, file, line


class CorrectionError(ValueError):
    """The file is not the CSV that `zhike rejects --csv` writes, or a line of it cannot be used; the text says which and why."""


@dataclass(frozen=True)
class Correction:
    """One corrected row."""

    reject_id: int
    feed: str
    file: str
    line: int
    row: str

    @property
    def is_canonical(self) -> bool:
        return self.row.lstrip().startswith("{")


def export_rejects(batch: Batch, out: Path) -> int:
    """Write the rejected rows of a batch that nobody has replayed, opened, for somebody to correct. Gives their number; the caller audits
    it. The file is readable by its owner only."""
    rejects = Reject.objects.filter(batch=batch, severity="reject", replayed_by=None).order_by("feed", "file", "line", "pk")
    layout = load_layout(batch.layout)
    landed = _landed_rows(batch, [one for one in rejects.defer("row_sealed") if _goes_out_as_fields(layout, one)])
    seen: set[tuple[Place, str]] = set()
    with os.fdopen(os.open(out, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8-sig", newline="") as stream:
        writer = csv.writer(stream)
        writer.writerow(COLUMNS)
        for reject in rejects.iterator(chunk_size=5000):
            place = (reject.feed, reject.file, reject.line)
            if _goes_out_as_fields(layout, reject):
                row = _row_of(reject, landed.get(place, ()))
            else:
                row = open_sealed(bytes(reject.row_sealed)) if reject.row_sealed else ""
            if (place, row) not in seen:
                seen.add((place, row))
                writer.writerow((reject.pk, *place, reject.field, reject.reason, explain(reject), row))
    return len(seen)


def explain(reject: Reject) -> str:
    """The reason as a sentence in the reader's language."""
    reason = REASONS.get(reject.reason)
    return str(reason.sentence) % {"field": reject.field, "value": reject.value_masked} if reason else reject.reason


def origin_of(layout: Layout, feed: str, file: str) -> tuple[FeedMap, FileFormat] | None:
    """The entry of the layout that fills `feed` from `file`, and how the file is written; None for a file of corrected rows."""
    for entry in layout.feeds:
        if entry.feed == feed and entry.source and _is_of(file, layout.files[entry.source]):
            return entry, layout.files[entry.source]
    return None


def _is_of(name: str, form: FileFormat) -> bool:
    bare = Path(name).name.removesuffix(".gz")
    return Path(bare).match(form.path) or Path(name).match(form.path) or Path(name.removesuffix(".gz")).match(form.path)


def _goes_out_as_fields(layout: Layout, reject: Reject) -> bool:
    if reject.reason in ("unknown_parent", "broken_message"):
        return reject.reason == "unknown_parent"
    origin = origin_of(layout, reject.feed, reject.file)
    return origin is None or bool(origin[1].reader)


def _row_of(reject: Reject, candidates: Sequence[Mapping[str, str]]) -> str:
    """The landed row that a reject means: a line may have given several, told apart by the key that named nobody."""
    fitting = [one for one in candidates if reject.reason != "unknown_parent" or one.get(reject.field) == reject.value_masked]
    return json.dumps(fitting[0], ensure_ascii=False) if fitting else ""


def _landed_rows(batch: Batch, rejects: Iterable[Reject]) -> dict[Place, list[dict[str, str]]]:
    """Rows from the landing by where they stood, as the feed's own fields, opened."""
    by_feed: dict[str, list[Reject]] = defaultdict(list)
    for reject in rejects:
        by_feed[reject.feed].append(reject)
    found: dict[Place, list[dict[str, str]]] = defaultdict(list)
    con = warehouse.connect()
    for name, wanted in by_feed.items():
        fields = FEEDS[name].fields
        columns = ", ".join(f'p."{f.name}_sealed"' if f.seal else f'p."{f.name}"' for f in fields)
        con.register("wanted", pa.table({"file": [r.file for r in wanted], "line": [r.line for r in wanted]}))
        landing = warehouse.quoted(ledger.landing_of(batch) / f"{name}.parquet")
        rows = con.execute(
            f"select p._file, p._line, {columns} from read_parquet({landing}) p semi join wanted w on w.file = p._file and w.line = p._line"
        ).fetchall()
        con.unregister("wanted")
        for file, line, *values in rows:
            clear = {
                f.name: open_sealed(bytes(v)) if f.seal else str(v).lstrip(chr(SUBSTITUTE))
                for f, v in zip(fields, values, strict=True)
                if v is not None
            }
            found[name, file, line].append(clear)
    con.close()
    return found


def read_corrections(path: Path, batch: Batch) -> list[Correction]:
    """The corrected rows of a CSV that was written for `batch`; lines whose `row` was emptied are left alone. Raises CorrectionError."""
    if batch.state != Batch.State.LOADED:
        raise CorrectionError(
            f"Batch {batch.pk} is {batch.get_state_display()}, nothing of it is in force: take the rejects of the batch that is."
        )
    with path.open(encoding="utf-8-sig", newline="") as stream:
        reader = csv.DictReader(stream)
        if not {"reject", "feed", "file", "line", "row"} <= set(reader.fieldnames or ()):
            raise CorrectionError(
                f"{path}: expected the columns {', '.join(COLUMNS)}; write the file with `zhike rejects {batch.pk} --csv FILE`."
            )
        rows = []
        for number, line in enumerate(reader, start=2):
            try:
                rows.append(Correction(int(line["reject"]), line["feed"], line["file"], int(line["line"]), line["row"] or ""))
            except (TypeError, ValueError) as wrong:
                raise CorrectionError(f"{path}:{number}: {wrong}") from wrong
    rows = [row for row in rows if row.row.strip()]
    strangers = {row.reject_id for row in rows} - set(Reject.objects.filter(batch=batch, severity="reject").values_list("pk", flat=True))
    if strangers:
        raise CorrectionError(f"{path}: {len(strangers)} rows are no rejects of batch {batch.pk} (the first: {min(strangers)}).")
    if not rows:
        raise CorrectionError(f"{path}: no row to load.")
    return rows


def mark_replayed(batch: Batch, rows: Iterable[Correction], *, by: int) -> None:
    """Say of the rejects of `batch` which batch brought their rows: of a line with several faults, all of them."""
    ids = [row.reject_id for row in rows]
    with connection.cursor() as cursor:
        cursor.execute(
            """update ingestion_reject r set replayed_by_id = %s from ingestion_reject c
               where c.id = any(%s) and c.batch_id = %s and r.batch_id = c.batch_id and r.severity = 'reject' and (r.id = c.id or
                     (r.reason <> 'unknown_parent' and c.reason <> 'unknown_parent' and (r.feed, r.file, r.line) = (c.feed, c.file, c.line)))""",
            (by, ids, batch.pk),
        )


def carry_marks(replayed: Mapping[int, int]) -> None:
    """Batches were taken back and replayed under new numbers (old → new): what was corrected before stays marked as corrected."""
    if not replayed:
        return
    with connection.cursor() as cursor:
        cursor.execute(
            """with renumbered as (select * from unnest(%s::bigint[], %s::bigint[]) as r (old, new))
               update ingestion_reject n set replayed_by_id = brought.new
               from ingestion_reject o join renumbered held on held.old = o.batch_id join renumbered brought on brought.old = o.replayed_by_id
               where n.batch_id = held.new and (n.feed, n.file, n.line, n.field, n.reason, n.value_masked)
                     = (o.feed, o.file, o.line, o.field, o.reason, o.value_masked)""",
            (list(replayed), list(replayed.values())),
        )
