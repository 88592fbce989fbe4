"""Looked-up columns of other files, kept beside a landing for the rows that may be corrected later.

A corrected row is mapped as on the day it came, and its layout may take a column from another file that came then. Only the columns
of the look-up are kept, encrypted, and only where a feed that looks something up has rejects.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Protocol

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

from zhike.access.sealing import open_sealed
from zhike.ingestion.landing import Sealer
from zhike.ingestion.layouts import FileFormat, Layout
from zhike.ingestion.mapping import name
from zhike.ingestion.sources import Sources

ROWS_IN_BLOCK = 5_000


class _Counted(Protocol):
    @property
    def count_rejected(self) -> int: ...


def kept_at(landing: Path, file: str) -> Path:
    """Where the looked-up columns of a layout's file are kept."""
    return landing / f"_lookup_{file}.parquet"


def keep_lookups(
    con: duckdb.DuckDBPyConnection, layout: Layout, feeds: Mapping[str, _Counted], sources: Sources, landing: Path, sealer: Sealer
) -> None:
    """Write what corrected rows of this attempt may look up."""
    wanted: dict[str, dict[str, None]] = {}
    for entry in layout.feeds:
        if entry.feed in feeds and feeds[entry.feed].count_rejected:
            for lookup in entry.lookups:
                wanted.setdefault(lookup.source, {}).update(dict.fromkeys(column for _, column in (*lookup.on, *lookup.take)))
    for file, columns in wanted.items():
        if file not in sources.tables:
            continue
        table, present = sources.tables[file]
        kept = [column for column in present if column.lower() in {one.lower() for one in columns}]
        rows = con.execute(f"select distinct {', '.join(name(column) for column in kept)} from {table}")
        blocks = sealer.seal_values("row", pa.array(list(_blocks(kept, rows)), pa.string()))
        pq.write_table(blocks.select(["sealed"]), kept_at(landing, file))


def _blocks(columns: list[str], rows: duckdb.DuckDBPyConnection) -> Iterator[str]:
    """CSV texts of some thousand rows each, every one with its header."""
    while some := rows.fetchmany(ROWS_IN_BLOCK):
        text = io.StringIO()
        writer = csv.writer(text)
        writer.writerow(columns)
        writer.writerows(some)
        yield text.getvalue()


def restore_lookup(landing: Path, form: FileFormat, folder: Path) -> tuple[list[Path], FileFormat] | None:
    """The kept columns as files in `folder`, and how these are written; None where nothing was kept."""
    path = kept_at(landing, form.name)
    if not path.exists():
        return None
    files = []
    for number, sealed in enumerate(pq.read_table(path).column("sealed").to_pylist()):
        files.append(folder / f"lookup_{form.name}_{number}.csv")
        files[-1].write_text(open_sealed(sealed), encoding="utf-8", newline="")
    plain = FileFormat(form.name, form.path)
    return files, replace(plain, trim=form.trim, missing=form.missing, dates=form.dates, decimal=form.decimal, thousands=form.thousands)
