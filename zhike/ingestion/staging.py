"""Checked rows into PostgreSQL: one temporary table per feed, keys resolved to ids, unknown parents taken aside.

A staged table lives as long as the transaction of its batch,
so that a killed load leaves nothing behind.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

import duckdb
import pyarrow as pa
from django.db import connection

from zhike.core.merging import Cursor, Stage
from zhike.holdings import merging as holdings_merging
from zhike.ingestion.feeds import Feed, Field
from zhike.ingestion.texts import JOURNALS, Text, columns, copy_texts, hex_text, texts
from zhike.parties import merging as parties_merging

FEW_ROWS = 5_000  # so few lie on so few pages that a plan needs no statistics of them


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
    "payroll_agreements": Parent("holdings_payroll"),
}


def id_column(field: Field) -> str:
    """The column in which the id of the row a key refers to stands."""
    return field.name.removesuffix("_key") + "_id"


def home_column(field: Field) -> str:
    """The column in which the party stands that a merged party's key belonged to before; empty for all others."""
    return field.name.removesuffix("_key") + "_home"


def references(feed: Feed) -> list[Field]:
    """The key fields resolved while staging. A feed that refers to itself resolves that key while merging."""
    return [f for f in feed.fields if f.refers in PARENTS and f.refers != feed.name]


# --- staging ------------------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Staged:
    """A staged feed and what was taken out of it: orphans rejected, rows held for a parent to come, held rows of earlier batches let in."""

    stage: Stage
    orphans: int = 0
    held: int = 0
    released: int = 0


def stage_feed(
    con: duckdb.DuckDBPyConnection,
    feed: Feed,
    good: str,
    rows: Iterable[Text],
    stage: Stage,
    *,
    on_missing: str,
    may_let_in: bool,
    say: Callable[[str], None],
) -> Staged:
    """Copy a feed's good rows, given as texts, into `load_<feed>`, resolve its keys in `stage_<feed>`, and take aside the rows whose parent is unknown.
    With `may_let_in` rows that wait for their parent since earlier batches are tried again.

    `stage_<feed>` is a table; of a journal, which is read only once, it is a view, and its rows are not written twice.
    """
    with connection.cursor() as cursor:
        say("stage")
        load = f"load_{feed.name}"
        _create(cursor, load, feed)
        is_worth_learning = copy_texts(cursor, f"{load} ({', '.join(c.name for c in columns(feed))})", rows) > FEW_ROWS
        released = _let_in_held(cursor, feed, stage, load) if may_let_in else 0
        if feed.name not in JOURNALS and is_worth_learning:
            _learn(cursor, feed, load)
        _create_parents(cursor, feed, stage, load, on_missing)
        _resolve(cursor, feed, stage, load, kind="view" if feed.name in JOURNALS else "table")
        if feed.name not in JOURNALS and is_worth_learning:
            _learn(cursor, feed, stage.table)
        staged = load if feed.name in JOURNALS else stage.table
        orphans = held = 0
        for field in _fields_with_orphans(cursor, feed, stage):
            if on_missing == "hold":
                held += _hold(cursor, feed, stage, field, staged)
            else:
                orphans += _reject_orphans(con, cursor, feed, stage, field, staged, good)
        if released:
            _mark_released(cursor, staged, stage)
        return Staged(stage, orphans, held, released)


def unstage(cursor: Cursor, feed: Feed, stage: Stage) -> None:
    """Drop what `stage_feed` made."""
    cursor.execute(f"drop view {stage.table}" if feed.name in JOURNALS else f"drop table {stage.table}")
    cursor.execute(f"drop table load_{feed.name}")


def _create(cursor: Cursor, table: str, feed: Feed) -> None:
    cursor.execute(f"drop table if exists {table}")
    body = ", ".join(f"{c.name} {c.type}" for c in columns(feed))
    cursor.execute(f"create temp table {table} ({body}, _held bigint) on commit drop")


def feeds_waiting(source: str) -> frozenset[str]:
    """The feeds of which earlier batches hold rows for a parent to come."""
    with connection.cursor() as cursor:
        cursor.execute("select distinct feed from ingestion_held where source = %s and released_by_id is null", (source,))
        return frozenset(feed for (feed,) in cursor.fetchall())


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
        if field.refers == "parties":
            selected.append(f"{alias}.home_id as {home_column(field)}")
        joins.append(f"left join {parent.table} {alias} on {alias}.source = %(source)s and {alias}.{parent.key} = l.{field.name}")
    drop = "" if kind == "view" else "on commit drop"
    cursor.execute(f"create temp {kind} {stage.table} {drop} as select {', '.join(selected)} from {load} l {' '.join(joins)}", stage.params)


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
    resolved = ", ".join(f"'{id_column(f)}', '{home_column(f)}'" for f in references(feed))
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
        copy_texts(cursor, "aside", texts(con, query))
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


def copy_vault(rows: Iterable[Text]) -> None:
    """Put sealed values into the vault. The same value sealed before stays as it is."""
    with connection.cursor() as cursor:
        cursor.execute("create temp table load_vault (digest bytea, kind text, last4 bytea, masked text, sealed bytea) on commit drop")
        copy_texts(cursor, "load_vault", rows)
        cursor.execute(
            """insert into access_vault (digest, kind, last4, masked, sealed, key_version)
               select distinct on (digest) digest, kind, last4, masked, sealed, get_byte(sealed, 0) from load_vault on conflict (digest) do nothing"""
        )
        cursor.execute("drop table load_vault")


_REJECT = "batch_id, feed, file, line, field, reason, severity, value_masked, row_sealed"


def copy_rejects(con: duckdb.DuckDBPyConnection, rejects: str, batch_id: int) -> None:
    """Keep what the checks rejected, line by line. (COPY goes past a table under row security, hence the step between.)"""
    if not con.execute(f"select exists (from {rejects})").fetchall()[0][0]:
        return
    with connection.cursor() as cursor:
        query = f"""select '{batch_id}' a, feed b, coalesce(file, '') c, cast(coalesce(line, 0) as varchar) d, coalesce(field, '') e, reason f,
                    severity g, coalesce(value_masked, '') h, {hex_text("row_sealed")} i from {rejects}"""
        cursor.execute("create temp table load_reject (like ingestion_reject) on commit drop")
        cursor.execute("alter table load_reject alter id drop not null")
        copy_texts(cursor, f"load_reject ({_REJECT})", texts(con, query))
        cursor.execute(f"insert into ingestion_reject ({_REJECT}) select {_REJECT} from load_reject")
        cursor.execute("drop table load_reject")
