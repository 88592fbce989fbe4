"""What prospects of Zhike's own lack, filled from a file: never over what stands there. Set-based, with what takes it back."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import connection, transaction
from django.utils import timezone

from zhike.access.actions import keep_many_sealed, record
from zhike.access.scope import Viewer, require, seen_where
from zhike.core.events import publish
from zhike.parties.events import ProspectChanged
from zhike.parties.many_prospects import NewOne, marks
from zhike.parties.prospects import CONTACTS, FIELDS, NO_BATCH
from zhike.parties.rules import OWN_SOURCE

FILLABLE = tuple(name for name in FIELDS if name != "name")


@dataclass(frozen=True)
class Filled:
    """What of a prospect was blank and is no longer: fields, contact points (keys), and what she is made of since (`many_prospects.marks`)."""

    party_id: int
    fields: Sequence[str]
    points: Sequence[int]
    mark: str


def _blank(name: str) -> str:
    return "null" if FIELDS[name] == "date" else "''"


def _typed(name: str) -> str:
    return f"{name} {'date' if FIELDS[name] == 'date' else 'text'}"


def _kept(name: str) -> str:
    """What stands, else what the row says."""
    return f"{name} = coalesce(p.{name}, g.{name})" if FIELDS[name] == "date" else f"{name} = coalesce(nullif(p.{name}, ''), g.{name})"


def _named(name: str) -> str:
    """The column's name where it changed."""
    return f"case when p.{name} is distinct from b.{name} then '{name}' end"


# Every column is one of FILLABLE, which the program names.
_FILL = f"""
with g as (select * from jsonb_to_recordset(%(given)s::jsonb) g(party_id bigint, {", ".join(map(_typed, FILLABLE))})),
before as (select p.id, {", ".join(f"p.{name}" for name in FILLABLE)} from parties_party p where p.id in (select party_id from g)
    and p.source = 'own' and p.status = 'prospect' and {{seen}} order by p.id for update)
update parties_party p set {", ".join(map(_kept, FILLABLE))} from g join before b on b.id = g.party_id where p.id = b.id
returning p.id, array_remove(array[{", ".join(map(_named, FILLABLE))}], null)
"""  # noqa: S608
_REACH = """
insert into parties_contactpoint (party_id, kind, purpose, value_digest, value_last4, value_masked, region, is_main, is_valid, source, external_key,
  valid_from, batch_id)
select p.id, %(name)s, 'main', g.digest, g.last4, g.masked, '', true, true, %(own)s, p.external_key || '|' || %(name)s, %(today)s, %(batch)s
from unnest(%(parties)s::bigint[], %(digests)s::bytea[], %(last4s)s::bytea[], %(masks)s::text[]) g(party, digest, last4, masked)
join parties_party p on p.id = g.party and p.source = 'own' and p.status = 'prospect'
where {seen} and not exists (select 1 from parties_contactpoint c where c.party_id = p.id and c.kind = %(name)s and c.valid_to is null)
returning party_id, id
"""


@transaction.atomic
def fill_prospects(*, actor: Viewer, at: datetime, rows: Mapping[int, NewOne]) -> list[Filled]:
    """Write what is blank of these prospects (id → what a row says); of customers that a system of the bank keeps nothing is written. One audit
    entry, an event for each. Raises PermissionDenied without customers.edit."""
    require(actor, "customers.edit")
    if not rows:
        return []
    where = seen_where(actor)
    given = [{"party_id": party, **{name: row.facts.get(name) or None for name in FILLABLE}} for party, row in rows.items()]
    told = {"given": json.dumps(_texts(given), ensure_ascii=False, default=str)}
    with connection.cursor() as cursor:
        cursor.execute(_FILL.format(seen=where.sql), {**where.values, **told})
        fields: dict[int, list[str]] = dict(cursor.fetchall())
    points: dict[int, list[int]] = {}
    for name in CONTACTS:
        for party, point in _reached(actor, at, name, rows):
            points.setdefault(party, []).append(point)
    changed = [party for party in fields if fields[party] or party in points]
    now = marks(actor, changed)
    filled = [Filled(party, fields[party], points.get(party, []), now[party]) for party in changed]
    if filled:
        record(actor, "parties.prospects_filled", after={"count": len(filled), "parties": changed}, at=at)
    for one in filled:
        publish(ProspectChanged(one.party_id, [*one.fields, *(["contact"] if one.points else [])]), party_id=one.party_id)
    return filled


def _texts(given: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """A text that a row leaves blank stays one: the columns hold no nulls."""
    return [{name: "" if value is None and FIELDS.get(name) == "text" else value for name, value in row.items()} for row in given]


def _reached(actor: Viewer, at: datetime, name: str, rows: Mapping[int, NewOne]) -> list[tuple[int, int]]:
    """The contact points of a kind that were added: party and key."""
    parties = list(rows)
    kept = keep_many_sealed(kind=CONTACTS[name], texts=[rows[party].sealed.get(name, "") for party in parties])
    having = [(party, one) for party, one in zip(parties, kept, strict=True) if one is not None]
    where = seen_where(actor)
    values = {
        **where.values, "name": name, "own": OWN_SOURCE, "today": timezone.localdate(at), "batch": NO_BATCH, "parties": [party for party, _ in having],
        "digests": [one.digest for _, one in having], "last4s": [one.last4 for _, one in having], "masks": [one.masked for _, one in having],
    }  # fmt: skip
    with connection.cursor() as cursor:
        cursor.execute(_REACH.format(seen=where.sql), values)
        return [(party, point) for party, point in cursor.fetchall()]


@transaction.atomic
def empty_again(*, actor: Viewer, at: datetime, filled: Sequence[Filled]) -> tuple[int, int]:
    """Take out again what was filled in, of prospects whom nobody changed since: how many values went, how many stayed."""
    require(actor, "customers.edit")
    now = marks(actor, [one.party_id for one in filled])
    back = [one for one in filled if now.get(one.party_id) == one.mark]
    with connection.cursor() as cursor:
        for name in FILLABLE:
            parties = [one.party_id for one in back if name in one.fields]
            if parties:
                cursor.execute(f"update parties_party set {name} = {_blank(name)} where id = any(%s::bigint[])", [parties])  # noqa: S608
        cursor.execute("delete from parties_contactpoint where id = any(%s::bigint[])", [[point for one in back for point in one.points]])
    if back:
        record(actor, "parties.prospects_emptied", after={"count": len(back), "parties": [one.party_id for one in back]}, at=at)
    for one in back:
        publish(ProspectChanged(one.party_id, [*one.fields, *(["contact"] if one.points else [])]), party_id=one.party_id)
    gone = sum(len(one.fields) + len(one.points) for one in back)
    return gone, sum(len(one.fields) + len(one.points) for one in filled) - gone
