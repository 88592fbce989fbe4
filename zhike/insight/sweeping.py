"""What of the warehouse need not be kept: each of the last days (`ZHIKE_PROFILE_DAYS`) stays, then the last computed day of each month.

Of a day that stays beyond those days the first version (as reported) and the last (as corrected) stay, and whatever the pages show. First the
snapshots go, then the files that no snapshot names any more: a file that one of them needs, of whatever day, is never touched.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

from zhike.insight import snapshots

Version = tuple[date, int]
SWEPT = ("staged", "marts")  # below them nothing lies that is not made anew out of what landed


@dataclass(frozen=True)
class Sweep:
    """What goes: snapshots by business date and version, files (of Spark folders), and how much room they take. `days`: those that go wholly."""

    versions: Sequence[Version]
    files: Sequence[Path]
    bytes: int
    days: Sequence[date]

    def __bool__(self) -> bool:
        return bool(self.versions or self.files)


def kept_days(days: Iterable[date], most: int) -> set[date]:
    """Of some business dates those that stay: the last `most` days up to the latest of them, and the last one of each month (issue: profile by day, then
    by month end)."""
    known = sorted(days)
    if not known:
        return set()
    ends = {day.replace(day=1): day for day in known}
    return {day for day in known if day > known[-1] - timedelta(days=most)} | set(ends.values())


def kept_versions(versions: Iterable[Version], most: int, shown: Version | None) -> set[Version]:
    """Of the snapshots those that stay."""
    every = sorted(versions)
    days = kept_days({day for day, _number in every}, most)
    last = max((day for day, _number in every), default=date.min)
    numbers = {day: [number for one, number in every if one == day] for day in days}
    found = set()
    for day, those in numbers.items():
        is_near = day > last - timedelta(days=most)
        found |= {(day, number) for number in (those if is_near else (those[0], those[-1]))}
    return found | ({shown} & set(every) if shown else set())


def planned(home: Path, most: int, shown: Version | None) -> Sweep:
    """What a sweep would take away. Only under the lock of builds: a running one has written files that no snapshot names yet."""
    every = snapshots.named(home)
    kept = kept_versions(every, most, shown)
    gone = sorted(set(every) - kept)
    needed = _needed(home, kept)
    files = [path for path in _files(home) if path not in needed]
    room = sum(one.stat().st_size for path in files for one in (path.rglob("*") if path.is_dir() else (path,)) if one.is_file())
    return Sweep(gone, files, room, sorted({day for day, _number in gone} - {day for day, _number in kept}))


def swept(home: Path, plan: Sweep) -> None:
    """Take it away: snapshots first, so that none ever names a file that is gone."""
    for day, number in plan.versions:
        snapshots.path_of(home, day, number).unlink(missing_ok=True)
    for path in plan.files:
        shutil.rmtree(path, ignore_errors=True) if path.is_dir() else path.unlink(missing_ok=True)
        with suppress(OSError):  # something else lies there still
            path.parent.rmdir()


def _needed(home: Path, kept: Iterable[Version]) -> set[Path]:
    """Every file that one of these snapshots names, whatever shape it was written in."""
    root, found = snapshots.root(home), set()
    for day, number in kept:
        said = json.loads(snapshots.path_of(home, day, number).read_text(encoding="utf-8"))
        found |= {root / piece["path"] for pieces in said["pieces"].values() for piece in pieces}
        found.add(root / "marts" / "keys" / f"{said['keys']}.parquet")
    return found


def _files(home: Path) -> list[Path]:
    """What builds wrote, files and the folders that Spark writes as one; snapshots are no files of this kind."""
    found = (path for name in SWEPT for path in (snapshots.root(home) / name).rglob("*.parquet"))
    return sorted(path for path in found if path.parent.suffix not in (".parquet", ".partial"))
