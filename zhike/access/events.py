"""What happened to the people who log in."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class PeopleLeft:
    """The personnel file says that these people (their numbers as people) have left the bank; they are shut out already."""

    people: Sequence[int]
