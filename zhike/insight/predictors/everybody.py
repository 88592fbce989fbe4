"""Everybody of a day in one reading: each feature once, and of every question who is asked and what its rule says."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from threading import Lock
from typing import Any

import duckdb
import numpy as np
import numpy.typing as npt
import pyarrow.parquet as pq
from ibis.expr.types import Value

from zhike.insight import snapshots, warehouse
from zhike.insight.predictors import feature_rows, outcomes
from zhike.insight.predictors.features import FEATURE
from zhike.insight.predictors.matrices import Ints
from zhike.insight.predictors.questions import Question, Terms
from zhike.insight.predictors.table_files import FloatArray
from zhike.insight.snapshots import Snapshot
from zhike.insight.warehouse import quoted

AT_ONCE = 200_000  # customers whose features are in memory together


@dataclass(frozen=True)
class People:
    """Customers of a day in the order of their keys. `values`: a column of each of `keys`; `asked`, `rules`: by question."""

    party: Ints
    keys: tuple[str, ...]
    values: FloatArray
    asked: Mapping[str, npt.NDArray[np.bool_]]
    rules: Mapping[str, FloatArray]

    def of(self, keys: Sequence[str], rows: npt.NDArray[np.bool_] | Ints) -> FloatArray:
        """Some rows, of a model's features in its order."""
        places = {key: place for place, key in enumerate(self.keys)}
        columns = np.array([places[key] for key in keys], dtype=np.int64)
        return self.values[np.ix_(rows, columns)]  # at once: rows first and columns then copies all columns


def parts(engine: duckdb.DuckDBPyConnection, home: Path, snapshot: Snapshot) -> list[str]:
    """SQL conditions that divide a large bank's customers: ranges of keys, in whose order the profile lies, so that each part of it is read once."""
    outcomes.now(engine, home, snapshot)
    count = engine.execute("select count(*) from known").fetchall()[0][0]
    many = max(-(-count // AT_ONCE), 1)
    if many == 1:
        return ["true"]
    shares = [part / many for part in range(1, many)]
    [(edges,)] = engine.execute(f"select quantile_disc(party_id, {shares}) from known").fetchall()
    ends = [f"party_id <= {edge}" for edge in edges] + ["true"]
    starts = ["true"] + [f"party_id > {edge}" for edge in edges]
    return [f"{start} and {end}" for start, end in zip(starts, ends, strict=True)]


def people(engine: duckdb.DuckDBPyConnection, home: Path, snapshot: Snapshot, questions: Sequence[Question], keys: Sequence[str], terms: Terms, where: str = "true") -> People:  # fmt: skip
    """Read them. Raises FromTheFuture where a feature was not known on the day."""
    t = outcomes.now(engine, home, snapshot, where)
    features = [FEATURE[key] for key in keys]
    outcomes.none_from_later(engine, t, features, snapshot.business_date)
    columns: dict[str, Value] = {f"x_{one.key}": one.value(t) for one in features}
    for question in questions:
        columns[f"is_{question.name}"] = question.population(t, terms).fill_null(False)
        columns[f"rule_{question.name}"] = question.rule(t).cast("float64").fill_null(0.0)
    rows = outcomes.ask(engine, t.select("party_id", **columns).order_by("party_id"))

    def column(name: str) -> FloatArray:
        return np.asarray(rows.column(name).to_numpy(zero_copy_only=False), dtype=np.float64)

    values = np.empty((len(rows), len(features)), dtype=np.float64)
    for place, one in enumerate(features):
        values[:, place] = column(f"x_{one.key}")
    return People(
        np.asarray(rows.column("party_id").to_numpy(), dtype=np.int64), tuple(keys), values,
        {one.name: np.asarray(rows.column(f"is_{one.name}").to_numpy(zero_copy_only=False), dtype=bool) for one in questions},
        {one.name: column(f"rule_{one.name}") for one in questions},
    )  # fmt: skip


def one(home: Path, snapshot: Snapshot, keys: tuple[str, ...], party_id: int) -> FloatArray | None:
    """One customer's features on a day, in the order of `keys`; None where she was not there. What scoring kept is taken; without it her row of the profile is
    asked for, by a statement that is kept: putting every feature into SQL takes ten times as long for one row as working it out."""
    kept = feature_rows.of(home, snapshot, keys, party_id)
    if kept is not None:
        return kept
    path = snapshots.root(home) / snapshot.pieces["profile"][0].path
    row = _rows(path, path.stat().st_mtime_ns).of(party_id)
    if row is None:
        return None
    found = [FEATURE[key].of_row(row, snapshot.business_date) for key in keys]
    return np.array([[np.nan if value is None else value for value in found]], dtype=np.float64)


class Rows:
    """A day's profile, of which single rows are asked for."""

    def __init__(self, path: Path) -> None:
        self._engine, self._lock = warehouse.connect(threads=1), Lock()
        has = set(pq.read_schema(path).names)
        self._columns = [name for name in outcomes.PROFILE.names if name in has]
        listed = ", ".join(self._columns)
        self._engine.execute(f"prepare one as select {listed} from read_parquet({quoted(path)}) where party_id = $1")

    def of(self, party_id: int) -> dict[str, Any] | None:
        """A customer's row, empty where the file lacks a field; None: she is not in it."""
        with self._lock:
            found = self._engine.execute(f"execute one({int(party_id)})").fetchone()
        return None if found is None else dict.fromkeys(outcomes.PROFILE.names) | dict(zip(self._columns, found, strict=True))


@lru_cache(maxsize=2)
def _rows(path: Path, _changed: int) -> Rows:
    """A file that was written anew, because somebody was forgotten, is another one."""
    return Rows(path)
