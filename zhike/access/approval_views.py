"""What waits for a decision: the list, one proposal with what would be different, and the acts on it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy
from django.views.decorators.http import require_GET, require_POST

from zhike.access import deciding, proposals
from zhike.access.approval_models import Proposal, ProposalStep
from zhike.access.approvals import Approver, approvers, decides, kinds
from zhike.access.proposals import Shown
from zhike.access.scope import Viewer, ViewerRequest
from zhike.core.pages import Crumb, Tab, Words, answer
from zhike.core.tables import Column, Filter, Page, page_of

CONFLICT = 409
REASONS: Mapping[str, Words] = {
    "decided": gettext_lazy("Somebody decided this meanwhile."),
    "late": gettext_lazy("The deadline has passed; it has to be proposed anew."),
    "yourself": gettext_lazy("Who proposes never approves. Somebody else has to decide this."),
    "unconfirmed": gettext_lazy("Not everybody whom it concerns has agreed yet."),
    "no_reason": gettext_lazy("Say why, in a sentence; whoever proposed it reads it."),
    "unknown_kind": gettext_lazy("This installation does not know such an act any more. Refuse it, with a word to whoever proposed it."),
}
COLUMNS = (
    Column("what", gettext_lazy("What")),
    Column("who", gettext_lazy("Proposed by"), hidden_on_phone=True),
    Column("proposed", pgettext_lazy("approval", "Proposed"), "proposed_at", descending_first=True),
    Column("deadline", gettext_lazy("To be decided by"), "deadline_at"),
    Column("state", gettext_lazy("State")),
)
VIEWS = ("waiting", "mine", "decided")


@dataclass(frozen=True)
class ProposalsPage:
    """access/proposals.html: `rows` beside `page`, which pages them."""

    title: str
    crumbs: Sequence[Crumb]
    tabs: Sequence[Tab]
    view: str
    kind: Filter
    page: Page[Proposal]
    rows: Sequence[Shown]
    may_set: bool


@dataclass(frozen=True)
class ProposalPage:
    """access/proposal.html. `asked`: who may decide, while it waits; `agreed`, `not_agreed`: whom it concerns."""

    title: str
    crumbs: Sequence[Crumb]
    shown: Shown
    steps: Sequence[ProposalStep]
    asked: Sequence[Approver]
    agreed: Sequence[str]
    not_agreed: Sequence[str]
    may_decide: bool
    may_agree: bool
    is_mine: bool
    error: Words = ""
    typed: str = ""


@require_GET
def approvals(request: ViewerRequest) -> HttpResponse:
    """What waits for me, what I proposed, and what was decided."""
    view = request.GET.get("view", "")
    view = view if view in VIEWS else VIEWS[0]
    rows = _rows(request.viewer, view)
    chosen = request.GET.get("kind", "") if request.GET.get("kind", "") in kinds() else ""
    rows = rows.filter(kind=chosen) if chosen else rows
    page = page_of(rows, COLUMNS, request.GET.dict(), sort="deadline" if view == "waiting" else "proposed", descending=view != "waiting")
    words = {"waiting": _("Waiting for me"), "mine": _("Proposed by me"), "decided": _("Decided")}
    tabs = [Tab(words[one], f"{reverse('approvals')}?view={one}", one == view) for one in VIEWS]
    choices = Filter("kind", _("Kind of act"), [(one.name, one.title) for one in kinds().values()], chosen)
    shown = ProposalsPage(
        _("Approvals"), [Crumb(_("Approvals"))], tabs, view, choices, page, [proposals.shown(row) for row in page.rows],
        request.viewer.may("approvals.set"),
    )  # fmt: skip
    return answer(request, "access/proposals.html", vars(shown))


def _rows(viewer: Viewer, view: str) -> QuerySet[Proposal]:
    if view == "waiting":
        return proposals.waiting(viewer)
    return proposals.mine(viewer) if view == "mine" else proposals.seen(viewer).exclude(state=Proposal.State.PROPOSED)


@require_GET
def approval(request: ViewerRequest, proposal_id: int) -> HttpResponse:
    """One proposal: what would be different, who wants it and why, who may decide, what happened."""
    return _page(request, proposal_id)


@require_POST
def approve(request: ViewerRequest, proposal_id: int) -> HttpResponse:
    """Approve it; the act is done with that."""
    return _act(request, proposal_id, deciding.approve, _("Approved and done."))


@require_POST
def refuse(request: ViewerRequest, proposal_id: int) -> HttpResponse:
    """Refuse it, with the reason."""
    return _act(request, proposal_id, deciding.refuse, _("Refused. Whoever proposed it is told."))


@require_POST
def withdraw(request: ViewerRequest, proposal_id: int) -> HttpResponse:
    """Take back what one proposed."""
    return _act(request, proposal_id, deciding.withdraw, _("Taken back."))


@require_POST
def confirm(request: ViewerRequest, proposal_id: int) -> HttpResponse:
    """Agree to what concerns oneself."""
    return _act(request, proposal_id, deciding.confirm, _("You have agreed. It waits for the decision now."))


@require_POST
def comment(request: ViewerRequest, proposal_id: int) -> HttpResponse:
    """Say something about it."""
    return _act(request, proposal_id, deciding.comment, _("Said."))


def _act(request: ViewerRequest, proposal_id: int, act: Callable[..., Proposal], told: str) -> HttpResponse:
    """One act on a proposal, with the words that were typed; a refusal comes back on its page with them."""
    words, at = request.POST.get("words", "")[:2000], timezone.now()
    try:
        row = act(actor=request.viewer, at=at, proposal_id=proposal_id, words=words)
    except deciding.NotDecided as wrong:
        return _page(
            request, proposal_id, error=REASONS[wrong.reason], typed=words, status=422 if wrong.reason == "no_reason" else CONFLICT
        )
    if act is deciding.approve and row.state == Proposal.State.EXPIRED:
        return _page(request, proposal_id, error=row.answer, status=CONFLICT)
    messages.success(request, told)
    return redirect("approval", proposal_id)


def _page(request: ViewerRequest, proposal_id: int, *, error: Words = "", typed: str = "", status: int = 200) -> HttpResponse:
    viewer, row = request.viewer, proposals.proposal(request.viewer, proposal_id)
    shown, now = proposals.shown(row), timezone.now()
    page = ProposalPage(
        shown.title, [Crumb(_("Approvals"), reverse("approvals")), Crumb(shown.title)], shown, proposals.history(viewer, row.pk),
        approvers(row) if _waits(row, now) else [], proposals.names_of(row.confirmed_ids), proposals.names_of(row.unconfirmed_ids),
        _waits(row, now) and decides(viewer, row), _waits(row, now) and viewer.person_id in row.unconfirmed_ids,
        row.state == Proposal.State.PROPOSED and row.proposer_id == viewer.person_id, error, typed,
    )  # fmt: skip
    return answer(request, "access/proposal.html", vars(page), status=status)


def _waits(row: Proposal, now: datetime) -> bool:
    return row.state == Proposal.State.PROPOSED and now < row.deadline_at
