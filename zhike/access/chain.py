"""The arithmetic of the audit's chain: what is hashed, with which key, what is signed. No database, no clock.

Every sealed entry has a *link*: its place, a keyed hash of its content, and a keyed hash over the link before it. A *seal* closes what was
linked in one go, and is signed with Ed25519; the last seal of a day is the day's head. Hash key, chain key and signing key come from the
master keys outside the database: who recomputes everything without them fits nothing together. The public key checks signatures anywhere.
"""

from __future__ import annotations

import base64
import hmac
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from functools import lru_cache
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from zhike.access.sealing import Keyring

MAC_BYTES = 16
BEGINNING = bytes(MAC_BYTES)  # what stands before the first link

# An entry as it is hashed: the bytes that COPY writes for these columns. A further column of the table belongs to a new FORM.
FORM = b"1\t"
COLUMNS: Mapping[str, str] = {
    "id": "e.id", "at": "(extract(epoch from e.at) * 1000000)::bigint", "subject_type": "e.subject_type", "area": "e.area",
    "before": "e.before::text", "after": "e.after::text", "stamp": "encode(e.stamp, 'hex')",
    "person_id": "e.person_id", "login": "e.login", "act": "e.act", "subject_id": "e.subject_id", "party_id": "e.party_id", "reason": "e.reason",
    "request_id": "e.request_id", "door": "e.door", "address": "e.address",
}  # fmt: skip
ENTRY = ", ".join(COLUMNS.values())
AT_OF_ENTRY, STAMP_OF_ENTRY, CLAIMS_OF_ENTRY = 1, 6, 7  # the claims of a stamp are all columns from here on


@dataclass(frozen=True)
class ChainKeys:
    """The keys of the chain, derived once for many links."""

    content: bytes
    link: bytes

    @classmethod
    def of(cls, keyring: Keyring) -> ChainKeys:
        """Those of an installation."""
        return cls(keyring.audit_key("content"), keyring.audit_key("link"))

    def content_of(self, entry: bytes) -> bytes:
        """The keyed hash of an entry, as COPY writes it."""
        return hmac.digest(self.content, FORM + entry, "sha256")[:MAC_BYTES]

    def withheld_of(self, entry: bytes) -> bytes:
        """The keyed hash by which this program vouches that an entry rightly stands without its words (`withholding`)."""
        return hmac.digest(self.content, b"withheld\t" + entry, "sha256")[:MAC_BYTES]

    def link_of(self, before: bytes, place: int, entry_id: int, content: bytes) -> bytes:
        """The keyed hash of a link: over the one before it, its place, and what it links."""
        told = before + place.to_bytes(8) + entry_id.to_bytes(8, signed=True) + content
        return hmac.digest(self.link, told, "sha256")[:MAC_BYTES]


@dataclass(frozen=True)
class Seal:
    """What one sealing closed: the places `first_place` to `last_place`, the chain then ending in `mac` (hex).

    `low_id`: every entry up to this id had been sealed, whatever was still being written; one that turns up below it was put there.
    `unstamped_to`: entries up to this id are older than stamps.
    """

    number: int
    day: str
    sealed_at: str
    first_place: int
    last_place: int
    mac: str
    low_id: int
    unstamped_to: int

    def told(self) -> bytes:
        """What is signed."""
        return json.dumps(asdict(self), separators=(",", ":"), sort_keys=True).encode()


def line_of(seal: Seal, signature: bytes) -> str:
    """A signed seal as it is kept outside the database: one line of JSON."""
    return json.dumps({**asdict(seal), "signature": base64.b64encode(signature).decode()}, separators=(",", ":"), sort_keys=True)


def seal_of(line: str) -> tuple[Seal, bytes]:
    """A seal and its signature from such a line. Raises ValueError for anything else."""
    try:
        told: dict[str, Any] = json.loads(line)
        signature = base64.b64decode(told.pop("signature"))
        return Seal(**told), signature
    except (TypeError, KeyError, AttributeError) as wrong:
        raise ValueError("not a seal") from wrong


def sign(keyring: Keyring, seal: Seal) -> bytes:
    """The signature of a seal, 64 bytes."""
    return _private(keyring.audit_key("signature")).sign(seal.told())


def is_signed(public: Ed25519PublicKey, seal: Seal, signature: bytes) -> bool:
    """Whether the holder of the keys signed this seal."""
    try:
        public.verify(signature, seal.told())
    except InvalidSignature:
        return False
    return True


def public_key(keyring: Keyring) -> Ed25519PublicKey:
    """What an auditor checks signatures with, without any secret."""
    return _private(keyring.audit_key("signature")).public_key()


@lru_cache(maxsize=2)
def _private(seed: bytes) -> Ed25519PrivateKey:
    return Ed25519PrivateKey.from_private_bytes(seed)
