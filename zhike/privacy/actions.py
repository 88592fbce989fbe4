"""Writes of requests over personal data: received by whoever serves the customer, decided by whoever answers for privacy (R25)."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.utils import timezone

from zhike.access.actions import record
from zhike.access.scope import Viewer, require
from zhike.access.working_days import working_days
from zhike.core.events import publish
from zhike.parties.field_types import NotThis, refuse_secrets
from zhike.parties.queries import require_seen
from zhike.privacy import rules
from zhike.privacy.bundle import Bundle, bundle_of
from zhike.privacy.events import RightsAnswered, RightsRequested
from zhike.privacy.models import RightsRequest
from zhike.privacy.queries import row_of

MANAGE = "privacy.manage"
RECEIVE = "consents.write"
LONGEST = 1000
State = RightsRequest.State


class RequestRefused(ValueError):
    """It cannot be done like this: `field` is the input at fault, `reason` a key of `labels.REFUSALS`."""

    def __init__(self, field: str, reason: str) -> None:
        super().__init__(f"{field}: {reason}")
        self.field, self.reason = field, reason


@transaction.atomic
def receive(
    *, actor: Viewer, at: datetime, party_id: int, kind: str, wanted: str, regime: str = "cn", requester: str = "self"
) -> RightsRequest:
    """Keep what a customer asks; its clock begins on the day of `at`. Raises PartyNotSeen, PermissionDenied without consents.write, RequestRefused."""
    require_seen(actor, party_id)
    require(actor, RECEIVE)
    for field, value, known in (("kind", kind, rules.KINDS), ("regime", regime, rules.REGIMES), ("requester", requester, rules.REQUESTERS)):
        if value not in known:
            raise RequestRefused(field, "not_a_choice")
    today = timezone.localdate(at)
    is_working = working_days(today).is_working
    due = rules.due_date(regime, today, is_working=is_working)
    row = RightsRequest.objects.create(
        party_id=party_id, kind=kind, regime=regime, requester=requester, wanted=checked_words("wanted", wanted), received_at=at, received_name=actor.name,
        due_date=due, remind_date=rules.remind_date(due, is_working=is_working),
    )  # fmt: skip
    after = {"kind": kind, "regime": regime, "requester": requester, "due_date": row.due_date}
    record(actor, "privacy.requested", subject=("request", row.pk), party_id=party_id, after=after, at=at)
    publish(RightsRequested(party_id, kind), party_id=party_id)
    return row


@transaction.atomic
def check_identity(*, actor: Viewer, at: datetime, request_id: int, how: str) -> RightsRequest:
    """Keep how one was sure who asks; before that nothing is handed out. Raises as `answer`."""
    row = _open(actor, request_id)
    if how not in rules.IDENTITY:
        raise RequestRefused("identity", "not_a_choice")
    row.identity, row.identity_at, row.identity_name = how, at, actor.name
    row.save(update_fields=["identity", "identity_at", "identity_name"])
    record(actor, "privacy.identity_checked", subject=("request", row.pk), party_id=row.party_id, after={"how": how}, at=at)
    return row


@transaction.atomic
def extend(*, actor: Viewer, at: datetime, request_id: int, reason: str) -> RightsRequest:
    """Take longer, once, and say why: the letter tells the customer. Raises as `answer`, RequestRefused for a second time or when it is late already."""
    row = _open(actor, request_id)
    if row.extended_reason:
        raise RequestRefused("reason", "extended_already")
    if timezone.localdate(at) > row.due_date:
        raise RequestRefused("reason", "late")
    before = {"due_date": row.due_date}
    row.extended_reason = checked_words("reason", reason)
    received = timezone.localdate(row.received_at)
    is_working = working_days(received).is_working
    row.due_date = rules.extended(row.regime, received, is_working=is_working)
    row.remind_date = rules.remind_date(row.due_date, is_working=is_working)
    row.save(update_fields=["extended_reason", "due_date", "remind_date"])
    record(
        actor, "privacy.extended", subject=("request", row.pk), party_id=row.party_id, reason=row.extended_reason, before=before,
        after={"due_date": row.due_date}, at=at,
    )  # fmt: skip
    return row


@transaction.atomic
def answer(*, actor: Viewer, at: datetime, request_id: int, state: str, text: str) -> RightsRequest:
    """Close a request: answered, refused with the reason, or withdrawn by the customer.

    Raises RequestNotSeen, PermissionDenied without privacy.manage, RequestRefused: decided already, no words, or answered before it was sure who asks.
    """
    row = _open(actor, request_id)
    if state not in (State.DONE, State.REFUSED, State.WITHDRAWN):
        raise RequestRefused("state", "not_a_choice")
    if state == State.DONE and not row.identity:
        raise RequestRefused("state", "no_identity")
    row.answer, row.state, row.decided_at, row.decided_name = checked_words("text", text), state, at, actor.name
    row.save(update_fields=["answer", "state", "decided_at", "decided_name"])
    record(
        actor, f"privacy.{state}", subject=("request", row.pk), party_id=row.party_id, reason=row.answer, after={"kind": row.kind}, at=at
    )
    publish(RightsAnswered(row.party_id, row.kind, str(state)), party_id=row.party_id)
    return row


@transaction.atomic
def hand_out(*, actor: Viewer, at: datetime, request_id: int) -> Bundle:
    """The data a request asks for, made now; every protected value in it leaves its own entry. Raises RequestNotSeen, PermissionDenied, RequestRefused."""
    row = _seen(actor, request_id)
    if row.kind not in rules.WITH_BUNDLE:
        raise RequestRefused("kind", "no_bundle")
    if not row.identity:
        raise RequestRefused("state", "no_identity")
    if row.state in (State.REFUSED, State.WITHDRAWN):
        raise RequestRefused("state", "decided")
    made = bundle_of(actor, row.party_id, kind=row.kind, at=at)
    row.given_at = at
    row.save(update_fields=["given_at"])
    counts = {name: len(lines) for name, lines in made.tables.items()}
    record(actor, "privacy.handed_out", subject=("request", row.pk), party_id=row.party_id, after={"rows": counts}, at=at)
    return made


def _seen(actor: Viewer, request_id: int) -> RightsRequest:
    rows = RightsRequest.objects.seen_by(actor)
    row_of(rows, request_id)  # a stranger learns nothing, also not that a right is missing
    require(actor, MANAGE)
    return row_of(rows.select_for_update(), request_id)


def _open(actor: Viewer, request_id: int) -> RightsRequest:
    row = _seen(actor, request_id)
    if row.state != State.OPEN:
        raise RequestRefused("state", "decided")
    return row


def checked_words(field: str, text: str, *, longest: int = LONGEST) -> str:
    """A text as it may be kept. Raises RequestRefused: nothing, too long, or something that is kept nowhere (R30)."""
    if not text.strip():
        raise RequestRefused(field, "no_words")
    if len(text) > longest:
        raise RequestRefused(field, "too_long")
    try:
        refuse_secrets(text)
    except NotThis as secret:
        raise RequestRefused(field, secret.reason) from secret
    return text.strip()
