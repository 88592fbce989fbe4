"""What scoring read of each customer, kept so that one customer's row is found without unpacking a whole profile.

warehouse/features/<business date>-<version>.parquet

A profile lies by columns: one row of it costs a block of every column, a tenth of a second in a bank of a million. Here a customer's features lie side by side,
as the doubles that were scored, in blocks of a few hundred customers. There is a file of each day that is shown, no older one, and nobody stands in it who refused
automated decisions. Where none is there, or a feature is missing, the profile is asked (`everybody.one`).
"""

from __future__ import annotations

import json
import os
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from datetime import date
from functools import lru_cache
from pathlib import Path
from threading import Lock

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.parquet as pq

from zhike.insight import snapshots
from zhike.insight.predictors.features import FEATURE
from zhike.insight.predictors.matrices import Ints
from zhike.insight.predictors.table_files import FloatArray
from zhike.insight.snapshots import Snapshot

BLOCK = 512  # customers that are unpacked together
_KEYS = b"features"
_WIDTH = np.dtype(np.float64).itemsize


def _folder(home: Path) -> Path:
    return snapshots.root(home) / "features"


def path_of(home: Path, snapshot: Snapshot) -> Path:
    """The file of a day."""
    return _folder(home) / f"{snapshot.name}.parquet"


def keys_kept(home: Path, snapshot: Snapshot) -> tuple[str, ...]:
    """The features that a day's file has and that are still known; none where there is no file."""
    path = path_of(home, snapshot)
    return tuple(key for key in _keys_of(pq.read_schema(path)) if key in FEATURE) if path.exists() else ()


def _keys_of(schema: pa.Schema) -> tuple[str, ...]:
    return tuple(json.loads(schema.metadata[_KEYS]))


class Keeping:
    """A day's file that is being written, part by part. Without features there is none."""

    def __init__(self, path: Path, keys: Sequence[str]) -> None:
        columns = [("party_id", pa.int64()), ("features", pa.binary(len(keys) * _WIDTH))]
        schema = pa.schema(columns, metadata={_KEYS: json.dumps(list(keys)).encode()})
        self._writer = _writer(path, schema) if keys else None

    def keep(self, party: Ints, values: FloatArray, rows: npt.NDArray[np.bool_]) -> None:
        """Those of a part's customers who may be asked about, in the order of their keys."""
        if self._writer is None:
            return
        party, values = (party, values) if rows.all() else (party[rows], values[rows])
        if not len(party):
            return
        kind = self._writer.schema.field("features").type
        side_by_side = pa.FixedSizeBinaryArray.from_buffers(kind, len(party), [None, pa.py_buffer(np.ascontiguousarray(values))])
        self._writer.write_table(pa.table([pa.array(party), side_by_side], schema=self._writer.schema), row_group_size=BLOCK)

    def close(self) -> None:
        """No more parts."""
        if self._writer is not None:
            self._writer.close()


def _writer(path: Path, schema: pa.Schema) -> pq.ParquetWriter:
    return pq.ParquetWriter(path, schema, compression="lz4", use_dictionary=False, write_statistics=["party_id"])


@contextmanager
def keeping(home: Path, snapshot: Snapshot, keys: Sequence[str]) -> Iterator[Keeping]:
    """Write a day's file; it takes the place of an earlier one when all parts are in it."""
    path = path_of(home, snapshot)
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    partial = path.with_name(f".{path.name}.{os.getpid()}")
    kept = Keeping(partial, keys)
    try:
        yield kept
        kept.close()
        if keys:
            partial.replace(path)
    finally:
        partial.unlink(missing_ok=True)


def only(home: Path, days: Collection[date]) -> None:
    """Take away the files of all days but these."""
    for path in _folder(home).glob("*.parquet"):
        if date.fromisoformat(path.stem.split("-")[0]) not in days:
            path.unlink()


def of(home: Path, snapshot: Snapshot, keys: Sequence[str], party_id: int) -> FloatArray | None:
    """One customer's features in the order of `keys`, as scoring read them; None where they were not kept."""
    path = path_of(home, snapshot)
    try:
        kept = _kept(path, path.stat().st_mtime_ns)
    except FileNotFoundError:
        return None
    row = kept.of(party_id) if kept.has(keys) else None
    return None if row is None else np.ascontiguousarray(row[[kept.places[key] for key in keys]]).reshape(1, -1)


class Kept:
    """A day's file of which single rows are asked for. It stays open, so that its blocks are known."""

    def __init__(self, path: Path) -> None:
        self._file, self._lock = pq.ParquetFile(path), Lock()
        self.places = {key: place for place, key in enumerate(_keys_of(self._file.schema_arrow))}
        statistics = [self._file.metadata.row_group(number).column(0).statistics for number in range(self._file.num_row_groups)]
        self._first = np.array([one.min for one in statistics], dtype=np.int64)
        self._last = np.array([one.max for one in statistics], dtype=np.int64)

    def has(self, keys: Sequence[str]) -> bool:
        """Whether all of these features are in it."""
        return all(key in self.places for key in keys)

    def of(self, party_id: int) -> FloatArray | None:
        """A customer's row; None where she is not in it. A large bank is written in parts that each go through all keys, so there are a few blocks to look at."""
        with self._lock:
            for block in np.flatnonzero((self._first <= party_id) & (party_id <= self._last)):
                party = self._file.read_row_group(int(block), columns=["party_id"], use_threads=False).column(0).to_numpy()
                found = np.flatnonzero(party == party_id)
                if len(found):
                    rows = self._file.read_row_group(int(block), columns=["features"], use_threads=False).column(0)
                    return np.frombuffer(rows[int(found[0])].as_py(), dtype=np.float64)
        return None


@lru_cache(maxsize=2)
def _kept(path: Path, _changed: int) -> Kept:
    """A file that was written anew is another one."""
    return Kept(path)


def without(home: Path, parties: Collection[int]) -> int:
    """Take customers out of every day's file; how many files were written anew."""
    return sum(_is_changed(path, np.array(sorted(parties), dtype=np.int64)) for path in sorted(_folder(home).glob("*.parquet")))


def _is_changed(path: Path, parties: Ints) -> bool:
    with pq.ParquetFile(path) as file:
        if not np.isin(file.read(columns=["party_id"]).column(0).to_numpy(), parties).any():
            return False
        partial = path.with_name(f".{path.name}.partial")
        with _writer(partial, file.schema_arrow) as writer:
            for block in range(file.num_row_groups):
                rows = file.read_row_group(block)
                stay = ~np.isin(rows.column("party_id").to_numpy(), parties)
                if stay.any():
                    writer.write_table(rows.filter(pa.array(stay)))
    partial.replace(path)
    return True
