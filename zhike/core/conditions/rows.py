"""A row that Python decides on: what each area knows of it, read when a condition first asks."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

Reader = Callable[[int], Any]  # the facts of one row of an area, by its key


@dataclass
class Row:
    """A row by its key. `row["parties"]` is what that area's reader gives; `link` is what leads here from another row, where something does."""

    key: int
    readers: Mapping[str, Reader]
    link: Any = None
    _read: dict[str, Any] = field(default_factory=dict, repr=False)

    def __getitem__(self, area: str) -> Any:
        if area not in self._read:
            self._read[area] = self.readers[area](self.key)
        return self._read[area]

    def another(self, key: int, link: Any = None) -> Row:
        """A row of the same kind that is related to this one."""
        return Row(key, self.readers, link)
