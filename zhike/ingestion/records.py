"""From a block of lines to the records in it: which lines count, where records that span lines begin, and what each lacks.

Everything is done on line offsets with numpy; Python looks only at the few lines with an odd number of quotation marks.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from zhike.ingestion.layouts import FileFormat

LONGEST_RECORD = 200  # lines; an opened quotation mark that is not closed by then was never meant as one
SUBSTITUTE = 0x1A
Ints = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]


@dataclass
class Lines:
    """The lines of one block: byte offsets without line ends, and the number of the first (1-based, physical)."""

    data: bytes
    first: int
    starts: Ints
    ends: Ints  # without \n and \r
    nexts: Ints  # with them

    @classmethod
    def of(cls, data: bytes, first: int) -> Lines:
        """Find the lines of a block."""
        array = np.frombuffer(data, dtype=np.uint8)
        feeds = np.flatnonzero(array == 10).astype(np.int64)
        whole = not len(data) or data.endswith(b"\n")
        nexts = feeds + 1 if whole else np.append(feeds + 1, len(data))
        starts = np.concatenate(([0], nexts[:-1])).astype(np.int64) if len(nexts) else nexts
        ends = feeds.copy() if whole else np.append(feeds, len(data))
        returns = (ends > starts) & (array[np.maximum(ends - 1, 0)] == 13) if len(data) else np.zeros(0, dtype=np.bool_)
        return cls(data, first, starts, ends - returns, nexts)

    def __len__(self) -> int:
        return len(self.starts)

    def text(self, index: int) -> bytes:
        """One line without its end."""
        return self.data[self.starts[index] : self.ends[index]]

    def at(self, position: int) -> int:
        """The line in which a byte lies."""
        return int(np.searchsorted(self.nexts, position, side="right"))


@dataclass
class Records:
    """The records of a block: `keep` marks the lines that are parsed, `head` those of them that begin a record.

    `faults` maps a line to its reason; `empty` counts lines that hold nothing; `consumed` is how many lines were looked at: what is
    left belongs in front of the next block."""

    lines: Lines
    keep: Flags
    head: Flags
    faults: dict[int, str] = field(default_factory=dict)
    empty: int = 0
    consumed: int = 0

    def numbers(self) -> Ints:
        """The physical line number of every record that is parsed."""
        return np.flatnonzero(self.head & self.keep) + self.lines.first

    def payload(self) -> bytes:
        """The bytes of the kept lines, in order."""
        count = self.consumed
        if count == len(self.lines) and bool(self.keep.all()):
            return self.lines.data
        return b"".join(self.lines.data[self.lines.starts[a] : self.lines.nexts[b - 1]] for a, b in _runs(self.keep[:count]))


def find_records(lines: Lines, form: FileFormat, header: bytes | None, bad: dict[int, bytes], last: bool) -> Records:
    """Sort the lines of a block into records, empty lines, comments, repeated headers and broken ones."""
    count = len(lines)
    found = Records(lines, np.ones(count, dtype=np.bool_), np.ones(count, dtype=np.bool_), consumed=count)
    _drop(found, ((index, "bad_encoding") for index in bad))
    _drop(found, ((lines.at(one), "bad_character") for one in _positions(lines.data, b"\x00", bytes([SUBSTITUTE]))))
    _drop_empty(found)
    if form.skip_lines:
        pattern = re.compile(b"(?m)^(?:" + form.skip_lines.encode() + b")")
        found.keep[[lines.at(one.start()) for one in pattern.finditer(lines.data)]] = False
    if header:
        _drop(found, ((index, "repeated_header") for index in _equal_to(lines, header)))
    if form.quote and not form.widths:
        _join_quoted(found, form, last)
    return found


def _positions(data: bytes, *needles: bytes) -> Iterator[int]:
    for needle in needles:
        if needle in data:
            yield from (one.start() for one in re.finditer(re.escape(needle), data))


def _drop(found: Records, faults: Iterator[tuple[int, str]]) -> None:
    for index, reason in faults:
        if found.keep[index]:
            found.keep[index] = False
            found.faults[index] = reason


def _drop_empty(found: Records) -> None:
    empty = (found.lines.ends <= found.lines.starts) & found.keep
    found.empty += int(empty.sum())
    found.keep &= ~empty


def _equal_to(lines: Lines, header: bytes) -> list[int]:
    same_length = np.flatnonzero(lines.ends - lines.starts == len(header))
    if len(same_length) > 1000 and header not in lines.data:
        return []
    return [int(index) for index in same_length if lines.text(int(index)) == header]


def _join_quoted(found: Records, form: FileFormat, last: bool) -> None:
    lines, quote = found.lines, form.quote.encode()
    if quote not in lines.data:
        return
    marks = np.flatnonzero(np.frombuffer(lines.data, dtype=np.uint8) == quote[0])
    before = np.searchsorted(marks, lines.nexts)
    odd = np.diff(before, prepend=0) % 2 == 1
    index = 0
    for candidate in np.flatnonzero(odd & found.keep):
        if candidate < index:
            continue
        index = int(candidate)
        if not ends_open(lines.text(index), form):
            continue
        close = _closing(lines, index, form)
        if close is None and not last and len(lines) - index <= LONGEST_RECORD:
            found.consumed = index
            found.keep[index:] = False
            for late in [one for one in found.faults if one >= index]:
                del found.faults[late]
            found.empty -= int((lines.ends[index:] <= lines.starts[index:]).sum())
            return
        if close is None:
            found.keep[index] = False
            found.faults[index] = "bad_quotes"
            continue
        found.empty -= int((~found.keep[index : close + 1] & (lines.ends <= lines.starts)[index : close + 1]).sum())
        found.keep[index : close + 1] = True
        found.head[index + 1 : close + 1] = False
        for inner in range(index, close + 1):
            found.faults.pop(inner, None)
        index = close + 1


def _closing(lines: Lines, index: int, form: FileFormat) -> int | None:
    """The line on which the record that begins at `index` is complete."""
    text = lines.text(index)
    for ahead in range(index + 1, min(index + LONGEST_RECORD, len(lines))):
        text += b"\n" + lines.text(ahead)
        if form.quote.encode() in lines.text(ahead) and not ends_open(text, form):
            return ahead
    return None


def ends_open(text: bytes, form: FileFormat) -> bool:
    """Whether a line ends inside a quoted value. A mark inside an unquoted value opens nothing."""
    quote, delimiter = form.quote.encode(), form.delimiter.encode()
    position = 0
    while True:
        if text[position : position + 1] == quote:
            close = position + 1
            while (close := text.find(quote, close)) >= 0 and text[close + 1 : close + 2] == quote:
                close += 2
            if close < 0:
                return True
            position = close + 1
        following = text.find(delimiter, position)
        if following < 0:
            return False
        position = following + len(delimiter)


def _runs(keep: Flags) -> list[tuple[int, int]]:
    edges = np.flatnonzero(np.diff(np.concatenate(([0], keep.astype(np.int8), [0]))))
    return [(int(a), int(b)) for a, b in zip(edges[::2], edges[1::2], strict=True)]
