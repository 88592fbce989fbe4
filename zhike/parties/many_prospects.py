"""Prospects of a whole file: whom its rows look like, all of them added at once, and taken back (S8). Set-based: no statement for each row.

What is written is what `prospects.add_prospect` writes for one, and the same walls decide who may.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any
from uuid import uuid4

from django.db import connection, transaction
from django.utils import timezone

from zhike.access.actions import Kept, keep_many_sealed, record
from zhike.access.scope import Viewer, require, seen_where
from zhike.access.sealing import digest_of
from zhike.core.events import publish
from zhike.parties.events import ProspectsAdded, ProspectsTakenBack
from zhike.parties.prospects import CONTACTS, FIELDS, NEW_KINDS, NO_BATCH, desk_for_new, fact_of, write_words
from zhike.parties.rules import OWN_SOURCE, name_tokens

__all__ = ["FIELDS", "NEW_KINDS", "Likeness", "NewOne", "add_prospects", "fact_of", "likenesses", "remove_prospects"]

SEALED_AS: Mapping[str, str] = {**CONTACTS, "id_no": "id_no"}  # what a new one may bring that is protected
MOST_ALIKE = 5  # for one row


@dataclass(frozen=True)
class NewOne:
    """A prospect as a row of a file says her, checked. `facts`: of `FIELDS`; `sealed`: of `SEALED_AS`, in clear."""

    kind: str
    facts: Mapping[str, str | date | None]
    sealed: Mapping[str, str] = field(default_factory=dict)

    @property
    def name(self) -> str:
        return str(self.facts["name"])

    @property
    def id_type(self) -> str:
        """Which document a number is of somebody of this kind."""
        return "resident_id" if self.kind == "individual" else "uscc"


@dataclass(frozen=True)
class Likeness:
    """A party the viewer sees that a row may be: `matched` says by what (id_no, contact, name)."""

    party_id: int
    kind: str
    matched: str


_SURENESS = ("id_no", "contact", "name")

_ALIKE = """
select g.place, p.id, p.kind, 'id_no' from unnest(%(id_places)s::int[], %(ids)s::bytea[]) g(place, digest)
join parties_identifier i on i.id_no_digest = g.digest and i.valid_to is null join parties_party p on p.id = i.party_id where {seen}
union all
select g.place, p.id, p.kind, 'contact' from unnest(%(contact_places)s::int[], %(contacts)s::bytea[]) g(place, digest)
join parties_contactpoint c on c.value_digest = g.digest and c.valid_to is null join parties_party p on p.id = c.party_id where {seen}
union all
select g.place, p.id, p.kind, 'name' from unnest(%(name_places)s::int[], %(names)s::text[]) g(place, name)
join parties_party p on p.name = g.name where {seen}
"""


def likenesses(viewer: Viewer, rows: Sequence[NewOne]) -> list[list[Likeness]]:
    """Whom each row may be, surest first: the same document, phone or e-mail, else the same name. `searching.looks_like` for a whole file,
    in one statement: only parties she sees, and without contacts.read only by name."""
    where = seen_where(viewer)
    with connection.cursor() as cursor:
        cursor.execute(_ALIKE.format(seen=where.sql), {**where.values, **_asked(viewer, rows)})
        told = cursor.fetchall()
    best: list[dict[int, Likeness]] = [{} for _ in rows]
    for place, party, kind, matched in sorted(told, key=lambda one: _SURENESS.index(one[3])):
        best[place].setdefault(party, Likeness(party, kind, matched))
    return [list(found.values())[:MOST_ALIKE] for found in best]


def _asked(viewer: Viewer, rows: Sequence[NewOne]) -> dict[str, list[Any]]:
    asked: dict[str, list[Any]] = {name: [] for name in ("id_places", "ids", "contact_places", "contacts", "name_places", "names")}
    for place, row in enumerate(rows):
        asked["name_places"].append(place)
        asked["names"].append(row.name)
        for name, text in row.sealed.items() if viewer.may("contacts.read") else ():
            digest = digest_of(SEALED_AS[name], text)
            if digest is not None:
                asked["id_places" if name == "id_no" else "contact_places"].append(place)
                asked["ids" if name == "id_no" else "contacts"].append(digest)
    return asked


@transaction.atomic
def add_prospects(*, actor: Viewer, at: datetime, rows: Sequence[NewOne]) -> list[int]:
    """Add prospects to the actor's own book and unit, as the form does; their keys, in the order of the rows. One audit entry.
    Raises PermissionDenied without customers.edit."""
    require(actor, "customers.edit")
    if not rows:
        return []
    keys, today = [uuid4().hex for _ in rows], timezone.localdate(at)
    tokens = [name_tokens(row.name) for row in rows]
    places = _write_parties(actor, rows, keys, tokens, today)
    parties = [places[key] for key in keys]
    write_words(sorted({token for words in tokens for token in words}))
    for name in CONTACTS:
        _write_contacts(name, rows, keys, parties, today)
    _write_documents(rows, keys, parties, today)
    after = {"count": len(parties), "parties": parties}
    record(actor, "parties.prospects_added", after=after, at=at)
    publish(ProspectsAdded(parties))
    return parties


_PARTIES = """
insert into parties_party (source, external_key, valid_from, batch_id, kind, status, name, short_name, name_tokens, customer_no, sex, birth_date,
  nationality, occupation, employer_name, education, marital_status, income_band, region, industry, size_class, unit_id, opening_unit_id,
  is_staff, is_related_party, lead_source, main_rm_id, rm_ids)
