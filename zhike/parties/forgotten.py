"""Whom the bank's files may not bring back: tombstones by keyed digest, and what stands for a forgotten customer's key.

`alias_of` is the same for the same key, so that accounts and postings that are still delivered find the customer without a name that they
belong to. Nobody without the installation's digest root can tell from an alias whose it was.
"""

from __future__ import annotations

import hmac
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from zhike.access.sealing import keyring
from zhike.core.forgetting import Key
from zhike.parties.forgotten_models import Forgotten

MARK = "~"  # begins every alias; no key of a bank may
NO_NAME = "—"
DIGEST = 12


@dataclass(frozen=True)
class Tombstone:
    """How a forgotten customer is met in a file. `at`: until when her words stay out, where she is not gone wholly."""

    is_whole: bool
    at: datetime


def key_digest(source: str, external_key: str, what: str = "party") -> bytes:
    """The keyed digest of a customer's (or an account's) key in a source."""
    said = f"{source}\x1f{external_key}".encode()
    return hmac.digest(keyring().digest_key(f"{what}_key"), said, "sha256")[:DIGEST]


def alias_of(source: str, external_key: str) -> str:
    """What stands for a customer's key once she is forgotten; of an alias itself that alias."""
    return external_key if external_key.startswith(MARK) else MARK + key_digest(source, external_key).hex()


Stones = Mapping[tuple[str, bytes], Tombstone]  # (party or account, digest)


def tombstones(source: str) -> Stones:
    """Everybody of a source who was forgotten, and their accounts. Needs the job role."""
    rows = Forgotten.objects.filter(source=source).values_list("what", "key_digest", "is_whole", "forgotten_at")
    return {(what, bytes(digest)): Tombstone(is_whole, at) for what, digest, is_whole, at in rows}


def met(source: str, what: str, keys: Iterable[str], stones: Stones) -> dict[str, Tombstone]:
    """Which of these keys are of forgotten customers."""
    found = ((key, stones.get((what, key_digest(source, key, what)))) for key in keys)
    return {key: stone for key, stone in found if stone is not None}


def bury(keys: Iterable[Key], accounts: Iterable[tuple[str, str]], *, whole: frozenset[int], at: datetime) -> None:
    """Set tombstones for the keys of customers who are forgotten, and for the accounts (source, key) of those wholly forgotten."""
    rows = [
        Forgotten(source=key.source, what="party", key_digest=key_digest(key.source, key.external_key), is_whole=key.party_id in whole, forgotten_at=at)
        for key in keys if not key.external_key.startswith(MARK)
    ] + [
        Forgotten(source=source, what="account", key_digest=key_digest(source, key, "account"), is_whole=True, forgotten_at=at) for source, key in accounts
    ]  # fmt: skip
    Forgotten.objects.bulk_create(
        rows, update_conflicts=True, unique_fields=["source", "what", "key_digest"], update_fields=["is_whole", "forgotten_at"]
    )
