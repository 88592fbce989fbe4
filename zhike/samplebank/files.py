"""Writes feeds as batch files of the layout "zhike": `YYYYMMDD/<feed>_<YYYYMMDD>.txt` and, last of all, `YYYYMMDD.OK`.

UTF-8, delimiter `|+|`, one header line with the canonical field names, no quoting, empty = missing. Rows arrive chunk by chunk and are
appended, so memory does not grow with the bank.
"""

from __future__ import annotations

import gzip
import hashlib
import json
import shutil
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import IO, Any

import duckdb

from zhike.samplebank.plan import Plan

DELIMITER = "|+|"
SOURCE = "zhike"
SUMMED = {"transactions": ("amount",), "balances": ("balance",), "loans": ("amount",), "standing_orders": ("amount",), "fees": ("amount",)}
ZIPPED = frozenset({"transactions", "balances", "channel_events"})


@dataclass
class _File:
    """What is known about one file while it grows."""

    path: Path
    stream: IO[bytes]
    rows: int = 0
    size: int = 0
    digest: Any = field(default_factory=lambda: hashlib.md5(usedforsecurity=False))
    sums: dict[str, Decimal] = field(default_factory=dict)


class BatchFiles:
    """All files of all batches. `add` takes the rows of a feed, `finish` writes the control files."""

    def __init__(self, con: duckdb.DuckDBPyConnection, plan: Plan, root: Path, zipped: bool = False) -> None:
        self._con, self._plan, self._root, self._zipped = con, plan, root, zipped
        self._files: dict[tuple[int, str], _File] = {}
        self.counts: dict[str, int] = {}
        days = [(day, b) for b, day in enumerate(plan.batches)]
        con.execute("create or replace table batch_days (upto date, b integer)")
        con.executemany("insert into batch_days values (?, ?)", days)
        con.execute(
            "create or replace table days as select d::date as day, min(b) as b from "
            f"range(date '{plan.opening}', date '{plan.until}' + 1, interval 1 day) t(d) join batch_days on d::date <= upto group by 1"
        )

    def add(self, feed: str, query: str, *, key: str = "", order: str = "") -> int:
        """Append the rows of `query` (canonical columns, then `_d`, the day on which the row became true or was booked).

        Rows after `until` are not known yet and are left out; rows before the opening belong to it. With `key` (a changed feed) only the
        last row per key and batch is written. Gives the number of rows.
        """
        last = f"qualify row_number() over (partition by {key}, b order by _d desc) = 1" if key else ""
        self._con.execute(
            f"create or replace temp table part as select q.* exclude (_d), d.b from ({query}) q "
            f"join days d on d.day = greatest(_d, date '{self._plan.opening}') {last} order by b, {order or key}"
        )
        return self.add_table(feed, "part")

    def add_table(self, feed: str, table: str) -> int:
        """Append the rows of a temporary table that has the canonical columns and the batch number `b`, in its order."""
        summed = SUMMED.get(feed, ())
        sums = "".join(f", sum({column})" for column in summed)
        found = self._con.execute(f"select b, count(*){sums} from {table} group by b order by b").fetchall()
        for batch, rows, *totals in found:
            self._append(feed, table, batch)
            file = self._files[batch, feed]
            file.rows += rows
            for column, total in zip(summed, totals, strict=True):
                file.sums[column] = file.sums.get(column, Decimal(0)) + total
        if not found:
            self._open(feed, table, 0)
        self.counts[feed] = self.counts.get(feed, 0) + sum(r[1] for r in found)
        return self.counts[feed]

    def _open(self, feed: str, table: str, batch: int) -> _File:
        if (batch, feed) not in self._files:
            day = self._plan.batches[batch].strftime("%Y%m%d")
            folder = self._root / day
            folder.mkdir(parents=True, exist_ok=True)
            zipped = self._zipped and feed in ZIPPED
            path = folder / f"{feed}_{day}.txt{'.gz' if zipped else ''}"
            stream: IO[bytes] = gzip.GzipFile(path, "wb", compresslevel=3, mtime=0) if zipped else path.open("wb")  # type: ignore[assignment]
            file = self._files[batch, feed] = _File(path, stream)
            columns = [c[0] for c in self._con.execute(f"select * exclude (b) from {table} limit 0").description or []]
            self._write(file, (DELIMITER.join(columns) + "\n").encode())
        return self._files[batch, feed]

    def _append(self, feed: str, table: str, batch: int) -> None:
        file = self._open(feed, table, batch)
        part = self._root / ".part"
        self._con.execute(
            f"copy (select * exclude (b) from {table} where b = {batch}) to '{part}' "
            f"(format csv, delimiter '{DELIMITER}', header false, quote '', escape '', nullstr '')"
        )
        with part.open("rb") as rows:
            while block := rows.read(1 << 22):
                self._write(file, block)
        part.unlink()

    @staticmethod
    def _write(file: _File, block: bytes) -> None:
        file.stream.write(block)
        file.digest.update(block)
        file.size += len(block)

    def finish(self) -> int:
        """Close all files and write one control file per batch date, last. Gives the bytes of all files."""
        total = 0
        for batch, day in enumerate(self._plan.batches):
            files: dict[str, Any] = {}
            for (b, _), file in self._files.items():
                if b == batch:
                    file.stream.close()
                    files[file.path.name] = _told(file)
                    total += file.path.stat().st_size
            (self._root / f"{day:%Y%m%d}").mkdir(exist_ok=True)
            control = {"batch_date": day.isoformat(), "source": SOURCE, "files": files}
            (self._root / f"{day:%Y%m%d}" / f"{day:%Y%m%d}.OK").write_text(
                json.dumps(control, ensure_ascii=False, indent=1), encoding="utf-8"
            )
        return total


def _told(file: _File) -> dict[str, Any]:
    """What the control file says about a file; bytes and md5 are those of the file as it lies there, packed or not."""
    digest = file.digest
    if file.path.suffix == ".gz":
        with file.path.open("rb") as packed:
            digest = hashlib.file_digest(packed, lambda: hashlib.md5(usedforsecurity=False))
    sums = {column: str(total) for column, total in file.sums.items()}
    return {"rows": file.rows, "bytes": file.path.stat().st_size, "sum": sums, "md5": digest.hexdigest()}


def refuse_used(root: Path) -> None:
    """Raise FileExistsError where something already is: a sample bank never mixes with other files."""
    if root.exists() and any(root.iterdir()):
        raise FileExistsError(str(root))
    root.mkdir(parents=True, exist_ok=True)


def remove_scratch(folder: Path) -> None:
    """Remove the scratch folder of the engine."""
    shutil.rmtree(folder, ignore_errors=True)
