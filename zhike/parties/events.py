"""What happened to parties, told through the outbox (decision 17). Keys only."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class DeclaredChanged:
    """Somebody changed what Zhike knows about a party: which fields, and the version that came of it (S15)."""

    party_id: int
    fields: Sequence[str]
    version: int


@dataclass(frozen=True)
class DeclaredImported:
    """What Zhike knows about these parties was changed from a file, or taken back: one event for all of them."""

    party_ids: Sequence[int]


@dataclass(frozen=True)
class ProspectAdded:
    """Somebody added a prospect that no system of the bank delivers yet."""

    party_id: int


@dataclass(frozen=True)
class ProspectChanged:
    """Somebody changed a prospect of Zhike's own: which fields."""

    party_id: int
    fields: Sequence[str]


@dataclass(frozen=True)
class ProspectDeleted:
    """A prospect of Zhike's own went into the trash. Her key is nobody's from now on, unless she is restored under it."""

    party_id: int


@dataclass(frozen=True)
class ProspectRestored:
    """She came back from the trash under her old key."""

    party_id: int


@dataclass(frozen=True)
class ProspectsAdded:
    """Prospects were added from a file: one event for all of them, or for some hundreds of a large one."""

    party_ids: Sequence[int]


@dataclass(frozen=True)
class ProspectsTakenBack:
    """Prospects that a file made are gone with it. Their keys are nobody's from now on."""

    party_ids: Sequence[int]


@dataclass(frozen=True)
class TagsChanged:
    """A tag was put on these parties (`is_on`), or taken from them: one event for all of them."""

    tag_id: int
    party_ids: Sequence[int]
    is_on: bool


@dataclass(frozen=True)
class CorrectionAsked:
    """Somebody asks a source to correct a fact; its value is read from Zhike, not from here."""

    correction_id: int
    party_id: int
    field: str


@dataclass(frozen=True)
class CorrectionDecided:
    """A correction came to its end: `state` is confirmed (a file brought the value), refused or withdrawn."""

    correction_id: int
    party_id: int
    state: str


@dataclass(frozen=True)
class ConsentChanged:
    """An entry was added to a customer's ledger of consents: consent was given or withdrawn, or an entry cancelled."""

    party_id: int
    purpose: str
    channel: str
    state: str


@dataclass(frozen=True)
class RestrictionChanged:
    """A restriction on contacting a customer began or was lifted (`state`); `field` is its kind."""

    party_id: int
    field: str
    channel: str
    state: str
