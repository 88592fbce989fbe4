"""What a person brings in the browser: kept sealed, mapped, looked at, and begun. What takes it and takes it back: `import_taking.py`."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.http import Http404
from django.utils.translation import gettext as _

from zhike.access import work
from zhike.access.actions import record
from zhike.access.scope import Viewer, require
from zhike.access.sealing import open_sealed, seal_one
from zhike.ingestion.examining import MODES, POLICIES, Examined, Mode, Wanted, examined
from zhike.ingestion.import_columns import NAME, guessed, targets
from zhike.ingestion.import_findings import Findings, found, from_sealed, to_sealed
from zhike.ingestion.models import Import
from zhike.ingestion.uploads import Sheet, read_sheet

KIND = "ingestion.import"
REMEMBERED = 20  # imports of hers from which a mapping is remembered
LARGE = ("sealed", "findings_sealed", "rejects_sealed", "changes", "taggings", "created", "filled")  # fetched where they are asked for
MOST_ANSWERS = 500  # single rows that she may answer for


class NotNow(Exception):
    """The import is being taken, was taken, or its file is no longer kept: this cannot be done with it."""


def imports(viewer: Viewer) -> list[Import]:
    """Her own, newest first."""
    rows = Import.objects.filter(person_id=viewer.person_id or 0).defer(*LARGE)
    return list(rows.order_by("-created_at")[:50])


def hers(viewer: Viewer, import_id: int) -> Import:
    """One of her own. Raises PermissionDenied without customers.import, Http404."""
    require(viewer, "customers.import")
    one = Import.objects.filter(pk=import_id, person_id=viewer.person_id or 0).defer(*LARGE).first()
    if one is None:
        raise Http404
    return one


def is_underway(viewer: Viewer, brought: Import) -> bool:
    """Whether the worker has it; what failed or was cancelled may be begun anew."""
    if brought.state != Import.State.RUNNING:
        return False
    try:
        return brought.work_id is None or work.hers(viewer, brought.work_id).is_open
    except Http404:  # forgotten: finished a month ago
        return False


def may_change(viewer: Viewer, brought: Import) -> bool:
    """Whether its columns may be mapped and it may be begun: not while it is taken or stands as taken, and not without its file."""
    return brought.state != Import.State.DONE and brought.purged_at is None and not is_underway(viewer, brought)


def sheet_of(brought: Import) -> Sheet:
    """The table of an import."""
    kept = json.loads(open_sealed(bytes(brought.sealed)))
    return Sheet(kept["heads"], [(line, cells) for line, cells in kept["lines"]], kept["broken"])


def wanted_of(brought: Import) -> Wanted:
    """How she wants it taken."""
    mode: Mode = next((one for one in MODES if one == brought.mode), "update")
    alike = next((one for one in POLICIES if one == brought.alike), POLICIES[0])
    return Wanted(brought.mapping, mode, alike, {int(line): said for line, said in brought.answers.items()})


def examine(viewer: Viewer, brought: Import) -> Examined:
    """What its rows would do, as it is mapped now."""
    return examined(viewer, sheet_of(brought), wanted_of(brought))


def findings(brought: Import) -> Findings | None:
    """What its rows would do, as it was last looked at; None where the file is no longer kept. Raises CannotOpen."""
    return from_sealed(bytes(brought.findings_sealed)) if brought.findings_sealed else None


def _look(viewer: Viewer, brought: Import, sheet: Sheet, at: datetime) -> None:
    brought.findings_sealed = to_sealed(found(examined(viewer, sheet, wanted_of(brought)), at))


@transaction.atomic
def bring(*, actor: Viewer, at: datetime, name: str, content: bytes) -> Import:
    """Keep a table that somebody brought, its columns mapped as they were the last time, else by their heads, and look at it once. Raises
    PermissionDenied without customers.import, UploadRefused."""
    require(actor, "customers.import")
    sheet = read_sheet(name, content)
    kept = json.dumps({"heads": sheet.heads, "lines": sheet.lines, "broken": sheet.broken}, ensure_ascii=False)
    mapping = guessed(actor, sheet.heads, _remembered(actor))
    brought = Import(
        person_id=actor.person_id or 0, name=name[:200], sealed=seal_one("row", kept)["sealed"], heads=list(sheet.heads), created_at=at,
        mapping=mapping, mode="both" if NAME in mapping else "update", count_rows=len(sheet.lines) + len(sheet.broken),
    )  # fmt: skip
    _look(actor, brought, sheet, at)
    brought.save()
    record(actor, "imports.brought", subject=("import", brought.pk), after={"name": brought.name, "rows": brought.count_rows}, at=at)
    return brought


def _remembered(viewer: Viewer) -> dict[str, str]:
    """Head → target as she last mapped it."""
    rows = Import.objects.filter(person_id=viewer.person_id or 0).exclude(state=Import.State.DRAFT).order_by("-created_at")
    before: dict[str, str] = {}
    for heads, mapping in rows.values_list("heads", "mapping")[:REMEMBERED]:
        for head, target in zip(heads, mapping, strict=False):
            before.setdefault(head, target)
    return before


@transaction.atomic
def arrange(
    *, actor: Viewer, at: datetime, import_id: int, mapping: Sequence[str], mode: str = "", alike: str = "", answers: Mapping[int, str] | None = None
) -> Import:  # fmt: skip
    """Say which column fills what (a target that is given twice counts once), what is to be made or changed, and what of rows that look like
    somebody; then it is looked at anew. What is not said stays. Raises Http404, NotNow."""
    brought = hers(actor, import_id)
    if not may_change(actor, brought):
        raise NotNow
    known, taken, chosen = targets(actor), set(), []
    for target in [*mapping, *[""] * len(brought.heads)][: len(brought.heads)]:
        chosen.append(target if target in known and target not in taken else "")
        taken.add(target)
    brought.mapping = chosen
    brought.mode = mode if mode in MODES else brought.mode
    brought.alike = alike if alike in POLICIES else brought.alike
    said = {**brought.answers, **{str(line): answer for line, answer in (answers or {}).items()}}
    brought.answers = {line: answer for line, answer in list(said.items())[:MOST_ANSWERS] if answer}
    _look(actor, brought, sheet_of(brought), at)
    brought.save(update_fields=["mapping", "mode", "alike", "answers", "findings_sealed"])
    after = {"mapping": dict(zip(brought.heads, chosen, strict=False)), "mode": brought.mode, "alike": brought.alike}
    record(actor, "imports.mapped", subject=("import", brought.pk), after=after, at=at)
    return brought


@transaction.atomic
def begin(*, actor: Viewer, at: datetime, import_id: int) -> Import:
    """Have it taken in the background; `work.start` writes the entry. Raises Http404, NotNow."""
    brought = hers(actor, import_id)
    if not may_change(actor, brought):
        raise NotNow
    title = _("Import of %(name)s") % {"name": brought.name}
    started = work.start(actor=actor, at=at, kind=KIND, title=title, asked={"import_id": brought.pk}, total=brought.count_rows)
    Import.objects.filter(pk=brought.pk).update(state=Import.State.RUNNING, work_id=started.pk)
    return brought


def purge(*, at: datetime) -> int:
    """Forget the files that were brought longer ago than the bank keeps them (ZHIKE_IMPORT_DAYS), with the rows that were shown and refused;
    figures, and what an undo needs, stay. How many. Housekeeping of the worker: nobody's act."""
    old = Import.objects.filter(created_at__lt=at - timedelta(days=settings.IMPORT_DAYS), purged_at=None).exclude(
        state=Import.State.RUNNING
    )
    return old.update(sealed=b"", findings_sealed=None, rejects_sealed=None, answers={}, purged_at=at)
