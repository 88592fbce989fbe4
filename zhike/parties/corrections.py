"""Reads of corrections that people asked of a source. The first argument is the viewer."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import QuerySet

from zhike.access.scope import Viewer, require
from zhike.parties import labels
from zhike.parties.field_types import FieldType
from zhike.parties.labels import Words
from zhike.parties.models import ContactPoint, Correction
from zhike.parties.queries import Protected

POINT, DOCUMENT = "contact", "document"
# The fields of a party that a correction may be asked of, and how each is typed.
CORRECTABLE: Mapping[str, FieldType] = {
    "name": "text", "short_name": "text", "sex": "choice", "birth_date": "date", "nationality": "text", "occupation": "text", "employer_name": "text",
    "education": "text", "marital_status": "choice", "region": "text", "industry": "text", "size_class": "choice", "registered_capital": "money",
    "established_date": "date",
}  # fmt: skip
# Contact points and documents by kind, and as what their value is sealed.
SEALED_AS: Mapping[str, Mapping[str, str]] = {
    POINT: {"mobile": "phone", "phone": "phone", "email": "email", "address": "address"},
    DOCUMENT: dict.fromkeys(labels.ID_TYPES, "id_no"),
}
OPEN = (Correction.State.OPEN, Correction.State.SENT)


@dataclass(frozen=True)
class Wrong:
    """What a correction is about: a field of the party, or a contact point or document of a kind (`subject_id` None: one is missing)."""

    field: str
    kind: str = ""
    subject_id: int | None = None


@dataclass(frozen=True)
class Asked:
    """A correction as pages show it. `proposed` is a mask where the value is protected, and `token` reveals it."""

    id: int
    party_id: int
    party: str
    what: Words
    was: Words
    proposed: Words
    token: Protected | None
    reason: str
    state: str
    state_word: Words
    asked_at: datetime
    asked_by: str
    decided_at: datetime | None
    decided_by: str
    answer: str
    is_mine: bool

    @property
    def is_open(self) -> bool:
        return self.state in OPEN


def asked_of(viewer: Viewer, party_id: int) -> dict[tuple[str, str, int | None], Asked]:
    """The corrections of one party that wait for the source, by field, kind and subject. One statement."""
    rows = Correction.objects.seen_by(viewer).filter(party=party_id, state__in=OPEN).select_related("party")
    return {(row.field, row.kind, row.subject_id): _asked(viewer, row) for row in rows}


def corrections(viewer: Viewer) -> QuerySet[Correction]:
    """All that the viewer may see, for a keyset list. Needs corrections.read."""
    require(viewer, "corrections.read")
    return Correction.objects.seen_by(viewer).select_related("party")


def decided(viewer: Viewer) -> QuerySet[Correction]:
    """Those that the viewer herself asked and somebody or the source has decided, unordered."""
    states = [Correction.State.CONFIRMED, Correction.State.REFUSED]
    return Correction.objects.seen_by(viewer).filter(asked_by=viewer.person_id, state__in=states).select_related("party")


def asked(viewer: Viewer, rows: Sequence[Correction]) -> list[Asked]:
    """Rows in words."""
    return [_asked(viewer, row) for row in rows]


def name_of(field: str, kind: str) -> Words:
    """What a correction is about, in words: a field, the kind of a contact point, the type of a document."""
    if field == POINT:
        return labels.word(dict(ContactPoint.Kind.choices), kind)
    return labels.word(labels.ID_TYPES, kind) if field == DOCUMENT else labels.word(labels.FIELDS, field)


def _asked(viewer: Viewer, row: Correction) -> Asked:
    is_protected = row.proposed_digest is not None
    may_know = viewer.may("contacts.read") or not is_protected
    proposed: Any = (row.proposed_masked if is_protected else _word(row.field, row.proposed)) if may_know else "••••"
    token = Protected(row.proposed_masked, bytes(row.proposed_digest).hex()) if is_protected and may_know and row.proposed_digest else None
    return Asked(
        row.pk, row.party_id, row.party.name, name_of(row.field, row.kind), _word(row.field, row.was) if may_know else "••••", proposed, token,
        row.reason, row.state, row.get_state_display(), row.asked_at, row.asked_name, row.decided_at, row.decided_name, row.answer,
        row.asked_by_id is not None and row.asked_by_id == viewer.person_id,
    )  # fmt: skip


def _word(field: str, value: str) -> Words:
    return labels.word(labels.CODED.get(field, {}), value) if value else "—"
