"""A layout: one TOML file that says how a bank's own files become rows of the canonical feeds. No code.

This module holds what a layout *is* and finds the shipped ones; `layout_reading` turns TOML into it and refuses nonsense with
the line, the key and what to do. docs/layouts.md is the description for the people who write them.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from zhike.ingestion.feeds import FeedMode

OnMissing = Literal["reject", "hold", "create"]
Severity = Literal["reject", "warning"]
SHIPPED = Path(__file__).with_name("layouts")


class LayoutError(ValueError):
    """A layout that cannot be used. `line` is 0 where the fault has no place of its own."""

    def __init__(self, where: str, line: int, key: str, message: str) -> None:
        super().__init__(f"{where}:{line}: {key}: {message}" if line else f"{where}: {key}: {message}")
        self.where, self.line, self.key, self.message = where, line, key, message


@dataclass(frozen=True)
class FileFormat:
    """How one file is written.

    `delimiter` may have several characters; `widths` (then no delimiter) are counted in characters, or in bytes of the file's
    encoding where `width_unit` is "bytes". `columns` name what has no header (or rename it). `skip_lines` is a regular
    expression: lines that begin with it are comments or trailers. `reader` names a plug-in that gives `table`.
    """

    name: str
    path: str
    encoding: str = "utf-8"
    delimiter: str = ","
    quote: str = '"'
    escape: str = ""
    header: bool = True
    columns: tuple[str, ...] = ()
    widths: tuple[int, ...] = ()
    width_unit: Literal["characters", "bytes"] = "characters"
    skip: int = 0
    skip_lines: str = ""
    trailing_delimiter: bool = False
    trim: bool = True
    missing: tuple[str, ...] = ()
    dates: tuple[str, ...] = ()
    decimal: str = "."
    thousands: str = ""
    ignore: tuple[str, ...] = ()
    optional: bool = False
    reader: str = ""
    table: str = ""


@dataclass(frozen=True)
class FieldMap:
    """Where one canonical field comes from: a `column`, a scalar `sql` expression or a constant `value`, then, in this order:
    missing values, prefixes to strip, code map, number or date form."""

    column: str = ""
    sql: str = ""
    value: str | None = None
    strip: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()
    codes: dict[str, str] = field(default_factory=dict)
    otherwise: str | None = None  # for values outside the map: "keep", "missing" or a code; None: a fault
    dates: tuple[str, ...] = ()
    century: int | None = None  # 1900: two-digit years belong to it, whatever the date says
    decimal: str = ""
    thousands: str | None = None
    scale: int = 1  # 100: the file counts cents
    sign_column: str = ""  # this column says the sign ...
    negative: tuple[str, ...] = ()  # ... and these values mean minus
    digest: bool = False  # a key that is an account number itself: only its keyed digest is kept (decision 13)


@dataclass(frozen=True)
class Lookup:
    """Columns of another file, found by key: `on` maps a column of this file to a column of that one; `take` names new column → its column."""

    source: str
    on: tuple[tuple[str, str], ...]
    take: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class FeedMap:
    """How one feed is filled from one file, or from `rows` written in the layout itself."""

    feed: str
    source: str
    fields: dict[str, FieldMap]
    mode: FeedMode
    on_missing: OnMissing = "reject"
    where: str = ""
    rows: tuple[dict[str, str], ...] = ()
    lookups: tuple[Lookup, ...] = ()
    distinct: bool = False  # one row per key: the first, for a file that repeats (accounts named on every statement)
    as_named: bool = False  # fields = "*": the file has the canonical names, and may lack optional ones


@dataclass(frozen=True)
class Control:
    """The control file: a glob, and its form: json (ours), lines (`name rows [bytes]`) or flag (its being there says all)."""

    path: str
    form: Literal["json", "lines", "flag"] = "json"
    required: bool = True


@dataclass(frozen=True)
class Figure:
    """A fixed figure that must come out of a feed: the number of good rows, or the sum of a field where `sum` names one."""

    name: str
    feed: str
    equals: str
    sum: str = ""
    where: str = ""
    severity: Severity = "warning"


@dataclass(frozen=True)
class Layout:
    """A whole layout, checked. `severities` override what a reason does (`invalid_id = "warning"`)."""

    name: str
    source: str
    files: dict[str, FileFormat]
    feeds: tuple[FeedMap, ...]
    title: dict[str, str] = field(default_factory=dict)
    control: Control | None = None
    figures: tuple[Figure, ...] = ()
    severities: dict[str, Severity] = field(default_factory=dict)
    time_zone: str = "Asia/Shanghai"


def shipped_layouts() -> dict[str, Path]:
    """The layouts that come with Zhike, by name."""
    return {path.stem: path for path in sorted(SHIPPED.glob("*.toml"))}
