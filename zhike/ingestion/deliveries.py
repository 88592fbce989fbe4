"""What was delivered: the batches under a path, the files of each, its date, its control file and a digest of its content."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from fnmatch import fnmatch
from pathlib import Path

from zhike.ingestion.containers import members
from zhike.ingestion.control_files import ControlFile, read_control
from zhike.ingestion.layouts import Layout

DAY = re.compile(r"(?<!\d)(\d{4})-?(\d{2})-?(\d{2})(?!\d)")
BLOCK = 1 << 20


@dataclass(frozen=True)
class SourceFile:
    """One readable file: on disk, or a member of an archive. `name` is what people see in rejects."""

    name: str
    path: Path
    member: str = ""


@dataclass(frozen=True)
class Delivery:
    """All files of one batch date. `files` are by the layout's file name, in order of name; `content_digest` covers names and bytes."""

    batch_date: date
    files: dict[str, tuple[SourceFile, ...]]
    control: ControlFile | None
    content_digest: str
    folder: Path
    strangers: tuple[str, ...] = field(default=())


def find_deliveries(path: Path, layout: Layout, *, batch_date: date | None = None, today: date | None = None) -> Iterator[Delivery]:
    """The batches under `path` in the order of their dates: one per folder named by a date, else `path` itself is one (decision 6).

    The date comes from the control file, the folder's name, `batch_date`, and last `today` (decision 5). Raises FileNotFoundError.
    """
    if not path.exists():
        raise FileNotFoundError(path)
    dated = [child for child in path.iterdir() if child.is_dir() and _day(child.name, whole=True)] if path.is_dir() else []
    for folder in sorted(dated, key=lambda one: one.name.replace("-", "")) or [path]:
        yield _delivery(folder, layout, batch_date, today or datetime.now(UTC).astimezone().date())


def _delivery(folder: Path, layout: Layout, batch_date: date | None, today: date) -> Delivery:
    candidates = [found for one in _walk(folder) for found in members(one, folder)]
    files = {name: tuple(SourceFile(*one) for one in candidates if _fits(one[0], form.path)) for name, form in layout.files.items()}
    control = _control(folder, layout)
    taken = {one.name for some in files.values() for one in some}
    control_glob = layout.control.path if layout.control else ""
    strangers = tuple(name for name, _, _ in candidates if name not in taken and not (control_glob and _fits(name, control_glob)))
    day = (control.batch_date if control else None) or _day(folder.name, whole=True) or batch_date or today
    return Delivery(day, files, control, _digest(files, control), folder, strangers)


def _walk(folder: Path) -> list[Path]:
    if folder.is_file():
        return [folder]
    return sorted(one for one in folder.rglob("*") if one.is_file() and not one.name.startswith("."))


def _fits(name: str, pattern: str) -> bool:
    """Whether a file is meant: by its whole relative name or its last part, with or without .gz."""
    bare = name.removesuffix(".gz")
    return any(fnmatch(one, pattern) for one in (name, bare, name.rsplit("/", 1)[-1], bare.rsplit("/", 1)[-1]))


def _control(folder: Path, layout: Layout) -> ControlFile | None:
    if layout.control is None:
        return None
    found = [one for one in _walk(folder) if _fits(str(one.relative_to(folder)) if one != folder else one.name, layout.control.path)]
    return read_control(found, layout.control.form) if found else None


def _day(name: str, *, whole: bool = False) -> date | None:
    found = DAY.fullmatch(name) if whole else DAY.search(name)
    if not found:
        return None
    try:
        return date(*(int(part) for part in found.groups()))
    except ValueError:
        return None


def _digest(files: dict[str, tuple[SourceFile, ...]], control: ControlFile | None) -> str:
    """SHA-256 over names and bytes; an archive counts once, however many of its members are used."""
    total = hashlib.sha256()
    paths = {(one.path.name, one.path) for some in files.values() for one in some}
    for name, path in sorted(paths):
        total.update(f"{name}\0{path.stat().st_size}\0".encode())
        with path.open("rb") as stream:
            while block := stream.read(BLOCK):
                total.update(block)
    total.update(control.text.encode() if control else b"")
    return total.hexdigest()
