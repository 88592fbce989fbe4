"""Corrected rows become a small delivery of their batch's date, read by the same layout narrowed to what they need.

Every corrected line stands under its file's header at the line at which it stood, so that a row that is still wrong is refused again
with the file and line that the bank knows.
"""

from __future__ import annotations

import csv
import hashlib
import json
import tempfile
from collections import defaultdict
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

from zhike.ingestion import ledger
from zhike.ingestion.corrections import Correction, CorrectionError, origin_of
from zhike.ingestion.deliveries import Delivery, SourceFile
from zhike.ingestion.feeds import FEEDS
from zhike.ingestion.layouts import FeedMap, FieldMap, FileFormat, Layout
from zhike.ingestion.lookups import restore_lookup
from zhike.ingestion.models import Batch


@dataclass
class _Redelivery:
    """What is being put together."""

    layout: Layout
    batch: Batch
    folder: Path
    files: dict[str, tuple[SourceFile, ...]] = field(default_factory=dict)
    forms: dict[str, FileFormat] = field(default_factory=dict)
    feeds: list[FeedMap] = field(default_factory=list)
    written: int = 0

    def add(self, form: FileFormat, name: str, content: bytes) -> None:
        """One more file of a kind; `name` is what rejects call it."""
        self.written += 1
        path = self.folder / f"{self.written}.txt"
        path.write_bytes(content)
        self.files[form.name] = (*self.files.get(form.name, ()), SourceFile(name, path))
        self.forms[form.name] = form


@contextmanager
def corrected_delivery(layout: Layout, batch: Batch, rows: Sequence[Correction]) -> Iterator[tuple[Layout, Delivery]]:
    """The corrected rows as a delivery of the batch's date, and the layout for them. Raises CorrectionError."""
    with tempfile.TemporaryDirectory(prefix="zhike-correction-") as name:
        made = _Redelivery(layout, batch, Path(name))
        _add_fields(made, [row for row in rows if row.is_canonical])
        _add_lines(made, [row for row in rows if not row.is_canonical])
        _add_lookups(made)
        content = hashlib.sha256("\n".join(f"{r.feed}|{r.file}|{r.line}|{r.row}" for r in rows).encode()).hexdigest()
        narrowed = replace(layout, files=made.forms, feeds=tuple(made.feeds), control=None, figures=())
        yield narrowed, Delivery(batch.batch_date, made.files, None, content, Path(batch.path))


def _add_fields(made: _Redelivery, rows: Sequence[Correction]) -> None:
    """Rows that went out as the feed's fields: a file with the canonical names."""
    by_feed: dict[str, list[dict[str, str]]] = defaultdict(list)
    for row in rows:
        try:
            by_feed[row.feed].append(dict(json.loads(row.row)))
        except ValueError as wrong:
            raise CorrectionError(f"reject {row.reject_id}: the row is no JSON object: {wrong}") from wrong
    for feed, values in by_feed.items():
        entry = next(one for one in made.layout.feeds if one.feed == feed)
        names = [one.name for one in FEEDS[feed].fields]
        form = FileFormat(f"fields_{feed}", f"{feed}.csv")
        path = made.folder / form.path
        with path.open("w", encoding="utf-8", newline="") as stream:
            writer = csv.DictWriter(stream, names, extrasaction="ignore")
            writer.writeheader()
            writer.writerows(values)
        made.add(form, f"corrected {feed}", path.read_bytes())
        digests = {name for one in made.layout.feeds if one.feed == feed for name, how in one.fields.items() if how.digest}
        fields = {one: FieldMap(column=one, digest=one in digests) for one in names}
        made.feeds.append(FeedMap(feed, form.name, fields, entry.mode, entry.on_missing, as_named=True))


def _add_lines(made: _Redelivery, rows: Sequence[Correction]) -> None:
    """Rows that went out as lines of their file (or as whole messages)."""
    by_file: dict[tuple[str, str], list[Correction]] = defaultdict(list)
    for row in rows:
        origin = origin_of(made.layout, row.feed, row.file)
        if origin is None:
            raise CorrectionError(f"reject {row.reject_id}: the layout {made.layout.name} fills {row.feed} from no file {row.file}.")
        by_file[origin[1].name, row.file].append(row)
    for (key, file), lines in sorted(by_file.items()):
        form = made.layout.files[key]
        if form.reader:
            for message in dict.fromkeys(line.row for line in lines):
                made.add(form, file, message.encode(form.encoding, errors="replace"))
            continue
        if form.header and file not in made.batch.headers:
            raise CorrectionError(f"{file}: its header was not kept with batch {made.batch.pk}; deliver the file again.")
        encoding = form.encoding if form.width_unit == "bytes" else "utf-8"
        text = _in_place(form, made.batch.headers.get(file, ""), lines)
        made.add(replace(form, encoding=encoding), file, text.encode(encoding, errors="replace"))
    wanted = {(row.feed, key) for (key, _), lines in by_file.items() for row in lines}
    made.feeds += [entry for entry in made.layout.feeds if (entry.feed, entry.source) in wanted]


def _in_place(form: FileFormat, header: str, rows: Sequence[Correction]) -> str:
    """The header and the corrected lines, each at its own line; the lines between are empty."""
    by_line: dict[int, dict[str, None]] = defaultdict(dict)
    for row in rows:
        by_line[row.line][row.row.rstrip("\r\n")] = None
    text, next_line = "", 1
    if form.header:
        text, next_line = "\n" * form.skip + header + "\n", form.skip + 2
    for line, several in sorted(by_line.items()):
        text += "\n" * (line - next_line)
        next_line = max(line, next_line)
        for one in several:
            text += one + "\n"
            next_line += one.count("\n") + 1
    return text


def _add_lookups(made: _Redelivery) -> None:
    """What the corrected rows look up: rows of that file corrected with them, and what was kept of the file itself."""
    for lookup in {one.source: one for entry in made.feeds for one in entry.lookups}.values():
        if lookup.source in made.files:
            continue
        kept = restore_lookup(ledger.landing_of(made.batch), made.layout.files[lookup.source], made.folder)
        if kept is None:
            made.forms.setdefault(lookup.source, made.layout.files[lookup.source])
            continue
        for path in kept[0]:
            made.add(kept[1], path.name, path.read_bytes())
