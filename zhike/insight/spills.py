"""Folders that an engine spills into: they go with the engine, and what a killed process left behind goes with the next one."""

from __future__ import annotations

import fcntl
import os
import shutil
import tempfile
import time
import weakref
from functools import cache
from pathlib import Path

PREFIX = "zhike-spilled-"  # folders named zhike-spill-… were made without a lock: somebody may still be in them
YOUNG = 60
"""Seconds in which a folder may stand without a lock: it is being made."""


def folder_of(engine: object) -> Path:
    """A new folder that only its owner may enter, locked and kept for as long as `engine` lives."""
    _swept()
    folder = Path(tempfile.mkdtemp(prefix=PREFIX))
    handle = _locked(folder)
    weakref.finalize(engine, _gone, folder, handle)
    return folder


def sweep(parent: Path, *, younger_than: float = YOUNG) -> list[Path]:
    """Remove the folders in `parent` that no process holds, and name them: a killed process cannot clear up after itself."""
    left = []
    for folder in parent.glob(PREFIX + "*"):
        try:
            if folder.stat().st_uid != os.getuid() or time.time() - folder.stat().st_mtime < younger_than:
                continue
            handle = _locked(folder)
        except OSError:  # held by another process, or gone in the meantime
            continue
        _gone(folder, handle)
        left.append(folder)
    return left


@cache
def _swept() -> None:
    """Once a process is enough."""
    sweep(Path(tempfile.gettempdir()))


def _locked(folder: Path) -> int:
    """A handle that nobody else has; `BlockingIOError` if somebody has."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        os.close(handle)
        raise
    return handle


def _gone(folder: Path, handle: int) -> None:
    shutil.rmtree(folder, ignore_errors=True)
    os.close(handle)
