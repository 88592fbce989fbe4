"""Set-based taking of a staged feed into a table: three shapes of history, each a few statements whatever the size.

* *entity*: one current row per (source, external key) with a stable id; what it was before goes to a history table as JSON.
* *interval*: every version is a row `[valid_from, valid_to)`; the open one has no `valid_to`.
* *journal*: rows are only ever added; the same key again is the same row.

Valid time is the business date of the batch (decision 4). A row whose digest is unchanged is not touched, so that a second load of
the same writes nothing. SQL is built from declared column names only; values travel as parameters.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Protocol


class Cursor(Protocol):
    """What merging needs of a database cursor."""

    rowcount: int

    def execute(self, query: Any, params: Any = None) -> Any: ...

    def fetchone(self) -> Any: ...

    def fetchall(self) -> Any: ...


@dataclass(frozen=True)
class Stage:
    """A feed's checked rows, staged in PostgreSQL and with their keys resolved.

    `table` holds the feed's canonical columns (protected ones as `_digest`, `_last4`, `_masked`), for every key that refers to another
    feed a `<key without _key>_id`, and `_row`, `_digest`. `mode`: full | changed | incremental.
    """

    table: str
    source: str
    batch_id: int
    batch_date: date
    mode: str

    @property
    def params(self) -> dict[str, Any]:
        """Named parameters every statement may use."""
        return {"source": self.source, "batch_id": self.batch_id, "batch_date": self.batch_date}


@dataclass(frozen=True)
class Merged:
    """What came of a merge: rows that changed something (new or different) and rows that said what was already known."""

    loaded: int
    unchanged: int
    closed: int = 0


@dataclass(frozen=True)
class Shape:
    """How a staged feed lies in a table. `key`: SQL over the stage (alias s) for the external key. `columns`: table column → SQL over s.

    `owns`: SQL over the table (alias t) for its rows that come from this feed, where several fill it.
    """

    table: str
    key: str
    columns: Mapping[str, str]
    history: str | None = None
    kind: str = ""
    owns: str = "true"


def total(cursor: Cursor, stage: Stage) -> int:
    """How many rows are staged."""
    cursor.execute(f"select count(*) from {stage.table}")
    return int(cursor.fetchone()[0])


def _assignments(columns: Sequence[str], values: Mapping[str, str]) -> str:
    return ", ".join(f"{c} = {values[c]}" for c in columns)


def keep_history(cursor: Cursor, stage: Stage, shape: Shape, match: str) -> None:
    """Copy the rows that are about to change into the history table, with the interval in which they were true."""
    cursor.execute(
        f"""insert into {shape.history} (kind, entity_id, party_id, valid_from, valid_to, "values", batch_id)
            select %(kind)s, t.id, {"t.id" if shape.kind == "party" else "t.party_id"}, t.valid_from, %(batch_date)s, to_jsonb(t), %(batch_id)s
            from {shape.table} t join {stage.table} s on {match}
            where t.row_digest is distinct from s._digest and t.valid_from < %(batch_date)s""",
        {**stage.params, "kind": shape.kind},
    )


def entity(cursor: Cursor, stage: Stage, shape: Shape) -> Merged:
    """Upsert by (source, external key): id stays, earlier values go to history, unchanged rows are left alone."""
    match = f"t.source = %(source)s and t.external_key = {shape.key}"
    rows = total(cursor, stage)
    if shape.history:
        keep_history(cursor, stage, shape, match)
    names = list(shape.columns)
    cursor.execute(
        f"""update {shape.table} t set {_assignments(names, shape.columns)}, row_digest = s._digest, valid_from = %(batch_date)s,
                valid_to = null, batch_id = %(batch_id)s
            from {stage.table} s where {match} and (t.row_digest is distinct from s._digest or t.valid_to is not null)""",
        stage.params,
    )
    loaded = cursor.rowcount
    cursor.execute(
        f"""insert into {shape.table} (source, external_key, row_digest, valid_from, batch_id, {", ".join(names)})
            select %(source)s, {shape.key}, s._digest, %(batch_date)s, %(batch_id)s, {", ".join(shape.columns[n] for n in names)}
            from {stage.table} s where not exists (select 1 from {shape.table} t where {match})""",
        stage.params,
    )
    loaded += cursor.rowcount
    closed = close_missing(cursor, stage, shape, match)
    return Merged(loaded, rows - loaded, closed)


def interval(cursor: Cursor, stage: Stage, shape: Shape) -> Merged:
    """Close the version that changed and open the new one; a change on the same business date replaces it."""
    match = f"t.source = %(source)s and t.external_key = {shape.key} and t.valid_to is null"
    rows = total(cursor, stage)
    names = list(shape.columns)
    cursor.execute(
        f"""update {shape.table} t set {_assignments(names, shape.columns)}, row_digest = s._digest, batch_id = %(batch_id)s
            from {stage.table} s where {match} and t.row_digest is distinct from s._digest and t.valid_from >= %(batch_date)s""",
        stage.params,
    )
    loaded = cursor.rowcount
    cursor.execute(
        f"""update {shape.table} t set valid_to = %(batch_date)s
            from {stage.table} s where {match} and t.row_digest is distinct from s._digest""",
        stage.params,
    )
    cursor.execute(
        f"""insert into {shape.table} (source, external_key, row_digest, valid_from, batch_id, {", ".join(names)})
            select %(source)s, {shape.key}, s._digest, %(batch_date)s, %(batch_id)s, {", ".join(shape.columns[n] for n in names)}
            from {stage.table} s where not exists (select 1 from {shape.table} t where {match})""",
        stage.params,
    )
    loaded += cursor.rowcount
    closed = close_missing(cursor, stage, shape, match)
    return Merged(loaded, rows - loaded, closed)


def journal(cursor: Cursor, stage: Stage, shape: Shape, conflict: str) -> Merged:
    """Add what is new; a key seen before (columns `conflict`) is the same fact and counts as unchanged (corrections are new rows, decision 8)."""
    rows = total(cursor, stage)
    names = list(shape.columns)
    cursor.execute(
        f"""insert into {shape.table} (source, external_key, batch_id, {", ".join(names)})
            select %(source)s, {shape.key}, %(batch_id)s, {", ".join(shape.columns[n] for n in names)} from {stage.table} s
            on conflict ({conflict}) do nothing""",
        stage.params,
    )
    return Merged(cursor.rowcount, rows - cursor.rowcount)


def close_missing(cursor: Cursor, stage: Stage, shape: Shape, match: str) -> int:
    """In a full file, what is no longer there has ended on the batch date."""
    if stage.mode != "full":
        return 0
    cursor.execute(
        f"""update {shape.table} t set valid_to = %(batch_date)s where t.source = %(source)s and t.valid_to is null
            and t.valid_from <= %(batch_date)s and {shape.owns} and not exists (select 1 from {stage.table} s where {match})""",
        stage.params,
    )
    return cursor.rowcount


# --- taking back: what batches from a date on have done, so that they can be replayed (decision 4) ---------------------------------


def take_back_entity(cursor: Cursor, *, table: str, history: str, kind: str, source: str, since: date, columns: Sequence[str]) -> None:
    """Put entities back to what they were before `since`. Ids stay: a row born later is kept, empty of time, until a replay bears it again."""
    params = {"source": source, "since": since, "kind": kind}
    names = ", ".join(columns)
    cursor.execute(
        f"""update {table} t set ({names}, row_digest, valid_from, valid_to, batch_id) =
                (select {", ".join(f"r.{c}" for c in columns)}, r.row_digest, r.valid_from, r.valid_to, r.batch_id
                 from jsonb_populate_record(null::{table}, h."values") r)
            from (select distinct on (entity_id) entity_id, "values" from {history}
                  where kind = %(kind)s and valid_from < %(since)s and valid_to >= %(since)s order by entity_id, valid_from desc) h
            where t.id = h.entity_id and t.source = %(source)s and t.valid_from >= %(since)s""",
        params,
    )
    cursor.execute(
        f"""delete from {history} h using {table} t where h.kind = %(kind)s and h.valid_to >= %(since)s
            and t.id = h.entity_id and t.source = %(source)s""",
        params,
    )
    cursor.execute(
        f"update {table} set valid_to = valid_from, row_digest = null where source = %(source)s and valid_from >= %(since)s", params
    )
    cursor.execute(
        f"update {table} set valid_to = null where source = %(source)s and valid_from < %(since)s and valid_to >= %(since)s", params
    )


def take_back_interval(cursor: Cursor, *, table: str, source: str, since: date) -> None:
    """Forget versions that began on or after `since` and reopen those that ended then."""
    params = {"source": source, "since": since}
    cursor.execute(f"delete from {table} where source = %(source)s and valid_from >= %(since)s", params)
    cursor.execute(f"update {table} set valid_to = null where source = %(source)s and valid_to >= %(since)s", params)


def take_back_journal(cursor: Cursor, *, table: str, source: str, batch_ids: Sequence[int]) -> None:
    """Forget the rows those batches added."""
    cursor.execute(f"delete from {table} where source = %(source)s and batch_id = any(%(ids)s)", {"source": source, "ids": list(batch_ids)})
