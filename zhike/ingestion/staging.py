"""Checked rows into PostgreSQL: one temporary table per feed, keys resolved to ids, unknown parents taken aside.

Rows travel as Arrow batches → CSV → COPY; nothing is looped over in Python. A staged table lives as long as the transaction of its batch,
so that a killed load leaves nothing behind.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.csv
from django.db import connection

from zhike.core.merging import Cursor, Stage
from zhike.holdings import merging as holdings_merging
from zhike.ingestion.feeds import Feed, Field
from zhike.insight.warehouse import in_chunks
from zhike.parties import merging as parties_merging

PG_TYPES = {
    "key": "text", "text": "text", "code": "text", "date": "date", "instant": "timestamptz", "money": "numeric(20,2)", "rate": "numeric(9,6)",
    "number": "numeric(20,6)", "whole": "bigint", "flag": "boolean",
}  # fmt: skip

_BATCH_ROWS = 100_000


@dataclass(frozen=True)
class Parent:
    """Where keys of a feed are resolved: `select` gives (key, id …) for %(source)s; `brings` names further columns that come along."""

    table: str
    key: str = "external_key"
    id: str = "id"
    brings: dict[str, str] | None = None


PARENTS = {
    "organisation": Parent("access_unit"),
    "employees": Parent("access_employee"),
    "parties": Parent("parties_partysource", id="party_id"),
    "products": Parent("products_product"),
    "accounts": Parent("holdings_account", brings={"account_party_id": "party_id"}),
    "account_roles": Parent("holdings_accountrole"),
    "loans": Parent("holdings_loan"),
}

# Feeds whose rows are compared by digest with what is already known; journals are compared by key alone.
JOURNALS = frozenset({"transactions", "balances", "interactions"})


def id_column(field: Field) -> str:
    """The column in which the id of the row a key refers to stands."""
    return field.name.removesuffix("_key") + "_id"


def references(feed: Feed) -> list[Field]:
    """The key fields resolved while staging. A feed that refers to itself resolves that key while merging."""
    return [f for f in feed.fields if f.refers in PARENTS and f.refers != feed.name]


# --- columns ------------------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Column:
    """One column of a staged table: its PostgreSQL type and the DuckDB expression that gives it as text."""

    name: str
    type: str
    text: str


def _hex(name: str) -> str:
    return f"case when {name} is null then null else '\\x' || lower(hex({name})) end"


def columns(feed: Feed) -> list[Column]:
    """The columns of `load_<feed>`, in order."""
    found: list[Column] = []
    for field in feed.fields:
        if field.seal:
            found += [Column(f"{field.name}_{part}", "bytea", _hex(f"{field.name}_{part}")) for part in ("digest", "last4")]
            found.append(Column(f"{field.name}_masked", "text", f"{field.name}_masked"))
        else:
            found.append(Column(field.name, PG_TYPES[field.type], f"""cast("{field.name}" as varchar)"""))
    if feed.name not in JOURNALS:
        found.append(Column("_digest", "bytea", f"'\\x' || md5({_content(feed)})"))
    for name, (source, _, pg_type) in parties_merging.DERIVED.get(feed.name, {}).items():
        found.append(Column(name, pg_type, f"(select derived from derived_{name} d where d.value = {source})"))
    if feed.name in holdings_merging.REDUCED:
        found.append(Column("_rows", "bigint", "cast(_rows as varchar)"))
    return [*found, Column("_file", "text", "_file"), Column("_line", "bigint", "cast(_line as varchar)")]


def _content(feed: Feed) -> str:
    """A text in which two rows are equal exactly when they say the same."""
    parts = [f"hex({f.name}_digest)" if f.seal else f"""cast("{f.name}" as varchar)""" for f in feed.fields]
    return "concat(" + ", ".join(f"coalesce({p}, chr(30)), chr(31)" for p in parts) + ")"


# --- copying ------------------------------------------------------------------------------------------------------------------------


def copy_query(con: duckdb.DuckDBPyConnection, query: str, cursor: Any, target: str, *, options: str = "format csv") -> int:
    """COPY the rows of a DuckDB query (all columns text) into a PostgreSQL table; gives their number."""
    rows = 0
    unquoted = pyarrow.csv.WriteOptions(include_header=False, quoting_style="needed")
    with cursor.copy(f"copy {target} from stdin ({options})") as copy:
        for batch in _batches(con, query):
            buffer = io.BytesIO()
            pyarrow.csv.write_csv(pa.Table.from_batches([batch]), buffer, unquoted)
            copy.write(buffer.getvalue())
            rows += batch.num_rows
    return rows


def _batches(con: duckdb.DuckDBPyConnection, query: str) -> Iterator[pa.RecordBatch]:
    return iter(con.sql(query).to_arrow_reader(_BATCH_ROWS))


def derive(con: duckdb.DuckDBPyConnection, feed: Feed, good: str) -> None:
    """Compute what areas ask for per distinct value (name tokens), as PostgreSQL array literals."""
    for name, (source, function, _) in parties_merging.DERIVED.get(feed.name, {}).items():
        con.execute(
            f"create or replace temp table derived_from as select distinct {source} as value from {good} where {source} is not null"
        )
        con.execute(f"create or replace temp table derived_{name} (value varchar, derived varchar)")
        for chunk in in_chunks(con, "derived_from", _BATCH_ROWS):
            texts = [_array(function(value)) for value in chunk["value"].to_pylist()]
            con.register("derived_values", pa.table({"value": chunk["value"], "derived": pa.array(texts, pa.string())}))
            con.execute(f"insert into derived_{name} select * from derived_values")
            con.unregister("derived_values")
        con.execute("drop table derived_from")


def _array(tokens: list[str]) -> str:
    return "{" + ",".join('"' + t.replace("\\", "\\\\").replace('"', '\\"') + '"' for t in tokens) + "}"


# --- staging ------------------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Staged:
    """A staged feed and what was taken out of it: orphans rejected, rows held for a parent to come, held rows of earlier batches let in."""

    stage: Stage
    orphans: int = 0
    held: int = 0
    released: int = 0


def stage_feed(
    con: duckdb.DuckDBPyConnection, feed: Feed, good: str, stage: Stage, *, on_missing: str, say: Callable[[str], None]
) -> Staged:
    """Copy a feed's good rows into `load_<feed>`, resolve its keys in `stage_<feed>`, and take aside the rows whose parent is unknown.

    `stage_<feed>` is a table; of a journal, which is read only once, it is a view, and its rows are not written twice.
    """
    derive(con, feed, good)
    with connection.cursor() as cursor:
        say("stage")
        load = f"load_{feed.name}"
        _create(cursor, load, feed)
        _copy_good(con, cursor, feed, good, load)
        released = _let_in_held(cursor, feed, stage, load)
        if feed.name not in JOURNALS:
            _learn(cursor, feed, load)
        _create_parents(cursor, feed, stage, load, on_missing)
        _resolve(cursor, feed, stage, load, kind="view" if feed.name in JOURNALS else "table")
        rows = load if feed.name in JOURNALS else stage.table
        orphans = held = 0
        for field in _fields_with_orphans(cursor, feed, stage):
            if on_missing == "hold":
                held += _hold(cursor, feed, stage, field, rows)
            else:
                orphans += _reject_orphans(con, cursor, feed, stage, field, rows, good)
        _mark_released(cursor, rows, stage)
        return Staged(stage, orphans, held, released)


def unstage(cursor: Cursor, feed: Feed, stage: Stage) -> None:
    """Drop what `stage_feed` made."""
    cursor.execute(f"drop view {stage.table}" if feed.name in JOURNALS else f"drop table {stage.table}")
    cursor.execute(f"drop table load_{feed.name}")


def _create(cursor: Cursor, table: str, feed: Feed) -> None:
    cursor.execute(f"drop table if exists {table}")
    body = ", ".join(f"{c.name} {c.type}" for c in columns(feed))
    cursor.execute(f"create temp table {table} ({body}, _held bigint) on commit drop")


def _copy_good(con: duckdb.DuckDBPyConnection, cursor: Any, feed: Feed, good: str, load: str) -> None:
    names = [c.name for c in columns(feed)]
    reduced = holdings_merging.REDUCED.get(feed.name)
    source = f"({reduced.format(rows=good)})" if reduced else good
    query = "select " + ", ".join(f'{c.text} as "{c.name}"' for c in columns(feed)) + f" from {source} g"
    for name, (source, _, _) in parties_merging.DERIVED.get(feed.name, {}).items():
        query = query.replace(f"(select derived from derived_{name} d where d.value = {source})", f"d_{name}.derived")
        query += f" left join derived_{name} d_{name} on d_{name}.value = g.{source}"
    copy_query(con, query, cursor, f"{load} ({', '.join(names)})")


def _let_in_held(cursor: Cursor, feed: Feed, stage: Stage, load: str) -> int:
    """Rows held by earlier batches are tried again with this one."""
    cursor.execute(
        f"""insert into {load} select r.* from ingestion_held h,
                jsonb_populate_record(null::{load}, h.row || jsonb_build_object('_held', h.id)) r
            where h.source = %s and h.feed = %s and h.released_by_id is null""",
        (stage.source, feed.name),
    )
    return cursor.rowcount


def _create_parents(cursor: Cursor, feed: Feed, stage: Stage, load: str, on_missing: str) -> None:
    if on_missing != "create":
        return
    loading = Stage(load, stage.source, stage.batch_id, stage.batch_date, stage.mode)
    for field in references(feed):
        if field.refers == "parties":
            parties_merging.create_missing(cursor, loading, field.name)


def _resolve(cursor: Cursor, feed: Feed, stage: Stage, load: str, *, kind: str) -> None:
    """Join every key to its id. A reference to the feed itself is left to the area's merging."""
    selected, joins = ["l.*"], []
    for number, field in enumerate(references(feed)):
        parent = PARENTS[str(field.refers)]
        alias = f"p{number}"
        selected.append(f"{alias}.{parent.id} as {id_column(field)}")
        selected += [f"{alias}.{column} as {name}" for name, column in (parent.brings or {}).items()]
        joins.append(f"left join {parent.table} {alias} on {alias}.source = %(source)s and {alias}.{parent.key} = l.{field.name}")
    drop = "" if kind == "view" else "on commit drop"
    cursor.execute(f"create temp {kind} {stage.table} {drop} as select {', '.join(selected)} from {load} l {' '.join(joins)}", stage.params)
    if kind == "table":
        _learn(cursor, feed, stage.table)


