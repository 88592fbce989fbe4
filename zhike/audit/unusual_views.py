"""The list of unusual access, and its review by somebody else than who did it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_POST

from zhike.access.auditing import names_of_people
from zhike.access.scope import ViewerRequest
from zhike.audit import queries
from zhike.audit.actions import ReviewRefused, note_reading
from zhike.audit.actions import review as keep_review
from zhike.audit.views import tabs
from zhike.core.pages import Crumb, Tab, answer
from zhike.core.tables import Column, Page, page_of

COLUMNS = (Column("found", "", "found_at", descending_first=True),)
WHY = {
    "note": gettext_lazy("Write what you found out: the note is the review."),
    "yourself": gettext_lazy("This is your own access: somebody else reviews it."),
    "done": gettext_lazy("Somebody reviewed this already."),
}


@dataclass(frozen=True)
class UnusualPage:
    """audit/unusual.html: `rows` are (Unusual, the person's name, whether the viewer may review it)."""

    title: str
    crumbs: Sequence[Crumb]
    tabs: Sequence[Tab]
    page: Page[Any]
    rows: Sequence[tuple[Any, str, bool]]
    is_open: bool
    limits: Sequence[tuple[Any, int]]
    error: str
    note: str
    refused_id: int


@require_GET
def unusual(request: ViewerRequest) -> HttpResponse:
    """What waits for review, newest first; with `state=reviewed` what was reviewed."""
    return _page(request)


@require_POST
def review(request: ViewerRequest, unusual_id: int) -> HttpResponse:
    """Keep what somebody found out about it."""
    note = request.POST.get("note", "")
    try:
        keep_review(
            actor=request.viewer,
            at=timezone.now(),
            unusual_id=unusual_id,
            note=note,
            is_explained=request.POST.get("result") == "explained",
        )
    except ReviewRefused as wrong:
        return _page(request, error=str(WHY[wrong.reason]), note=note, refused_id=unusual_id)
    messages.success(request, _("The review is kept."))
    return redirect("audit-unusual")


def _page(request: ViewerRequest, *, error: str = "", note: str = "", refused_id: int = 0) -> HttpResponse:
    is_open = request.GET.get("state") != "reviewed"
    found = page_of(queries.unusual(request.viewer, is_open=is_open), COLUMNS, request.GET.dict(), sort="found", descending=True)
    if not error:
        note_reading(actor=request.viewer, act="unusual_read", at=timezone.now(), asked={"shown": len(found.rows)})
    names = names_of_people({row.person_id for row in found.rows})
    rows = [(row, names.get(row.person_id, "—"), is_open and row.person_id != request.viewer.person_id) for row in found.rows]
    crumbs = [Crumb(_("Audit"), reverse("audit")), Crumb(_("Unusual access"))]
    page = UnusualPage(_("Unusual access"), crumbs, tabs("unusual"), found, rows, is_open, _limits(), error, note, refused_id)
    return answer(request, "audit/unusual.html", vars(page), status=422 if error else 200)


def _limits() -> list[tuple[Any, int]]:
    return [
        (_("customers of others opened in a day"), settings.UNUSUAL_OUTSIDE), (_("numbers revealed in a day"), settings.UNUSUAL_REVEALS),
        (_("customers exported in a day"), settings.UNUSUAL_EXPORTED), (_("customers opened or numbers revealed at night"), settings.UNUSUAL_NIGHT),
        (_("customers opened or exported in a day shortly before leaving"), settings.UNUSUAL_LEAVING),
    ]  # fmt: skip
