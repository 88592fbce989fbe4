"""Writes of the ledger of consents: given, withdrawn, or an entry cancelled as a mistake. Each adds one entry (R20)."""

from __future__ import annotations

from datetime import date, datetime
from uuid import uuid4

from django.db import transaction
from django.utils import timezone

from zhike.access.actions import record
from zhike.access.scope import Viewer, require
from zhike.core.events import publish
from zhike.parties.consent_models import Consent
from zhike.parties.consent_rules import CANCELLED, CHANNELS, GIVEN, PURPOSES, WITHDRAWN
from zhike.parties.consents import known_purposes
from zhike.parties.events import ConsentChanged
from zhike.parties.field_types import NotThis, refuse_secrets
from zhike.parties.prospects import NO_BATCH
from zhike.parties.queries import PartyNotSeen, require_seen
from zhike.parties.rules import OWN_SOURCE

LONGEST_EVIDENCE = 300
LONGEST_VERSION = 40


class ConsentRefused(ValueError):
    """It cannot be kept like this: `field` is the input at fault, `reason` a key of `labels.CONSENT_REFUSALS`."""

    def __init__(self, field: str, reason: str) -> None:
        super().__init__(f"{field}: {reason}")
        self.field, self.reason = field, reason


@transaction.atomic
def keep_consent(
    *, actor: Viewer, at: datetime, party_id: int, state: str, purpose: str, channel: str, evidence: str, notice_version: str = "",
    expires_date: date | None = None,
) -> Consent:  # fmt: skip
    """Write down that a customer gave or withdrew consent for a purpose on a channel ("": every way); it counts from this instant.

    Raises PartyNotSeen, PermissionDenied without consents.write, ConsentRefused: no such purpose or channel, no evidence, consent without the version of
    the notice, an end that has passed.
    """
    require_seen(actor, party_id)
    require(actor, "consents.write")
    _check(actor, party_id, state, purpose, channel)
    _check_texts(state, evidence, notice_version)
    if state == GIVEN and expires_date is not None and expires_date <= timezone.localdate(at):
        raise ConsentRefused("expires_date", "past")
    ends = expires_date if state == GIVEN else None
    return _add(
        actor, at, party_id, state, purpose, channel, evidence=evidence.strip(), notice_version=notice_version.strip(), expires_date=ends
    )


@transaction.atomic
def cancel_entry(*, actor: Viewer, at: datetime, party_id: int, entry_id: int) -> Consent:
    """Take back an entry that somebody wrote here by mistake: a further entry says so, and what counted before counts again.

    Raises PartyNotSeen, also for an entry of a file or one cancelled already, and PermissionDenied without consents.write.
    """
    require_seen(actor, party_id)
    require(actor, "consents.write")
    theirs = Consent.objects.seen_by(actor).filter(party=party_id, source=OWN_SOURCE)
    was = theirs.filter(pk=entry_id).exclude(state=CANCELLED).first()
    if was is None or theirs.filter(cancels_id=entry_id).exists():
        raise PartyNotSeen
    return _add(actor, at, party_id, CANCELLED, was.purpose, was.channel, evidence=was.evidence, cancels_id=was.pk)


def _add(
    actor: Viewer, at: datetime, party_id: int, state: str, purpose: str, channel: str, *, evidence: str, notice_version: str = "",
    expires_date: date | None = None, cancels_id: int | None = None,
) -> Consent:  # fmt: skip
    entry = Consent.objects.create(
        party_id=party_id, state=state, purpose=purpose, channel=channel, at=at, evidence=evidence, notice_version=notice_version,
        expires_date=expires_date, cancels_id=cancels_id, by_name=actor.name, source=OWN_SOURCE, external_key=uuid4().hex,
        valid_from=timezone.localdate(at), batch_id=NO_BATCH,
    )  # fmt: skip
    after = {
        "purpose": purpose, "channel": channel, "state": state, "notice_version": notice_version, "expires_date": expires_date, "cancels": cancels_id,
    }  # fmt: skip
    record(actor, f"parties.consent_{state}", subject=("consent", entry.pk), party_id=party_id, reason=evidence, after=after, at=at)
    publish(ConsentChanged(party_id, purpose, channel, state), party_id=party_id)
    return entry


def _check(actor: Viewer, party_id: int, state: str, purpose: str, channel: str) -> None:
    if state not in (GIVEN, WITHDRAWN):
        raise ConsentRefused("state", "not_a_choice")
    if purpose not in PURPOSES and purpose not in known_purposes(actor, party_id):
        raise ConsentRefused("purpose", "not_a_choice")
    spoken = Consent.objects.seen_by(actor).filter(party=party_id, channel=channel)
    if channel not in CHANNELS and not spoken.exists():
        raise ConsentRefused("channel", "not_a_choice")


def _check_texts(state: str, evidence: str, notice_version: str) -> None:
    if not evidence.strip():
        raise ConsentRefused("evidence", "no_evidence")
    if len(evidence) > LONGEST_EVIDENCE or len(notice_version) > LONGEST_VERSION:
        raise ConsentRefused("evidence", "too_long")
    if state == GIVEN and not notice_version.strip():
        raise ConsentRefused("notice_version", "no_version")
    for field, text in (("evidence", evidence), ("notice_version", notice_version)):
        try:
            refuse_secrets(text)
        except NotThis as secret:
            raise ConsentRefused(field, secret.reason) from secret
