"""The book of what was computed: which Parquet files make up each business date.

A snapshot is a small file that is written once and names everything it consists of; its files are never changed and shared with later
snapshots. Version 1 of a date says what was reported then; a later version what is known since files of that time were corrected.

    warehouse/staged/<table>/<business date>-<version>.parquet      rows of landed files, typed
    warehouse/marts/<mart>/<business date>/<version>.parquet        by months, or of the day
    warehouse/marts/snapshots/<business date>-<version>.json
"""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import date
from functools import lru_cache
from pathlib import Path

SHAPE = 3  # grows when older files can no longer be read together with new ones


@dataclass(frozen=True)
class Piece:
    """One file. Of staged rows `covers` the landed files it was made from; of a monthly mart the months `first` to `last` that are read from it."""

    path: str  # relative to the warehouse
    covers: tuple[str, ...] = ()
    first: date | None = None
    last: date | None = None


@dataclass(frozen=True)
class Snapshot:
    """Everything that makes up one business date. `inputs`: the landed files it knew; `keys`: digest of who is which customer; `settings`: of what was set; `given`: of tiers given by hand; `network`:
    the day of the payment network whose word it took; `said`: the scorings that it read, `silence`: of whom it took none of them, as a digest."""

    business_date: date
    version: int
    engine: str
    first_month: date
    inputs: tuple[str, ...]
    keys: str
    settings: str
    pieces: Mapping[str, tuple[Piece, ...]] = field(default_factory=dict)
    shape: int = SHAPE
    given: str = ""
    network: str = ""
    said: tuple[str, ...] = ()
    silence: str = ""

    @property
    def name(self) -> str:
        """What its file is called."""
        return f"{self.business_date:%Y%m%d}-{self.version}"


def root(home: Path) -> Path:
    """The folder of the warehouse."""
    return home / "warehouse"


def _folder(home: Path) -> Path:
    return root(home) / "marts" / "snapshots"


def write(home: Path, snapshot: Snapshot) -> Path:
    """Put a snapshot in force: whole or not at all."""
    folder = _folder(home)
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    handle, name = tempfile.mkstemp(dir=folder, prefix=".snapshot-")
    with os.fdopen(handle, "w", encoding="utf-8") as out:
        json.dump(asdict(snapshot), out, ensure_ascii=False, indent=1, default=str)
        out.flush()
        os.fsync(out.fileno())
    return Path(name).replace(folder / f"{snapshot.name}.json")


def path_of(home: Path, day: date, version: int) -> Path:
    """Where a snapshot lies."""
    return _folder(home) / f"{day:%Y%m%d}-{version}.json"


def every(home: Path) -> list[Snapshot]:
    """All snapshots of this shape, in the order of business date and version."""
    found = [read(path) for path in _folder(home).glob("*.json")] if _folder(home).is_dir() else []
    return sorted((one for one in found if one.shape == SHAPE), key=lambda one: (one.business_date, one.version))


def named(home: Path) -> list[tuple[date, int]]:
    """Business date and version of every snapshot, by the names of their files alone."""
    found = (path.stem.split("-") for path in _folder(home).glob("*-*.json")) if _folder(home).is_dir() else ()
    return [(date.fromisoformat(day), int(number)) for day, number in found]


def kept(home: Path, day: date, version: int) -> Snapshot | None:
    """One snapshot; None where it has another shape. Files are never changed, so each is read once."""
    found = _read_once(path_of(home, day, version))
    return found if found.shape == SHAPE else None


@lru_cache(maxsize=32)
def _read_once(path: Path) -> Snapshot:
    return read(path)


def latest(home: Path, until: date | None = None) -> Snapshot | None:
    """The snapshot that counts on a day: of the last business date up to it the last version."""
    return next((one for one in reversed(every(home)) if until is None or one.business_date <= until), None)


def read(path: Path) -> Snapshot:
    """A snapshot from its file."""
    said = json.loads(path.read_text(encoding="utf-8"))
    pieces = {name: tuple(_piece(one) for one in found) for name, found in said["pieces"].items()}
    return Snapshot(
        date.fromisoformat(said["business_date"]), said["version"], said["engine"], date.fromisoformat(said["first_month"]),
        tuple(said["inputs"]), said["keys"], said["settings"], pieces, said["shape"], said.get("given", ""), said.get("network", ""),
        tuple(said.get("said", ())), said.get("silence", ""),
    )  # fmt: skip


def _piece(said: dict[str, object]) -> Piece:
    days = {name: date.fromisoformat(str(said[name])) if said[name] else None for name in ("first", "last")}
    covers = said["covers"]
    assert isinstance(covers, list)
    return Piece(str(said["path"]), tuple(covers), **days)
