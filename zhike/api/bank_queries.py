"""What the API reads of what the bank made itself: its own fields, tags, conditions, and who stands there twice. The first argument is the viewer."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from django.db.models import Q
from django.http import Http404

from zhike.access.auditing import Asked as AuditAsked
from zhike.access.auditing import entries, names_of_people
from zhike.access.scope import Viewer, require
from zhike.api import bank_schemas
from zhike.api.holding_queries import PageAsked
from zhike.audit.actions import note_reading
from zhike.audit.labels import act_in_words
from zhike.core.conditions.fields import Catalogue, Field
from zhike.core.conditions.kinds import OPERATORS
from zhike.core.tables import Column, page_of
from zhike.core.words import language
from zhike.duplicates import queries as duplicates
from zhike.duplicates.queries import PairNotSeen
from zhike.parties import declared as own
from zhike.parties import queries as parties
from zhike.parties import tags as labelled
from zhike.workspace.customer_fields import catalogue

NEWEST = (Column("when", "", "at", descending_first=True),)
SURE = (Column("probability", "", "probability"),)
OWN = "declared."  # before the name of a declared field in `fields`


def fields(viewer: Viewer) -> bank_schemas.DeclaredFields:
    """The fields that the bank has declared and this viewer may read, in the reader's language."""
    require(viewer, "customers.read")
    words = language()
    return bank_schemas.DeclaredFields(data=[
        bank_schemas.DeclaredField(
            name=one.name, type=one.type, label=one.label(words), help=one.help(words), group=one.group, kinds=list(one.kinds),
            choices=[bank_schemas.Choice(value=choice.value, label=one.words_of(choice.value, words)) for choice in one.choices],
            is_required=one.is_required, protection=one.protection,
        )
        for one in own.declared_fields(viewer)
    ])  # fmt: skip


def declared_values(viewer: Viewer, party_ids: Sequence[int], names: frozenset[str]) -> dict[int, dict[str, Any]]:
    """Party → declared field → value, of the fields of these names (none: all). A customer whom the viewer does not see is never a value."""
    values = own.declared_values(viewer, party_ids)
    links = {one.name for one in own.declared_fields(viewer) if one.type == "customer"}
    others = {int(held[name]) for held in values.values() for name in links & held.keys() if held[name]}
    seen = parties.fitting(viewer, parties.Which(), list(others)) if others else set()

    def shown(name: str, value: Any) -> Any:
        return None if name in links and value and int(value) not in seen else value

    return {
        party: {name: shown(name, value) for name, value in held.items() if not names or name in names} for party, held in values.items()
    }


def tags(viewer: Viewer) -> bank_schemas.Tags:
    """The tags in use, by name."""
    require(viewer, "customers.read")
    return bank_schemas.Tags(data=[bank_schemas.Tag(id=tag.id, name=tag.name, colour=tag.colour) for tag in labelled.tags(viewer)])


def conditions(viewer: Viewer) -> bank_schemas.Conditions:
    """What a condition on customers may ask, in the reader's words."""
    require(viewer, "customers.read")
    found: dict[str, bank_schemas.ConditionCatalogue] = {}
    _describe(catalogue(viewer), {}, found)
    ways: dict[str, list[bank_schemas.ConditionOperator]] = {kind: [_operator(way) for way in each] for kind, each in OPERATORS.items()}
    return bank_schemas.Conditions(catalogues=found, operators=ways)


def _operator(way: Any) -> bank_schemas.ConditionOperator:
    return bank_schemas.ConditionOperator(name=way.name, label=str(way.title), shape=way.shape)


def _describe(asked: Catalogue, known: dict[tuple[str, ...], str], into: dict[str, bank_schemas.ConditionCatalogue]) -> str:
    """Puts a catalogue and those of its relations into `into`, each once, though relations lead back to customers; its name there."""
    key = (*asked.fields, "|", *asked.relations)
    if key not in known:
        name = known[key] = f"c{len(known)}"
        into[name] = bank_schemas.ConditionCatalogue(fields=[_field(one) for one in asked.fields.values()], relations=[])
        into[name].relations.extend(
            bank_schemas.ConditionRelation(name=one.name, label=str(one.title), catalogue=_describe(one.catalogue(), known, into))
            for one in asked.relations.values()
        )
    return known[key]


