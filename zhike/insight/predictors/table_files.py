"""A table of any bank's making as columns of numbers: CSV of any separator and encoding, packed or not, and Parquet.

Everything comes as numbers, because what learns wants numbers: a day is counted from 1970-01-01, a word is its place among the column's
words. Where nothing stands, NaN stands. Files that are not UTF-8, or whose columns are only apart by blanks, are written anew into a folder
that only this process may enter and that goes when they are read.
"""

from __future__ import annotations

import codecs
import csv
import gzip
import re
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Literal, cast

import duckdb
import numpy as np
import numpy.typing as npt
import pyarrow as pa

from zhike.insight import warehouse

FloatArray = npt.NDArray[np.float64]
Kind = Literal["number", "day", "word"]
SEPARATORS = (",", ";", "\t", "|")
BLANKS = " "
NOTHING = ("", "NA", "N/A", "NULL", "null", "None", "NaN", "nan", "?", "\\N", "-")
LOOKED_AT = 200  # lines by which the separator is known
PIECE = 1 << 20
NUMBER = re.compile(r"[-+]?(\d[\d,]*\.?\d*|\.\d+)([eE][-+]?\d+)?%?$")


class CannotRead(Exception):
    """A file that is no table; `str()` says why and what to do."""


@dataclass(frozen=True)
class Column:
    """A column under its name. `values`: numbers, days since 1970-01-01, or places in `labels`; NaN where nothing stands."""

    name: str
    kind: Kind
    values: FloatArray
    labels: tuple[str, ...] = ()


@dataclass(frozen=True)
class Table:
    """Columns of equal length in the order of the file. `rows_in_file` is more than there are rows where only a part was taken."""

    columns: tuple[Column, ...]
    rows_in_file: int
    has_header: bool = True

    def __len__(self) -> int:
        return len(self.columns[0].values) if self.columns else 0

    def names(self) -> list[str]:
        """The columns' names, in their order."""
        return [column.name for column in self.columns]

    def column(self, name: str) -> Column:
        """The column of this name, in any case. Raises CannotRead with the names that there are."""
        for one in self.columns:
            if one.name.casefold() == name.casefold():
                return one
        raise CannotRead(f"There is no column {name}; there are: {', '.join(self.names())}.")


