"""Seals protected values while they land: keyed digests to search by, a mask to show, ciphertext to keep (decision 13).

Of a value there remains: `digest` (HMAC-SHA-256 of the normalised value, 16 bytes, another key per kind, so that equal values of
different kinds do not meet), `last4` (8 bytes, the same of the last four characters), `masked`, and `sealed`:

    1 byte key version | 1 byte kind | 12 bytes nonce | AES-256-GCM ciphertext and tag, the first two bytes authenticated

Encryption uses the newest version of `access.keys` and opens any; the digest has a root of its own that stays, since a new one would
not find what has landed.
"""

from __future__ import annotations

import hashlib
import hmac
import os
import re
import unicodedata
from collections.abc import Callable, Iterable, Mapping
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from zhike.access.keys import CannotOpen, Keyring, keyring
from zhike.access.rules import MASKS

KINDS = ("id_no", "phone", "account_no", "card_no", "email", "address", "row")  # row: a whole rejected line
_KIND_BYTE = {kind: number for number, kind in enumerate(KINDS, start=1)}
FILE_BYTE = 200  # a whole file, which is no kind of value
_HAS_LAST4 = frozenset({"id_no", "phone", "account_no", "card_no"})

DIGEST_BYTES = 16
LAST4_BYTES = 8
NONCE_BYTES = 12
HEADER_BYTES = 2

SEALED_TYPE = pa.schema({"digest": pa.binary(), "last4": pa.binary(), "masked": pa.string(), "sealed": pa.binary()})


_SEPARATORS = re.compile(r"[\s\-‐-―－·.()（）]+")
_SPACES = re.compile(r"\s+")


def _normalise_number(text: str) -> str:
    return _SEPARATORS.sub("", unicodedata.normalize("NFKC", text)).upper()


def _normalise_phone(text: str) -> str:
    digits = _normalise_number(text)
    for prefix in ("+86", "0086"):
        digits = digits.removeprefix(prefix)
    return digits[2:] if len(digits) == 13 and digits.startswith("861") else digits


def _normalise_words(text: str) -> str:
    return _SPACES.sub(" ", unicodedata.normalize("NFKC", text)).strip().lower()


NORMALISE: Mapping[str, Callable[[str], str]] = {
    "id_no": _normalise_number, "phone": _normalise_phone, "account_no": _normalise_number, "card_no": _normalise_number,
    "email": _normalise_words, "address": _normalise_words, "row": str.strip,
}  # fmt: skip


def normalise(kind: str, text: str) -> str:
    """The form in which equal values are equal: without spaces and dashes, half-width, capitals; a phone without its +86;
    e-mails and addresses with single spaces and small letters."""
    return NORMALISE[kind](text)


_OLD_RESIDENT_ID = re.compile(r"(\d{6})(\d{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])\d{3})")
_ID_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)


def same_form(kind: str, plain: str) -> str:
    """What the digest of a normalised value is taken of: a 15-digit resident ID in the 18 digits that it became in 1999 (GB 11643: the
    century, then a check digit), so that both find each other. Everything else as it is."""
    found = _OLD_RESIDENT_ID.fullmatch(plain) if kind == "id_no" else None
    if not found:
        return plain
    body = f"{found[1]}19{found[2]}"
    return body + "10X98765432"[sum(weight * int(digit) for weight, digit in zip(_ID_WEIGHTS, body, strict=True)) % 11]


def digest_of(kind: str, text: str) -> bytes | None:
    """What to search for to find exactly this value; None for a blank."""
    plain = normalise(kind, text)
    return hmac.digest(keyring().digest_key(kind), same_form(kind, plain).encode(), "sha256")[:DIGEST_BYTES] if plain else None


def last4_digest_of(kind: str, text: str) -> bytes | None:
    """What to search for to find values ending in these four characters; None where they are fewer or the kind has no such search."""
    plain = normalise(kind, text)
    if kind not in _HAS_LAST4 or len(plain) < 4:
        return None
    return hmac.digest(keyring().digest_key(kind, "last4"), plain[-4:].encode(), "sha256")[:LAST4_BYTES]


def seal_values(kind: str, values: pa.Array | pa.ChunkedArray | Iterable[str | None]) -> pa.Table:
    """Seal a column: a table with `digest`, `last4`, `masked`, `sealed`, row by row beside `values`; a null or blank gives nulls.

    Each distinct value is sealed once.
    """
    column = values if isinstance(values, pa.Array | pa.ChunkedArray) else pa.array(list(values), pa.string())
    whole = column.combine_chunks() if isinstance(column, pa.ChunkedArray) else column
    if isinstance(whole, pa.ChunkedArray):  # more than 2 GB of text stays in chunks
        return pa.concat_tables([seal_values(kind, chunk) for chunk in whole.chunks])
    encoded = pc.dictionary_encode(whole.cast(pa.string()))
    distinct = _seal_distinct(kind, encoded.dictionary.to_pylist())
    return pa.table({name: distinct[name].take(encoded.indices) for name in SEALED_TYPE.names}, schema=SEALED_TYPE)


