"""A bank's file → a table of text in the engine, with the physical line of every row; what cannot be read is kept apart by name.

Lines are found by offsets (records.py), so that line numbers are right behind broken lines, empty lines and values with line
breaks; the values are parted by Arrow's parser, block by block: memory stays flat however large the file is.
"""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import IO

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pacsv

from zhike.ingestion.containers import opened
from zhike.ingestion.decoding import Block, decoded_blocks
from zhike.ingestion.deliveries import SourceFile
from zhike.ingestion.layouts import FileFormat
from zhike.ingestion.records import Lines, Records, find_records

STAND_INS = (b"\x1f", b"\x1e", b"\x1d", b"\x1c", b"\x01", b"\x02")  # one of these stands for a delimiter of several characters
TRAILING = "_trailing"
COMMIT_EVERY = 16  # blocks


@dataclass
class ReadResult:
    """What one file gave. `unread` are (line, reason, raw bytes) of the lines that became no row."""

    columns: tuple[str, ...]
    rows: int = 0
    empty: int = 0
    unread: list[tuple[int, str, bytes]] = field(default_factory=list)


def read_file(
    connection: duckdb.DuckDBPyConnection, source: SourceFile, form: FileFormat, table: str, *, block: int = 8 << 20
) -> ReadResult:
    """Read one file into a new `table`: its columns as text, `_file` and `_line`."""
    with opened(source.path, source.member) as stream:
        connection.begin()
        try:
            result = _FileReader(connection, source, form, table).run(stream, block)
        except BaseException:
            connection.rollback()
            raise
        connection.commit()
        return result


class _FileReader:
    """The walk through one file; holds the header and the line number reached."""

    def __init__(self, connection: duckdb.DuckDBPyConnection, source: SourceFile, form: FileFormat, table: str) -> None:
        self.connection, self.source, self.form, self.table = connection, source, form, table
        self.header: bytes | None = None
        self.result = ReadResult(form.columns)
        self.skipped = 0
        self.line = 1
        self.made = False
        self.uncommitted = 0

    def run(self, stream: IO[bytes], size: int) -> ReadResult:
        rest = b""
        carried: dict[int, bytes] = {}
        for block in decoded_blocks(stream, self.form.encoding, size):
            shift = rest.count(b"\n")
            bad = {**carried, **{offset + shift: raw for offset, raw in block.bad.items()}}
            lines = Lines.of(rest + block.data, self.line)
            begin = self.take_header(lines, bad)
            found = find_records(lines, self.form, self.header, bad, block.last)
            found.keep[:begin] = False
            self.insert(found, bad, block, begin)
            rest = lines.data[lines.starts[found.consumed] :] if found.consumed < len(lines) else b""
            carried = {offset - found.consumed: raw for offset, raw in bad.items() if offset >= found.consumed}
            self.line += found.consumed
            self.keep_memory_flat()
        if not self.made:
            self.store(pa.table({name: pa.array([], pa.string()) for name in self.names()}), np.zeros(0, dtype=np.int64))
        return self.result

    def keep_memory_flat(self) -> None:
        """What is not committed cannot be spilled; committing every block by itself takes three times as long."""
        self.uncommitted += 1
        if self.uncommitted == COMMIT_EVERY:
            self.connection.commit()
            self.connection.begin()
            self.uncommitted = 0

    def take_header(self, lines: Lines, bad: dict[int, bytes]) -> int:
        """How many lines at the top are no data: those to skip, and the header, whose names are taken."""
        begin = 0
        while self.skipped < self.form.skip and begin < len(lines):
            self.skipped += 1
            begin += 1
        if not self.form.header or self.header is not None or self.skipped < self.form.skip:
            return begin
        for index in range(begin, len(lines)):
            text = lines.text(index)
            if text.strip() and index not in bad:
                self.header = text
                if not self.form.columns:
                    self.result.columns = _unique(header_names(text.decode(), self.form))
                return index + 1
        return len(lines)

    def names(self) -> list[str]:
        columns = list(self.result.columns)
        return [*columns, TRAILING] if self.form.trailing_delimiter and self.form.columns else columns

    def insert(self, found: Records, bad: dict[int, bytes], block: Block, begin: int) -> None:
        for index, reason in sorted(found.faults.items()):
            if index >= begin:
                self.unread(found.lines.first + index, reason, bad.get(index) or found.lines.text(index))
        self.result.empty += found.empty
        numbers = found.numbers()
        if not len(numbers):
            return
        parse = _parse_widths if self.form.widths else _parse_delimited
        table, faults = parse(found, self.names(), self.form)
        good = np.ones(len(numbers), dtype=np.bool_)
        for position, (reason, raw) in faults.items():
            good[position] = False
            number = int(numbers[position])
            cut = block.last and position == len(numbers) - 1 and not found.lines.data.endswith(b"\n")
            self.unread(number, "cut_line" if cut and reason == "wrong_column_count" else reason, raw)
        self.store(table, numbers[good])

    def unread(self, number: int, reason: str, raw: bytes) -> None:
        self.result.unread.append((number, reason, raw))

    def store(self, table: pa.Table, numbers: np.ndarray[tuple[int], np.dtype[np.int64]]) -> None:
        if TRAILING in table.column_names:
            table = table.drop_columns([TRAILING])
        # the reader's own columns come last and cannot clash with a bank's: an underscore name in the file is renamed by _unique
        table = table.append_column("_line", pa.array(numbers))
        view = f"arrow_{self.table}"
        self.connection.register(view, table)
        file = self.source.name.replace("'", "''")
        rows = f"select *, '{file}' as _file from {view}"
        self.connection.execute(
            f"insert into {self.table} by name {rows}" if self.made else f"create or replace table {self.table} as {rows}"
        )
        self.connection.unregister(view)
        self.made = True
        self.result.rows += table.num_rows


