"""Exports: a small one at once, a large one as work in the background; each is recorded with its count and what was asked for."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from django.conf import settings
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from zhike.access import approvals, work
from zhike.access.actions import record
from zhike.access.marks import Mark
from zhike.access.scope import Viewer, require
from zhike.ingestion.queries import data_as_of
from zhike.workspace.asking import FIELDS, Lens, in_words, lens, title_of
from zhike.workspace.columns import chosen, needs_of
from zhike.workspace.exporting import FORMS, Export, Form, about, said_by, write
from zhike.workspace.paging import count_of
from zhike.workspace.queries import stretches

KIND = "workspace.export"
AT_ONCE = 1000  # customers that a request writes itself
KEPT_FOR = timedelta(days=1)


class TooMany(Exception):
    """More customers than one file may hold (ZHIKE_EXPORT_MOST); `most` is how many it may."""

    def __init__(self, most: int) -> None:
        super().__init__(str(most))
        self.most = most


@dataclass(frozen=True)
class File:
    """A file made at once."""

    name: str
    content: bytes


def asked_of(wanted: Lens, *, form: Form, keys: Sequence[int]) -> dict[str, Any]:
    """What the background needs to make the same list again, for whoever the viewer then is."""
    query = {"view": wanted.look.view, **{name: wanted.state.get(name, "") for name in FIELDS}}
    return {
        "query": query, "columns": [column.name for column in wanted.columns], "form": form, "keys": list(keys),
        "employee_id": wanted.employee_id,
    }  # fmt: skip


@transaction.atomic
def export(*, actor: Viewer, at: datetime, wanted: Lens, form: Form, keys: Sequence[int], why: str = "") -> File | int | None:
    """The file, where it is small; None: it is being made in the background; a number: it waits under that number for a second person to approve it.

    Raises PermissionDenied, TooMany, `approvals.NotProposed` (also where approval is needed and `why` is missing).
    """
    require(actor, "customers.read")
    require(actor, "customers.export")
    most: int = settings.EXPORT_MOST
    asked = asked_of(wanted, form=form, keys=keys)
    count = len(keys) or (0 if wanted.asked.words else count_of(stretches(actor, wanted.asked), most + 1))
    if count > most:
        raise TooMany(most)
    if approvals.is_needed(KIND, amount=count, on=timezone.localdate(at)):
        return approvals.propose(actor=actor, at=at, name=KIND, asked={**asked, "count": count}, why=why).pk
    if count > AT_ONCE:
        title = _("Export: %(list)s") % {"list": title_of(actor, wanted)}
        work.start(actor=actor, at=at, kind=KIND, title=title, asked=asked, total=count)
        return None
    folder = folder_of_exports()
    with TemporaryDirectory(dir=folder) as temporary:
        path = Path(temporary) / "export"
        make(actor, asked, path, at=at, step=lambda done: None)
        return File(name_of(form, at), path.read_bytes())


def make(viewer: Viewer, asked: Mapping[str, Any], path: Path, *, at: datetime, step: Callable[[int], None]) -> int:
    """Write the file for this viewer as she is now, and record it; how many customers are in it. Raises PermissionDenied."""
    require(viewer, "customers.read")
    require(viewer, "customers.export")
    wanted = lens(viewer, asked["query"], asked["employee_id"])
    columns = chosen(viewer, asked["columns"])
    words = in_words(wanted.state, viewer)
    told = about(viewer, list_name=title_of(viewer, wanted), words=words, at=at, data_to=data_as_of(viewer))
    export_ = Export(replace(wanted.asked, needs=needs_of(columns)), columns, asked["form"], asked["keys"], told,
                     Mark(viewer.person_id or 0, at, "export"), said_by(viewer, at))  # fmt: skip
    count = write(viewer, export_, path, most=settings.EXPORT_MOST, step=step)
    after = {
        "count": count,
        "form": asked["form"],
        "columns": [column.name for column in columns],
        "asked": dict(wanted.state),
        "ticked": len(asked["keys"]),
    }
    record(viewer, "customers.exported", after=after, at=at)
    return count


def folder_of_exports() -> Path:
    """Where files wait to be fetched; nobody else on the machine reads it."""
    folder: Path = settings.HOME / "exports"
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    return folder


def path_of(work_id: int, form: Form) -> Path:
    """Where the file of a piece of work lies."""
    return folder_of_exports() / f"{work_id}.{FORMS[form]}"


def name_of(form: Form, at: datetime) -> str:
    """What the file is called when it is fetched."""
    return f"{_('customers')}-{at:%Y%m%d-%H%M}.{FORMS[form]}"


def clear(*, now: float | None = None) -> int:
    """Delete files that have lain for a day; how many they were."""
    oldest = (now or time.time()) - KEPT_FOR.total_seconds()
    old = [path for path in folder_of_exports().iterdir() if path.is_file() and path.stat().st_mtime < oldest]
    for path in old:
        path.unlink(missing_ok=True)
    return len(old)
