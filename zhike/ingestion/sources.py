"""All files of a delivery read into the engine, with what could not be read, and the way back from a row to its line."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import duckdb

from zhike.ingestion.deliveries import Delivery, SourceFile
from zhike.ingestion.hands import Hands
from zhike.ingestion.layout_reading import forbidden_columns
from zhike.ingestion.layouts import FileFormat, Layout
from zhike.ingestion.mapping import name, text, texts
from zhike.ingestion.message_reading import read_messages
from zhike.ingestion.reading import read_file


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
    written: dict[str, dict[tuple[str, ...], list[str]]] = field(default_factory=dict)  # the columns as they stand in the files → the files
    missing: list[str] = field(default_factory=list)
    figures: list[tuple[str, str, str]] = field(default_factory=list)  # (name, expected, actual) that a reader plug-in knows

    def line_select(self, file: str, layout: Layout) -> str:
        """(file, line, whole) of every row, the values put together again as they stood; one that may not be kept (R30) is left empty."""
        table, kept = self.tables[file]
        form = layout.files[file]
        selects = []
        for columns, names in self.written[file].items():
            whole = _whole(form, [name(column) if column in kept else "''" for column in columns])
            selects.append(f"select _file as file, _line as line, {whole} as whole from {table} where _file in ({texts(names)})")
        return " union all ".join(selects)

    def drop(self, connection: duckdb.DuckDBPyConnection) -> None:
        """Free the memory that the raw text takes."""
        for table, _ in self.tables.values():
            connection.execute(f"drop table if exists {table}")


def read_sources(hands: Hands, layout: Layout, delivery: Delivery) -> Sources:
    """Read every file of the delivery that the layout names, the largest first. A file that is not there is noted, not an error."""
    sources = Sources()
    wanted = []
    for place, (key, form) in enumerate(layout.files.items()):
        if delivery.files.get(key):
            wanted.append((key, f"raw_{place}", sum(file.path.stat().st_size for file in delivery.files[key])))
        elif not form.optional:
            sources.missing.append(form.path)

    def read(connection: duckdb.DuckDBPyConnection, one: tuple[str, str, int]) -> None:
        _read_files(connection, layout.files[one[0]], delivery.files[one[0]], one[1], one[0], sources)

    hands.each(read, sorted(wanted, key=lambda one: -one[2]))
    return sources


def _read_files(
    connection: duckdb.DuckDBPyConnection, form: FileFormat, files: Sequence[SourceFile], table: str, key: str, sources: Sources
) -> None:
    """Read the files of one name into one table."""
    connection.execute(f"drop table if exists {table}")
    sources.unread[key], sources.names[key], sources.written[key] = [], [one.name for one in files], defaultdict(list)
    columns: dict[str, None] = {}
    for number, file in enumerate(files):
        part = table if number == 0 else f"{table}_part"
        taken, unread, rows = _read_one(connection, file, form, part, sources)
        _append(connection, table, part, taken)
        columns.update(dict.fromkeys(taken))
        sources.written[key][taken].append(file.name)
        sources.unread[key] += unread
        sources.rows[file.name] = rows + len(unread)
        sources.bytes[file.name] = file.path.stat().st_size
    forbidden = forbidden_columns(columns)
    for column in forbidden:
        connection.execute(f"alter table {table} drop column {name(column)}")
    if forbidden:
        sources.forbidden[key] = forbidden
        sources.unread[key] = [replace(one, raw=b"") for one in sources.unread[key]]  # what cannot be parted cannot be told apart
    sources.tables[key] = (table, tuple(column for column in columns if column not in forbidden))


def _read_one(
    connection: duckdb.DuckDBPyConnection, file: SourceFile, form: FileFormat, table: str, sources: Sources
) -> tuple[tuple[str, ...], list[Unread], int]:
    """The columns, what became no row, and the number of rows of one file."""
    if not form.reader:
        result = read_file(connection, file, form, table)
        unread = [
            Unread(file.name, line, reason, _readable(raw, form) if reason == "bad_encoding" else raw)
            for line, reason, raw in result.unread
        ]
        return result.columns, unread, result.rows
    columns, messages = read_messages(connection, file, form, table)
    known = {name for name, _, _ in sources.figures}
    sources.figures += [
        (f"{name}:{file.name}", expected, actual) for name, expected, actual in messages.figures if f"{name}:{file.name}" not in known
    ]
    broken = [Unread(file.name, one.line, "broken_message", one.raw, one.why) for one in messages.broken]
    return columns, broken, len(messages.rows.get(form.table, ()))


def _readable(raw: bytes, form: FileFormat) -> bytes:
    """A line that its encoding cannot hold, with only the wrong bytes written as codes."""
    return raw.decode(form.encoding, errors="backslashreplace").encode()


def _whole(form: FileFormat, values: list[str]) -> str:
    """SQL that puts the values of a row together as a line of the file."""
    if not form.widths:
        parts = ", ".join(_quoted_value(value, form) for value in values) or "''"
        whole = f"concat_ws({text(form.delimiter)}, {parts})"
        return f"{whole} || {text(form.delimiter)}" if form.trailing_delimiter and form.columns else whole
    padded = [
        f"coalesce({value}, '') || repeat(' ', greatest(0, {width} - {_width_of(value, form)}))"
        for value, width in zip(values, form.widths, strict=True)
    ]
    return " || ".join(padded)


def _quoted_value(value: str, form: FileFormat) -> str:
    """SQL of one value, in quotation marks where it holds something that has a meaning in the file."""
    plain = f"coalesce({value}, '')"
    if not form.quote:
        return plain
    mark = text(form.quote)
    doubled = f"{mark} || replace({plain}, {mark}, {text(form.quote * 2)}) || {mark}"
    special = " or ".join(f"contains({plain}, {one})" for one in (text(form.delimiter), mark, "chr(10)"))
    return f"case when {special} then {doubled} else {plain} end"


def _width_of(value: str, form: FileFormat) -> str:
    """SQL of how wide a value is; in bytes a Chinese character of GBK takes two."""
    if form.width_unit == "characters":
        return f"length(coalesce({value}, ''))"
    if form.encoding.lower().startswith("utf"):
        return f"strlen(coalesce({value}, ''))"
    return f"(2 * length(coalesce({value}, '')) - length(regexp_replace(coalesce({value}, ''), '[^\\x00-\\x7F]', '', 'g')))"


def _append(connection: duckdb.DuckDBPyConnection, table: str, part: str, columns: tuple[str, ...]) -> None:
    """Add one more file of a kind; files may differ in their columns: what is new is added."""
    if part == table:
        return
    known = {row[0].lower() for row in connection.execute(f"select column_name from (describe {table})").fetchall()}
    for column in columns:
        if column.lower() not in known:
            connection.execute(f"alter table {table} add column {name(column)} varchar")
    connection.execute(f"insert into {table} by name select * from {part}")
    connection.execute(f"drop table {part}")
