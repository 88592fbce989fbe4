"""A backup's file: one line that says which key opens it, then a tar archive encrypted piece by piece. Without the key it is noise.

    {"zhike_backup": 1, "made_at": …, "key": W, "keys": {…} or null}\n     W: the archive's own key, wrapped by the master key
    then pieces: 4 bytes length | AES-256-GCM ciphertext and tag

The nonce of a piece is its number, its last byte is 1 for the last one; the first line is authenticated with every piece. So a piece that
was changed, moved, left out or cut off at the end does not open. Each archive has a key of its own, hence no nonce is used twice.
"""

from __future__ import annotations

import hashlib
import io
import json
import os
import secrets
from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO, TypedDict

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.scrypt import Scrypt

from zhike.access.masters import KEY_BYTES, Masters, Wrapped

PIECE = 1 << 20  # bytes of clear text
LONGEST_HEAD = 64 * 1024
TAG_BYTES = 16
_WORK = 2**17  # of scrypt: 128 MB and about half a second for one guess
_PURPOSE = "backup"


class CannotRead(Exception):
    """The file is no backup, was changed or cut off, or the key or passphrase is not the one; `str()` says which."""


class UnderPassphrase(TypedDict):
    """Master keys sealed by a passphrase."""

    salt: str
    sealed: str


class Head(TypedDict):
    """The first line."""

    zhike_backup: int
    made_at: str
    key: Wrapped
    keys: UnderPassphrase | None


def under_passphrase(masters: Masters, passphrase: str) -> UnderPassphrase:
    """The master keys, to be opened by this passphrase."""
    salt, nonce = os.urandom(16), os.urandom(12)
    lines = "\n".join(key.hex() for key in masters.keys).encode()
    return {"salt": salt.hex(), "sealed": (nonce + AESGCM(_stretched(passphrase, salt)).encrypt(nonce, lines, b"")).hex()}


def masters_inside(head: Head, passphrase: str) -> Masters:
    """The master keys that a backup carries. Raises CannotRead."""
    if head["keys"] is None:
        raise CannotRead("this backup was made without its keys: put the master key in its place")
    raw = bytes.fromhex(head["keys"]["sealed"])
    try:
        lines = AESGCM(_stretched(passphrase, bytes.fromhex(head["keys"]["salt"]))).decrypt(raw[:12], raw[12:], b"")
    except InvalidTag as wrong:
        raise CannotRead("the passphrase is not the one of this backup") from wrong
    return Masters(tuple(bytes.fromhex(line) for line in lines.decode().splitlines()))


def _stretched(passphrase: str, salt: bytes) -> bytes:
    return Scrypt(salt=salt, length=KEY_BYTES, n=_WORK, r=8, p=1).derive(passphrase.encode())


@dataclass(frozen=True)
class _Cipher:
    """Encrypts and decrypts pieces by their number."""

    aead: AESGCM
    bound: bytes

    @classmethod
    def of(cls, key: bytes, line: bytes) -> _Cipher:
        return cls(AESGCM(key), hashlib.sha256(line).digest())

    def seal(self, number: int, piece: bytes, *, last: bool) -> bytes:
        return self.aead.encrypt(_nonce(number, last=last), piece, self.bound)

    def open(self, number: int, piece: bytes, *, last: bool) -> bytes:
        try:
            return self.aead.decrypt(_nonce(number, last=last), piece, self.bound)
        except InvalidTag as wrong:
            raise CannotRead(f"piece {number} was changed, or pieces are missing") from wrong


def _nonce(number: int, *, last: bool) -> bytes:
    return number.to_bytes(11, "big") + bytes((last,))


class Writer(io.RawIOBase):
    """Encrypts what is written to it. `close` writes the last piece: an archive without it does not open."""

    def __init__(self, out: BinaryIO, masters: Masters, *, made_at: str, keys: UnderPassphrase | None = None) -> None:
        super().__init__()
        key = secrets.token_bytes(KEY_BYTES)
        head: Head = {"zhike_backup": 1, "made_at": made_at, "key": masters.wrap(_PURPOSE, key), "keys": keys}
        line = json.dumps(head).encode() + b"\n"
        out.write(line)
        self._out, self._cipher, self._waiting, self._number = out, _Cipher.of(key, line), bytearray(), 0

    def writable(self) -> bool:
        return True

    def write(self, given: object, /) -> int:
        piece = bytes(given)  # type: ignore[call-overload]
        self._waiting += piece
        while len(self._waiting) > PIECE:
            self._put(bytes(self._waiting[:PIECE]), last=False)
            del self._waiting[:PIECE]
        return len(piece)

    def finish(self) -> None:
        """Write what is left as the last piece."""
        self._put(bytes(self._waiting), last=True)
        self._waiting.clear()

    def _put(self, piece: bytes, *, last: bool) -> None:
        sealed = self._cipher.seal(self._number, piece, last=last)
        self._out.write(len(sealed).to_bytes(4, "big") + sealed)
        self._number += 1


def read_head(source: BinaryIO) -> Head:
    """The first line of a backup, which needs no key. Raises CannotRead."""
    line = source.readline(LONGEST_HEAD)
    try:
        head: Head = json.loads(line)
        if head["zhike_backup"] != 1 or not head["key"]["by"]:
            raise CannotRead("this is a backup of a later version of Zhike")
    except (ValueError, KeyError, TypeError) as wrong:
        raise CannotRead("this is no backup of Zhike") from wrong
    return head


class Reader(io.RawIOBase):
    """Decrypts an archive from its beginning. Raises CannotRead, or KeyUnavailable where the master key is another."""

    def __init__(self, source: BinaryIO, masters: Masters) -> None:
        super().__init__()
        head = read_head(source)
        source.seek(0)
        line = source.readline(LONGEST_HEAD)
        self._pieces = self._opened(source, _Cipher.of(masters.unwrap(_PURPOSE, head["key"]), line))
        self._left = b""

    def readable(self) -> bool:
        return True

    def read(self, size: int = -1, /) -> bytes:
        """The next `size` bytes, fewer only at the end."""
        parts, wanted = [], size if size >= 0 else 1 << 62
        while wanted:
            if not self._left:
                self._left = next(self._pieces, b"")
                if not self._left:
                    break
            parts.append(self._left[:wanted])
            self._left = self._left[wanted:]
            wanted -= len(parts[-1])
        return b"".join(parts)

    @staticmethod
    def _opened(source: BinaryIO, cipher: _Cipher) -> Iterator[bytes]:
        number, length = 0, source.read(4)
        while length:
            size = int.from_bytes(length, "big")
            if len(length) < 4 or not TAG_BYTES <= size <= PIECE + TAG_BYTES:
                raise CannotRead(f"piece {number} is not whole")
            piece, length = source.read(size), source.read(4)
            yield cipher.open(number, piece, last=not length)
            number += 1
        if not number:
            raise CannotRead("nothing follows the first line")
