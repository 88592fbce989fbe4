"""Reads of what was proposed. The first argument is the viewer; the wall of the table says the same again."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.db.models import Q, QuerySet
from django.db.models.functions import Now
from django.http import Http404
from django.utils.translation import get_language

from zhike.access.approval_models import Proposal, ProposalStep
from zhike.access.approvals import kinds
from zhike.access.models import Person
from zhike.access.scope import Viewer
from zhike.core.pages import Words


@dataclass(frozen=True)
class Shown:
    """A proposal in the words of whoever reads it: its title, and lines of what, before, after."""

    row: Proposal
    kind: Words
    title: str
    lines: Sequence[tuple[str, str, str]]

    @property
    def pk(self) -> int:
        return self.row.pk


def seen(viewer: Viewer) -> QuerySet[Proposal]:
    """Every proposal that the viewer may see: hers, those she may decide, decided or agrees to; all with audit.read."""
    if viewer.may("audit.read"):
        return Proposal.objects.all()
    mine = viewer.person_id or 0
    return Proposal.objects.filter(_decidable(viewer) | Q(proposer=mine) | Q(decided_by=mine) | Q(confirmer_ids__contains=[mine]))


def waiting(viewer: Viewer) -> QuerySet[Proposal]:
    """What waits for the viewer: to be decided by her, or agreed to."""
    mine = viewer.person_id or 0
    hers = _decidable(viewer) & ~Q(proposer=mine) | Q(confirmer_ids__contains=[mine]) & ~Q(confirmed_ids__contains=[mine])
    return Proposal.objects.filter(hers, state=Proposal.State.PROPOSED, deadline_at__gt=Now())


def mine(viewer: Viewer) -> QuerySet[Proposal]:
    """What the viewer proposed."""
    return Proposal.objects.filter(proposer=viewer.person_id or 0)


def decided_of_mine(viewer: Viewer) -> QuerySet[Proposal]:
    """What the viewer proposed and somebody else, or time, has decided."""
    return mine(viewer).filter(state__in=[Proposal.State.APPROVED, Proposal.State.REFUSED, Proposal.State.EXPIRED])


def proposal(viewer: Viewer, proposal_id: int) -> Proposal:
    """One of them. Raises Http404."""
    row = seen(viewer).filter(pk=proposal_id).first()
    if row is None:
        raise Http404
    return row


def state_of(proposal_id: int | None) -> str:
    """The state of a proposal, for the area whose act it is; "" where there is none or it is out of sight."""
    return Proposal.objects.filter(pk=proposal_id or 0).values_list("state", flat=True).first() or ""


def decided_name(proposal_id: int) -> str:
    """Who decided about a proposal; "" where nobody has, or it is out of sight."""
    return Proposal.objects.filter(pk=proposal_id).values_list("decided_name", flat=True).first() or ""


def history(viewer: Viewer, proposal_id: int) -> list[ProposalStep]:
    """What happened to it, in order."""
    return list(ProposalStep.objects.filter(proposal__in=seen(viewer).filter(pk=proposal_id)).order_by("at", "pk"))


def names_of(person_ids: Sequence[int]) -> list[str]:
    """The names of colleagues, in the order of their ids given."""
    names = dict(Person.objects.filter(pk__in=person_ids).values_list("pk", "name"))
    return [names[one] for one in person_ids if one in names]


def shown(row: Proposal) -> Shown:
    """A proposal in words of the language that is on."""
    words = row.words.get(get_language() or "en") or row.words.get("en") or {"title": row.kind, "lines": []}
    known = kinds().get(row.kind)
    return Shown(row, known.title if known else row.kind, words["title"], [(what, before, after) for what, before, after in words["lines"]])


def _decidable(viewer: Viewer) -> Q:
    """Put to a unit within the viewer's scope, for a permission she holds."""
    held = Q(approver_permission__in=sorted(viewer.permissions))
    return held if viewer.sees_all else held & Q(approver_unit_id__any_of=list(viewer.unit_ids))
