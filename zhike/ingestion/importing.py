"""What a person brings in the browser: kept sealed, mapped, taken in the background in her name, and taken back as a whole."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any

from django.db import transaction
from django.http import Http404
from django.utils import timezone
from django.utils.translation import gettext as _

from zhike.access import work
from zhike.access.actions import record
from zhike.access.scope import Viewer, require
from zhike.access.sealing import open_sealed, seal_one
from zhike.ingestion.examining import Examined, Row, examined, guessed, targets
from zhike.ingestion.models import Import
from zhike.ingestion.uploads import Sheet, read_sheet
from zhike.parties.importing import import_values, undo_import
from zhike.parties.tagging import Tagged, tag_parties, undo_tagging

KIND = "ingestion.import"
CHUNK = 1000
REMEMBERED = 20  # imports of hers from which a mapping is remembered
Reject = dict[str, Any]  # line, cells, reasons: [head, reason]


class NotNow(Exception):
    """The import is being taken, or was never taken: this cannot be done with it."""


def imports(viewer: Viewer) -> list[Import]:
    """Her own, newest first."""
    return list(Import.objects.filter(person_id=viewer.person_id or 0).defer("sealed", "rejects_sealed").order_by("-created_at")[:50])


def hers(viewer: Viewer, import_id: int) -> Import:
    """One of her own. Raises PermissionDenied without customers.import, Http404."""
    require(viewer, "customers.import")
    found = Import.objects.filter(pk=import_id, person_id=viewer.person_id or 0).first()
    if found is None:
        raise Http404
    return found


def is_underway(viewer: Viewer, brought: Import) -> bool:
    """Whether the worker has it; what failed or was cancelled may be begun anew."""
    return brought.state == Import.State.RUNNING and (brought.work_id is None or work.hers(viewer, brought.work_id).is_open)


def sheet_of(brought: Import) -> Sheet:
    """The table of an import."""
    kept = json.loads(open_sealed(bytes(brought.sealed)))
    return Sheet(kept["heads"], [(line, cells) for line, cells in kept["lines"]], kept["broken"])


def examine(viewer: Viewer, brought: Import) -> Examined:
    """What its rows would do, as it is mapped now."""
    return examined(viewer, sheet_of(brought), brought.mapping)


@transaction.atomic
def bring(*, actor: Viewer, at: datetime, name: str, content: bytes) -> Import:
    """Keep a table that somebody brought, its columns mapped as they were the last time, else by their heads. Raises PermissionDenied without
    customers.import, UploadRefused."""
    require(actor, "customers.import")
    sheet = read_sheet(name, content)
    kept = json.dumps({"heads": sheet.heads, "lines": sheet.lines, "broken": sheet.broken}, ensure_ascii=False)
    brought = Import.objects.create(
        person_id=actor.person_id or 0, name=name[:200], sealed=seal_one("row", kept)["sealed"], heads=list(sheet.heads), created_at=at,
        mapping=guessed(actor, sheet.heads, _remembered(actor)), count_rows=len(sheet.lines) + len(sheet.broken),
    )  # fmt: skip
    record(actor, "imports.brought", subject=("import", brought.pk), after={"name": brought.name, "rows": brought.count_rows}, at=at)
    return brought


def _remembered(viewer: Viewer) -> dict[str, str]:
    """Head → target as she last mapped it."""
    rows = Import.objects.filter(person_id=viewer.person_id or 0).exclude(state=Import.State.DRAFT).order_by("-created_at")
    found: dict[str, str] = {}
    for heads, mapping in rows.values_list("heads", "mapping")[:REMEMBERED]:
        for head, target in zip(heads, mapping, strict=False):
            found.setdefault(head, target)
    return found


@transaction.atomic
def map_columns(*, actor: Viewer, at: datetime, import_id: int, mapping: Sequence[str]) -> Import:
    """Say which column fills what; a target that is given twice counts once. Raises Http404, NotNow."""
    brought = hers(actor, import_id)
    if is_underway(actor, brought):
        raise NotNow
    known, taken, chosen = targets(actor), set(), []
    for target in [*mapping, *[""] * len(brought.heads)][: len(brought.heads)]:
        chosen.append(target if target in known and target not in taken else "")
        taken.add(target)
    brought.mapping = chosen
    brought.save(update_fields=["mapping"])
    record(
        actor, "imports.mapped", subject=("import", brought.pk), after={"mapping": dict(zip(brought.heads, chosen, strict=False))}, at=at
    )
    return brought


@transaction.atomic
def begin(*, actor: Viewer, at: datetime, import_id: int) -> Import:
    """Have it taken in the background; `work.start` writes the entry. Taking the same file again changes nothing. Raises Http404, NotNow."""
    brought = hers(actor, import_id)
    if is_underway(actor, brought):
        raise NotNow
    title = _("Import of %(name)s") % {"name": brought.name}
    started = work.start(actor=actor, at=at, kind=KIND, title=title, asked={"import_id": brought.pk}, total=brought.count_rows)
    Import.objects.filter(pk=brought.pk).update(state=Import.State.RUNNING, work_id=started.pk)
    return brought


def take(actor: Viewer, import_id: int, steps: Iterator[int]) -> Import:
    """Take the good rows of an import and keep the others with their reasons, in the caller's transaction. `steps` is sent how many are done."""
    brought = hers(actor, import_id)
    at = timezone.now()
    found = examine(actor, brought)
    good = found.good
    changed: set[int] = set()
    changes: list[int] = []
    for first in range(0, len(good), CHUNK):
        chunk = {row.party_id: row.values for row in good[first : first + CHUNK] if row.party_id and row.values}
        came = import_values(actor=actor, at=at, rows=chunk)
        changed |= came.party_ids
        changes += came.change_ids
        next(steps, None)
    taggings = _tag(actor, at, good)
    changed |= {party for one in taggings for party in one["party_ids"]}
    brought.changes, brought.taggings = [*brought.changes, *changes], [*brought.taggings, *taggings]
    brought.count_changed, brought.count_rejected = len(changed), len(found.bad)
    brought.count_unchanged = len(good) - len(changed)
    brought.rejects_sealed = seal_one("row", json.dumps(_rejects(brought, found.bad), ensure_ascii=False))["sealed"]
    brought.state, brought.finished_at = Import.State.DONE, at
    brought.save()
    counts = {"changed": brought.count_changed, "unchanged": brought.count_unchanged, "rejected": brought.count_rejected}
    record(actor, "imports.taken", subject=("import", brought.pk), after=counts, at=at)
    return brought


