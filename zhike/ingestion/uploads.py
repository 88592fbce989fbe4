"""One table that a person brings in the browser: CSV of any encoding and delimiter, or the first sheet of a workbook, as rows of text."""

from __future__ import annotations

import csv
import io
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from python_calamine import CalamineError, CalamineWorkbook, PasswordError

from zhike.ingestion.decoding import decoded_blocks
from zhike.ingestion.drafting import guess_delimiter, guess_encoding
from zhike.ingestion.layout_reading import forbidden_columns
from zhike.ingestion.screening import without_secrets

LARGEST = 8 << 20  # bytes
MOST_ROWS = 50_000
MOST_COLUMNS = 100
MOST_UNPACKED = 300_000_000  # bytes inside a workbook


class UploadRefused(ValueError):
    """The file is no table that can be taken; `reason`: empty, too_large, too_many_rows, not_a_table, locked, no_heads."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True)
class Sheet:
    """A table as it was brought. `lines`: each row with the line of the file at which it stands; `broken`: lines that could not be read."""

    heads: Sequence[str]
    lines: Sequence[tuple[int, Sequence[str]]]
    broken: Sequence[int] = field(default_factory=tuple)


def read_sheet(name: str, content: bytes) -> Sheet:
    """The table in a file; which kind it is is told by its content, not by its name. Raises UploadRefused."""
    if not content.strip():
        raise UploadRefused("empty")
    if len(content) > LARGEST:
        raise UploadRefused("too_large")
    is_workbook = content.startswith((b"PK\x03\x04", b"\xd0\xcf\x11\xe0"))
    rows, broken = _workbook_rows(content) if is_workbook else _text_rows(content)
    return _sheet(rows, broken)


def _sheet(rows: Sequence[tuple[int, Sequence[str]]], broken: Sequence[int]) -> Sheet:
    filled = [(line, [cell.strip() for cell in cells]) for line, cells in rows if any(cell.strip() for cell in cells)]
    if not filled:
        raise UploadRefused("empty")
    heads, lines = filled[0][1], filled[1:]
    if not lines or not any(heads) or len(heads) > MOST_COLUMNS:
        raise UploadRefused("no_heads" if lines else "empty")
    if len(lines) > MOST_ROWS:
        raise UploadRefused("too_many_rows")
    width = len(heads)
    lines = _without_secrets(heads, lines)
    return Sheet(
        heads, [(line, [*cells, *[""] * (width - len(cells))][:width] if len(cells) <= width else cells) for line, cells in lines], broken
    )


def _without_secrets(heads: Sequence[str], lines: Sequence[tuple[int, list[str]]]) -> list[tuple[int, list[str]]]:
    """The rows without what authenticates (R30): columns that are called so are emptied, and it is taken out of every other cell."""
    refused = set(forbidden_columns(heads))
    empty = {place for place, head in enumerate(heads) if head in refused}
    return [(line, ["" if place in empty else without_secrets(cell) for place, cell in enumerate(cells)]) for line, cells in lines]


def _refuse_bomb(content: bytes) -> None:
    """A workbook is an archive: what it holds is counted before anything reads it. Raises UploadRefused, BadZipFile."""
    left = MOST_UNPACKED
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        for part in archive.infolist():
            with archive.open(part) as stream:
                while piece := stream.read(1 << 20):
                    left -= len(piece)
                    if left < 0:
                        raise UploadRefused("too_large")


def _text_rows(content: bytes) -> tuple[list[tuple[int, Sequence[str]]], list[int]]:
    """Rows of a CSV file, each with the line it begins at; lines of broken characters are named apart."""
    if b"\0" in content[:4096] and not content.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise UploadRefused("not_a_table")
    encoding = guess_encoding(content)
    text, broken, before = "", [], 0
    for block in decoded_blocks(io.BytesIO(content), encoding):
        broken += [before + offset + 1 for offset in sorted(block.bad)]
        text += block.data.decode()
        before += block.data.count(b"\n")
    delimiter = guess_delimiter([line for line in text.splitlines()[:50] if line.strip()])
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter[:1] if len(delimiter) == 1 else ",")
    rows: list[tuple[int, Sequence[str]]] = []
    begins = 1
    try:
        for cells in reader:
            rows.append((begins, cells))
            begins = reader.line_num + 1
    except csv.Error as wrong:
        raise UploadRefused("not_a_table") from wrong
    return rows, broken


def _workbook_rows(content: bytes) -> tuple[list[tuple[int, Sequence[str]]], list[int]]:
    """Rows of the first sheet that has any."""
    try:
        if content.startswith(b"PK\x03\x04"):
            _refuse_bomb(content)
        with CalamineWorkbook.from_filelike(io.BytesIO(content)) as book:
            for name in book.sheet_names:
                rows = book.get_sheet_by_name(name).to_python(skip_empty_area=False, nrows=MOST_ROWS + 2)
                if rows:
                    return [(number, [_written(cell) for cell in cells]) for number, cells in enumerate(rows, start=1)], []
    except PasswordError as wrong:
        raise UploadRefused("locked") from wrong
    except (CalamineError, zipfile.BadZipFile, OSError) as wrong:
        raise UploadRefused("not_a_table") from wrong
    raise UploadRefused("empty")


def _written(cell: Any) -> str:
    """A cell as somebody would write it: a day without midnight, a whole number without a point."""
    if cell is None:
        return ""
    if isinstance(cell, datetime):
        return cell.date().isoformat() if cell.time().isoformat() == "00:00:00" else cell.isoformat(" ")
    if isinstance(cell, date):
        return cell.isoformat()
    if isinstance(cell, bool):
        return "1" if cell else "0"
    if isinstance(cell, float) and cell.is_integer() and abs(cell) < 1e15:
        return str(int(cell))
    return str(cell)
