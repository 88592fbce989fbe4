"""The first line of every delivered file that has one: corrected rows are read below it again."""

from __future__ import annotations

from zhike.ingestion.containers import UnpacksToTooMuch, opened
from zhike.ingestion.decoding import decoded_blocks
from zhike.ingestion.deliveries import Delivery, SourceFile
from zhike.ingestion.layouts import FileFormat, Layout

FIRST_BYTES = 1 << 16


def first_lines(layout: Layout, delivery: Delivery) -> dict[str, str]:
    """By file name, the header line as text; files without a header are left out."""
    lines: dict[str, str] = {}
    for key, form in layout.files.items():
        if form.header and not form.reader:
            lines |= {file.name: _first_line(file, form) for file in delivery.files.get(key, ())}
    return lines


def _first_line(file: SourceFile, form: FileFormat) -> str:
    """The first line that holds anything below those to skip; of a file that unpacks to too much nothing, as reading it will say so."""
    try:
        return _found_in(file, form)
    except UnpacksToTooMuch:
        return ""


def _found_in(file: SourceFile, form: FileFormat) -> str:
    seen = 0
    with opened(file.path, file.member) as stream:
        for block in decoded_blocks(stream, form.encoding, FIRST_BYTES):
            lines = block.data.decode("utf-8", errors="replace").split("\n")
            for line in lines[max(0, form.skip - seen) :]:
                if line.strip():
                    return line.strip("\r\n\ufeff")
            seen += len(lines) - 1
    return ""