select %(own)s, g.key, %(today)s, %(batch)s, g.kind, 'prospect', g.name, '', g.tokens, '', g.sex, g.birth_date, '', g.occupation, g.employer_name,
  '', '', '', g.region, g.industry, '', %(unit)s, %(unit)s, false, false, g.lead_source, %(employee)s, %(rms)s::bigint[]
from jsonb_to_recordset(%(given)s::jsonb) g(key text, kind text, tokens text[], name text, sex text, birth_date date, occupation text,
  employer_name text, region text, industry text, lead_source text)
returning external_key, id
"""
_SOURCES = """
insert into parties_partysource (source, external_key, party_id) select %(own)s, k, p from unnest(%(keys)s::text[], %(parties)s::bigint[]) g(k, p)
"""
_ASSIGNMENTS = """
insert into parties_assignment (source, external_key, valid_from, batch_id, party_id, employee_id, role, from_date)
select %(own)s, k || '|main', %(today)s, %(batch)s, p, %(employee)s, 'main', %(today)s from unnest(%(keys)s::text[], %(parties)s::bigint[]) g(k, p)
"""


def _write_parties(
    actor: Viewer, rows: Sequence[NewOne], keys: Sequence[str], tokens: Sequence[list[str]], today: date
) -> dict[str, int]:  # fmt: skip
    """The parties with their keys and whoever looks after them; key → id."""
    employee, unit = desk_for_new(actor)
    given = [{"key": key, "kind": row.kind, "tokens": words, **row.facts} for row, key, words in zip(rows, keys, tokens, strict=True)]
    values: dict[str, Any] = {
        "own": OWN_SOURCE, "today": today, "batch": NO_BATCH, "unit": unit, "employee": employee, "rms": [employee] if employee else [],
        "given": json.dumps(given, ensure_ascii=False, default=str),
    }  # fmt: skip
    with connection.cursor() as cursor:
        cursor.execute(_PARTIES, values)
        found = dict(cursor.fetchall())
        values |= {"keys": list(found), "parties": list(found.values())}
        cursor.execute(_SOURCES, values)
        if employee:
            cursor.execute(_ASSIGNMENTS, values)
    return found


_CONTACTS = """
insert into parties_contactpoint (party_id, kind, purpose, value_digest, value_last4, value_masked, region, is_main, is_valid, source, external_key,
  valid_from, batch_id)
select p, %(name)s, 'main', digest, last4, masked, '', true, true, %(own)s, key || '|' || %(name)s, %(today)s, %(batch)s
from unnest(%(parties)s::bigint[], %(keys)s::text[], %(digests)s::bytea[], %(last4s)s::bytea[], %(masks)s::text[]) g(p, key, digest, last4, masked)
"""
_DOCUMENTS = """
insert into parties_identifier (party_id, id_type, id_no_digest, id_no_last4, id_no_masked, issuer, is_main, source, external_key, valid_from, batch_id)
select p, type, digest, last4, masked, '', true, %(own)s, key || '|' || type, %(today)s, %(batch)s
from unnest(%(parties)s::bigint[], %(keys)s::text[], %(digests)s::bytea[], %(last4s)s::bytea[], %(masks)s::text[], %(types)s::text[])
  g(p, key, digest, last4, masked, type)