def _seal_distinct(kind: str, values: list[str]) -> dict[str, pa.Array]:
    keys = keyring()
    clean, mask, encrypt = NORMALISE[kind], MASKS[kind], keys.cipher(keys.version).encrypt
    whole_mac = hmac.new(keys.digest_key(kind), digestmod=hashlib.sha256)
    last4_key = keys.digest_key(kind, "last4") if kind in _HAS_LAST4 else None
    header = bytes((keys.version, _KIND_BYTE[kind]))
    nonces = os.urandom(NONCE_BYTES * len(values))
    rows: dict[str, list[Any]] = {name: [None] * len(values) for name in SEALED_TYPE.names}
    digests, lasts, maskeds, sealeds = (rows[name] for name in SEALED_TYPE.names)
    endings: dict[str, bytes] = {}
    for index, value in enumerate(values):
        plain = clean(value)
        if not plain:
            continue
        mac = whole_mac.copy()
        mac.update(same_form(kind, plain).encode())
        digests[index] = mac.digest()[:DIGEST_BYTES]
        if last4_key is not None and len(plain) >= 4:
            ending = plain[-4:]
            if ending not in endings:
                endings[ending] = hmac.digest(last4_key, ending.encode(), "sha256")[:LAST4_BYTES]
            lasts[index] = endings[ending]
        maskeds[index] = mask(plain if kind in _HAS_LAST4 else value.strip())
        nonce = nonces[index * NONCE_BYTES : (index + 1) * NONCE_BYTES]
        sealeds[index] = header + nonce + encrypt(nonce, (value if kind == "row" else value.strip()).encode(), header)
    return {name: pa.array(rows[name], SEALED_TYPE.field(name).type) for name in SEALED_TYPE.names}


def seal_one(kind: str, text: str) -> dict[str, Any]:
    """One value sealed: `digest`, `last4`, `masked`, `sealed`."""
    row: dict[str, Any] = seal_values(kind, [text]).to_pylist()[0]
    return row


def digest_of_file(content: bytes) -> bytes:
    """By what name a file's content is kept: keyed, so that nobody learns from the name whether a known file is here."""
    return hmac.digest(keyring().digest_key("file"), content, "sha256")[:DIGEST_BYTES]


def seal_file(content: bytes) -> bytes:
    """The content of a file encrypted as values are, whole."""
    keys = keyring()
    header, nonce = bytes((keys.version, FILE_BYTE)), os.urandom(NONCE_BYTES)
    return header + nonce + keys.cipher(keys.version).encrypt(nonce, content, header)


def open_file(sealed: bytes) -> bytes:
    """The content inside what `seal_file` made; raises `CannotOpen` when it was changed or is not of this installation."""
    return _decrypted(sealed)


def open_sealed(sealed: bytes) -> str:
    """The value inside a ciphertext; raises `CannotOpen` when it was changed or is not of this installation."""
    return _decrypted(sealed).decode()


def _decrypted(sealed: bytes) -> bytes:
    raw = bytes(sealed)
    header, nonce, rest = raw[:HEADER_BYTES], raw[HEADER_BYTES : HEADER_BYTES + NONCE_BYTES], raw[HEADER_BYTES + NONCE_BYTES :]
    if len(header) < HEADER_BYTES or len(nonce) < NONCE_BYTES:
        raise CannotOpen("too short to be a sealed value")
    try:
        return keyring().cipher(header[0]).decrypt(nonce, rest, header)
    except Exception as wrong:
        raise CannotOpen("the sealed value was changed or belongs to another installation") from wrong


def version_of(sealed: bytes) -> int:
    """The version of the key that a ciphertext was made with."""
    return bytes(sealed)[0]


def sealed_again(sealed: bytes) -> bytes:
    """The same value or file under the newest key; as it is where that made it. Raises CannotOpen."""
    keys = keyring()
    if version_of(sealed) == keys.version:
        return bytes(sealed)
    header, nonce = bytes((keys.version, bytes(sealed)[1])), os.urandom(NONCE_BYTES)
    return header + nonce + keys.cipher(keys.version).encrypt(nonce, _decrypted(sealed), header)


__all__ = [
    "KINDS", "CannotOpen", "Keyring", "digest_of", "digest_of_file", "keyring", "last4_digest_of", "normalise", "open_file", "open_sealed",
    "same_form", "seal_file", "seal_one", "seal_values", "sealed_again", "version_of",
]  # fmt: skip
