"""Writes of corrections: asked by whoever knows better, sent to the source, confirmed by its next file or refused (decision 2)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.db import IntegrityError, connection, transaction

from zhike.access.actions import keep_sealed, record
from zhike.access.scope import Viewer, require
from zhike.access.sealing import open_sealed
from zhike.core.events import publish
from zhike.parties import labels
from zhike.parties.corrections import CORRECTABLE, DOCUMENT, POINT, SEALED_AS, Wrong
from zhike.parties.events import CorrectionAsked, CorrectionDecided
from zhike.parties.field_types import Definition, NotThis, checked, refuse_secrets
from zhike.parties.models import ContactPoint, Correction, Identifier, Party
from zhike.parties.queries import PartyNotSeen
from zhike.parties.rules import OWN_SOURCE

LONGEST_REASON = 500


class CorrectionRefused(ValueError):
    """It cannot be asked or decided like this: `reason` is a key of `correction_views.REASONS`."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@transaction.atomic
def ask(*, actor: Viewer, at: datetime, party_id: int, wrong: Wrong, text: str, reason: str) -> Correction:
    """Ask the source to correct a field, a contact point or a document. A protected value goes into the vault.

    Raises PartyNotSeen, PermissionDenied without customers.edit, CorrectionRefused: no value, no reason, the same as it is, already asked.
    """
    party = Party.objects.seen_by(actor).filter(pk=party_id).first()
    if party is None:
        raise PartyNotSeen
    require(actor, "customers.edit")
    if not reason.strip() or len(reason) > LONGEST_REASON:
        raise CorrectionRefused("no_reason")
    try:
        refuse_secrets(reason)
    except NotThis as secret:
        raise CorrectionRefused("reason_secret") from secret
    made = Correction(
        party=party, field=wrong.field, kind=wrong.kind, subject_id=wrong.subject_id, reason=reason.strip(), asked_at=at,
        asked_by_id=actor.person_id, asked_name=actor.name, **_proposal(actor, party, wrong, text.strip()),
    )  # fmt: skip
    try:
        with transaction.atomic():
            made.save(force_insert=True)
    except IntegrityError as twice:
        raise CorrectionRefused("asked_already") from twice
    shown = made.proposed_masked or made.proposed
    record(
        actor, "parties.correction_asked", subject=("correction", made.pk), party_id=party_id, reason=made.reason,
        before={wrong.field: made.was}, after={wrong.field: shown}, at=at,
    )  # fmt: skip
    publish(CorrectionAsked(made.pk, party_id, made.field), party_id=party_id)
    return made


def _proposal(actor: Viewer, party: Party, wrong: Wrong, text: str) -> dict[str, Any]:
    """What was, and what is proposed: in clear for a field, sealed for a contact point or a document."""
    if not text:
        raise CorrectionRefused("no_value")
    if wrong.field in CORRECTABLE:
        was, proposed = plain(getattr(party, wrong.field)), _field_text(wrong.field, text)
        if was == proposed:
            raise CorrectionRefused("same")
        return {"was": was, "proposed": proposed}
    if wrong.field not in (POINT, DOCUMENT) or wrong.kind not in SEALED_AS[wrong.field]:
        raise CorrectionRefused("no_field")
    kept = keep_sealed(kind=SEALED_AS[wrong.field][wrong.kind], text=text)
    if kept is None:
        raise CorrectionRefused("no_value")
    masked, digest = _wrong_one(actor, party, wrong)
    if digest == kept.digest:
        raise CorrectionRefused("same")
    return {"was": masked, "proposed_digest": kept.digest, "proposed_last4": kept.last4, "proposed_masked": kept.masked}


def _wrong_one(actor: Viewer, party: Party, wrong: Wrong) -> tuple[str, bytes | None]:
    """Mask and digest of the contact point or document that is wrong; raises PartyNotSeen where it is not this party's."""
    if wrong.subject_id is None:
        return "", None
    if wrong.field == POINT:
        points = ContactPoint.objects.seen_by(actor).filter(pk=wrong.subject_id, party=party, kind=wrong.kind)
        found = points.values_list("value_masked", "value_digest").first()
    else:
        papers = Identifier.objects.seen_by(actor).filter(pk=wrong.subject_id, party=party, id_type=wrong.kind)
        found = papers.values_list("id_no_masked", "id_no_digest").first()
    if found is None:
        raise PartyNotSeen
    return found[0], bytes(found[1])


