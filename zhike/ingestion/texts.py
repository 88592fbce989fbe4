"""The good rows of a feed as the text that COPY reads: which columns, how each is written, some thousands of rows at a time.

Rows travel as Arrow batches → CSV → COPY; nothing is looped over in Python. Small feeds are written while the delivery is read, so that
the transaction of its batch only has to send them.
"""

from __future__ import annotations

import io
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.csv

from zhike.holdings import merging as holdings_merging
from zhike.ingestion.feeds import Feed
from zhike.insight.warehouse import in_chunks
from zhike.parties import merging as parties_merging

PG_TYPES = {
    "key": "text", "text": "text", "code": "text", "date": "date", "instant": "timestamptz", "money": "numeric(20,2)", "rate": "numeric(9,6)",
    "number": "numeric(20,6)", "whole": "bigint", "flag": "boolean",
}  # fmt: skip

ROWS_IN_TEXT = 20_000
LITTLE = 8 << 20  # bytes of a feed that are kept until they are sent

Text = tuple[bytes, int]  # some rows as CSV, and how many they are

# Feeds whose rows are compared by digest with what is already known; journals are compared by key alone.
JOURNALS = frozenset({"transactions", "balances", "interactions", "payroll_details", "channel_events"})


@dataclass(frozen=True)
class Column:
    """One column of a staged table: its PostgreSQL type and the DuckDB expression that gives it as text."""

    name: str
    type: str
    text: str


def hex_text(name: str) -> str:
    """SQL of bytes as PostgreSQL writes them."""
    return f"case when {name} is null then null else '\\x' || lower(hex({name})) end"


def columns(feed: Feed) -> list[Column]:
    """The columns of `load_<feed>`, in order."""
    found: list[Column] = []
    for field in feed.fields:
        if field.seal:
            found += [Column(f"{field.name}_{part}", "bytea", hex_text(f"{field.name}_{part}")) for part in ("digest", "last4")]
            found.append(Column(f"{field.name}_masked", "text", f"{field.name}_masked"))
        else:
            found.append(Column(field.name, PG_TYPES[field.type], f"""cast("{field.name}" as varchar)"""))
    if feed.name not in JOURNALS:
        found.append(Column("_digest", "bytea", f"'\\x' || md5({_content(feed)})"))
    for name, (_, _, pg_type) in parties_merging.DERIVED.get(feed.name, {}).items():
        found.append(Column(name, pg_type, f"d_{name}.derived"))
    if feed.name in holdings_merging.REDUCED:
        found.append(Column("_rows", "bigint", "cast(_rows as varchar)"))
    return [*found, Column("_file", "text", "_file"), Column("_line", "bigint", "cast(_line as varchar)")]


def _content(feed: Feed) -> str:
    """A text in which two rows are equal exactly when they say the same."""
    parts = [f"hex({f.name}_digest)" if f.seal else f"""cast("{f.name}" as varchar)""" for f in feed.fields]
    return "concat(" + ", ".join(f"coalesce({p}, chr(30)), chr(31)" for p in parts) + ")"


def _derive(con: duckdb.DuckDBPyConnection, feed: Feed, good: str) -> None:
    """Compute what areas ask for per distinct value (name tokens), as PostgreSQL array literals."""
    for name, (source, function, _) in parties_merging.DERIVED.get(feed.name, {}).items():
        con.execute(
            f"create or replace temp table derived_from as select distinct {source} as value from {good} where {source} is not null"
        )
        con.execute(f"create or replace temp table derived_{name} (value varchar, derived varchar)")
        for chunk in in_chunks(con, "derived_from", ROWS_IN_TEXT):
            texts = [_array(function(value)) for value in chunk["value"].to_pylist()]
            con.register("derived_values", pa.table({"value": chunk["value"], "derived": pa.array(texts, pa.string())}))
            con.execute(f"insert into derived_{name} select * from derived_values")
            con.unregister("derived_values")
        con.execute("drop table derived_from")


def _array(tokens: list[str]) -> str:
    return "{" + ",".join('"' + t.replace("\\", "\\\\").replace('"', '\\"') + '"' for t in tokens) + "}"


def texts_of(con: duckdb.DuckDBPyConnection, feed: Feed, good: str) -> Iterator[Text]:
    """The good rows of a feed in the order of `columns`."""
    _derive(con, feed, good)
    reduced = holdings_merging.REDUCED.get(feed.name)
    source = f"({reduced.format(rows=good)})" if reduced else good
    query = "select " + ", ".join(f'{c.text} as "{c.name}"' for c in columns(feed)) + f" from {source} g"
    for name, (value, _, _) in parties_merging.DERIVED.get(feed.name, {}).items():
        query += f" left join derived_{name} d_{name} on d_{name}.value = g.{value}"
    return texts(con, query)


def vault_texts(con: duckdb.DuckDBPyConnection, vault: str) -> Iterator[Text]:
    """The sealed values of a feed: digest, kind, last4, masked, sealed; in the order of the index they go into."""
    query = f"select {hex_text('digest')} a, kind b, {hex_text('last4')} c, masked d, {hex_text('sealed')} e from {vault} order by digest"
    return texts(con, query)


def texts(con: duckdb.DuckDBPyConnection, query: str) -> Iterator[Text]:
    """The rows of a query, all columns text."""
    unquoted = pyarrow.csv.WriteOptions(include_header=False, quoting_style="needed")
    for batch in con.sql(query).to_arrow_reader(ROWS_IN_TEXT):
        buffer = io.BytesIO()
        pyarrow.csv.write_csv(pa.Table.from_batches([batch]), buffer, unquoted)
        yield buffer.getvalue(), batch.num_rows


def if_little(texts: Iterable[Text]) -> list[Text] | None:
    """All of them, where they are little enough to be kept."""
    kept, size = [], 0
    for text in texts:
        kept.append(text)
        size += len(text[0])
        if size > LITTLE:
            return None
    return kept


def copy_texts(cursor: Any, target: str, texts: Iterable[Text], *, options: str = "format csv") -> int:
    """COPY rows into a PostgreSQL table; gives their number."""
    rows = 0
    with cursor.copy(f"copy {target} from stdin ({options})") as copy:
        for text, count in texts if isinstance(texts, list) else _ahead(iter(texts)):
            copy.write(text)
            rows += count
    return rows


def _ahead(texts: Iterator[Text]) -> Iterator[Text]:
    """Each is made while the one before it is sent."""
    with ThreadPoolExecutor(1, thread_name_prefix="text") as maker:
        coming = maker.submit(next, texts, None)
        while (text := coming.result()) is not None:
            coming = maker.submit(next, texts, None)
            yield text
