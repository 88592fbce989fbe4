"""Which passwords nobody may choose: too short, one's own name, or on a list of stolen ones, asked without a network.

Lists of stolen passwords are files of up to 40 GB: they are mapped, not read, and a sorted one is halved some thirty times.
"""

from __future__ import annotations

import hashlib
import mmap
import re
from pathlib import Path
from typing import Literal

from django.conf import settings

from zhike.access.rules import SHORTEST_PASSWORD

WrongPassword = Literal["too_short", "breached", "own_name"]
_HASH_LINE = re.compile(rb"^[0-9A-Fa-f]{40}(:\d+)?\s*$")
HASH_LETTERS = 40


def refusal_of(password: str, login: str) -> WrongPassword | None:
    """Why this must not become a password; None: it may."""
    if len(password) < SHORTEST_PASSWORD:
        return "too_short"
    if len(login) > 3 and login.casefold() in password.casefold():
        return "own_name"
    listed = settings.ZHIKE_BREACHED_PASSWORDS
    return "breached" if listed is not None and is_listed(password, listed) else None


def is_listed(password: str, path: Path) -> bool:
    """Whether the file holds this password: as SHA-1 in hex, sorted, with or without `:count`, or as it is, one a line, in any order.

    Raises OSError where the file cannot be read: a bank that asks for the check is not to go without it unawares.
    """
    if path.stat().st_size == 0:
        return False
    with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as lines:
        first = lines.readline()
        if not _HASH_LINE.match(first):
            return _stands_in(lines, password.encode())
        wanted = hashlib.sha1(password.encode(), usedforsecurity=False).hexdigest().upper().encode()
        return _is_in_sorted(lines, wanted)


def _stands_in(lines: mmap.mmap, wanted: bytes) -> bool:
    at = lines.find(wanted, 0)
    while at >= 0:
        end = at + len(wanted)
        if (at == 0 or lines[at - 1 : at] == b"\n") and lines[end : end + 1] in (b"\n", b"\r", b""):
            return True
        at = lines.find(wanted, at + 1)
    return False


def _is_in_sorted(lines: mmap.mmap, wanted: bytes) -> bool:
    low, high = 0, len(lines)  # the line that is looked for begins in [low, high)
    while low < high:
        begins = lines.rfind(b"\n", low, (low + high) // 2) + 1 or low
        found = lines[begins : begins + HASH_LETTERS].upper()
        if found == wanted:
            return True
        if found < wanted:
            after = lines.find(b"\n", begins, high)
            low = after + 1 if after >= 0 else high
        else:
            high = begins
    return False
