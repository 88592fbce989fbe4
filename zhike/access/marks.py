"""Marks in what leaves the house: whose copy it is and of which second, in a code that only the keys of this installation read.

    ZK-… : 26 letters of one AES block: 5 bytes person, 4 bytes seconds since 2020, 1 byte kind, 6 bytes of nought that prove the rest

The code stands in small print on paper, in the properties of workbooks and PDFs, and in a last line; `found_in` reads all of them, and also what earlier
exports carried in names, in characters without width. How a file carries it besides is told in `woven`, what survives what in docs/audit.md.
"""

from __future__ import annotations

import base64
import contextlib
import io
import re
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Literal

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms
from cryptography.hazmat.primitives.ciphers.modes import ECB

from zhike.access.sealing import keyring

Kind = Literal["export", "print", "pdf", "audit"]
KINDS: tuple[Kind, ...] = ("export", "print", "pdf", "audit")
_SINCE = datetime(2020, 1, 1, tzinfo=UTC)
_PROOF = bytes(6)
_WIDTHLESS = "\u200b\u200c\u200d\u2060"  # two bits each
_HIDDEN = re.compile(f"[{_WIDTHLESS}]{{64}}")
_STREAM = re.compile(rb"stream\r?\n(.*?)endstream", re.DOTALL)
_LONGEST = 50_000_000  # bytes that a part of a PDF may unpack to
_SHOWN = re.compile(r"ZK-([A-Z2-7]{26})")


@dataclass(frozen=True)
class Mark:
    """Whose copy, made when, and as what."""

    person_id: int
    at: datetime
    kind: Kind

    @property
    def code(self) -> str:
        """As it is printed."""
        return f"ZK-{base64.b32encode(self.block()).decode().rstrip('=')}"

    def block(self) -> bytes:
        """The same in 16 bytes."""
        seconds = int((self.at - _SINCE).total_seconds())
        told = self.person_id.to_bytes(5) + seconds.to_bytes(4) + bytes([KINDS.index(self.kind)]) + _PROOF
        cipher = _cipher().encryptor()
        return cipher.update(told) + cipher.finalize()


def found_in(content: bytes) -> list[Mark]:
    """Every mark in a file (text in any encoding that keeps it, workbook, PDF) or in a code that somebody typed off; each once."""
    blocks = {block for text in _texts(content) for block in _blocks(text)}
    return sorted((mark for block in blocks if (mark := _read(block))), key=lambda mark: mark.at)


def _blocks(text: str) -> Iterator[bytes]:
    for found in _SHOWN.finditer(text):
        yield base64.b32decode(found[1] + "======")
    for hidden in _HIDDEN.finditer(text):
        bits = [_WIDTHLESS.index(character) for character in hidden[0]]
        yield bytes(bits[at] << 6 | bits[at + 1] << 4 | bits[at + 2] << 2 | bits[at + 3] for at in range(0, 64, 4))


def _texts(content: bytes) -> Iterator[str]:
    if content.startswith(b"PK"):
        with zipfile.ZipFile(io.BytesIO(content)) as parts:
            for part in parts.infolist():
                if part.filename.endswith(".xml") and part.file_size < 500_000_000:
                    yield parts.read(part).decode("utf-8", "replace")
        return
    yield content.decode("utf-8", "replace")
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        yield content.decode("utf-16", "replace")
    if content.startswith(b"%PDF"):
        for stream in _STREAM.finditer(content):
            with contextlib.suppress(zlib.error):
                yield zlib.decompressobj().decompress(stream[1], _LONGEST).replace(b"\0", b"").decode("latin-1")


def _read(block: bytes) -> Mark | None:
    cipher = _cipher().decryptor()
    told = cipher.update(block) + cipher.finalize()
    if told[10:] != _PROOF or told[9] >= len(KINDS):
        return None
    return Mark(int.from_bytes(told[:5]), _SINCE + timedelta(seconds=int.from_bytes(told[5:9])), KINDS[told[9]])


def _cipher() -> Cipher[ECB]:
    return Cipher(algorithms.AES(keyring().audit_key("mark")), ECB())  # noqa: S305 - one block that never repeats, proved by its noughts
