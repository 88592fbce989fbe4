"""The only place that opens an analytical engine, and the book of which Parquet files count.

Landings are immutable: an attempt writes new files and never touches old ones. What counts is said by one manifest per source,
replaced by an atomic rename, so that a reader sees the state before or after a switch and nothing between (decisions 4 and 10).
"""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa

from zhike.insight import spills

MANIFEST = "manifest.json"


def connect(
    *, memory: str | None = None, share: int = 1, threads: int | None = None, temp: Path | None = None
) -> duckdb.DuckDBPyConnection:
    """Open an engine in memory.

    `memory` is a limit such as "2GB" (default: the environment's ZHIKE_MEMORY, else the engine's own), which `share` engines of this
    process have in common; what does not fit is spilled, encrypted, into `temp` (default: a folder that goes with the engine, see
    `spills`), which only its owner may enter. Nothing is ever fetched from a network.
    """
    connection = duckdb.connect(":memory:")
    spill = temp if temp is not None else spills.folder_of(connection)
    spill.mkdir(parents=True, exist_ok=True, mode=0o700)
    # The wheel's own cipher draws its nonces from a weak generator and wants to be told that this is accepted; the better one is an
    # extension that would have to be downloaded. Spilled text that is hard to read beats clear text; the folder's mode is the wall.
    _set(connection, "force_mbedtls_unsafe", True)
    _set(connection, "temp_file_encryption", True)
    _set(connection, "temp_directory", str(spill))
    _set(connection, "autoinstall_known_extensions", False)
    _set(connection, "autoload_known_extensions", False)
    _set(connection, "preserve_insertion_order", False)
    _set(connection, "enable_progress_bar", False)  # who waits is told by the command
    _set(connection, "TimeZone", "UTC")
    limit = memory or os.environ.get("ZHIKE_MEMORY")
    if limit:
        _set(connection, "memory_limit", limit)
    if share > 1:
        number, unit = connection.execute("select current_setting('memory_limit')").fetchall()[0][0].split()
        _set(connection, "memory_limit", f"{float(number) / share:.3f}{unit}")
    if threads:
        _set(connection, "threads", threads)
    return connection


def _set(connection: duckdb.DuckDBPyConnection, name: str, value: str | int | bool) -> None:
    text = str(value).lower() if isinstance(value, bool) else str(value).replace("'", "''")
    connection.execute(f"set {name} = '{text}'")


def in_chunks(connection: duckdb.DuckDBPyConnection, table: str, rows: int) -> Iterator[pa.Table]:
    """A table from which nothing was deleted, `rows` rows at a time; between them the connection is free for other statements."""
    count = connection.execute(f"select count(*) from {table}").fetchall()[0][0]
    for first in range(0, count, rows):
        yield connection.sql(f"select * from {table} where rowid >= {first} and rowid < {first + rows}").to_arrow_table()


def quoted(path: Path | str) -> str:
    """A path or text as an SQL literal."""
    return "'" + str(path).replace("'", "''") + "'"


def mart_files(path: Path) -> str:
    """What the build wrote as one, a file or a folder of files, as an SQL literal for `read_parquet`."""
    return quoted(path / "*.parquet" if path.is_dir() else path)


def landing_path(home: Path, source: str, batch_date: date, attempt: int, feed: str) -> Path:
    """Where one attempt of one feed of one batch date lands."""
    return attempt_path(home, source, batch_date, attempt) / f"{feed}.parquet"


def attempt_path(home: Path, source: str, batch_date: date, attempt: int) -> Path:
    """The folder of one attempt: `<home>/warehouse/landing/<source>/<YYYYMMDD>/<attempt>`."""
    return home / "warehouse" / "landing" / source / f"{batch_date:%Y%m%d}" / f"{attempt:04d}"


def next_attempt(home: Path, source: str, batch_date: date) -> int:
    """The first attempt number that no folder has yet."""
    folder = attempt_path(home, source, batch_date, 0).parent
    taken = [int(child.name) for child in folder.iterdir() if child.name.isdigit()] if folder.is_dir() else []
    return max(taken, default=0) + 1


@dataclass(frozen=True)
class Landed:
    """One Parquet file that counts: which attempt of which feed on which day, and how many rows it holds."""

    feed: str
    batch_date: date
    attempt: int
    path: str  # relative to the landing folder of the source
    rows: int


@dataclass
class Manifest:
    """Which landed files of a source count. `version` grows by one with every switch."""

    source: str
    version: int = 0
    files: list[Landed] = field(default_factory=list)

    def of(self, feed: str, *, until: date | None = None) -> Iterator[Landed]:
        """The files of one feed in the order of their batch dates, up to and including `until`."""
        for landed in sorted(self.files, key=lambda one: one.batch_date):
            if landed.feed == feed and (until is None or landed.batch_date <= until):
                yield landed

    def replaced(self, batch_date: date, landed: list[Landed]) -> Manifest:
        """The manifest after `landed` has superseded whatever counted for the same day."""
        kept = [one for one in self.files if one.batch_date != batch_date]
        return Manifest(self.source, self.version + 1, [*kept, *landed])


def manifest_path(home: Path, source: str) -> Path:
    """Where a source's manifest lies."""
    return home / "warehouse" / "landing" / source / MANIFEST


def read_manifest(home: Path, source: str) -> Manifest:
    """The manifest that counts now; an empty one for a source that has never switched."""
    path = manifest_path(home, source)
    if not path.exists():
        return Manifest(source)
    data: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    files = [Landed(**{**one, "batch_date": date.fromisoformat(one["batch_date"])}) for one in data["files"]]
    return Manifest(data["source"], data["version"], files)


def write_manifest(home: Path, manifest: Manifest) -> Path:
    """Put `manifest` in force. The rename is atomic; a kill before it leaves the old one whole."""
    path = manifest_path(home, manifest.source)
    path.parent.mkdir(parents=True, exist_ok=True)
    rows = [{**vars(one), "batch_date": one.batch_date.isoformat()} for one in manifest.files]
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=".manifest-")
    with os.fdopen(handle, "w", encoding="utf-8") as out:
        json.dump({"source": manifest.source, "version": manifest.version, "files": rows}, out, ensure_ascii=False, indent=1)
        out.flush()
        os.fsync(out.fileno())
    Path(name).replace(path)
    return path
