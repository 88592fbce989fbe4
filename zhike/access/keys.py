"""The keyring of an installation: data keys by version, each wrapped by a master key, in `ZHIKE_HOME/secrets/keys.json`.

New values are sealed under the newest version, every version opens what it sealed. The file is replaced whole, and every process looks
whether it has changed before it uses a key, so that a rotation needs no restart: a version stands in the file before anything is sealed
under it. What digests and viewers are signed with has roots of its own, which are not rotated (decision 41).

    {"format": 2, "roots": {"digest": W, "viewer": W}, "data": {"1": {"key": W, "made_at": "…"}}}     W: {"by": fingerprint, "key": hex}

A file of the first format ({"masters": {"1": hex}}, not wrapped) is read as well; `zhike init` turns it into this one.
"""

from __future__ import annotations

import contextlib
import json
import os
import secrets
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property, lru_cache
from pathlib import Path
from typing import TypedDict

from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings

from zhike.access.masters import KEY_BYTES, KeyUnavailable, Masters, Wrapped, fingerprint, keep, masters
from zhike.core.secret_files import locked, read_secret, replace, write_new

FORMAT = 2
MOST_VERSIONS = 199  # a version is one byte, and 200 is a file's kind


class CannotOpen(Exception):
    """A ciphertext was changed, belongs to another installation, or its key version is missing."""


class KeyRefused(Exception):
    """A key cannot be made or taken away like this; `str()` says why."""


@dataclass(frozen=True)
class Keyring:
    """The keys of one installation: data keys by version, and the roots of digests and viewers (None: the first data key, as in the
    first format). Everything that is used is derived from them by HKDF-SHA-256."""

    data: Mapping[int, bytes]
    digest_root: bytes | None = None
    viewer_root: bytes | None = None

    @property
    def version(self) -> int:
        """The version that new values are encrypted with."""
        return max(self.data)

    @cached_property
    def viewer_key(self) -> bytes:
        """Signs viewers (decision 12)."""
        return _derived(self.viewer_root or self.data[1], "viewer")

    @lru_cache(maxsize=64)  # noqa: B019 - a keyring lives as long as its process, or until the next rotation
    def digest_key(self, kind: str, part: str = "whole") -> bytes:
        """The key of the digests of a kind."""
        return _derived(self.digest_root or self.data[1], f"digest:{kind}:{part}")

    @lru_cache(maxsize=16)  # noqa: B019
    def audit_key(self, part: str) -> bytes:
        """The keys that hold the audit together: stamps, links, signatures, marks. Their root is that of digests, which stays."""
        return _derived(self.digest_root or self.data[1], f"audit:{part}")

    @lru_cache(maxsize=64)  # noqa: B019
    def cipher(self, version: int) -> AESGCM:
        """Encrypts and decrypts under one version; raises `CannotOpen` for a version that is not there."""
        if version not in self.data:
            raise CannotOpen(f"key version {version} is missing from keys.json")
        return AESGCM(_derived(self.data[version], "encryption"))

    def __hash__(self) -> int:
        return hash((tuple(self.data.items()), self.digest_root, self.viewer_root))


def _derived(root: bytes, purpose: str) -> bytes:
    return HKDF(algorithm=SHA256(), length=32, salt=None, info=f"zhike:{purpose}".encode()).derive(root)


class DataKey(TypedDict):
    """One version: its key, wrapped, and when it was made (ISO; empty: in the first format)."""

    key: Wrapped
    made_at: str


class Book(TypedDict):
    """What `keys.json` holds."""

    format: int
    roots: dict[str, Wrapped]
    data: dict[str, DataKey]


_LOADED: dict[Path, tuple[tuple[int, int, int], Keyring]] = {}
_MASTERS: dict[Path, Masters] = {}


def keys_file() -> Path:
    """Where the wrapped keys lie."""
    return Path(settings.INSTALLATION.secrets) / "keys.json"


def keyring() -> Keyring:
    """The keyring of this installation as it is now; made when there is none. Raises KeyUnavailable."""
    path = keys_file()
    known = _LOADED.get(path)
    try:
        told = os.stat(path)  # noqa: PTH116 - asked for every value that is opened
    except FileNotFoundError:
        if known:  # the folder is being restored: a running process goes on with what it has
            return known[1]
        write_new(path, json.dumps(_new_book(masters())))
        told = path.stat()
    stamp = (told.st_mtime_ns, told.st_ino, told.st_size)
    if known is None or known[0] != stamp:
        known = _LOADED[path] = (stamp, load_keyring(path))
    return known[1]


