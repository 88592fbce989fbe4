"""The act of deleting a customer: proposed by whoever answers for privacy, approved by somebody else, carried out by the worker (PIPL 47, GDPR 17)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from zhike.access import approvals, work
from zhike.access.actions import record
from zhike.access.scope import Viewer, require
from zhike.core.events import publish
from zhike.privacy import deletion
from zhike.privacy.actions import MANAGE, RequestRefused, State, checked_words
from zhike.privacy.deletion import Deleted
from zhike.privacy.events import RightsAnswered
from zhike.privacy.models import RightsRequest
from zhike.privacy.queries import row_of

KIND = "privacy.deletion"
Kind = RightsRequest.Kind


@transaction.atomic
def propose(*, actor: Viewer, at: datetime, request_id: int, text: str, why: str) -> int:
    """Put the deletion that a request asks for before a second person; the proposal's number. `text`: the answer to the customer.

    Raises RequestNotSeen, PermissionDenied, RequestRefused (no deletion asked for, nobody sure who asks, nothing may go), `approvals.NotProposed`.
    """
    row = to_delete(actor, request_id)
    if deletion.plan(actor, row.party_id, at=at).measure == "none":
        raise RequestRefused("state", "nothing_goes")
    asked = {"request_id": row.pk, "text": checked_words("text", text)}
    return approvals.propose(actor=actor, at=at, name=KIND, asked=asked, why=why, subject=("request", row.pk), party_ids=[row.party_id]).pk


def to_delete(actor: Viewer, request_id: int) -> RightsRequest:
    """An open request to delete, of which it is sure who asks. Raises as `propose`."""
    row = row_of(RightsRequest.objects.seen_by(actor), request_id)
    require(actor, MANAGE)
    if row.kind != Kind.DELETE:
        raise RequestRefused("kind", "not_a_deletion")
    if row.state != State.OPEN:
        raise RequestRefused("state", "decided")
    if not row.identity:
        raise RequestRefused("state", "no_identity")
    return row


@transaction.atomic
def begin(*, actor: Viewer, at: datetime, asked: Mapping[str, Any]) -> None:
    """Have an approved deletion carried out in the background. Raises as `propose`."""
    row = to_delete(actor, asked["request_id"])
    title = _("Deletion, request %(number)s") % {"number": row.pk}
    work.start(actor=actor, at=at, kind=KIND, title=title, asked=asked)


@transaction.atomic
def carry_out(*, actor: Viewer, at: datetime, request_id: int, text: str, step: Callable[[str], None]) -> RightsRequest:
    """Delete what may go by now, answer the request, and leave one entry. Needs the job role. Raises as `propose`."""
    party_id = to_delete(actor, request_id).party_id
    done = deletion.carry_out([party_id], at=at, step=step)
    if done.measures[party_id] == "none":
        raise RequestRefused("state", "nothing_goes")
    row = to_delete(actor, request_id)
    row.outcome, row.carried_out_at = outcome_of(done, party_id), at
    row.answer, row.state, row.decided_at, row.decided_name = text, State.DONE, at, actor.name
    row.save(update_fields=["outcome", "carried_out_at", "answer", "state", "decided_at", "decided_name"])
    record(actor, "privacy.deleted", subject=("request", row.pk), party_id=party_id, after=row.outcome, at=at)
    publish(RightsAnswered(party_id, row.kind, str(State.DONE)), party_id=party_id)
    return row


def outcome_of(done: Deleted, party_id: int) -> dict[str, Any]:
    """What is kept of a deletion: how far it went, rows by table, and what stays, why and until when."""
    stays = [{"why": one.why, "until": one.until.isoformat() if one.until else None} for one in done.grounds[party_id]]
    return {"measure": done.measures[party_id], "rows": {name: count for name, count in done.rows.items() if count}, "stays": stays}