def read(path: Path, most_rows: int = 10_000_000) -> Table:
    """The table in a file, of more than `most_rows` rows an even part that is the same each time. Raises CannotRead."""
    try:
        with _scanned(path) as (scan, has_header), warehouse.connect() as engine:
            engine.execute("set preserve_insertion_order = true")  # the order of rows may be the order of time
            engine.execute(f"create table file as select * from {scan}")
            count = engine.execute("select count(*) from file").fetchall()[0][0]
            every = -(-count // most_rows)
            part = f"where rowid % {every} = 0" if every > 1 else ""
            taken = engine.sql(f"select * from file {part} order by rowid").to_arrow_table()
    except (duckdb.Error, OSError, UnicodeDecodeError) as wrong:
        raise CannotRead(f"{path.name} cannot be read as a table: {str(wrong).splitlines()[0]}") from wrong
    if not count:
        raise CannotRead(f"{path.name} has no rows.")
    return Table(tuple(_column(name, taken.column(name).combine_chunks()) for name in taken.column_names), count, has_header)


@contextmanager
def _scanned(path: Path) -> Iterator[tuple[str, bool]]:
    """What the engine reads the file by, and whether its first line names the columns."""
    with path.open("rb") as stream:
        if stream.read(4) == b"PAR1":
            yield f"read_parquet({warehouse.quoted(path)})", True
            return
    encoding = _encoding(path)
    with tempfile.TemporaryDirectory(prefix="zhike-table-") as folder:
        lines = _first_lines(path, encoding)
        separator = _separator(lines)
        source = path
        if separator == BLANKS or encoding not in ("utf-8", "utf-8-sig"):
            source = Path(folder) / "table.csv"
            _rewritten(path, encoding, source, separator)
        between = "\t" if separator == BLANKS else separator
        has_header = _is_header(_cells(lines[0], separator))
        nothing = ", ".join(warehouse.quoted(one) for one in NOTHING)
        options = f"delim = '{between}', header = {has_header}, quote = '\"', escape = '\"', sample_size = -1, nullstr = [{nothing}]"
        yield (
            f"read_csv({warehouse.quoted(source)}, {options}{', compression = gzip' if source == path and _is_packed(path) else ''})",
            has_header,
        )


def _is_packed(path: Path) -> bool:
    with path.open("rb") as stream:
        return stream.read(2) == b"\x1f\x8b"


def _stream(path: Path) -> IO[bytes]:
    return cast("IO[bytes]", gzip.open(path, "rb")) if _is_packed(path) else path.open("rb")


def _encoding(path: Path) -> str:
    """By its mark, else UTF-8 where every byte of it fits, else GB18030."""
    decoder = codecs.getincrementaldecoder("utf-8")()
    with _stream(path) as stream:
        piece = stream.read(PIECE)
        if piece.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
            return "utf-16"
        marked = piece.startswith(codecs.BOM_UTF8)
        try:
            while piece:
                decoder.decode(piece)
                piece = stream.read(PIECE)
            decoder.decode(b"", final=True)
        except UnicodeDecodeError:
            return "gb18030"
    return "utf-8-sig" if marked else "utf-8"


def _first_lines(path: Path, encoding: str) -> list[str]:
    with _stream(path) as stream:
        text = codecs.getincrementaldecoder(encoding)(errors="replace").decode(stream.read(PIECE))
    lines = [line for line in text.splitlines()[:LOOKED_AT] if line.strip()]
    if not lines:
        raise CannotRead(f"{path.name} is empty.")
    return lines


def _cells(line: str, separator: str) -> list[str]:
    return line.split() if separator == BLANKS else next(csv.reader([line], delimiter=separator))


def _separator(lines: list[str]) -> str:
    """The one that cuts nearly every line into the same number of cells, the most of them."""
    best, cells = "", 1
    for separator in (*SEPARATORS, BLANKS):
        widths = [len(_cells(line, separator)) for line in lines]
        usual = max(set(widths), key=widths.count)
        if usual > cells and widths.count(usual) >= 0.9 * len(widths) and (separator != BLANKS or cells == 1):
            best, cells = separator, usual
    if not best:
        raise CannotRead("No separator cuts the lines into columns: comma, semicolon, tab, | and blanks were tried.")
    return best


def _is_header(first: list[str]) -> bool:
    return not any(NUMBER.match(cell.strip()) or re.match(r"\d{4}[-/.]\d{1,2}[-/.]\d{1,2}", cell.strip()) for cell in first)


def _rewritten(path: Path, encoding: str, target: Path, separator: str) -> None:
    with _stream(path) as stream, target.open("w", encoding="utf-8", newline="") as out:
        for line in codecs.getreader(encoding)(stream):
            out.write("\t".join(line.split()) + "\n" if separator == BLANKS and line.strip() else line)


def _column(name: str, array: pa.Array) -> Column:
    """Numbers, truths and days as floats; all else as words, which are sorted so that files in another order give the same places."""
    if pa.types.is_date(array.type) or pa.types.is_timestamp(array.type):
        seconds = array.cast(pa.timestamp("s"), safe=False).cast(pa.int64())
        return Column(name, "day", _floats(seconds) / 86400)
    if pa.types.is_boolean(array.type):
        return Column(name, "word", _floats(array.cast(pa.int8())), ("false", "true"))
    if pa.types.is_integer(array.type) or pa.types.is_floating(array.type) or pa.types.is_decimal(array.type):
        return Column(name, "number", _floats(array))
    if pa.types.is_null(array.type):
        return Column(name, "number", np.full(len(array), np.nan))
    coded = array.cast(pa.string()).dictionary_encode()
    words = coded.dictionary.to_pylist()
    places = sorted(range(len(words)), key=words.__getitem__)
    place_of = np.empty(len(words) + 1)
    place_of[places] = np.arange(len(words))
    place_of[len(words)] = np.nan
    codes = coded.indices.fill_null(len(words)).to_numpy(zero_copy_only=False)
    return Column(name, "word", place_of[codes], tuple(words[place] for place in places))


def _floats(array: pa.Array) -> FloatArray:
    return np.asarray(array.cast(pa.float64(), safe=False).to_numpy(zero_copy_only=False), dtype=np.float64)