def load_keyring(path: Path) -> Keyring:
    """The keyring kept at `path`. Losing the file, or the master keys that wrapped it, loses every sealed value: back both up apart
    from the data. Raises KeyUnavailable."""
    kept = json.loads(path.read_text(encoding="utf-8"))
    if "masters" in kept:
        return Keyring({int(version): bytes.fromhex(key) for version, key in kept["masters"].items()})
    book: Book = kept
    wanted = {wrapped["by"] for wrapped in _every(book)}
    given = _masters_for(path, wanted)
    return Keyring(
        {int(version): given.unwrap(f"data:{version}", one["key"]) for version, one in book["data"].items()},
        *(given.unwrap(root, book["roots"][root]) for root in ("digest", "viewer")),
    )


def _masters_for(path: Path, wanted: set[str]) -> Masters:
    """The master keys, asked for again only where one is missing: a key-management service is asked once a process."""
    known = _MASTERS.get(path)
    if known is None or not wanted <= set(map(fingerprint, known.keys)):
        known = _MASTERS[path] = masters()
    return known


def _every(book: Book) -> Iterator[Wrapped]:
    yield from book["roots"].values()
    yield from (one["key"] for one in book["data"].values())


def _new_book(given: Masters) -> Book:
    roots = {root: given.wrap(root, secrets.token_bytes(KEY_BYTES)) for root in ("digest", "viewer")}
    return {"format": FORMAT, "roots": roots, "data": {"1": {"key": given.wrap("data:1", secrets.token_bytes(KEY_BYTES)), "made_at": ""}}}


def read_book() -> Book:
    """What the file holds, wrapped. Raises KeyRefused where it is still of the first format."""
    keyring()
    kept = json.loads(read_secret(keys_file()) or "{}")
    if kept.get("format") != FORMAT:
        raise KeyRefused("keys.json is of the first format: run `zhike init`")
    book: Book = kept
    return book


@contextlib.contextmanager
def _changed_book() -> Iterator[Book]:
    """The book to be changed, by one process at a time; put in place whole at the end."""
    with locked(keys_file().with_name("keys.lock")):
        book = read_book()
        yield book
        replace(keys_file(), json.dumps(book))


def wrap_first_format() -> bool:
    """Wrap the keys of a file of the first format; whether there was one. Digests and viewers keep the root they had."""
    path = keys_file()
    keyring()
    with locked(path.with_name("keys.lock")):
        kept = json.loads(read_secret(path) or "{}")
        if "masters" not in kept:
            return False
        given, old = masters(), {version: bytes.fromhex(key) for version, key in kept["masters"].items()}
        book: Book = {
            "format": FORMAT,
            "roots": {root: given.wrap(root, old["1"]) for root in ("digest", "viewer")},
            "data": {version: {"key": given.wrap(f"data:{version}", key), "made_at": ""} for version, key in old.items()},
        }
        replace(path, json.dumps(book))
    return True


def add_version(at: datetime) -> int:
    """Make a new data key; from now on it seals. Its version."""
    with _changed_book() as book:
        version = max(map(int, book["data"])) + 1
        if version > MOST_VERSIONS:
            raise KeyRefused(f"there are {MOST_VERSIONS} versions already")
        key = masters().wrap(f"data:{version}", secrets.token_bytes(KEY_BYTES))
        book["data"][str(version)] = {"key": key, "made_at": at.isoformat(timespec="seconds")}
    return version


def remove_version(version: int) -> None:
    """Take a data key away for good: what it sealed cannot be opened any more. The caller has looked that nothing is."""
    with _changed_book() as book:
        if str(version) not in book["data"]:
            raise KeyRefused(f"there is no version {version}")
        if version == max(map(int, book["data"])):
            raise KeyRefused(f"version {version} seals new values: rotate first")
        del book["data"][str(version)]


def rewrap(*, new_master: bool = False) -> str:
    """Wrap every key by the newest master key; its fingerprint. `new_master`: make one in the file first, and forget the old ones
    after. Raises KeyRefused where a command gives the keys: there a new one is made."""
    if new_master and settings.KEY_COMMAND:
        raise KeyRefused("ZHIKE_KEY_COMMAND gives the master keys: let it print the new one first and the old one after, then rewrap")
    if new_master:
        keep((secrets.token_bytes(KEY_BYTES), *masters().keys))
    given = masters()
    with _changed_book() as book:
        book["roots"] = {root: given.wrap(root, given.unwrap(root, one)) for root, one in book["roots"].items()}
        for version, one in book["data"].items():
            one["key"] = given.wrap(f"data:{version}", given.unwrap(f"data:{version}", one["key"]))
    _MASTERS.pop(keys_file(), None)
    if new_master:
        keep(given.keys[:1])
    return given.newest


__all__ = ["CannotOpen", "KeyRefused", "KeyUnavailable", "Keyring", "keyring", "load_keyring"]
