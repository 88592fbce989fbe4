"""What a reader gives: rows of named tables, what it could not read, and figures that must agree."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from zhike.ingestion.layouts import FileFormat

STATEMENTS = (
    "statement", "number", "account", "account_name", "currency", "opening_date", "opening_balance", "closing_date", "closing_balance",
    "available_balance", "kind",
)  # fmt: skip
ENTRIES = (
    "statement", "account", "entry", "booking_date", "value_date", "booked_at", "amount", "currency", "direction", "reversal", "status", "type", "reference",
    "bank_reference", "counterparty_name", "counterparty_account", "counterparty_bank", "text",
)  # fmt: skip


@dataclass
class Row:
    """One row of a table: the line on which it begins and its values; what is absent is missing."""

    line: int
    values: Mapping[str, str | None]


@dataclass(frozen=True)
class Broken:
    """A message, or a part of one, that cannot be used: why, and its text."""

    line: int
    why: str
    raw: bytes


@dataclass
class Messages:
    """The content of one file. `figures` are (name, expected, actual)."""

    rows: dict[str, list[Row]] = field(default_factory=dict)
    broken: list[Broken] = field(default_factory=list)
    figures: list[tuple[str, str, str]] = field(default_factory=list)


@dataclass(frozen=True)
class Reader:
    """A way to read a kind of message: its tables with their columns, and the function that reads a whole file."""

    tables: Mapping[str, tuple[str, ...]]
    read: Callable[[bytes, FileFormat], Messages]