"""


def _write_contacts(name: str, rows: Sequence[NewOne], keys: Sequence[str], parties: Sequence[int], today: date) -> None:
    values = _sealed(name, rows, keys, parties, today)
    with connection.cursor() as cursor:
        cursor.execute(_CONTACTS, {**values, "name": name})


def _write_documents(rows: Sequence[NewOne], keys: Sequence[str], parties: Sequence[int], today: date) -> None:
    values = _sealed("id_no", rows, keys, parties, today)
    with connection.cursor() as cursor:
        cursor.execute(_DOCUMENTS, values)


def _sealed(name: str, rows: Sequence[NewOne], keys: Sequence[str], parties: Sequence[int], today: date) -> dict[str, Any]:
    """The columns of those rows that have such a value, which goes into the vault."""
    kept = keep_many_sealed(kind=SEALED_AS[name], texts=[row.sealed.get(name, "") for row in rows])
    having: list[tuple[int, Kept]] = [(place, one) for place, one in enumerate(kept) if one is not None]
    return {
        "parties": [parties[place] for place, _one in having], "keys": [keys[place] for place, _one in having],
        "types": [rows[place].id_type for place, _one in having], "digests": [one.digest for _place, one in having],
        "last4s": [one.last4 for _place, one in having], "masks": [one.masked for _place, one in having],
        "own": OWN_SOURCE, "today": today, "batch": NO_BATCH,
    }  # fmt: skip


# --- taking them back --------------------------------------------------------------------------------------------------------------------

# What a prospect is made of, in one word: another word says that somebody changed her.
_MARKS = """
select p.id, left(md5(concat_ws('|', p.kind, p.status, p.source, p.name, p.customer_no, p.sex, p.birth_date, p.occupation, p.employer_name, p.region,
  p.industry, p.lead_source, p.unit_id, p.main_rm_id, p.rm_ids::text,
  (select string_agg(encode(c.value_digest, 'hex'), ',' order by c.id) from parties_contactpoint c where c.party_id = p.id),
  (select string_agg(encode(i.id_no_digest, 'hex'), ',' order by i.id) from parties_identifier i where i.party_id = p.id))), 12)
from parties_party p where p.id = any(%(parties)s::bigint[]) and p.source = 'own' and p.status = 'prospect' and {seen}
"""
# Who of them was linked, tagged, noted, corrected or made one with somebody. What the import itself wrote about her bears its own instant.
_TOUCHED = """
select party_id from parties_relationship where party_id = any(%(parties)s::bigint[])
union select to_party_id from parties_relationship where to_party_id = any(%(parties)s::bigint[])
union select party_id from parties_groupmember where party_id = any(%(parties)s::bigint[])
union select party_id from parties_correction where party_id = any(%(parties)s::bigint[])
union select party_id from parties_tagging where party_id = any(%(parties)s::bigint[]) and at <> %(made)s
union select party_id from parties_declaredchange where party_id = any(%(parties)s::bigint[]) and at <> %(made)s
union select party_id from parties_partysource where party_id = any(%(parties)s::bigint[]) group by 1 having count(*) > 1
"""
_HELD_BY_HER = (
    "parties_tagging", "parties_declaredchange", "parties_declared", "parties_contactpoint", "parties_identifier", "parties_assignment",
    "parties_partysource",
)  # fmt: skip


def marks(viewer: Viewer, party_ids: Sequence[int]) -> dict[int, str]:
    """What these prospects of Zhike's own are made of, in one word each; who is no such prospect (any more) is not there."""
    where = seen_where(viewer)
    with connection.cursor() as cursor:
        cursor.execute(_MARKS.format(seen=where.sql), {**where.values, "parties": list(party_ids)})
        return dict(cursor.fetchall())


@transaction.atomic
def remove_prospects(*, actor: Viewer, at: datetime, made: datetime, known: Mapping[int, str], keep: frozenset[int]) -> list[int]:
    """Take prospects back that were added at `made`, with all that was written about them then; the keys of those who are gone.

    Who is no longer as she was made (`known`: her mark), who was touched since, and `keep`, stay whole. Raises PermissionDenied without
    customers.edit."""
    require(actor, "customers.edit")
    with connection.cursor() as cursor:
        cursor.execute(_TOUCHED, {"parties": list(known), "made": made})
        touched = {party for (party,) in cursor.fetchall()} | keep
        now = marks(actor, list(known))
        gone = [party for party, mark in known.items() if now.get(party) == mark and party not in touched]
        for table in _HELD_BY_HER:
            cursor.execute(f"delete from {table} where party_id = any(%s::bigint[])", [gone])  # noqa: S608 - names of the tuple above
        cursor.execute("delete from parties_party where id = any(%s::bigint[])", [gone])
    record(actor, "parties.prospects_taken_back", after={"count": len(gone), "parties": gone}, at=at)
    if gone:
        publish(ProspectsTakenBack(gone))
    return gone
