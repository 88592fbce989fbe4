"""What `zhike doctor` finds."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

State = Literal["ok", "warning", "wrong"]


@dataclass(frozen=True)
class Finding:
    """One thing looked at: its name, how it is, and what to know or do."""

    name: str
    state: State
    says: str
