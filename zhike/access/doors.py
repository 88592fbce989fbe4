"""Through what somebody comes in, and from which address: what every audit entry says besides who did what.

A *door* is `page`, `api`, `mcp` (an assistant), `sql` (`zhike sql`), `job` (the worker) or `command` (a line typed on the server).
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from contextvars import ContextVar
from typing import Literal

Door = Literal["page", "api", "mcp", "sql", "job", "command"]
DOORS: tuple[Door, ...] = ("page", "api", "mcp", "sql", "job", "command")
_NOWHERE: tuple[Door | Literal[""], str] = ("", "")
_HERE: ContextVar[tuple[Door | Literal[""], str]] = ContextVar("zhike_door", default=_NOWHERE)
_of_process: list[Door] = ["command"]


def here() -> tuple[Door, str]:
    """The door and the address of whoever acts now; the address is empty where there is none."""
    door, address = _HERE.get()
    return door or _of_process[0], address


@contextlib.contextmanager
def coming_through(door: Door, address: str = "") -> Iterator[None]:
    """Inside this block whoever acts came through this door."""
    before = _HERE.set((door, address))
    try:
        yield
    finally:
        _HERE.reset(before)


def this_process_is(door: Door) -> None:
    """What acts in this process by itself, in whatever thread, comes through this door."""
    _of_process[0] = door
