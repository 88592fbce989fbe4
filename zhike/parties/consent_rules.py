"""What consents count at an instant, from the entries of the ledger. Pure: entries in, answers out (R20, R61, R62)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal

EVERY = ""  # the channel of what is about every way
GIVEN, WITHDRAWN, ENDED, CANCELLED = "given", "withdrawn", "ended", "cancelled"
Answer = Literal["given", "withdrawn", "expired", "unknown"]

PURPOSES: tuple[str, ...] = ("service", "marketing", "profiling", "sharing", "sensitive", "credit_query", "abroad", "research")
# The purposes for which consent must stand by itself, apart from any other (PIPL 23, 29, 39: R22, R24, R28).
SEPARATE: frozenset[str] = frozenset({"sharing", "sensitive", "abroad"})
CHANNELS: tuple[str, ...] = (EVERY, "phone", "sms", "wechat", "email", "mobile_app", "letter", "visit")


@dataclass(frozen=True)
class Entry:
    """One entry of the ledger. `expires_date`: the first day on which it no longer holds."""

    id: int
    purpose: str
    channel: str
    state: str
    at: datetime
    expires_date: date | None = None
    cancels: int | None = None

    @property
    def is_no(self) -> bool:
        """Whether it takes consent away."""
        return self.state in (WITHDRAWN, ENDED)

    @property
    def place(self) -> tuple[datetime, bool, int]:
        """Its place in time; of one instant the withdrawal is the later, so that a doubt is never read as consent."""
        return self.at, self.is_no, self.id


@dataclass(frozen=True)
class Standing:
    """What counts of one purpose and channel; `entry`: the one that decides it, None where nothing was ever said."""

    purpose: str
    channel: str
    answer: Answer
    entry: Entry | None


def counting(entries: Iterable[Entry], until: datetime) -> list[Entry]:
    """The entries known at an instant and not cancelled by then, oldest first."""
    known = [entry for entry in entries if entry.at <= until]
    cancelled = {entry.cancels for entry in known if entry.state == CANCELLED}
    return sorted((entry for entry in known if entry.state != CANCELLED and entry.id not in cancelled), key=lambda entry: entry.place)


def standing(entries: Iterable[Entry], purpose: str, channel: str, *, until: datetime, day: date) -> Standing:
    """Whether a customer may be approached for a purpose on a channel at an instant, which falls on `day`.

    A withdrawal for every channel withdraws each of them; a channel's own withdrawal is lifted only by consent for that channel (R61).
    """
    mine = [entry for entry in counting(entries, until) if entry.purpose == purpose]
    own = _latest(mine, channel)
    general = _latest(mine, EVERY) if channel != EVERY else None
    decisive = _decisive(own, general)
    return Standing(purpose, channel, _answer(decisive, day), decisive)


def standings(entries: Sequence[Entry], *, until: datetime, day: date) -> list[Standing]:
    """What counts of every purpose and channel that the entries speak of; in the order of `PURPOSES`, what is about every channel first."""
    said = {(entry.purpose, entry.channel) for entry in counting(entries, until)}
    order = {purpose: place for place, purpose in enumerate(PURPOSES)}
    places = sorted(said, key=lambda one: (order.get(one[0], len(order)), one))
    return [standing(entries, purpose, channel, until=until, day=day) for purpose, channel in places]


def _latest(entries: Iterable[Entry], channel: str) -> Entry | None:
    return max((entry for entry in entries if entry.channel == channel), key=lambda entry: entry.place, default=None)


def _decisive(own: Entry | None, general: Entry | None) -> Entry | None:
    if own is None or general is None:
        return own or general
    if own.is_no:
        return own
    return general if general.place > own.place else own


def _answer(entry: Entry | None, day: date) -> Answer:
    if entry is None:
        return "unknown"
    if entry.is_no:
        return "withdrawn"
    return "expired" if entry.expires_date is not None and entry.expires_date <= day else "given"
