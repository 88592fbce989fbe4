"""Readers for files that are messages and not tables. A layout says `reader = "mt940"` and `table = "entries"` and maps its columns
like those of any file.

Another reader is added by a package that names it under the entry-point group `zhike.readers`: an object with `tables` (table →
columns) and `read(data, form)` that gives `Messages`.
"""

from __future__ import annotations

from importlib.metadata import entry_points

from zhike.ingestion.readers import camt, mt940
from zhike.ingestion.readers.messages import Messages, Reader

BUILT_IN: dict[str, Reader] = {"mt940": mt940.READER, "camt": camt.READER}

__all__ = ["Messages", "Reader", "find_reader", "reader_names"]


def reader_names() -> list[str]:
    """Every reader that a layout may name."""
    return sorted({*BUILT_IN, *(point.name for point in entry_points(group="zhike.readers"))})


def find_reader(name: str) -> Reader | None:
    """The reader of a name, or None."""
    if name in BUILT_IN:
        return BUILT_IN[name]
    found: Reader | None = next((point.load() for point in entry_points(group="zhike.readers") if point.name == name), None)
    return found