def header_names(text: str, form: FileFormat) -> list[str]:
    """The column names in a header line."""
    if not form.quote or form.quote not in text:
        names = text.split(form.delimiter)
    else:
        stand_in = STAND_INS[0].decode() if len(form.delimiter) > 1 else form.delimiter
        names = next(csv.reader([text.replace(form.delimiter, stand_in)], delimiter=stand_in, quotechar=form.quote))
    return [name.strip().lstrip("\ufeff") for name in names]


def _unique(names: list[str]) -> tuple[str, ...]:
    """Names that the engine can tell apart: case does not count, empty ones get their place as a name."""
    seen: dict[str, int] = {}
    result = []
    for place, written in enumerate(names, 1):
        name = f"x{written}" if written.lower() in ("_file", "_line", "_row") else written or f"column{place}"
        seen[name.lower()] = seen.get(name.lower(), 0) + 1
        result.append(name if seen[name.lower()] == 1 else f"{name}_{seen[name.lower()]}")
    return tuple(result)


Faults = dict[int, tuple[str, bytes]]


def _parse_delimited(found: Records, names: list[str], form: FileFormat) -> tuple[pa.Table, Faults]:
    payload, delimiter = found.payload(), form.delimiter.encode()
    stand_in = delimiter
    if len(delimiter) > 1:
        stand_in = next((one for one in STAND_INS if one not in payload), b"\x03")
        payload = payload.replace(delimiter, stand_in)
    faults: Faults = {}

    def refuse(row: pacsv.InvalidRow) -> str:
        faults[row.number - 1] = ("wrong_column_count", row.text.replace(stand_in.decode(), form.delimiter).encode())
        return "skip"

    table = _arrow_parse(payload, stand_in.decode("latin-1"), names, form, refuse)
    if table.num_rows + len(faults) != len(np.flatnonzero(found.head & found.keep)):
        faults.clear()
        return _parse_one_by_one(found, names, form, faults), faults
    if stand_in != delimiter and form.quote and form.quote.encode() in payload:
        table = pa.table({name: pc.replace_substring(table[name], stand_in.decode(), form.delimiter) for name in names})
    return table, faults


def _arrow_parse(payload: bytes, delimiter: str, names: list[str], form: FileFormat, refuse: Callable[[pacsv.InvalidRow], str]) -> pa.Table:
    quote = form.quote if form.quote and form.quote.encode() in payload else False
    return pacsv.read_csv(
        pa.BufferReader(payload),
        read_options=pacsv.ReadOptions(column_names=names, block_size=max(len(payload) + 1, 1024), use_threads=False),
        parse_options=pacsv.ParseOptions(
            delimiter=delimiter, quote_char=quote, double_quote=True, escape_char=form.escape or False, newlines_in_values=bool(quote),
            ignore_empty_lines=False, invalid_row_handler=refuse,
        ),
        convert_options=pacsv.ConvertOptions(
            column_types={name: pa.string() for name in names}, strings_can_be_null=False, null_values=[], check_utf8=False,
        ),
    )  # fmt: skip


def _parse_one_by_one(found: Records, names: list[str], form: FileFormat, faults: Faults) -> pa.Table:
    """The slow and certain way for a block in which quotation marks mislead the fast parser."""
    rows: list[list[str]] = []
    for position, raw in enumerate(_records(found)):
        text = raw.decode("utf-8", errors="replace")
        stand_in = form.delimiter if len(form.delimiter) == 1 else "\x1f"
        try:
            parts = next(
                csv.reader([text.replace(form.delimiter, stand_in)], delimiter=stand_in, quotechar=form.quote or None, strict=True)
            )
        except (csv.Error, StopIteration):
            faults[position] = ("bad_quotes", raw)
            continue
        if len(parts) != len(names):
            faults[position] = ("wrong_column_count", raw)
        else:
            rows.append([part.replace(stand_in, form.delimiter) for part in parts])
    return pa.table({name: pa.array([row[place] for row in rows], pa.string()) for place, name in enumerate(names)})


def _records(found: Records) -> Iterator[bytes]:
    """Every record of a block as one text."""
    heads = [int(one) for one in np.flatnonzero(found.head & found.keep)]
    for head in heads:
        end = head
        while end + 1 < found.consumed and found.keep[end + 1] and not found.head[end + 1]:
            end += 1
        yield found.lines.data[found.lines.starts[head] : found.lines.ends[end]]


def _parse_widths(found: Records, names: list[str], form: FileFormat) -> tuple[pa.Table, Faults]:
    lines, faults = [], {}
    edges = np.concatenate(([0], np.cumsum(form.widths)))
    in_bytes = form.width_unit == "bytes"
    for position, raw in enumerate(_records(found)):
        text = raw.decode("utf-8", errors="replace")
        size = len(text.encode(form.encoding, errors="replace")) if in_bytes else len(text)
        # trailing blanks are often cut, so the last field may be short or empty; anything else is a wrong length
        if size <= edges[-2] or size > edges[-1]:
            faults[position] = ("wrong_column_count", raw)
        else:
            lines.append(text)
    columns = {}
    for place, name in enumerate(names):
        a, b = int(edges[place]), int(edges[place + 1])
        if in_bytes:
            values = pa.array([one.encode(form.encoding)[a:b].decode(form.encoding, errors="replace") for one in lines], pa.string())
        else:
            values = pc.utf8_slice_codeunits(pa.array(lines, pa.string()), a, b)
        columns[name] = pc.utf8_trim_whitespace(values)
    return pa.table(columns), faults
