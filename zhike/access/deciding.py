"""Decisions about what somebody proposed: agree, approve, refuse, withdraw, say something; and the end of what nobody decided.

Approving does the act in the same transaction. The act's audit entry is its proposer's, the approval's entry the approver's. What can no longer
be done as it was proposed lapses with the reason in words, and nothing of it is kept.
"""

from __future__ import annotations

from datetime import datetime

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import Http404
from django.utils import translation
from django.utils.translation import gettext as _

from zhike.access.actions import record
from zhike.access.approval_models import Proposal, ProposalStep
from zhike.access.approval_rules import is_open
from zhike.access.approvals import Asked, CannotBeDone, Done, add_step, decides, is_about, kinds
from zhike.access.models import Person
from zhike.access.scope import Viewer, announce, system_viewer, viewer_for

What = ProposalStep.What


class NotDecided(Exception):
    """It cannot be decided so; `reason` is one of decided, late, yourself, unconfirmed, no_reason, unknown_kind."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@transaction.atomic
def approve(*, actor: Viewer, at: datetime, proposal_id: int, words: str = "") -> Proposal:
    """Approve it and do what was proposed. The row given back is `approved`, or `expired` with the reason why it cannot be done any more.

    Raises Http404 where the actor does not see it, PermissionDenied without right or scope, `NotDecided`.
    """
    row = _to_decide(actor, at, proposal_id)
    if row.unconfirmed_ids:
        raise NotDecided("unconfirmed")
    if row.kind not in kinds():
        raise NotDecided("unknown_kind")
    try:
        with transaction.atomic():
            _refuse_what_changed(row, actor)
            _decide(row, actor, at, Proposal.State.APPROVED, words)
            done = _carried_out(row, actor, at)
            row.note, row.result_url = done.note, done.result_url
            row.save(update_fields=["note", "result_url"])
    except CannotBeDone as wrong:
        return _lapse(proposal_id, actor, at, str(wrong))
    except (PermissionDenied, Http404, Person.DoesNotExist):
        why = _("Whoever proposed it may no longer do this, or no longer sees what it is about. It has to be proposed anew.")
        return _lapse(proposal_id, actor, at, why)
    return row


@transaction.atomic
def refuse(*, actor: Viewer, at: datetime, proposal_id: int, words: str) -> Proposal:
    """Refuse it, with the reason in words. Raises Http404, PermissionDenied, `NotDecided`."""
    row = _to_decide(actor, at, proposal_id)
    if not words.strip():
        raise NotDecided("no_reason")
    _decide(row, actor, at, Proposal.State.REFUSED, words)
    return row


@transaction.atomic
def withdraw(*, actor: Viewer, at: datetime, proposal_id: int, words: str = "") -> Proposal:
    """Take back what one proposed oneself. Raises Http404, PermissionDenied, `NotDecided`."""
    row = _seen(proposal_id)
    if row.proposer_id != actor.person_id:
        raise PermissionDenied
    if row.state != Proposal.State.PROPOSED:
        raise NotDecided("decided")
    _decide(row, actor, at, Proposal.State.WITHDRAWN, words)
    return row


@transaction.atomic
def confirm(*, actor: Viewer, at: datetime, proposal_id: int, words: str = "") -> Proposal:
    """Agree to what concerns oneself, before it is decided. Raises Http404, PermissionDenied, `NotDecided`."""
    row = _seen(proposal_id)
    if actor.person_id not in row.confirmer_ids:
        raise PermissionDenied
    if not is_open(row.state, row.deadline_at, at) or actor.person_id in row.confirmed_ids:
        raise NotDecided("decided" if row.state != Proposal.State.PROPOSED or actor.person_id in row.confirmed_ids else "late")
    row.confirmed_ids = [*row.confirmed_ids, actor.person_id]
    row.save(update_fields=["confirmed_ids"])
    add_step(row, actor, at, What.CONFIRMED, words.strip())
    record(actor, "approvals.confirmed", subject=("proposal", row.pk), reason=words.strip(), at=at)
    return row


@transaction.atomic
def comment(*, actor: Viewer, at: datetime, proposal_id: int, words: str) -> Proposal:
    """Say something about it, also after it was decided. Raises Http404, `NotDecided` where nothing is said."""
    row = _seen(proposal_id)
    if not words.strip():
        raise NotDecided("no_reason")
    add_step(row, actor, at, What.COMMENTED, words.strip())
    record(actor, "approvals.commented", subject=("proposal", row.pk), at=at)
    return row


@transaction.atomic
def expire(*, at: datetime) -> int:
    """Let lapse what nobody decided in time; how many. For the worker, which sees all of them."""
    late = list(
        Proposal.objects.select_for_update().filter(state=Proposal.State.PROPOSED, deadline_at__lte=at).values_list("pk", flat=True)
    )
    if not late:
        return 0
    Proposal.objects.filter(pk__in=late).update(state=Proposal.State.EXPIRED, decided_at=at)
    ProposalStep.objects.bulk_create([ProposalStep(proposal_id=key, at=at, what=What.EXPIRED) for key in late])
    record(system_viewer("worker"), "approvals.expired", after={"proposals": late}, at=at)
    return len(late)


def _seen(proposal_id: int) -> Proposal:
    """The row, locked; the wall says whether it is there for whoever asks."""
    row = Proposal.objects.select_for_update().filter(pk=proposal_id).first()
    if row is None:
        raise Http404
    return row


def _to_decide(actor: Viewer, at: datetime, proposal_id: int) -> Proposal:
    row = _seen(proposal_id)
    if (is_about(actor, row) or row.proposer_id == actor.person_id) and actor.may(row.approver_permission):
        raise NotDecided("yourself")
    if not decides(actor, row):
        raise PermissionDenied(row.approver_permission)
    if not is_open(row.state, row.deadline_at, at):
        raise NotDecided("decided" if row.state != Proposal.State.PROPOSED else "late")
    return row


def _decide(row: Proposal, actor: Viewer, at: datetime, state: Proposal.State, words: str) -> None:
    row.state, row.decided_at, row.decided_by_id, row.decided_name, row.answer = state, at, actor.person_id, actor.name, words.strip()
    row.save(update_fields=["state", "decided_at", "decided_by", "decided_name", "answer"])
    add_step(row, actor, at, state, words.strip())
    record(actor, f"approvals.{state}", subject=("proposal", row.pk), reason=words.strip(), after={"kind": row.kind}, at=at)


def _as_proposer(row: Proposal) -> Viewer:
    """The proposer as she is now; the database takes her for who asks until the approver is announced again."""
    proposer = viewer_for(Person.objects.select_related("employee__unit").get(pk=row.proposer_id, is_active=True))
    announce(proposer)
    return proposer


def _refuse_what_changed(row: Proposal, actor: Viewer) -> None:
    try:
        changed = kinds()[row.kind].changed(_as_proposer(row), row.asked)
    finally:
        announce(actor)
    if changed:
        raise CannotBeDone(changed)


def _carried_out(row: Proposal, actor: Viewer, at: datetime) -> Done:
    """Do the act in its proposer's name and language."""
    try:
        with transaction.atomic(), translation.override(row.language):
            return kinds()[row.kind].do(Asked(_as_proposer(row), row.asked, at, row.pk))
    finally:
        announce(actor)


def _lapse(proposal_id: int, actor: Viewer, at: datetime, why: str) -> Proposal:
    """End what can no longer be done: nobody approved it."""
    row = _seen(proposal_id)
    row.state, row.decided_at, row.answer = Proposal.State.EXPIRED, at, why
    row.save(update_fields=["state", "decided_at", "answer"])
    add_step(row, actor, at, What.EXPIRED, why)
    record(actor, "approvals.expired", subject=("proposal", row.pk), reason=why, at=at)
    return row
