"""Takes a brought table in the name of whoever brought it, and takes it back as a whole. One transaction each: all of it or nothing."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction
from django.http import Http404
from django.utils import timezone

from zhike.access import work
from zhike.access.actions import record
from zhike.access.scope import Viewer
from zhike.access.sealing import open_sealed, seal_one
from zhike.engagement.queries import in_contact
from zhike.ingestion.examining import Examined, Row
from zhike.ingestion.importing import NotNow, examine, hers
from zhike.ingestion.models import Import
from zhike.parties.filling import Filled, empty_again, fill_prospects
from zhike.parties.importing import import_values, undo_import
from zhike.parties.many_prospects import add_prospects, marks, remove_prospects
from zhike.parties.tagging import Tagged, tag_parties, undo_tagging

CHUNK = 500
Reject = dict[str, Any]  # line, cells, reasons: [head, reason]; twin: the line above that says the same person; alike: keys of parties


@dataclass
class _Taken:
    """What came of the rows so far."""

    created: list[int]
    changed: set[int]
    changes: list[int]
    taggings: list[dict[str, Any]]
    filled: list[Filled]


def take(actor: Viewer, import_id: int, step: Callable[[int], None]) -> Import:
    """Take the good rows of an import and keep the others with their reasons, in the caller's transaction. `step` is told how many rows are done.
    Raises Http404, NotNow where its file is no longer kept."""
    brought = hers(actor, import_id)
    if brought.purged_at:
        raise NotNow
    at = timezone.now()
    found = examine(actor, brought)
    done = _taken(actor, at, found, step)
    updated = {row.party_id for row in found.that("update")}
    made = set(done.created)
    brought.changes, brought.taggings, brought.stayed = done.changes, done.taggings, []
    brought.filled = [[one.party_id, list(one.fields), list(one.points), one.mark] for one in done.filled]
    brought.created = {str(party): mark for party, mark in marks(actor, done.created).items()}
    brought.count_created, brought.count_changed = len(made), len(done.changed - made)
    brought.count_unchanged = len(updated) - brought.count_changed
    brought.count_skipped, brought.count_rejected = len(found.that("skip")), len(found.that("refuse"))
    left = sorted([*found.that("refuse"), *found.that("skip")], key=lambda row: row.line)
    brought.rejects_sealed = seal_one("row", json.dumps(_rejects(brought, left), ensure_ascii=False))["sealed"]
    brought.state, brought.finished_at = Import.State.DONE, at
    brought.save()
    record(actor, "imports.taken", subject=("import", brought.pk), after=counts(brought), at=at)
    return brought


def counts(brought: Import) -> dict[str, int]:
    """What came of its rows; together they are all of them."""
    return {
        "created": brought.count_created, "changed": brought.count_changed, "unchanged": brought.count_unchanged, "skipped": brought.count_skipped,
        "rejected": brought.count_rejected,
    }  # fmt: skip


def _taken(actor: Viewer, at: datetime, found: Examined, step: Callable[[int], None]) -> _Taken:
    """New ones first, then what is known of them and of the others, then tags."""
    came = _Taken([], set(), [], [], [])
    taken: list[tuple[int, Row]] = [(row.party_id, row) for row in found.that("update") if row.party_id]
    done = 0
    for chunk in _chunks(found.that("create")):
        keys = add_prospects(actor=actor, at=at, rows=[row.new for row in chunk if row.new])
        came.created += keys
        _keep(actor, at, list(zip(keys, chunk, strict=True)), came)
        done += len(chunk)
        step(done)
    for known in _chunks(taken):
        came.filled += fill_prospects(actor=actor, at=at, rows={party: row.new for party, row in known if row.new})
        _keep(actor, at, known, came)
        done += len(known)
        step(done)
    taken += list(zip(came.created, found.that("create"), strict=True))
    came.taggings = _tag(actor, at, taken)
    came.changed |= {one.party_id for one in came.filled}
    came.changed |= {party for one in came.taggings for party in one["party_ids"]}
    return came


def _keep(actor: Viewer, at: datetime, rows: Sequence[tuple[int, Row]], came: _Taken) -> None:
    values = {party: row.values for party, row in rows if row.values}
    if values:
        kept = import_values(actor=actor, at=at, rows=values)
        came.changed |= kept.party_ids
        came.changes += kept.change_ids


def _chunks(rows: Sequence[Any]) -> list[Sequence[Any]]:
    return [rows[first : first + CHUNK] for first in range(0, len(rows), CHUNK)]


def _tag(actor: Viewer, at: datetime, rows: Sequence[tuple[int, Row]]) -> list[dict[str, Any]]:
    """One statement for each tag, whoever gets it."""
    wanted: dict[str, list[int]] = {}
    for party, row in rows:
        for name in row.tags:
            wanted.setdefault(name, []).append(party)
    done = [tag_parties(actor=actor, at=at, chosen=parties, name=name) for name, parties in wanted.items()]
    return [{"tag_id": one.tag_id, "name": one.name, "party_ids": list(one.party_ids)} for one in done if one.party_ids]


def _rejects(brought: Import, rows: Sequence[Row]) -> list[Reject]:
    heads = list(brought.heads)
    return [
        {
            "line": row.line, "cells": list(row.cells), "twin": row.twin, "alike": [one.party_id for one in row.alike],
            "reasons": [[heads[place] if place < len(heads) else "", why] for place, why in sorted(row.faults.items())] or [["", row.why]],
        }
        for row in rows
    ]  # fmt: skip


def rejects_of(brought: Import) -> list[Reject]:
    """The rows that were refused or left out, with their reasons, in the order of the file."""
    found: list[Reject] = json.loads(open_sealed(bytes(brought.rejects_sealed))) if brought.rejects_sealed else []
    return found


@dataclass(frozen=True)
class Undone:
    """What an undo did: prospects gone and those that stayed, values given back and those that somebody changed since."""

    brought: Import
    gone: int
    stayed: Sequence[int]
    returned: int
    changed_since: int


@transaction.atomic
def undo(*, actor: Viewer, at: datetime, import_id: int) -> Undone:
    """Take a whole import back: whom it made goes, unless something was done with her since; every value goes back, unless somebody changed it
    since. Raises Http404, NotNow."""
    brought = hers(actor, import_id)
    if brought.state != Import.State.DONE or brought.finished_at is None:
        raise NotNow
    known = {int(party): mark for party, mark in brought.created.items()}
    gone = set(_removed(actor, at, brought.finished_at, known))
    stayed = [party for party in known if party not in gone]
    emptied, not_emptied = empty_again(actor=actor, at=at, filled=[Filled(*one) for one in brought.filled])
    returned, changed_since = undo_import(actor=actor, at=at, change_ids=brought.changes, but_not=stayed)
    for one in brought.taggings:
        others = [party for party in one["party_ids"] if party not in known]
        if others:
            undo_tagging(actor=actor, at=at, done=Tagged(one["tag_id"], one["name"], others, is_on=True))
    brought.state, brought.changes, brought.taggings, brought.created, brought.stayed = Import.State.UNDONE, [], [], {}, stayed
    brought.filled = []
    brought.save(update_fields=["state", "changes", "taggings", "created", "stayed", "filled"])
    with contextlib.suppress(Http404):  # the work that took it is forgotten after a month
        work.note_undone(actor=actor, at=at, work_id=brought.work_id or 0)
    returned, changed_since = returned + emptied, changed_since + not_emptied
    after = {"gone": len(gone), "stayed": stayed, "returned": returned, "changed_since": changed_since}
    record(actor, "imports.undone", subject=("import", brought.pk), after=after, at=at)
    return Undone(brought, len(gone), stayed, returned, changed_since)


def _removed(actor: Viewer, at: datetime, made: datetime, known: dict[int, str]) -> list[int]:
    if not known:
        return []
    keep = frozenset(in_contact(actor, list(known)))
    return remove_prospects(actor=actor, at=at, made=made, known=known, keep=keep)