def _learn(cursor: Cursor, feed: Feed, table: str) -> None:
    """Statistics of the columns that are joined by; of all columns they would take as long as the copying."""
    names = {field.name for field in references(feed)} | {name for name in feed.key if not feed.by_name[name].seal}
    cursor.execute(f"analyze {table} ({', '.join(sorted(names))})")


def _missing(field: Field) -> str:
    return f"s.{field.name} is not null and s.{id_column(field)} is null"


def _fields_with_orphans(cursor: Cursor, feed: Feed, stage: Stage) -> list[Field]:
    """The keys of which some name a parent that nothing has brought: one look at all of them."""
    fields = references(feed)
    if not fields:
        return []
    cursor.execute(f"select {', '.join(f'coalesce(bool_or({_missing(f)}), false)' for f in fields)} from {stage.table} s")
    return [field for field, is_missing in zip(fields, cursor.fetchone(), strict=True) if is_missing]


def _hold(cursor: Cursor, feed: Feed, stage: Stage, field: Field, rows: str) -> int:
    """Keep the rows whose parent is still to come; a row held before stays as it is."""
    _set_aside(cursor, stage, field, rows)
    resolved = ", ".join(f"'{id_column(f)}'" for f in references(feed))
    cursor.execute(
        f"""insert into ingestion_held (batch_id, source, feed, missing_field, missing_key, "row")
            select %(batch_id)s, %(source)s, %(feed)s, %(field)s, g.{field.name}, to_jsonb(g) - array[{resolved}, '_held', 'account_party_id']
            from aside g where g._held is null""",
        {**stage.params, "feed": feed.name, "field": field.name},
    )
    held = cursor.rowcount
    cursor.execute("drop table aside")
    return held