def _field_text(name: str, text: str) -> str:
    """A proposed value in the form in which the database would say it, so that the next file can be compared."""
    kind = CORRECTABLE[name]
    offered = tuple(labels.CODED.get(name, {}))
    if kind == "choice" and text not in offered:
        raise CorrectionRefused("no_value")
    try:
        return text if kind == "choice" else str(checked(Definition(name, kind, name, name), [text]))
    except NotThis as wrong:
        raise CorrectionRefused(wrong.reason) from wrong


def plain(value: Any) -> str:
    """A value of a party as `to_jsonb` writes it."""
    if value is None:
        return ""
    if isinstance(value, Decimal):
        return f"{value:.2f}"
    return value.isoformat() if isinstance(value, date) else str(value)


@transaction.atomic
def withdraw(*, actor: Viewer, at: datetime, correction_id: int) -> Correction:
    """Take back what one asked oneself. Raises PartyNotSeen, PermissionDenied, CorrectionRefused where it is decided already."""
    found = _undecided(actor, correction_id, "corrections.read")
    if found.asked_by_id != actor.person_id:
        require(actor, "corrections.decide")
    return _decide(actor, at, found, Correction.State.WITHDRAWN, "")


@transaction.atomic
def refuse(*, actor: Viewer, at: datetime, correction_id: int, answer: str) -> Correction:
    """Say that the source is right, and why. Raises PartyNotSeen, PermissionDenied without corrections.decide, CorrectionRefused."""
    found = _undecided(actor, correction_id, "corrections.decide")
    if not answer.strip():
        raise CorrectionRefused("no_answer")
    return _decide(actor, at, found, Correction.State.REFUSED, answer.strip()[:LONGEST_REASON])


def _undecided(actor: Viewer, correction_id: int, permission: str) -> Correction:
    wanted = Correction.objects.seen_by(actor).filter(pk=correction_id)
    if not wanted.exists():
        raise PartyNotSeen
    require(actor, permission)
    found = wanted.select_for_update(of=("self",)).get()
    if found.state not in (Correction.State.OPEN, Correction.State.SENT):
        raise CorrectionRefused("decided")
    return found


def _decide(actor: Viewer, at: datetime, found: Correction, state: Correction.State, answer: str) -> Correction:
    before = found.state
    found.state, found.decided_at, found.decided_name, found.answer = state, at, actor.name, answer
    found.save(update_fields=["state", "decided_at", "decided_name", "answer"])
    record(
        actor, f"parties.correction_{state}", subject=("correction", found.pk), party_id=found.party_id, reason=answer,
        before={"state": before}, after={"state": state}, at=at,
    )  # fmt: skip
    publish(CorrectionDecided(found.pk, found.party_id, state.value), party_id=found.party_id)
    return found


@dataclass(frozen=True)
class HandedOver:
    """A correction as the source gets it, in clear; `external_key`: the party's key there."""

    id: int
    source: str
    external_key: str
    customer_no: str
    field: str
    kind: str
    was: str
    proposed: str
    reason: str
    asked_by: str
    asked_at: str


@transaction.atomic
def hand_over(*, actor: Viewer, at: datetime, again: bool = False) -> list[HandedOver]:
    """The corrections that wait, for the systems that keep the facts, oldest first; they then count as sent. `again`: those that were sent
    before as well. Opens sealed values, so the job role alone can do it; one audit entry for all.
    """
    states = [Correction.State.OPEN, *([Correction.State.SENT] if again else [])]
    with connection.cursor() as cursor:
        cursor.execute(_HANDED_OVER, {"states": states, "own": OWN_SOURCE})
        rows = cursor.fetchall()
    handed = [HandedOver(*[*row[:7], row[8] if row[7] is None else open_sealed(bytes(row[7])), *row[9:]]) for row in rows]
    ids = [one.id for one in handed]
    waiting = Correction.objects.unscoped(reason="what goes to the source is every unit's").filter(pk__in=ids)
    waiting.update(state=Correction.State.SENT, sent_at=at)
    if ids:
        record(actor, "parties.corrections_sent", after={"count": len(ids), "corrections": ids}, at=at)
    return handed


_HANDED_OVER = """
select c.id, coalesce(k.source, ''), coalesce(k.external_key, ''), p.customer_no, c.field, c.kind, c.was, v.sealed, c.proposed, c.reason,
    c.asked_name, to_char(c.asked_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"')
from parties_correction c join parties_party p on p.id = c.party_id
left join access_vault v on v.digest = c.proposed_digest
left join lateral (select source, external_key from parties_partysource k where k.party_id = c.party_id and k.source <> %(own)s
                   order by k.id limit 1) k on true
where c.state = any(%(states)s) order by c.asked_at, c.id
"""
