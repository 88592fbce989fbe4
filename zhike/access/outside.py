"""What is kept outside the database, in a folder that a bank puts where its database's owner cannot write (ZHIKE_AUDIT_HEADS): lines of JSON, appended
to a file a month. Signed seals show what was cut off the end of the chain, which nothing inside the database can show; other areas append their own."""

from __future__ import annotations

import logging
import os
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

from django.conf import settings

from zhike.access.chain import Seal, line_of, seal_of

log = logging.getLogger(__name__)
Signed = tuple[Seal, bytes]


def folder() -> Path:
    """Where they lie."""
    return Path(settings.AUDIT_HEADS) if settings.AUDIT_HEADS else settings.HOME / "audit"


def keep(seals_after: Callable[[int], Iterable[Signed]]) -> None:
    """Append the seals that are not there yet. Where the folder cannot be written the log says so, and the next time makes up for it."""
    try:
        known = last_number()
        for seal, signature in seals_after(known):
            _append(seal, signature)
    except OSError as wrong:
        log.error("audit heads cannot be kept in %s: %s", folder(), wrong)


def kept() -> Iterator[Signed]:
    """What is kept, oldest first. Raises ValueError where a line is none of ours."""
    for path in _files():
        with path.open(encoding="utf-8") as lines:
            for number, line in enumerate(lines, start=1):
                try:
                    yield seal_of(line)
                except ValueError as wrong:
                    raise ValueError(f"{path.name}, line {number}") from wrong


def last_number() -> int:
    """The number of the last seal that is kept; 0: none."""
    for path in reversed(_files()):
        with path.open("rb") as file:
            file.seek(max(0, path.stat().st_size - 4096))
            lines = file.read().splitlines()
        if lines:
            return seal_of(lines[-1].decode())[0].number
    return 0


def _files() -> list[Path]:
    return sorted(folder().glob("heads-*.jsonl"))


def _append(seal: Seal, signature: bytes) -> None:
    append("heads", seal.day[:7], [line_of(seal, signature)])


def append(what: str, month: str, lines: Iterable[str]) -> None:
    """Add lines to a month's file (`what`-2026-11.jsonl). Raises OSError."""
    folder().mkdir(mode=0o700, parents=True, exist_ok=True)
    path = folder() / f"{what}-{month}.jsonl"
    with os.fdopen(os.open(path, os.O_CREAT | os.O_WRONLY | os.O_APPEND, 0o600), "w", encoding="utf-8") as file:
        file.writelines(f"{line}\n" for line in lines)
