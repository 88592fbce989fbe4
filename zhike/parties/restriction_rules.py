"""Whether a customer may be approached: what restricts it, and what consent it needs. Pure (R20, R61, R62; domain §6, common controls)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime

from zhike.parties.consent_rules import EVERY, PURPOSES, Entry, standing

SERVICE = "service"
# What rests on the contract or a legal duty needs no consent, yet is left undone where the customer refused it.
NEEDS_CONSENT: frozenset[str] = frozenset(PURPOSES) - {SERVICE}
_ALL = frozenset(PURPOSES)
# What each kind of restriction forbids. A legal hold forbids deletion, not a word to the customer.
FORBIDS: Mapping[str, frozenset[str]] = {
    "do_not_contact": _ALL - {SERVICE}, "complaint": frozenset({"marketing", "profiling", "research"}), "deceased": _ALL, "limited": _ALL,
    "hold": frozenset(),
}  # fmt: skip
# Who may set and lift what: a right in `access.rules`.
NEEDS: Mapping[str, str] = {
    "do_not_contact": "consents.write", "complaint": "consents.write", "deceased": "consents.write", "limited": "privacy.manage", "hold": "privacy.manage",
}  # fmt: skip


@dataclass(frozen=True)
class Bar:
    """A restriction as the rules read it, from `begins_at` to `ends_date` (exclusive) or `lifted_at`."""

    kind: str
    channel: str
    begins_at: datetime
    ends_date: date | None = None
    lifted_at: datetime | None = None

    def holds(self, at: datetime, day: date) -> bool:
        """Whether it is in force at an instant, which falls on `day`."""
        return self.begins_at <= at and (self.lifted_at is None or at < self.lifted_at) and (self.ends_date is None or day < self.ends_date)


@dataclass(frozen=True)
class May:
    """Whether a customer may be approached; where not, why: kinds of restrictions, `refused`, `expired` or `no_consent`."""

    yes: bool
    because: tuple[str, ...] = ()


def may_be_contacted(
    bars: Iterable[Bar], entries: Iterable[Entry], *, purpose: str, channel: str, at: datetime, day: date, needs_consent: bool | None = None
) -> May:
    """Whether to approach a customer for a purpose on a channel, at an instant which falls on `day`.

    What is not certain is refused: an unknown purpose needs consent and is forbidden by every restriction that forbids anything.
    """
    found = [bar.kind for bar in bars if bar.channel in (EVERY, channel) and bar.holds(at, day) and _forbids(bar.kind, purpose)]
    answer = standing(entries, purpose, channel, until=at, day=day).answer
    needs = (purpose in NEEDS_CONSENT or purpose not in _ALL) if needs_consent is None else needs_consent
    if answer == "withdrawn":
        found.append("refused")
    elif needs and answer != "given":
        found.append("expired" if answer == "expired" else "no_consent")
    return May(not found, tuple(dict.fromkeys(found)))


def _forbids(kind: str, purpose: str) -> bool:
    forbidden = FORBIDS.get(kind, _ALL)
    return purpose in forbidden or (purpose not in _ALL and bool(forbidden))
