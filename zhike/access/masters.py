"""Master keys: they wrap the keys that seal, and nothing else (envelope encryption, R30).

A master key is 32 bytes, written as 64 hexadecimal digits or as base64, one a line, the newest first. Lines come from a file
(`ZHIKE_KEY_FILE`, by default `secrets/master.key`, made when it is missing) or from what a command prints (`ZHIKE_KEY_COMMAND`), which
may ask a key-management service: then no master key ever lies on a disk of Zhike.
"""

from __future__ import annotations

import base64
import binascii
import hmac
import os
import secrets
import shlex
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypedDict

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.conf import settings

from zhike.core.secret_files import read_secret, replace, write_new

KEY_BYTES = 32
_NONCE_BYTES = 12
_PATIENCE = 30  # seconds that the key-management command may take


class KeyUnavailable(Exception):
    """A master key cannot be had, or is not one of those that wrapped a key; `str()` says what to do."""


class Wrapped(TypedDict):
    """A key under a master key: which one (`by`, its fingerprint), and nonce, ciphertext and tag in hexadecimal."""

    by: str
    key: str


@dataclass(frozen=True)
class Masters:
    """The master keys of an installation, the newest first."""

    keys: tuple[bytes, ...]

    @property
    def newest(self) -> str:
        """The fingerprint of the key that wraps."""
        return fingerprint(self.keys[0])

    def wrap(self, purpose: str, key: bytes) -> Wrapped:
        """`key` under the newest master key; it opens for the same purpose only."""
        nonce = os.urandom(_NONCE_BYTES)
        return {"by": self.newest, "key": (nonce + AESGCM(self.keys[0]).encrypt(nonce, key, purpose.encode())).hex()}

    def unwrap(self, purpose: str, wrapped: Wrapped) -> bytes:
        """The key inside. Raises KeyUnavailable."""
        master = next((key for key in self.keys if fingerprint(key) == wrapped["by"]), None)
        if master is None:
            raise KeyUnavailable(f"the master key {wrapped['by']} is not among those given ({', '.join(map(fingerprint, self.keys))})")
        raw = bytes.fromhex(wrapped["key"])
        try:
            return AESGCM(master).decrypt(raw[:_NONCE_BYTES], raw[_NONCE_BYTES:], purpose.encode())
        except InvalidTag as wrong:
            raise KeyUnavailable(f"the wrapped key of {purpose} was changed") from wrong


def fingerprint(master: bytes) -> str:
    """What a master key is called: says which one it is and nothing about it."""
    return hmac.digest(master, b"zhike:master", "sha256")[:8].hex()


def masters() -> Masters:
    """The master keys of this installation; a first one is made where the file is missing. Raises KeyUnavailable."""
    if settings.KEY_COMMAND:
        return _read(_printed(settings.KEY_COMMAND), "what ZHIKE_KEY_COMMAND printed")
    path = key_file()
    if read_secret(path) is None:
        write_new(path, _line(secrets.token_bytes(KEY_BYTES)))
    return _read(read_secret(path) or "", str(path))


def key_file() -> Path:
    """Where the master keys lie, unless a command gives them."""
    return Path(settings.KEY_FILE) if settings.KEY_FILE else Path(settings.INSTALLATION.secrets) / "master.key"


def keep(keys: Sequence[bytes]) -> None:
    """Put these master keys, the newest first, in the place of those in the file."""
    replace(key_file(), "".join(map(_line, keys)))


def _line(key: bytes) -> str:
    return key.hex() + "\n"


def _read(text: str, place: str) -> Masters:
    lines = [line.strip() for line in text.splitlines() if line.strip() and not line.startswith("#")]
    keys = tuple(_key(line) for line in lines)
    if not keys or b"" in keys:
        raise KeyUnavailable(f"{place} is no list of master keys: one a line, each 64 hexadecimal digits or base64 of 32 bytes")
    return Masters(keys)


def _key(line: str) -> bytes:
    for decode in (bytes.fromhex, lambda text: base64.b64decode(text, validate=True)):
        try:
            key = decode(line)
        except (ValueError, binascii.Error):
            continue
        if len(key) == KEY_BYTES:
            return key
    return b""


def _printed(command: str) -> str:
    try:
        done = subprocess.run(shlex.split(command), capture_output=True, text=True, timeout=_PATIENCE, check=False)
    except (OSError, subprocess.TimeoutExpired) as wrong:
        raise KeyUnavailable(f"ZHIKE_KEY_COMMAND did not run: {type(wrong).__name__}") from wrong
    if done.returncode:
        raise KeyUnavailable(f"ZHIKE_KEY_COMMAND ended with {done.returncode}: {done.stderr.strip()[:200]}")
    return done.stdout
