"""Acts on one audience: change what it asks, name and share it, copy it, put it away."""

from __future__ import annotations

from django.contrib import messages
from django.core.exceptions import BadRequest
from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from zhike.access.scope import ViewerRequest
from zhike.audiences import actions, queries
from zhike.audiences.actions import NameMissing
from zhike.workspace.conditions import Refused


@require_POST
def change(request: ViewerRequest, audience_id: int) -> HttpResponse:
    """Keep what the builder says now as a new version of hers."""
    try:
        actions.change(actor=request.viewer, at=timezone.now(), audience_id=audience_id, condition=request.POST.get("where", ""))
    except Refused as refused:
        raise BadRequest from refused
    return redirect("audience", audience_id)


@require_POST
def describe(request: ViewerRequest, audience_id: int) -> HttpResponse:
    """Name, purpose and sharing of hers."""
    try:
        actions.describe(
            actor=request.viewer, at=timezone.now(), audience_id=audience_id, name=request.POST.get("name", ""), note=request.POST.get("note", ""),
            shared=request.POST.get("shared", "own")
        )  # fmt: skip
    except NameMissing:
        messages.error(request, _("An audience needs a name. Nothing was changed."))
    return redirect("audience", audience_id)


@require_POST
def copy(request: ViewerRequest, audience_id: int) -> HttpResponse:
    """One of her own that asks the same, hers alone."""
    found = queries.audience(request.viewer, audience_id)
    name = _("%(name)s (copy)") % {"name": found.name}
    try:
        made = actions.save(actor=request.viewer, at=timezone.now(), name=name, note=found.note, condition=found.condition)
    except Refused as refused:
        messages.error(request, refused.problems[0].text)
        return redirect("audience", audience_id)
    return redirect("audience", made.pk)


@require_POST
def put_away(request: ViewerRequest, audience_id: int) -> HttpResponse:
    """Put hers away (`back` given: bring it back)."""
    is_back = bool(request.POST.get("back"))
    actions.put_away(actor=request.viewer, at=timezone.now(), audience_id=audience_id, is_back=is_back)
    return redirect("audience", audience_id) if is_back else redirect(f"{reverse('audiences')}?away={audience_id}")