def _field(one: Field) -> bank_schemas.ConditionField:
    offered = None if one.choices is None or one.has_many_choices else one.choices()
    choices = None if offered is None else [bank_schemas.Choice(value=choice.key, label=str(choice.title)) for choice in offered]
    return bank_schemas.ConditionField(name=one.name, label=str(one.title), kind=one.kind, unit=str(one.unit), choices=choices)


def pairs(viewer: Viewer, state: str, asked: PageAsked, *, party_id: int | None = None) -> bank_schemas.Duplicates:
    """The pairs in a state of which the viewer sees both, most alike first; those of one customer where one is named. Raises PartyNotSeen."""
    if party_id is not None:
        parties.require_seen(viewer, party_id)
    require(viewer, "customers.read")
    rows = duplicates.pairs(viewer, state)
    if party_id is not None:
        rows = rows.filter(Q(left=party_id) | Q(right=party_id))
    page = page_of(rows, SURE, asked.query, sort="probability", descending=True, size=asked.most)
    return bank_schemas.Duplicates(data=[bank_schemas.Duplicate(**_pair(viewer, row)) for row in page.rows], next=page.next or None)


def pair(viewer: Viewer, pair_id: int) -> bank_schemas.DuplicateWhole:
    """One pair, its fields side by side. Raises Http404 unless both are seen."""
    try:
        seen = duplicates.comparison(viewer, pair_id)
    except (PairNotSeen, KeyError) as wrong:
        raise Http404 from wrong
    require(viewer, "customers.read")
    fields = [
        bank_schemas.DuplicateField(name=one.name, label=str(one.label), left=str(one.left), right=str(one.right), is_different=one.differs)
        for one in seen.fields
    ]
    return bank_schemas.DuplicateWhole(**_pair(viewer, seen.pair), fields=fields, survivor_id=seen.survivor)


def _pair(viewer: Viewer, row: Any) -> Mapping[str, Any]:
    reasons = duplicates.reasons(viewer, row.features, row.left.name, row.right.name)
    return {
        "id": row.pk, "state": row.state, "probability": row.certainty, "left": _side(row.left), "right": _side(row.right),
        "reasons": [bank_schemas.DuplicateReason(words=str(one.words), weight=one.weight) for one in reasons],
        "found_at": row.found_at, "decided_at": row.decided_at,
    }  # fmt: skip


def _side(party: Any) -> bank_schemas.DuplicateSide:
    return bank_schemas.DuplicateSide(
        customer_id=party.pk, customer_no=party.customer_no or None, name=party.name, unit=party.unit.name if party.unit else None
    )


def audit(viewer: Viewer, wanted: AuditAsked, asked: PageAsked, *, at: datetime) -> bank_schemas.AuditEntries:
    """Entries of the audit, newest first; asking leaves one too. Raises PermissionDenied without audit.read."""
    page = page_of(entries(viewer, wanted), NEWEST, asked.query, sort="when", descending=True, size=asked.most)
    note_reading(actor=viewer, act="searched", at=at, asked={**wanted.told(), "shown": len(page.rows)})
    people = names_of_people({row.person_id for row in page.rows if row.person_id})
    data = [
        bank_schemas.AuditEntry(
            id=row.pk, at=row.at, login=row.login, person=people.get(row.person_id or 0, ""), act=row.act, label=act_in_words(row.act),
            subject_type=row.subject_type, subject_id=row.subject_id, customer_id=row.party_id, reason=row.reason, door=row.door, address=row.address,
            request=row.request_id, before=row.before, after=row.after,
        )
        for row in page.rows
    ]  # fmt: skip
    return bank_schemas.AuditEntries(data=data, next=page.next or None)
