"""Writes of restrictions: a customer is not to be contacted, and is again (decision 19)."""

from __future__ import annotations

from datetime import date, datetime

from django.db import IntegrityError, transaction
from django.utils import timezone

from zhike.access.actions import record
from zhike.access.scope import Viewer, require
from zhike.core.events import publish
from zhike.parties.consent_rules import CHANNELS
from zhike.parties.events import RestrictionChanged
from zhike.parties.field_types import NotThis, refuse_secrets
from zhike.parties.queries import PartyNotSeen, require_seen
from zhike.parties.restriction_models import ContactRestriction
from zhike.parties.restriction_rules import NEEDS

LONGEST_REASON = 300
OF_A_CHANNEL = ("do_not_contact",)  # kinds that may be about one channel only


class RestrictionRefused(ValueError):
    """It cannot be kept like this: `field` is the input at fault, `reason` a key of `labels.RESTRICTION_REFUSALS`."""

    def __init__(self, field: str, reason: str) -> None:
        super().__init__(f"{field}: {reason}")
        self.field, self.reason = field, reason


@transaction.atomic
def restrict(
    *,
    actor: Viewer,
    at: datetime,
    party_id: int,
    kind: str,
    reason: str,
    channel: str = "",
    ends_date: date | None = None,
    made_by: str = "people",
) -> ContactRestriction:
    """Keep that a customer is not to be contacted (or not deleted) from this instant. `made_by`: an area above, whose event says so.

    Raises PartyNotSeen, PermissionDenied without the kind's right (`restriction_rules.NEEDS`), RestrictionRefused: no such kind or channel, no reason, an end
    that has passed, restricted so already.
    """
    require_seen(actor, party_id)
    require(actor, NEEDS.get(kind, "consents.write"))
    if kind not in NEEDS:
        raise RestrictionRefused("kind", "not_a_choice")
    if channel not in CHANNELS or (channel and kind not in OF_A_CHANNEL):
        raise RestrictionRefused("channel", "not_a_choice")
    _check_reason(reason)
    if ends_date is not None and ends_date <= timezone.localdate(at):
        raise RestrictionRefused("ends_date", "past")
    row = ContactRestriction(
        party_id=party_id,
        kind=kind,
        channel=channel,
        reason=reason.strip(),
        begins_at=at,
        ends_date=ends_date,
        by_name=actor.name,
        made_by=made_by,
    )
    _make_room(actor, row, at)
    try:
        with transaction.atomic():
            row.save(force_insert=True)
    except IntegrityError as twice:
        raise RestrictionRefused("kind", "restricted_already") from twice
    after = {"kind": kind, "channel": channel, "ends_date": ends_date}
    record(actor, "parties.restricted", subject=("restriction", row.pk), party_id=party_id, reason=row.reason, after=after, at=at)
    publish(RestrictionChanged(party_id, kind, channel, "begun"), party_id=party_id)
    return row


@transaction.atomic
def lift(*, actor: Viewer, at: datetime, party_id: int, restriction_id: int) -> None:
    """End a restriction that people set. Raises PartyNotSeen, also for one that is not in force, PermissionDenied without the kind's right."""
    require_seen(actor, party_id)
    row = ContactRestriction.objects.seen_by(actor).filter(pk=restriction_id, party=party_id, lifted_at=None, made_by="people").first()
    if row is None:
        raise PartyNotSeen
    require(actor, NEEDS[row.kind])
    _end(actor, row, at)


@transaction.atomic
def restore(*, actor: Viewer, at: datetime, party_id: int, restriction_id: int) -> None:
    """Undo a lifting: the same restriction is in force again, as a new one. Raises as `restrict`, PartyNotSeen for one that was never lifted."""
    require_seen(actor, party_id)
    was = ContactRestriction.objects.seen_by(actor).filter(pk=restriction_id, party=party_id, lifted_at__isnull=False).first()
    if was is None:
        raise PartyNotSeen
    restrict(actor=actor, at=at, party_id=party_id, kind=was.kind, reason=was.reason, channel=was.channel, ends_date=was.ends_date)


def _end(actor: Viewer, row: ContactRestriction, at: datetime) -> None:
    row.lifted_at, row.lifted_name = at, actor.name
    row.save(update_fields=["lifted_at", "lifted_name"])
    before = {"kind": row.kind, "channel": row.channel}
    record(actor, "parties.restriction_lifted", subject=("restriction", row.pk), party_id=row.party_id, before=before, at=at)
    publish(RestrictionChanged(row.party_id, row.kind, row.channel, "lifted"), party_id=row.party_id)


def _make_room(actor: Viewer, row: ContactRestriction, at: datetime) -> None:
    """One whose end has passed is closed, so that it may be set anew."""
    rows = ContactRestriction.objects.seen_by(actor).filter(party=row.party_id, kind=row.kind, channel=row.channel, lifted_at=None)
    rows.filter(ends_date__lte=timezone.localdate(at)).update(lifted_at=at)


def _check_reason(reason: str) -> None:
    if not reason.strip():
        raise RestrictionRefused("reason", "no_reason")
    if len(reason) > LONGEST_REASON:
        raise RestrictionRefused("reason", "too_long")
    try:
        refuse_secrets(reason)
    except NotThis as secret:
        raise RestrictionRefused("reason", secret.reason) from secret
