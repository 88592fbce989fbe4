"""Small secrets kept as files that only their owner can read (0600) in a folder that only she can enter (0700)."""

from __future__ import annotations

import contextlib
import fcntl
import os
import secrets
import stat
import tempfile
from collections.abc import Iterator
from pathlib import Path


def read_secret(path: Path) -> str | None:
    """The secret kept at `path`, or None when there is none."""
    try:
        return path.read_text(encoding="utf-8").strip()
    except FileNotFoundError:
        return None


def secret_or_new(path: Path, *, length: int = 32) -> str:
    """The secret kept at `path`; a new random one (`length` bytes as URL-safe text) is made and kept when there is none."""
    if kept := read_secret(path):
        return kept
    write_new(path, secrets.token_urlsafe(length))
    return path.read_text(encoding="utf-8").strip()


def write_new(path: Path, text: str) -> None:
    """Keep `text` at `path` unless something is there already: of two processes starting at once, one wins and both use it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.parent.chmod(0o700)
    handle, draft = tempfile.mkstemp(dir=path.parent, prefix=".draft-")
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        file.write(text)
    try:
        os.link(draft, path)  # fails where a file exists, unlike replace
    except FileExistsError:
        pass
    finally:
        Path(draft).unlink()


def replace(path: Path, text: str) -> None:
    """Put `text` in the place of what is kept at `path`, whole and on the disk before it counts: a kill leaves the old or the new."""
    handle, draft = tempfile.mkstemp(dir=path.parent, prefix=".draft-")
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    Path(draft).replace(path)


@contextlib.contextmanager
def locked(path: Path) -> Iterator[None]:
    """One process at a time; the file at `path` stays and holds nothing."""
    with os.fdopen(os.open(path, os.O_RDWR | os.O_CREAT, 0o600), "w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def readable_by_others(path: Path) -> bool:
    """Whether anybody but the owner of `path` has any right on it."""
    return bool(path.stat().st_mode & (stat.S_IRWXG | stat.S_IRWXO))
