"""Marks woven into how a file is written, never into what it says: a join, a look-up and a comparison find every value as it stands in the database.

A text may be written in two ways that mean the same: in CSV with quotation marks or without, in a workbook as a general cell or as a text cell. Which
one, a keyed hash of the mark and the text decides. To find whose copy a file is, the exports on record are held against it, one after the other: of a
wrong one half of the texts agree by chance, of the right one all. Rows may be sorted, cut out and mixed, columns moved and left out.
"""

from __future__ import annotations

import hmac
import io
import math
import re
import zipfile
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from fractions import Fraction
from hashlib import blake2b
from typing import IO
from xml.etree.ElementTree import Element

from defusedxml.ElementTree import iterparse

from zhike.access.marks import Mark
from zhike.access.sealing import keyring

TEXT_CELL = "@"  # the number format of the second way in a workbook
_TEXT_FORMAT = "49"  # its number among those that every workbook knows
_CHANCE = 1e-6  # how likely it may be that any mark on record fits by chance
_MOST = 400  # texts that are held against a mark; more would prove nothing more
_FIRST = 64  # texts by which most wrong marks are told
_LARGEST = 500_000_000  # bytes that a part of a workbook may unpack to
_MUST_BE_QUOTED = re.compile(r'[",\r\n]')
_FIELD = re.compile(r'"((?:[^"]|"")*)"|([^,\r\n]*)')
_COLUMN = re.compile(r"[A-Z]+")

Threads = Mapping[str, bool]  # text → whether it is written the second way


class Weave:
    """Says of each text how a copy with this mark writes it."""

    def __init__(self, mark: Mark) -> None:
        self._key = hmac.digest(keyring().audit_key("weave"), mark.block(), "sha256")

    def __call__(self, text: str) -> bool:
        return bool(blake2b(text.encode(), digest_size=1, key=self._key).digest()[0] & 1)


def line_of(fields: Sequence[str], is_quoted: Iterable[bool]) -> str:
    """A line of CSV, some of whose fields carry quotation marks that they do not need."""
    return ",".join(
        f'"{text.replace(chr(34), chr(34) * 2)}"' if quoted or _MUST_BE_QUOTED.search(text) else text
        for text, quoted in zip(fields, is_quoted, strict=True)
    ) + "\r\n"  # fmt: skip


def whose(content: bytes, on_record: Sequence[Mark]) -> Mark | None:
    """The one of these marks that is woven into a file; None: none, or too little is left of it. Thirty texts are enough for a thousand marks on record,
    forty for a million."""
    threads = list(threads_in(content).items())[:_MOST]
    most = _CHANCE / max(1, len(on_record))
    return next((mark for mark in on_record if _chance(Weave(mark), threads) <= most), None)


def threads_in(content: bytes) -> Threads:
    """The texts of a file of which the way they are written says something."""
    columns: dict[str, dict[str, Counter[bool]]] = defaultdict(lambda: defaultdict(Counter))
    for column, text, is_second in _cells(content) if content.startswith(b"PK") else _fields(content):
        columns[column][text][is_second] += 1
    found: dict[str, bool] = {}
    for texts in columns.values():
        ways = {text: counted[True] > counted[False] for text, counted in texts.items()}
        if len(set(ways.values())) == 2:  # a column that is written in one way throughout carries nothing
            found |= ways
    return found


def _chance(weave: Weave, threads: Sequence[tuple[str, bool]]) -> float:
    """How likely a wrong mark would agree with as many of these texts as this one does."""
    agree = sum(weave(text) == way for text, way in threads[:_FIRST])
    if agree < min(len(threads), _FIRST) * 0.75:
        return 1.0
    agree, count = agree + sum(weave(text) == way for text, way in threads[_FIRST:]), len(threads)
    return float(Fraction(sum(math.comb(count, more) for more in range(agree, count + 1)), 2**count)) if agree > count / 2 else 1.0


def _fields(content: bytes) -> Iterator[tuple[str, str, bool]]:
    """Column, text and whether it is quoted without need, of the lines of a CSV."""
    encoding = "utf-16" if content.startswith((b"\xff\xfe", b"\xfe\xff")) else "utf-8-sig"
    text, at, column = content.decode(encoding, "replace"), 0, 0
    while at < len(text):
        found = _FIELD.match(text, at)
        if found is None:  # a quotation mark that never ends
            return
        quoted, plain = found.groups()
        at = found.end()
        if (quoted is None and plain) or (quoted and not _MUST_BE_QUOTED.search(quoted)):
            yield str(column), quoted if quoted is not None else plain, quoted is not None
        column = column + 1 if text[at : at + 1] == "," else 0
        at += 2 if text[at : at + 2] == "\r\n" else 1


def _cells(content: bytes) -> Iterator[tuple[str, str, bool]]:
    """Column, text and whether it is a text cell, of every sheet of a workbook."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as book:
            parts = {part.filename for part in book.infolist() if part.file_size < _LARGEST}
            second = _text_styles(book, parts)
            shared = list(_shared(book, parts))
            for name in sorted(part for part in parts if part.startswith("xl/worksheets/") and part.endswith(".xml")):
                with book.open(name) as sheet:
                    yield from ((f"{name} {column}", text, style in second) for column, text, style in _of_sheet(sheet, shared))
    except zipfile.BadZipFile:
        return


def _of_sheet(sheet: IO[bytes], shared: Sequence[str]) -> Iterator[tuple[str, str, str]]:
    for cell in _elements(sheet, "c"):
        kind, column = cell.get("t"), _COLUMN.match(cell.get("r", ""))
        if kind == "inlineStr":
            text = "".join(part.text or "" for part in cell.iter() if _name(part) == "t")
        elif kind == "s":
            number = next((part.text for part in cell if _name(part) == "v"), None)
            text = shared[int(number)] if number and number.isdecimal() and int(number) < len(shared) else ""
        else:
            continue
        if text:
            yield column[0] if column else "", text, cell.get("s", "0")


def _shared(book: zipfile.ZipFile, parts: set[str]) -> Iterator[str]:
    if "xl/sharedStrings.xml" in parts:
        with book.open("xl/sharedStrings.xml") as strings:
            for one in _elements(strings, "si"):
                yield "".join(part.text or "" for part in one.iter() if _name(part) == "t")


def _text_styles(book: zipfile.ZipFile, parts: set[str]) -> set[str]:
    """The numbers of the styles whose number format is text."""
    if "xl/styles.xml" not in parts:
        return set()
    with book.open("xl/styles.xml") as styles:
        formats = {one.get("numFmtId", "") for one in _elements(styles, "numFmt") if one.get("formatCode") == TEXT_CELL} | {_TEXT_FORMAT}
    with book.open("xl/styles.xml") as styles:
        listed = next(_elements(styles, "cellXfs"), None)
    return {str(number) for number, one in enumerate(listed if listed is not None else ()) if one.get("numFmtId") in formats}


def _elements(source: IO[bytes], name: str) -> Iterator[Element]:
    """The elements of a name, one after the other; those that were told are let go."""
    for _event, element in iterparse(source):
        if _name(element) == name:
            yield element
            element.clear()


def _name(element: Element) -> str:
    return str(element.tag).rsplit("}", 1)[-1]
