"""Writes of what people add to parties themselves: prospects, and relations between parties (decision 2, S8, S9, S18).

A prospect is Zhike's own until a source delivers her (source `own`); its rows stand in the tables of parties, so that lists, search, graph and
scope need not know the difference. The walls let the web write rows of that source alone.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import uuid4

from django.db import connection, transaction
from django.utils import timezone

from zhike.access.actions import Kept, keep_sealed, record
from zhike.access.queries import desk_of
from zhike.access.scope import Viewer, require
from zhike.core.events import publish
from zhike.parties import labels, trash
from zhike.parties.events import ProspectAdded, ProspectChanged
from zhike.parties.field_types import Definition, FieldType, NotThis, checked
from zhike.parties.models import ContactPoint, Party, Relationship
from zhike.parties.queries import PartyNotSeen
from zhike.parties.rules import OWN_SOURCE, RECIPROCAL, name_tokens
from zhike.parties.validity import within_days

# What may be written about a prospect, and how it is typed.
FIELDS: Mapping[str, FieldType] = {
    "name": "text", "sex": "text", "birth_date": "date", "occupation": "text", "employer_name": "text", "region": "text", "industry": "text",
    "lead_source": "text",
}  # fmt: skip
CONTACTS: Mapping[str, str] = {"mobile": "phone", "email": "email"}
NEW_KINDS = ("individual", "sole_trader", "company", "institution")
# What another party may be said to be to this one; the other side follows from `rules.RECIPROCAL`.
DECLARABLE = (
    "spouse", "parent", "child", "sibling", "relative", "friend", "referrer", "referred", "employer", "employee", "executive", "managed_by",
    "finance_contact", "supplier", "buyer", "owns_business", "owned_by",
)  # fmt: skip
NO_BATCH = 0  # batch_id of what no batch brought


class OwnRefused(ValueError):
    """It cannot be written like this; `field` is the input at fault, `reason` a key of `prospect_views.REASONS`."""

    def __init__(self, field: str, reason: str) -> None:
        super().__init__(f"{field}: {reason}")
        self.field, self.reason = field, reason


@dataclass(frozen=True)
class Draft:
    """A prospect as somebody types her."""

    kind: str
    texts: Mapping[str, str]
    mobile: str = ""
    email: str = ""


@transaction.atomic
def add_prospect(*, actor: Viewer, at: datetime, draft: Draft, employee_id: int | None, unit_id: int | None) -> int:
    """Add a prospect to one's own book (`employee_id`) and unit; the new party's id. Raises PermissionDenied without customers.edit, OwnRefused."""
    require(actor, "customers.edit")
    if draft.kind not in NEW_KINDS:
        raise OwnRefused("kind", "not_a_choice")
    values = _values(draft)
    today, key = timezone.localdate(at), uuid4().hex
    facts: Any = {**values, "name_tokens": name_tokens(values["name"])}
    party = Party.objects.create(
        kind=draft.kind, status=Party.Status.PROSPECT, unit_id=unit_id, opening_unit_id=unit_id, main_rm_id=employee_id,
        rm_ids=[employee_id] if employee_id else [], source=OWN_SOURCE, external_key=key,
        valid_from=today, batch_id=NO_BATCH, **facts,
    )  # fmt: skip
    write_words(party.name_tokens)
    with connection.cursor() as cursor:
        cursor.execute("insert into parties_partysource (source, external_key, party_id) values (%s, %s, %s)", [OWN_SOURCE, key, party.pk])
        if employee_id:
            cursor.execute(
                """insert into parties_assignment (source, external_key, valid_from, batch_id, party_id, employee_id, role, from_date)
                   values (%s, %s, %s, %s, %s, %s, 'main', %s)""",
                [OWN_SOURCE, f"{key}|main", today, NO_BATCH, party.pk, employee_id, today],
            )
    kept = {kind: _write_contact(party, kind, getattr(draft, kind), today) for kind in CONTACTS}
    shown = {**values, **{kind: one.masked for kind, one in kept.items() if one}}
    record(actor, "parties.prospect_added", subject=("party", party.pk), party_id=party.pk, after=shown, at=at)
    publish(ProspectAdded(party.pk), party_id=party.pk)
    return party.pk


def desk_for_new(actor: Viewer) -> tuple[int | None, int | None]:
    """Into whose book and which unit her new prospects go: into her own where she keeps one, else only into her unit."""
    employee_id, unit_id = desk_of(actor)
    return (employee_id if actor.scope in ("own", "team") else None), unit_id


@transaction.atomic
def change_prospect(*, actor: Viewer, at: datetime, party_id: int, draft: Draft) -> None:
    """Change what Zhike owns of a prospect; a blank phone or e-mail leaves the one there is. Raises PartyNotSeen, PermissionDenied,
    OwnRefused: not a prospect of Zhike's own."""
    party = Party.objects.seen_by(actor).filter(pk=party_id).first()
    if party is None:
        raise PartyNotSeen
    require(actor, "customers.edit")
    if not is_own(party):
        raise OwnRefused("name", "not_own")
    values = _values(draft)
    before = {name: getattr(party, name) for name in values}
    for name, value in values.items():
        setattr(party, name, value)
    party.name_tokens = name_tokens(party.name)
    party.save(update_fields=[*values, "name_tokens"])
    write_words(party.name_tokens)
    for kind in CONTACTS:
        kept = _write_contact(party, kind, getattr(draft, kind), timezone.localdate(at))
        if kept:
            values[kind], before[kind] = kept.masked, ""
    changed = [name for name, value in values.items() if before[name] != value]
    record(
        actor, "parties.prospect_changed", subject=("party", party_id), party_id=party_id, before={name: before[name] for name in changed},
        after={name: values[name] for name in changed}, at=at,
    )  # fmt: skip
    publish(ProspectChanged(party_id, changed), party_id=party_id)


