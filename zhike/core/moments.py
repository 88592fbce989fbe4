"""What happened at a certain moment, told by several areas and put in one order: newest first, a page at a time, without counting.

Each area answers with its own moments before a *mark*, one statement a source; they are merged here. The order is (at, rank of the
source, id), so that a page begins exactly where the last one ended, whatever happened in the same second. Pure.
"""

from __future__ import annotations

import heapq
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from itertools import islice
from typing import Any

from django.core import signing

from zhike.core.pages import Words

SALT = "zhike.core.moments"
NO_BOUND = 9_000_000_000_000_000_000


@dataclass(frozen=True)
class Moment:
    """One thing that happened. `is_day`: only its day is known. `text`: somebody's words (safe where it is markup); `who` was on the bank's side;
    `chips`: short facts beside it; `amount` with `currency` where money is what it is about."""

    at: datetime
    rank: int
    id: int
    kind: str
    icon: str
    title: Words
    outcome: Words = ""
    who: str = ""
    text: Words = ""
    seconds: int | None = None
    is_day: bool = False
    is_person: bool = False
    href: str = ""
    amount: Any = None
    currency: str = ""
    chips: Sequence[Words] = field(default_factory=tuple)

    @property
    def mark(self) -> Mark:
        return Mark(self.at, self.rank, self.id)


@dataclass(frozen=True)
class Mark:
    """A place in the order: everything after it is older."""

    at: datetime
    rank: int
    id: int


@dataclass(frozen=True)
class Asked:
    """What a timeline is asked for: moments before `mark` (never later than `now`), with these `words` in them, at most `most`."""

    now: datetime
    mark: Mark | None = None
    words: str = ""
    channel: str = ""
    most: int = 20

    def bound(self, rank: int) -> tuple[datetime, int]:
        """The (at, id) below which a source of this rank has its next moments."""
        if self.mark is None:
            return self.now, NO_BOUND
        if rank == self.mark.rank:
            return self.mark.at, self.mark.id
        return self.mark.at, NO_BOUND if rank < self.mark.rank else 0


@dataclass(frozen=True)
class Ahead:
    """Something that is coming: a maturity, a document that expires, a birthday."""

    day: date
    icon: str
    title: Words
    href: str = ""
    amount: Any = None
    currency: str = ""


def newest(sources: Iterable[Sequence[Moment]], most: int) -> tuple[list[Moment], str]:
    """The newest `most` of what the sources gave (each newest first, up to `most` + 1), and the mark of where the rest begins ("": nowhere)."""
    merged = heapq.merge(*sources, key=lambda moment: (moment.at, moment.rank, moment.id), reverse=True)
    found = list(islice(merged, most + 1))
    return found[:most], encode(found[most - 1].mark) if len(found) > most else ""


def encode(mark: Mark) -> str:
    """A mark as URL-safe signed text."""
    return signing.dumps([mark.at.isoformat(), mark.rank, mark.id], salt=SALT)


def decode(text: str) -> Mark | None:
    """None for anything that `encode` did not make: the caller shows the newest."""
    try:
        at, rank, key = signing.loads(text, salt=SALT)
        return Mark(datetime.fromisoformat(at), int(rank), int(key))
    except (signing.BadSignature, ValueError, TypeError):
        return None
