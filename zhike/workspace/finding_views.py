"""Addresses of the search that opens everywhere, and of what a person keeps for herself in it."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_POST

from zhike.access.scope import ViewerRequest
from zhike.core.pages import is_fragment
from zhike.workspace import actions, finding
from zhike.workspace.search_rate import searched_too_often

LONGEST = 80


@require_GET
def find(request: ViewerRequest) -> HttpResponse:
    """The answer to what stands in the search (`q`), always as a fragment."""
    words = request.GET.get("q", "").strip()[:LONGEST]
    if words and (refused := searched_too_often(request)):
        return refused
    groups = finding.found(request.viewer, words)
    return render(request, "workspace/_found.html", {"groups": groups, "words": words, "count": sum(len(group.hits) for group in groups)})


@require_POST
def pin(request: ViewerRequest, party_id: int) -> HttpResponse:
    """Pin a customer (`pinned` given) or take the pin away."""
    pinned = bool(request.POST.get("pinned"))
    actions.pin(actor=request.viewer, at=timezone.now(), party_id=party_id, pinned=pinned)
    if is_fragment(request):
        return render(request, "workspace/_pin.html", {"party_id": party_id, "is_pinned": pinned})
    return redirect("customer", party_id)