def _reject_orphans(con: duckdb.DuckDBPyConnection, cursor: Any, feed: Feed, stage: Stage, field: Field, rows: str, good: str) -> int:
    """Refuse the rows whose parent is unknown, by name. Where staging kept one row of several, all of them are refused."""
    _set_aside(cursor, stage, field, rows)
    if feed.name in holdings_merging.REDUCED:
        cursor.execute(f"select distinct {field.name} from aside")
        con.register("unknown_keys", pa.table({"key": pa.array([key for (key,) in cursor.fetchall()], pa.string())}))
        cursor.execute("drop table aside")
        cursor.execute(f"create temp table aside (_file text, _line bigint, {field.name} text) on commit drop")
        query = f"select _file, cast(_line as varchar) as _line, {field.name} from {good} semi join unknown_keys on key = {field.name}"
        copy_query(con, query, cursor, "aside")
        con.unregister("unknown_keys")
    cursor.execute(
        f"""insert into ingestion_reject (batch_id, feed, file, line, field, reason, severity, value_masked)
            select %(batch_id)s, %(feed)s, coalesce(g._file, ''), coalesce(g._line, 0), %(field)s, 'unknown_parent', 'reject', g.{field.name} from aside g""",
        {**stage.params, "feed": feed.name, "field": field.name},
    )
    refused: int = cursor.rowcount
    cursor.execute("drop table aside")
    return refused