@transaction.atomic
def delete_prospect(*, actor: Viewer, at: datetime, party_id: int) -> int:
    """Put a prospect of Zhike's own into the trash, with what links her to others; the number in the trash. Raises as `change_prospect`."""
    party = Party.objects.seen_by(actor).filter(pk=party_id).first()
    if party is None:
        raise PartyNotSeen
    require(actor, "customers.edit")
    if not is_own(party):
        raise OwnRefused("name", "not_own")
    links = list(
        Relationship.objects.unscoped(reason="both sides of a prospect's own relations go with her")
        .filter(source=OWN_SOURCE, party=party_id).values_list("pk", flat=True)
    ) + list(
        Relationship.objects.unscoped(reason="both sides of a prospect's own relations go with her")
        .filter(source=OWN_SOURCE, to_party=party_id).values_list("pk", flat=True)
    )  # fmt: skip
    ids = {"parties_relationship": links, "parties_party": [party_id]} if links else {"parties_party": [party_id]}
    return trash.throw(actor=actor, at=at, kind="prospect", title=party.name, party_id=party_id, ids=ids)


def is_own(party: Party) -> bool:
    """Whether Zhike alone knows this party: a prospect whom no source delivers."""
    return party.source == OWN_SOURCE and party.status == Party.Status.PROSPECT


def _values(draft: Draft) -> dict[str, Any]:
    values: dict[str, Any] = {}
    for name in FIELDS:
        try:
            values[name] = fact_of(name, draft.texts.get(name, ""))
        except NotThis as wrong:
            raise OwnRefused(name, wrong.reason) from wrong
    return values


def fact_of(name: str, text: str) -> str | date | None:
    """What a typed text means as one of `FIELDS`; "" for nothing, None for no day. Raises NotThis."""
    kind = FIELDS[name]
    value = checked(Definition(name, kind, name, name, is_required=name == "name"), [text])
    if name == "sex" and value not in (None, *labels.SEX):
        raise NotThis("not_a_choice")
    if kind == "date":
        return date.fromisoformat(str(value)) if value else None
    return str(value or "")


def write_words(tokens: list[str]) -> None:
    """The Latin words of a name, along which half-typed ones are found."""
    with connection.cursor() as cursor:
        cursor.execute(
            "insert into parties_nametoken (token) select t from unnest(%s::text[]) t where t ~ '^[a-z0-9]{2,60}$' on conflict do nothing", [tokens]
        )  # fmt: skip


def _write_contact(party: Party, kind: str, text: str, today: date) -> Kept | None:
    """Keep a phone or e-mail, sealed; it takes the place of the one of its kind that Zhike kept."""
    kept = keep_sealed(kind=CONTACTS[kind], text=text) if text.strip() else None
    if kept is None:
        return None
    with connection.cursor() as cursor:
        cursor.execute("delete from parties_contactpoint where party_id = %s and kind = %s and source = %s", [party.pk, kind, OWN_SOURCE])
    ContactPoint.objects.create(
        party=party, kind=kind, purpose="main", value_digest=kept.digest, value_last4=kept.last4, value_masked=kept.masked, is_main=True,
        source=OWN_SOURCE, external_key=f"{party.external_key}|{kind}", valid_from=today, batch_id=NO_BATCH,
    )  # fmt: skip
    return kept


