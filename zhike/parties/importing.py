"""Declared values and tags of many parties at once, from a file that a person brought: set-based, with what takes it back.

A row says a party (by key) and what it is to know of her. Rows are checked before; what stands in a field already is not written again.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db import connection, transaction

from zhike.access.actions import record
from zhike.access.scope import Viewer, require, seen_where
from zhike.core.events import publish
from zhike.parties.events import DeclaredImported
from zhike.parties.field_types import Value
from zhike.parties.models import DeclaredChange


@dataclass(frozen=True)
class Imported:
    """What came of it: parties whose values changed, and the changes that an undo takes back."""

    party_ids: frozenset[int] = frozenset()
    change_ids: Sequence[int] = field(default_factory=tuple)


def by_customer_no(viewer: Viewer, numbers: Sequence[str]) -> dict[str, tuple[int, str]]:
    """Customer number → party and kind, for those that the viewer sees and that only one party has."""
    where = seen_where(viewer)
    with connection.cursor() as cursor:
        cursor.execute(
            f"""select p.customer_no, min(p.id), min(p.kind) from parties_party p
                where p.customer_no = any(%(numbers)s) and p.customer_no <> '' and {where.sql} group by 1 having count(*) = 1""",  # noqa: S608 - conditions are written in the program
            {**where.values, "numbers": list(numbers)},
        )
        return {number: (party, kind) for number, party, kind in cursor.fetchall()}


@transaction.atomic
def import_values(*, actor: Viewer, at: datetime, rows: Mapping[int, Mapping[str, Value]]) -> Imported:
    """Keep these values of these parties (id → field → checked value); a field that is not there stays. Parties outside the scope are left out
    by the wall. Three statements however many rows; one audit entry, one event. Raises PermissionDenied without customers.edit."""
    require(actor, "customers.edit")
    given = json.dumps([{"party_id": party, "values": values} for party, values in rows.items()], ensure_ascii=False)
    where = seen_where(actor)
    with connection.cursor() as cursor:
        cursor.execute(
            f"""insert into parties_declared (party_id, "values", version, changed_at, changed_by_id)
                select p.id, '{{}}', 0, %(at)s, %(person)s from jsonb_to_recordset(%(given)s::jsonb) g(party_id bigint, "values" jsonb)
                join parties_party p on p.id = g.party_id where {where.sql} order by p.id on conflict (party_id) do nothing""",  # noqa: S608
            {**where.values, "at": at, "person": actor.person_id, "given": given},
        )
        cursor.execute(
            """select d.party_id, d."values" from parties_declared d where d.party_id = any(%s) order by d.party_id for update""",
            [sorted(rows)],
        )
        kept: dict[int, dict[str, Any]] = {
            party: json.loads(values) if isinstance(values, str) else values for party, values in cursor.fetchall()
        }
    changed = {
        party: {name: value for name, value in rows[party].items() if value is not None and kept[party].get(name) != value}
        for party in kept
    }
    return _written(actor, at, kept, {party: values for party, values in changed.items() if values}, "parties.imported")


@transaction.atomic
def undo_import(*, actor: Viewer, at: datetime, change_ids: Sequence[int], but_not: Sequence[int] = ()) -> tuple[int, int]:
    """Give every field back what it said before these changes, unless somebody has changed it since: how many values went back, how many stayed.
    `but_not`: parties that are left as they are, and not counted."""
    require(actor, "customers.edit")
    rows = DeclaredChange.objects.seen_by(actor).filter(pk__in=list(change_ids)).exclude(party__in=list(but_not))
    changes = list(rows.order_by("pk"))
    with connection.cursor() as cursor:
        cursor.execute(
            'select d.party_id, d."values" from parties_declared d where d.party_id = any(%s) order by d.party_id for update',
            [[c.party_id for c in changes]],
        )
        kept: dict[int, dict[str, Any]] = {
            party: json.loads(values) if isinstance(values, str) else values for party, values in cursor.fetchall()
        }
    back: dict[int, dict[str, Any]] = {}
    for change in changes:
        if change.party_id in kept and kept[change.party_id].get(change.name) == change.after:
            back.setdefault(change.party_id, {})[change.name] = change.before
    returned = sum(len(values) for values in back.values())
    _written(actor, at, kept, back, "parties.import_undone")
    return returned, len(changes) - returned


def _written(
    actor: Viewer, at: datetime, kept: Mapping[int, dict[str, Any]], changed: Mapping[int, Mapping[str, Any]], act: str
) -> Imported:
    if not changed:
        return Imported()
    after = {
        party: {name: value for name, value in {**kept[party], **values}.items() if value is not None} for party, values in changed.items()
    }
    given = json.dumps([{"party_id": party, "values": values} for party, values in after.items()], ensure_ascii=False)
    with connection.cursor() as cursor:
        cursor.execute(
            """update parties_declared d set "values" = g."values", version = d.version + 1, changed_at = %s, changed_by_id = %s
               from jsonb_to_recordset(%s::jsonb) g(party_id bigint, "values" jsonb) where d.party_id = g.party_id returning d.party_id, d.version""",
            [at, actor.person_id, given],
        )
        versions = dict(cursor.fetchall())
    rows = DeclaredChange.objects.bulk_create(
        [
            DeclaredChange(
                party_id=party, name=name, version=versions[party], before=kept[party].get(name), after=value, at=at, person_id=actor.person_id,
                person_name=actor.name,
            )
            for party, values in changed.items() if party in versions for name, value in values.items()
        ],
        batch_size=2000,
    )  # fmt: skip
    record(actor, act, after={"parties": len(versions), "values": len(rows)}, at=at)
    publish(DeclaredImported(sorted(versions)))
    return Imported(frozenset(versions), [row.pk for row in rows])