def _set_aside(cursor: Cursor, stage: Stage, field: Field, rows: str) -> None:
    """Move the rows that miss this parent out of the staged ones, into `aside`."""
    cursor.execute(f"create temp table aside on commit drop as select s.* from {stage.table} s where {_missing(field)}")
    cursor.execute(f"delete from {rows} r using aside g where r.{field.name} = g.{field.name}")


def _mark_released(cursor: Cursor, rows: str, stage: Stage) -> None:
    cursor.execute(f"update ingestion_held h set released_by_id = %(batch_id)s from {rows} s where s._held = h.id", stage.params)


def copy_vault(con: duckdb.DuckDBPyConnection, vault: str, key_version: int) -> None:
    """Put sealed values into the vault. The same value sealed before stays as it is."""
    with connection.cursor() as cursor:
        cursor.execute("create temp table load_vault (digest bytea, kind text, last4 bytea, masked text, sealed bytea) on commit drop")
        query = f"select {_hex('digest')} a, kind b, {_hex('last4')} c, masked d, {_hex('sealed')} e from {vault} order by digest"
        copy_query(con, query, cursor, "load_vault")
        cursor.execute(
            """insert into access_vault (digest, kind, last4, masked, sealed, key_version)
               select distinct on (digest) digest, kind, last4, masked, sealed, %s from load_vault on conflict (digest) do nothing""",
            (key_version,),
        )
        cursor.execute("drop table load_vault")


_REJECT = "batch_id, feed, file, line, field, reason, severity, value_masked, row_sealed"


def copy_rejects(con: duckdb.DuckDBPyConnection, rejects: str, batch_id: int) -> None:
    """Keep what the checks rejected, line by line. (COPY goes past a table under row security, hence the step between.)"""
    with connection.cursor() as cursor:
        query = f"""select '{batch_id}' a, feed b, coalesce(file, '') c, cast(coalesce(line, 0) as varchar) d, coalesce(field, '') e, reason f,
                    severity g, coalesce(value_masked, '') h, {_hex("row_sealed")} i from {rejects}"""
        cursor.execute("create temp table load_reject (like ingestion_reject) on commit drop")
        cursor.execute("alter table load_reject alter id drop not null")
        copy_query(con, query, cursor, f"load_reject ({_REJECT})")
        cursor.execute(f"insert into ingestion_reject ({_REJECT}) select {_REJECT} from load_reject")
        cursor.execute("drop table load_reject")
