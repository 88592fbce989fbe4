"""What was found in the audit."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class UnusualAccess:
    """Somebody's access on a day is worth a look; `act` is the kind of `Unusual`."""

    unusual_id: int
    person_id: int
    act: str
