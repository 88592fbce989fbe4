"""A bank many times over, for measuring what the warehouse costs at sizes that would take hours to make and load.

Every landed row that a build reads comes as often as asked, with keys of its own that are as long as before, and so does every customer
in PostgreSQL. Products, units and rates stay as they are; columns that no build reads are left out. Nothing else of PostgreSQL grows:
such a bank is for `zhike insight build` and for counting audiences, not for pages of accounts.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import duckdb
import psycopg
import pyarrow as pa
from psycopg import sql

from zhike.insight import sources
from zhike.insight.warehouse import connect, quoted, read_manifest

MOST = 100  # two digits of a key tell the copies apart
SHARED = frozenset({"product_key", "unit_key", "rate_key", "parent_key"})  # what all customers of a bank have in common
ONCE = frozenset({"organisation", "products", "rates"})
STEP = 10_000_000  # between the same customer's keys in two copies
# Tables of customers, without which a build finds nobody, and what of a row must differ beside its keys.
PARTIES = ("parties_party", "parties_partysource")
TEXTS = frozenset({"external_key", "customer_no"})


def multiplied(home: Path, url: str, times: int) -> None:
    """Make the bank of a data folder and a database `times` as large, in place; what was computed of it goes. Raises ValueError for more than a key can tell apart."""
    if not 1 <= times <= MOST:
        raise ValueError(times)
    folder = home / "warehouse" / "landing" / "zhike"
    for computed in ("marts", "staged"):
        shutil.rmtree(home / "warehouse" / computed, ignore_errors=True)
    for landed in read_manifest(home, "zhike").files:
        path = folder / landed.path
        if landed.feed in sources.FEEDS.keys() - ONCE:
            _multiply(path, times)
        elif landed.feed not in ONCE:
            path.unlink(missing_ok=True)  # no build reads it
    with psycopg.connect(url) as connection:
        for table in PARTIES:
            _multiply_rows(connection, table, times)
        connection.execute("truncate insight_profile, insight_build")
        connection.execute("analyze parties_party, parties_partysource")


def _key(column: str, number: str) -> str:
    """A key of another copy: its first two digits tell which, where they are nought."""
    return (
        f"case when substr({column}, 2, 2) = '00' then left({column}, 1) || {number} || substr({column}, 4) else {column} || {number} end"
    )


def _multiply(path: Path, times: int) -> None:
    """One landed file, its copies one after the other, as a load of so many rows would write it."""
    with connect() as reading, connect() as writing:
        reading.execute("set preserve_insertion_order = true")
        has = {row[0] for row in reading.execute(f"select name from parquet_schema({quoted(path)})").fetchall()}
        wanted = ", ".join(f'"{name}"' for name in (*sources.FEEDS[path.stem], "_file", "_line") if name in has)
        once = reading.sql(f"select {wanted} from read_parquet({quoted(path)})").to_arrow_table()
        reading.register("once", once)
        schema = once.schema
        keys = [name for name in schema.names if name == "staff_no" or (name.endswith("_key") and name not in SHARED)]
        writing.execute("set preserve_insertion_order = true")
        writing.register("every", pa.RecordBatchReader.from_batches(schema, _copies(reading, keys, times)))
        partial = path.with_suffix(".partial")
        writing.execute(f"copy (from every) to {quoted(partial)} (format parquet, compression zstd)")
    partial.replace(path)


def _copies(engine: duckdb.DuckDBPyConnection, keys: list[str], times: int) -> Iterator[pa.RecordBatch]:
    for number in range(times):
        named = ", ".join(f"{_key(key, quoted(f'{number:02}'))} as {key}" for key in keys)
        replaced = f" replace ({named})" if number else ""
        yield from engine.sql(f"select *{replaced} from once").to_arrow_reader(100_000)


def _multiply_rows(connection: psycopg.Connection, table: str, times: int) -> None:
    """The rows of a table once more for each copy, in one statement."""
    columns = [row[0] for row in connection.execute("select column_name from information_schema.columns where table_name = %s", [table])]
    number = "lpad(n::text, 2, '0')"

    def other(column: str) -> str:
        if column in ("id", "party_id"):
            return f"{column} + n * {STEP}"
        return _key(column, number) if column in TEXTS else column

    names = sql.SQL(", ").join(map(sql.Identifier, columns))
    values = sql.SQL(", ").join(sql.SQL(other(column)) for column in columns)  # names out of the catalogue
    connection.execute(
        sql.SQL("insert into {table} ({names}) select {values} from {table}, generate_series(1, {last}) n").format(
            table=sql.Identifier(table), names=names, values=values, last=sql.Literal(times - 1)
        )
    )
