"""Rejected rows out, and corrected rows in again.

What goes out is a CSV with one line per rejected row: where it stood, why it was refused, and the row itself: as the file had it, or, where
the row was well-formed but its parent unknown, as a JSON object of the feed's fields. What comes back is the same CSV with `row` put right.
"""

from __future__ import annotations

import csv
import hashlib
import json
import tempfile
from collections import defaultdict
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from zhike.access.sealing import open_sealed
from zhike.ingestion import ledger
from zhike.ingestion.deliveries import Delivery, SourceFile
from zhike.ingestion.feeds import FEEDS
from zhike.ingestion.layouts import FeedMap, FileFormat, Layout
from zhike.ingestion.models import Batch, Reject
from zhike.ingestion.reasons import REASONS
from zhike.insight import warehouse

COLUMNS = ("reject", "feed", "file", "line", "field", "reason", "explanation", "row")


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
    """Write the rejected rows of a batch, opened, for somebody to correct. Gives their number; the caller audits it."""
    rejects = Reject.objects.filter(batch=batch, severity="reject", replayed_by=None).order_by("feed", "file", "line", "pk")
    landed = _landed_rows(batch, list(rejects.filter(row_sealed=None)))
    seen: set[tuple[str, str, int]] = set()
    with out.open("w", encoding="utf-8-sig", newline="") as stream:
        writer = csv.writer(stream)
        writer.writerow(COLUMNS)
        for reject in rejects.iterator(chunk_size=5000):
            place = (reject.feed, reject.file, reject.line)
            if place in seen:
                continue
            seen.add(place)
            row = open_sealed(bytes(reject.row_sealed)) if reject.row_sealed else landed.get(place, "")
            writer.writerow((reject.pk, *place, reject.field, reject.reason, explain(reject), row))
    return len(seen)


def explain(reject: Reject) -> str:
    """The reason as a sentence in the reader's language."""
    reason = REASONS.get(reject.reason)
    return str(reason.sentence) % {"field": reject.field, "value": reject.value_masked} if reason else reject.reason


def _landed_rows(batch: Batch, rejects: Sequence[Reject]) -> dict[tuple[str, str, int], str]:
    """Well-formed rows whose parent was unknown, from the landing, as JSON of the feed's own fields."""
    found: dict[tuple[str, str, int], str] = {}
    con = warehouse.connect()
    by_feed: dict[str, list[Reject]] = defaultdict(list)
    for reject in rejects:
        by_feed[reject.feed].append(reject)
    for name, wanted in by_feed.items():
        path = ledger.landing_of(batch) / f"{name}.parquet"
        fields = FEEDS[name].fields
        columns = ", ".join(f'"{f.name}_sealed"' if f.seal else f'"{f.name}"' for f in fields)
        con.execute("create or replace temp table wanted (file varchar, line bigint)")
        con.executemany("insert into wanted values (?, ?)", [(r.file, r.line) for r in wanted])
        query = f"select _file, _line, {columns} from read_parquet({warehouse.quoted(path)}) p join wanted w on w.file = p._file and w.line = p._line"
        for file, line, *values in con.execute(query).fetchall():
            clear = {f.name: open_sealed(bytes(v)) if f.seal else v for f, v in zip(fields, values, strict=True) if v is not None}
            found[(name, file, line)] = json.dumps(clear, ensure_ascii=False)
    con.close()
    return found


def read_corrections(path: Path) -> list[Correction]:
    """The corrected rows of a CSV. Raises CorrectionError."""
    with path.open(encoding="utf-8-sig", newline="") as stream:
        reader = csv.DictReader(stream)
        if not {"reject", "feed", "file", "line", "row"} <= set(reader.fieldnames or ()):
            raise CorrectionError(f"{path}: expected the columns {', '.join(COLUMNS)}; write the file with `zhike rejects BATCH --csv FILE`.")
        rows = []
        for number, line in enumerate(reader, start=2):
            try:
                rows.append(Correction(int(line["reject"]), line["feed"], line["file"], int(line["line"]), line["row"]))
            except (TypeError, ValueError) as wrong:
                raise CorrectionError(f"{path}:{number}: {wrong}") from wrong
    return [row for row in rows if row.row.strip()]