def _tag(actor: Viewer, at: datetime, rows: Sequence[Row]) -> list[dict[str, Any]]:
    """One statement for each tag, whoever gets it."""
    wanted: dict[str, list[int]] = {}
    for row in rows:
        for name in row.tags:
            wanted.setdefault(name, []).append(row.party_id or 0)
    done = [tag_parties(actor=actor, at=at, chosen=parties, name=name) for name, parties in wanted.items()]
    return [{"tag_id": one.tag_id, "name": one.name, "party_ids": list(one.party_ids)} for one in done if one.party_ids]


def _rejects(brought: Import, rows: Sequence[Row]) -> list[Reject]:
    heads = list(brought.heads)
    return [
        {
            "line": row.line,
            "cells": list(row.cells),
            "reasons": [[heads[place] if place < len(heads) else "", why] for place, why in sorted(row.faults.items())],
        }
        for row in rows
    ]


def rejects_of(brought: Import) -> list[Reject]:
    """The rows that were refused, with their reasons."""
    found: list[Reject] = json.loads(open_sealed(bytes(brought.rejects_sealed))) if brought.rejects_sealed else []
    return found


@transaction.atomic
def undo(*, actor: Viewer, at: datetime, import_id: int) -> tuple[Import, int, int]:
    """Take a whole import back: how many values went back, how many stayed because somebody changed them since. Raises Http404, NotNow."""
    brought = hers(actor, import_id)
    if brought.state != Import.State.DONE:
        raise NotNow
    returned, stayed = undo_import(actor=actor, at=at, change_ids=brought.changes)
    for one in brought.taggings:
        undo_tagging(actor=actor, at=at, done=Tagged(one["tag_id"], one["name"], one["party_ids"], is_on=True))
    brought.state, brought.changes, brought.taggings = Import.State.UNDONE, [], []
    brought.save(update_fields=["state", "changes", "taggings"])
    record(actor, "imports.undone", subject=("import", brought.pk), after={"returned": returned, "stayed": stayed}, at=at)
    return brought, returned, stayed
