"""When which act needs a second person: one page, and a change of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.contrib import messages
from django.core.exceptions import BadRequest
from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from zhike.access import approvable
from zhike.access.approval_models import ApprovalRule
from zhike.access.approval_rules import SET, Need
from zhike.access.approvals import Kind, NotProposed, kinds, need_of
from zhike.access.ask_why import ask_why
from zhike.access.scope import ViewerRequest, require
from zhike.core.pages import Crumb, answer

MOST = 1_000_000


@dataclass(frozen=True)
class RuleRow:
    """A kind of act, and when it needs approval today, in words; `need` for its form."""

    kind: Kind
    need: Need
    words: str


@dataclass(frozen=True)
class RulesPage:
    """access/approval_rules.html; `past`: what held when, latest first."""

    title: str
    crumbs: Sequence[Crumb]
    rows: Sequence[RuleRow]
    past: Sequence[tuple[ApprovalRule, str, str]]


@require_http_methods(["GET", "POST"])
def rules(request: ViewerRequest) -> HttpResponse:
    """Each kind of act with its rule; POST sets one (`kind`, `needed`, `above`)."""
    require(request.viewer, SET)
    return _set(request) if request.method == "POST" else _page(request)


def _set(request: ViewerRequest) -> HttpResponse:
    name, above = request.POST.get("kind", ""), request.POST.get("above", "").strip() or "0"
    if name not in kinds() or name == approvable.RULE or not (above.isascii() and above.isdigit() and int(above) <= MOST):
        raise BadRequest
    need = Need(bool(request.POST.get("needed")), int(above))
    try:
        proposal = approvable.set_rule(actor=request.viewer, at=timezone.now(), name=name, need=need, why=request.POST.get("why", ""))
    except NotProposed as wrong:
        return ask_why(request, name=approvable.RULE, wrong=wrong, back=reverse("approval-rules"))
    if proposal:
        messages.success(request, _("It waits for somebody else to approve it."))
        return redirect("approval", proposal.pk)
    messages.success(request, _("Holds from now on."))
    return redirect("approval-rules")


def _page(request: ViewerRequest) -> HttpResponse:
    today = timezone.localdate()
    shown = [one for one in kinds().values() if one.name != approvable.RULE]
    rows = [RuleRow(one, need, approvable.need_in_words(need)) for one in shown for need in [need_of(one.name, today)]]
    titles = {one.name: str(one.title) for one in shown}
    past = [
        (row, titles.get(row.kind, row.kind), approvable.need_in_words(Need(row.is_needed, row.above)))
        for row in ApprovalRule.objects.order_by("-set_at", "-pk")[:50]
    ]
    title = _("When approval is needed")
    page = RulesPage(title, [Crumb(_("Approvals"), reverse("approvals")), Crumb(title)], rows, past)
    return answer(request, "access/approval_rules.html", vars(page))
