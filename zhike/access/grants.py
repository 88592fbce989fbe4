"""What was opened to a person beside her role, until when: the entries that triggers keep in `access_person.grants`.

Pure: no Django, no clock. An entry holds in [`since`, `until`); nothing has to run for it to end.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Literal

Kind = Literal["deputy", "participant", "glass", "list", "team"]


@dataclass(frozen=True)
class Opened:
    """One entry: `key` is the absent person (deputy), the customer (participant, glass), the special list (list) or the
    service team (team); `number` its row."""

    kind: Kind
    number: int
    key: int
    since: datetime
    until: datetime | None

    def holds(self, at: datetime) -> bool:
        """Whether it is in force at an instant."""
        return self.since <= at and (self.until is None or at < self.until)


def opened(entries: Iterable[Mapping[str, Any]], at: datetime) -> list[Opened]:
    """The entries of a person's row that hold at an instant."""
    read = [
        Opened(entry["k"], entry["n"], entry["of"], datetime.fromtimestamp(entry["f"], UTC), _instant(entry.get("t"))) for entry in entries
    ]
    return [one for one in read if one.holds(at)]


def _instant(seconds: float | None) -> datetime | None:
    return None if seconds is None else datetime.fromtimestamp(seconds, UTC)
