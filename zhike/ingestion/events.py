"""What happened to the bank's files."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True)
class BatchLoaded:
    """A batch is in force: tables, warehouse and data-as-of date have switched. One event a batch, however many rows (decision 17)."""

    batch_id: int
    source: str
    batch_date: date
