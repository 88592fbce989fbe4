"""Bytes in any encoding → blocks of whole UTF-8 lines, with the lines that are broken taken out and named.

The engine reads only UTF-8, Latin-1 and UTF-16; banks send GBK and GB18030. Blocks are cut at line ends *before* decoding, which is
safe because no byte of a multi-byte character in the encodings below is a line feed (UTF-16 and UTF-32 go through a stream decoder).
"""

from __future__ import annotations

import codecs
from collections.abc import Container, Iterator, Sized
from dataclasses import dataclass, field
from typing import IO

BLOCK = 8 << 20
LONGEST_LINE = 64 << 20


@dataclass
class Block:
    """Whole lines in UTF-8. `bad` maps a line's offset within the block to its raw bytes; in `data` that line is empty."""

    data: bytes
    last: bool
    bad: dict[int, bytes] = field(default_factory=dict)


def decoded_blocks(stream: IO[bytes], encoding: str, size: int = BLOCK) -> Iterator[Block]:
    """Blocks of the stream, each about `size` bytes. The last one says so, also when the stream is empty."""
    name = codecs.lookup(encoding).name
    if name.startswith(("utf-16", "utf-32")):
        yield from _wide_blocks(stream, name, size)
        return
    first = True
    utf8 = name in ("utf-8", "utf-8-sig")
    for raw, last in _whole_lines(stream, size):
        yield _decoded(raw.removeprefix(codecs.BOM_UTF8) if first and utf8 else raw, "utf-8" if utf8 else name, last)
        first = False


def _whole_lines(stream: IO[bytes], size: int) -> Iterator[tuple[bytes, bool]]:
    rest = b""
    while True:
        fresh = stream.read(size)
        if not fresh:
            yield rest, True
            return
        raw = rest + fresh
        cut = raw.rfind(b"\n") + 1
        if not cut and len(raw) < LONGEST_LINE:
            rest = raw
            continue
        cut = cut or len(raw)
        rest = raw[cut:]
        yield raw[:cut], False


def _decoded(raw: bytes, encoding: str, last: bool) -> Block:
    try:
        text = raw.decode(encoding)
    except UnicodeDecodeError:
        return _line_by_line(raw, encoding, last)
    return Block(raw if encoding in ("utf-8", "ascii") else text.encode(), last)


def _line_by_line(raw: bytes, encoding: str, last: bool) -> Block:
    lines, bad = raw.split(b"\n"), {}
    for offset, line in enumerate(lines):
        try:
            lines[offset] = line.decode(encoding).encode()
        except UnicodeDecodeError:
            bad[offset] = line.removesuffix(b"\r")
            lines[offset] = b""
    return Block(b"\n".join(lines) + _missing_end(lines, bad), last, bad)


def _wide_blocks(stream: IO[bytes], encoding: str, size: int) -> Iterator[Block]:
    decoder = codecs.getincrementaldecoder(encoding)(errors="replace")
    rest = ""
    while True:
        fresh = stream.read(size)
        text = rest + decoder.decode(fresh, final=not fresh)
        cut = text.rfind("\n") + 1 if fresh else len(text)
        rest = text[cut:]
        yield _without_replaced(text[:cut].removeprefix("\ufeff"), not fresh)
        if not fresh:
            return


def _without_replaced(text: str, last: bool) -> Block:
    if "\ufffd" not in text:
        return Block(text.encode(), last)
    lines, bad = text.split("\n"), {}
    for offset, line in enumerate(lines):
        if "\ufffd" in line:
            bad[offset] = line.rstrip("\r").encode()
            lines[offset] = ""
    return Block("\n".join(lines).encode() + _missing_end(lines, bad), last, bad)


def _missing_end(lines: Sized, bad: Container[int]) -> bytes:
    """A last line that is cut inside a character keeps nothing of itself: the end of line that it lacks lets it count as a line."""
    return b"\n" if len(lines) - 1 in bad else b""
