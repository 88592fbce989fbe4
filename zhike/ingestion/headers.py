"""The first line of every delivered file that has one: corrected rows are read below it again."""

from __future__ import annotations

from zhike.ingestion.containers import opened
from zhike.ingestion.deliveries import Delivery
from zhike.ingestion.layouts import Layout


def first_lines(layout: Layout, delivery: Delivery) -> dict[str, str]:
    """By file name, the header line as text; files without a header are left out."""
    lines: dict[str, str] = {}
    for key, form in layout.files.items():
        if not form.header or form.reader:
            continue
        for file in delivery.files.get(key, ()):
            with opened(file.path, file.member) as stream:
                for _ in range(form.skip):
                    stream.readline()
                lines[file.name] = stream.readline().decode(form.encoding, errors="replace").strip("\r\n\ufeff")
    return lines