# --- relations ---------------------------------------------------------------------------------------------------------------------------


@transaction.atomic
def declare_relation(
    *, actor: Viewer, at: datetime, party_id: int, other_id: int, type_: str, from_date: date | None = None, to_date: date | None = None
) -> int:
    """Say that `other` is `type_` of the party, from both sides; the key of the party's own row.

    Raises PartyNotSeen for either, PermissionDenied without customers.edit, OwnRefused: oneself, no such relation, known already, wrong days.
    """
    names = dict(Party.objects.seen_by(actor).filter(pk__in=[party_id, other_id]).values_list("pk", "name"))
    if party_id not in names:
        raise PartyNotSeen
    require(actor, "customers.edit")
    if other_id == party_id or other_id not in names:
        raise OwnRefused("other", "not_a_customer")
    if type_ not in DECLARABLE:
        raise OwnRefused("type", "not_a_choice")
    if from_date and to_date and to_date <= from_date:
        raise OwnRefused("to_date", "ends_before")
    today = timezone.localdate(at)
    known = Relationship.objects.seen_by(actor).filter(within_days(today), valid_to=None, party=party_id, to_party=other_id, type=type_)
    if known.exists():
        raise OwnRefused("other", "known_already")
    key = uuid4().hex
    facts: Any = {
        "from_date": from_date, "to_date": to_date, "verified_by": actor.name, "source": OWN_SOURCE, "valid_from": today, "batch_id": NO_BATCH,
    }  # fmt: skip
    row = Relationship.objects.create(party_id=party_id, to_party_id=other_id, type=type_, external_key=key, **facts)
    Relationship.objects.create(
        party_id=other_id,
        to_party_id=party_id,
        type=RECIPROCAL.get(type_, type_),
        external_key=f"{key}|reciprocal",
        is_reciprocal=True,
        **facts,
    )
    after = {"other": other_id, "type": type_, "from_date": from_date, "to_date": to_date}
    record(actor, "parties.relation_declared", subject=("relationship", row.pk), party_id=party_id, after=after, at=at)
    return row.pk


@transaction.atomic
def end_relation(*, actor: Viewer, at: datetime, party_id: int, relation_id: int, to_date: date) -> None:
    """Say since when a declared relation is no more. Raises as `delete_relation`, OwnRefused where it ends before it began."""
    pair = _pair(actor, party_id, relation_id)
    if pair[0].from_date and to_date <= pair[0].from_date:
        raise OwnRefused("to_date", "ends_before")
    before = {"to_date": pair[0].to_date}
    for row in pair:
        row.to_date = to_date
        row.save(update_fields=["to_date"])
    after = {"to_date": to_date}
    record(actor, "parties.relation_ended", subject=("relationship", relation_id), party_id=party_id, before=before, after=after, at=at)


@transaction.atomic
def delete_relation(*, actor: Viewer, at: datetime, party_id: int, relation_id: int) -> int:
    """Put a declared relation into the trash, both sides of it; the number in the trash. Raises PartyNotSeen, also for a relation that a
    source tells, and PermissionDenied without customers.edit."""
    pair = _pair(actor, party_id, relation_id)
    names = dict(Party.objects.seen_by(actor).filter(pk__in=[pair[0].party_id, pair[0].to_party_id]).values_list("pk", "name"))
    title = f"{names.get(pair[0].party_id, '')} – {names.get(pair[0].to_party_id, '')}"
    ids = {"parties_relationship": [row.pk for row in pair]}
    return trash.throw(actor=actor, at=at, kind="relation", title=title, party_id=party_id, ids=ids)


def _pair(actor: Viewer, party_id: int, relation_id: int) -> list[Relationship]:
    """Both rows of a declared relation, the party's own first."""
    row = Relationship.objects.seen_by(actor).filter(pk=relation_id, party=party_id, source=OWN_SOURCE).first()
    if row is None:
        raise PartyNotSeen
    require(actor, "customers.edit")
    key = row.external_key.removesuffix("|reciprocal")
    keys = [key, f"{key}|reciprocal"]
    found = list(Relationship.objects.seen_by(actor).filter(source=OWN_SOURCE, external_key__in=keys))
    return sorted(found, key=lambda one: one.pk != row.pk)
