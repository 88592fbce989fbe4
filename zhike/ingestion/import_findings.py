"""What the preview of a brought table remembers, so that opening it examines nothing: figures, and the rows that are worth looking at.

Kept sealed beside the file. Of whom rows find or look like only keys are kept: names are read with what the viewer sees when she looks.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from zhike.access.sealing import open_sealed, seal_one
from zhike.ingestion.examining import Does, Examined, Row

FIRST_SHOWN, FAULTS_SHOWN, ALIKE_SHOWN = 12, 20, 50


@dataclass(frozen=True)
class Finding:
    """A row of the preview. `faults`: number of the column → reason; `alike`: (party, by what); the rest as in `Row`."""

    line: int
    cells: Sequence[str]
    does: Does
    party_id: int | None
    faults: dict[int, str]
    alike: Sequence[tuple[int, str]]
    twin: int | None
    why: str
    kind: str


@dataclass(frozen=True)
class Findings:
    """`counts`: by what rows do; `faults`: reason → rows; `alike`: how many new rows look like somebody, in the bank or above them."""

    at: datetime
    counts: dict[str, int]
    faults: dict[str, int]
    alike: int
    rows: Sequence[Finding]

    @property
    def to_take(self) -> int:
        """How many rows would be taken."""
        return self.counts.get("create", 0) + self.counts.get("update", 0)


def found(examined: Examined, at: datetime) -> Findings:
    """What of an examination is remembered."""
    doubtful = [row for row in examined.rows if row.alike or row.twin]
    faults = Counter(reason for row in examined.rows for reason in set(row.faults.values()))
    shown = {row.line: row for row in [*examined.rows[:FIRST_SHOWN], *examined.that("refuse")[:FAULTS_SHOWN], *doubtful[:ALIKE_SHOWN]]}
    return Findings(
        at, dict(Counter(row.does for row in examined.rows)), dict(faults.most_common()), len(doubtful),
        [_finding(row) for _line, row in sorted(shown.items())],
    )  # fmt: skip


def _finding(row: Row) -> Finding:
    return Finding(
        row.line, list(row.cells), row.does, row.party_id, dict(row.faults), [(one.party_id, one.matched) for one in row.alike], row.twin, row.why,
        row.new.kind if row.new else "",
    )  # fmt: skip


def to_sealed(findings: Findings) -> bytes:
    """The findings as they are kept."""
    sealed: bytes = seal_one("row", json.dumps(asdict(findings), default=_written, ensure_ascii=False))["sealed"]
    return sealed


def _written(value: Any) -> str:
    return str(value.isoformat())


def from_sealed(kept: bytes) -> Findings:
    """The other way round. Raises CannotOpen."""
    told = json.loads(open_sealed(kept))
    rows = [
        Finding(
            **{**row, "faults": {int(place): why for place, why in row["faults"].items()}, "alike": [tuple(one) for one in row["alike"]]}
        )
        for row in told["rows"]
    ]
    return Findings(datetime.fromisoformat(told["at"]), told["counts"], told["faults"], told["alike"], rows)
