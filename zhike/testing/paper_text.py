"""The text in a PDF as WeasyPrint writes it: every font's glyphs by its own table, pages run together, so that a word broken over lines is one again."""

from __future__ import annotations

import re
import zlib
from collections.abc import Iterator

_STREAM = re.compile(rb"stream\r?\n(.*?)\r?\nendstream", re.DOTALL)
_PAIR = re.compile(rb"<([0-9a-fA-F]{4})>\s*<([0-9a-fA-F]+)>")
_SHOWN = re.compile(rb"\[([^\]]*)\]\s*TJ|(<[0-9a-fA-F]*>)\s*Tj")
_GLYPHS = re.compile(rb"<([0-9a-fA-F]+)>")


def text_of_pdf(content: bytes) -> str:
    """What is read on its pages, once for each of its fonts: with the glyphs of another font a line is noise, which nobody takes for words."""
    streams = [*_streams(content)]
    tables = [table for stream in streams if b"begincmap" in stream and (table := _letters(stream))]
    glyphs = [part for stream in streams if b"begincmap" not in stream for part in _glyphs(stream)]
    return "\n".join("".join(table.get(glyph, "") for glyph in glyphs) for table in tables)


def _streams(content: bytes) -> Iterator[bytes]:
    for packed in _STREAM.findall(content):
        try:
            yield zlib.decompress(packed)
        except zlib.error:
            yield packed


def _letters(stream: bytes) -> dict[int, str]:
    """A font's table: which letters a glyph stands for."""
    return {int(glyph, 16): bytes.fromhex(letters.decode()).decode("utf-16-be", "replace") for glyph, letters in _PAIR.findall(stream)}


def _glyphs(stream: bytes) -> Iterator[int]:
    for several, one in _SHOWN.findall(stream):
        for run in _GLYPHS.findall(several or one):
            yield from (int(run[place : place + 4], 16) for place in range(0, len(run) - 3, 4))