@contextmanager
def corrected_delivery(layout: Layout, batch: Batch, rows: Sequence[Correction]) -> Iterator[tuple[Layout, Delivery]]:
    """The corrected rows as a small delivery of the batch's date, and the layout narrowed to the feeds they belong to."""
    with tempfile.TemporaryDirectory(prefix="zhike-correction-") as name:
        folder = Path(name)
        files: dict[str, tuple[SourceFile, ...]] = {}
        forms: dict[str, FileFormat] = {}
        feeds: list[FeedMap] = []
        _write_canonical(folder, [r for r in rows if r.is_canonical], layout, files, forms, feeds)
        _write_as_delivered(folder, [r for r in rows if not r.is_canonical], layout, batch, files, forms, feeds)
        content = hashlib.sha256("\n".join(f"{r.feed}|{r.file}|{r.line}|{r.row}" for r in rows).encode()).hexdigest()
        narrowed = replace(layout, files=forms, feeds=tuple(feeds), control=None, figures=())
        yield narrowed, Delivery(batch.batch_date, files, None, content, folder)


def _write_canonical(
    folder: Path, rows: Sequence[Correction], layout: Layout, files: dict[str, Any], forms: dict[str, FileFormat], feeds: list[FeedMap]
) -> None:
    by_feed: dict[str, list[dict[str, str]]] = defaultdict(list)
    for row in rows:
        by_feed[row.feed].append(json.loads(row.row))
    for feed, values in by_feed.items():
        key, path = f"canonical_{feed}", folder / f"canonical_{feed}.csv"
        names = [f.name for f in FEEDS[feed].fields]
        with path.open("w", encoding="utf-8", newline="") as stream:
            writer = csv.DictWriter(stream, names, extrasaction="ignore")
            writer.writeheader()
            writer.writerows(values)
        files[key] = (SourceFile(path.name, path),)
        forms[key] = FileFormat(key, path.name)
        mode = next(entry.mode for entry in layout.feeds if entry.feed == feed)
        feeds.append(FeedMap(feed, key, {}, mode, as_named=True))


def _write_as_delivered(
    folder: Path, rows: Sequence[Correction], layout: Layout, batch: Batch, files: dict[str, Any], forms: dict[str, FileFormat], feeds: list[FeedMap]
) -> None:
    by_file: dict[str, list[Correction]] = defaultdict(list)
    for row in rows:
        by_file[row.file].append(row)
    wanted = {row.feed for row in rows}
    for number, (name, lines) in enumerate(sorted(by_file.items())):
        entry = next(e for e in layout.feeds if e.feed == lines[0].feed and e.source and _is_of(name, layout.files[e.source]))
        form = layout.files[entry.source]
        path = folder / f"{number}" / Path(name).name
        path.parent.mkdir()
        text = [batch.headers[name]] if name in batch.headers else []
        text += list(dict.fromkeys(line.row for line in sorted(lines, key=lambda one: one.line)))
        path.write_bytes(("\n".join(text) + "\n").encode(form.encoding))
        files[entry.source] = (*files.get(entry.source, ()), SourceFile(Path(name).name.removesuffix(".gz"), path))
        forms[entry.source] = replace(form, skip=0)
    feeds += [entry for entry in layout.feeds if entry.feed in wanted and entry.source in forms]
    for entry in feeds:  # a look-up needs its other file; where that was not corrected there is none, and the row is refused by name
        for lookup in entry.lookups:
            forms.setdefault(lookup.source, layout.files[lookup.source])


def _is_of(name: str, form: FileFormat) -> bool:
    bare = Path(name).name.removesuffix(".gz")
    return Path(bare).match(form.path) or Path(name).match(form.path)
