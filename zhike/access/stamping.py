"""The stamp of an audit entry: proof that this program wrote it, and not somebody who may write into its tables.

    8 bytes nonce | 16 bytes HMAC-SHA-256 of nonce and claims, under a key that is not in the database

The claims are who, act, on what, on whom, why, under which request, through which door and from where. They are joined as COPY writes them,
so that a check of a million entries compares bytes and decodes nothing. `before`, `after` and the instant are not among them: those
are held by the chain (`chain.py`), from the moment the entry is sealed into it.
"""

from __future__ import annotations

import hmac
import os

from zhike.access.sealing import keyring

NONCE_BYTES = 8
MAC_BYTES = 16
NULL = b"\\N"
_ESCAPES = str.maketrans(
    {"\\": "\\\\", "\b": "\\b", "\f": "\\f", "\n": "\\n", "\r": "\\r", "\t": "\\t", "\v": "\\v"}
)  # as COPY writes text


def claims_of(
    *, person_id: int | None, login: str, act: str, subject_id: str, party_id: int | None, reason: str, request_id: str, door: str, address: str
) -> bytes:  # fmt: skip
    """What a stamp vouches for, in the bytes that COPY writes for the same columns in the same order."""
    return b"\t".join(map(_written, (person_id, login, act, subject_id, party_id, reason, request_id, door, address)))


def stamped(claims: bytes) -> bytes:
    """A stamp for these claims; no two are equal."""
    nonce = os.urandom(NONCE_BYTES)
    return nonce + _mac(stamp_key(), nonce, claims)


def is_genuine(key: bytes, stamp: bytes, claims: bytes) -> bool:
    """Whether this program made the stamp for these claims. `key`: `stamp_key()`, fetched once for many."""
    return len(stamp) == NONCE_BYTES + MAC_BYTES and hmac.compare_digest(_mac(key, stamp[:NONCE_BYTES], claims), stamp[NONCE_BYTES:])


def stamp_key() -> bytes:
    """The key of stamps."""
    return keyring().audit_key("stamp")


def _mac(key: bytes, nonce: bytes, claims: bytes) -> bytes:
    return hmac.digest(key, nonce + claims, "sha256")[:MAC_BYTES]


def _written(value: str | int | None) -> bytes:
    return NULL if value is None else str(value).translate(_ESCAPES).encode()
