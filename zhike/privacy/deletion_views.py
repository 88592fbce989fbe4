"""The dry run of a deletion, and the proposal to carry it out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from zhike.access.approvals import NotProposed
from zhike.access.ask_why import REASONS
from zhike.access.scope import ViewerRequest, require
from zhike.core.pages import Crumb, Words, answer
from zhike.privacy import deleting, deletion, labels
from zhike.privacy.actions import RequestRefused
from zhike.privacy.deletion_rules import Ground
from zhike.privacy.models import RightsRequest


@dataclass(frozen=True)
class DeletionPage:
    """privacy/deletion.html. `text`, `why`: what was typed; `error`: what was refused."""

    title: str
    crumbs: Sequence[Crumb]
    row: RightsRequest
    plan: deletion.Plan
    measure: Words
    grounds: Sequence[tuple[Words, Ground]]
    text: str
    why: str
    error: Words


@require_http_methods(["GET", "POST"])
def page(request: ViewerRequest, request_id: int) -> HttpResponse:
    """What would go, what stays and why; a POST (`text`, `why`) proposes it to a second person."""
    error: Words = ""
    require(request.viewer, "customers.read")
    if request.method == "POST":
        text, why = request.POST.get("text", ""), request.POST.get("why", "")
        try:
            number = deleting.propose(actor=request.viewer, at=timezone.now(), request_id=request_id, text=text, why=why)
        except RequestRefused as wrong:
            error = labels.REFUSALS[wrong.reason]
        except NotProposed as wrong:
            error = REASONS[wrong.reason]
        else:
            messages.success(request, _("Proposed. It is carried out once somebody else approves it."))
            return redirect("approval", number)
    return _page(request, request_id, error)


def _page(request: ViewerRequest, request_id: int, error: Words) -> HttpResponse:
    try:
        row = deleting.to_delete(request.viewer, request_id)
    except RequestRefused as wrong:
        messages.error(request, str(labels.REFUSALS[wrong.reason]))
        return redirect("privacy-request", request_id)
    plan, title = deletion.plan(request.viewer, row.party_id, at=timezone.now()), _("What would be deleted")
    crumbs = [
        Crumb(_("Requests over personal data"), reverse("privacy-requests")),
        Crumb(row.get_kind_display(), reverse("privacy-request", args=[row.pk])),
        Crumb(title),
    ]
    given = request.POST
    shown = DeletionPage(
        title,
        crumbs,
        row,
        plan,
        labels.MEASURES[plan.measure],
        [(labels.STAYS[one.why], one) for one in plan.grounds],
        given.get("text", ""),
        given.get("why", ""),
        error,
    )
    return answer(request, "privacy/deletion.html", vars(shown), status=422 if error else 200)
