"""All files of a delivery read into the engine, with what could not be read, and the way back from a row to its line."""

from __future__ import annotations

from dataclasses import dataclass, field

import duckdb

from zhike.ingestion.deliveries import Delivery, SourceFile
from zhike.ingestion.layout_reading import forbidden_columns
from zhike.ingestion.layouts import FileFormat, Layout
from zhike.ingestion.mapping import name
from zhike.ingestion.reading import ReadResult, read_file


@dataclass(frozen=True)
class Unread:
    """A line (or message) that became no row."""

    file: str
    line: int
    reason: str
    raw: bytes
    shown: str | None = None


@dataclass
class Sources:
    """`tables`: layout file → (engine table, columns). The other books are kept by layout file too."""

    tables: dict[str, tuple[str, tuple[str, ...]]] = field(default_factory=dict)
    names: dict[str, list[str]] = field(default_factory=dict)
    unread: dict[str, list[Unread]] = field(default_factory=dict)
    rows: dict[str, int] = field(default_factory=dict)  # by the delivered file's name: rows read and unread
    bytes: dict[str, int] = field(default_factory=dict)
    forbidden: dict[str, list[str]] = field(default_factory=dict)
    missing: list[str] = field(default_factory=list)
    figures: list[tuple[str, str, str]] = field(default_factory=list)  # (name, expected, actual) that a reader plug-in knows

    def line_select(self, file: str, layout: Layout) -> str:
        """(file, line, whole) of every row, the values put together again as they stood."""
        table, columns = self.tables[file]
        delimiter = (layout.files[file].delimiter if not layout.files[file].widths else " ").replace("'", "''")
        parts = ", ".join(f"coalesce({name(column)}, '')" for column in columns) or "''"
        return f"select _file as file, _line as line, concat_ws('{delimiter}', {parts}) as whole from {table}"

    def drop(self, connection: duckdb.DuckDBPyConnection) -> None:
        """Free the memory that the raw text takes."""
        for table, _ in self.tables.values():
            connection.execute(f"drop table if exists {table}")


def read_sources(connection: duckdb.DuckDBPyConnection, layout: Layout, delivery: Delivery) -> Sources:
    """Read every file of the delivery that the layout names. A file that is not there is noted, not an error."""
    sources = Sources()
    for place, (key, form) in enumerate(layout.files.items()):
        files = delivery.files.get(key, ())
        if not files:
            sources.missing += [] if form.optional else [form.path]
            continue
        table = f"raw_{place}"
        connection.execute(f"drop table if exists {table}")
        sources.unread[key], sources.names[key] = [], [one.name for one in files]
        columns: dict[str, None] = {}
        for number, file in enumerate(files):
            result = _read_one(connection, file, form, table, first=number == 0)
            columns.update(dict.fromkeys(result.columns))
            sources.unread[key] += [Unread(file.name, line, reason, raw) for line, reason, raw in result.unread]
            sources.rows[file.name] = result.rows + len(result.unread)
            sources.bytes[file.name] = file.path.stat().st_size
        forbidden = forbidden_columns(columns)
        for column in forbidden:
            connection.execute(f"alter table {table} drop column {name(column)}")
        if forbidden:
            sources.forbidden[key] = forbidden
        sources.tables[key] = (table, tuple(column for column in columns if column not in forbidden))
    return sources


def _read_one(connection: duckdb.DuckDBPyConnection, file: SourceFile, form: FileFormat, table: str, *, first: bool) -> ReadResult:
    """Files of one kind may differ in their columns: what is new is added."""
    if first:
        return read_file(connection, file, form, table)
    part = f"{table}_part"
    connection.execute(f"drop table if exists {part}")
    result = read_file(connection, file, form, part)
    known = {row[0].lower() for row in connection.execute(f"select column_name from (describe {table})").fetchall()}
    for column in result.columns:
        if column.lower() not in known:
            connection.execute(f"alter table {table} add column {name(column)} varchar")
    connection.execute(f"insert into {table} by name select * from {part}")
    connection.execute(f"drop table {part}")
    return result
