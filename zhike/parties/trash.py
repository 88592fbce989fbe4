"""The trash: what Zhike owns is deleted by taking its rows out of their tables, so that search, lists, graphs and counts need not know of it.

Public to other areas: an area that owns something a person may delete calls `throw` with its tables and restores by `restore`. Rows come back
under their ids, and what hung on them is there again. After `KEPT_FOR` a job forgets them.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, connection, transaction
from django.http import Http404
from psycopg import sql

from zhike.access.actions import record
from zhike.access.scope import Viewer, require
from zhike.core.events import publish
from zhike.parties.events import ProspectDeleted, ProspectRestored
from zhike.parties.models import Party, Trash

KEPT_FOR = timedelta(days=30)
MOST_SHOWN = 200


class CannotRestore(Exception):
    """Something took its place meanwhile: the same key is there again."""


@dataclass(frozen=True)
class Thrown:
    """A thing in the trash, as its page shows it. `goes_at`: when it is forgotten."""

    id: int
    kind: str
    title: str
    party_id: int | None
    deleted_at: datetime
    deleted_by: str
    goes_at: datetime


def trash(viewer: Viewer) -> list[Thrown]:
    """What the viewer may bring back, latest first. Needs customers.edit."""
    require(viewer, "customers.edit")
    rows = Trash.objects.seen_by(viewer).order_by("-deleted_at", "-pk")[:MOST_SHOWN]
    return [
        Thrown(row.pk, row.kind, row.title, row.party_id, row.deleted_at, row.deleted_name, row.deleted_at + KEPT_FOR) for row in rows
    ]  # fmt: skip


@transaction.atomic
def throw(*, actor: Viewer, at: datetime, kind: str, title: str, party_id: int | None, ids: Mapping[str, Sequence[int]]) -> int:
    """Delete rows by their keys, table by table in this order, into the trash; its number. The walls of the tables hold; a row that may not be deleted
    raises PermissionDenied, and nothing is. One audit entry: `<kind>.deleted`. `party_id`: the customer whose keepers may restore it."""
    owner = Party.objects.seen_by(actor).filter(pk=party_id).values_list("unit_id", "rm_ids").first() if party_id else None
    unit_id, rm_ids = owner or (None, [])
    with connection.cursor() as cursor:
        taken = [(table, _taken(cursor, table, keys)) for table, keys in ids.items()]
        cursor.execute(
            """insert into parties_trash (kind, title, "rows", party_id, unit_id, rm_ids, deleted_at, deleted_by_id, deleted_name)
               values (%s, %s, %s, %s, %s, %s, %s, %s, %s) returning id""",
            [kind, title, json.dumps(taken), party_id, unit_id, list(rm_ids), at, actor.person_id, actor.name],
        )
        key: int = cursor.fetchone()[0]
    record(actor, f"parties.{kind}_deleted", subject=("trash", key), party_id=party_id, before={"title": title}, at=at)
    if kind == "prospect" and party_id:
        publish(ProspectDeleted(party_id), party_id=party_id)
    return key


def _taken(cursor: Any, table: str, keys: Sequence[int]) -> Any:
    """The rows as JSON, and gone; raises PermissionDenied where one of them may not be deleted."""
    statement = sql.SQL(
        "with gone as (delete from {table} t where id = any(%s) returning to_jsonb(t) as row) select coalesce(jsonb_agg(row), '[]') from gone"
    )
    cursor.execute(statement.format(table=sql.Identifier(table)), [list(keys)])
    rows = cursor.fetchone()[0]
    found = json.loads(rows) if isinstance(rows, str) else rows
    if len(found) != len(set(keys)):
        raise PermissionDenied("customers.edit")
    return found


@transaction.atomic
def restore(*, actor: Viewer, at: datetime, trash_id: int) -> Thrown:
    """Put the rows back. Raises Http404 for what she may not see, PermissionDenied without customers.edit, CannotRestore."""
    found = Trash.objects.seen_by(actor).filter(pk=trash_id).first()
    if found is None:
        raise Http404
    require(actor, "customers.edit")
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            for table, rows in reversed(found.rows):
                _put_back(cursor, table, rows)
            cursor.execute("delete from parties_trash where id = %s", [trash_id])
    except IntegrityError as wrong:
        raise CannotRestore(found.title) from wrong
    record(
        actor, f"parties.{found.kind}_restored", subject=("trash", trash_id), party_id=found.party_id, after={"title": found.title}, at=at
    )
    if found.kind == "prospect" and found.party_id:
        publish(ProspectRestored(found.party_id), party_id=found.party_id)
    return Thrown(found.pk, found.kind, found.title, found.party_id, found.deleted_at, found.deleted_name, found.deleted_at + KEPT_FOR)


def _put_back(cursor: Any, table: str, rows: Sequence[Mapping[str, Any]]) -> None:
    """Insert rows that were taken out, with their ids; a column that came since takes its default."""
    columns = sql.SQL(", ").join(sql.Identifier(name) for name in rows[0])
    statement = sql.SQL("insert into {table} ({columns}) select {columns} from jsonb_populate_recordset(null::{table}, %s)")
    cursor.execute(statement.format(table=sql.Identifier(table), columns=columns), [json.dumps(rows)])


def purge(*, at: datetime) -> int:
    """Forget what has lain in the trash for longer than `KEPT_FOR`; how many things. Housekeeping of the worker: nobody's act."""
    with connection.cursor() as cursor:
        cursor.execute("delete from parties_trash where deleted_at < %s returning kind, party_id", [at - KEPT_FOR])
        gone = cursor.fetchall()
        parties = [party for kind, party in gone if kind == "prospect"]
        for table in _HANGING_ON_A_PARTY if parties else ():
            cursor.execute(sql.SQL("delete from {} where party_id = any(%s)").format(sql.Identifier(table)), [parties])
    return len(gone)


_HANGING_ON_A_PARTY = (
    "parties_contactpoint", "parties_identifier", "parties_assignment", "parties_partysource", "parties_relationship", "parties_declared",
    "parties_declaredchange", "parties_tagging", "parties_correction",
)  # fmt: skip
