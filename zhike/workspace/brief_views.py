"""The one-page brief of a customer, on the screen, on paper and as PDF; each look at it is recorded."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.conf import settings
from django.http import HttpResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from zhike.access.marks import Mark
from zhike.access.scope import ViewerRequest, require
from zhike.core.paper import NoPaper, pdf
from zhike.workspace import actions
from zhike.workspace.brief import Brief, brief


@dataclass(frozen=True)
class BriefPage:
    """workspace/brief.html; `is_pdf` leaves out what cannot be pressed on paper."""

    title: str
    brief: Brief
    party_id: int
    bank_name: str
    at: datetime
    is_pdf: bool
    mark: str
    said: str


@require_GET
def page(request: ViewerRequest, party_id: int) -> HttpResponse:
    """The brief on the screen, made to be printed."""
    return render(request, "workspace/brief.html", vars(_made(request, party_id, is_pdf=False)))


@require_GET
def as_pdf(request: ViewerRequest, party_id: int) -> HttpResponse:
    """The brief as PDF; where the machine cannot make one, the page says what is missing and prints all the same."""
    made = _made(request, party_id, is_pdf=True)
    try:
        written = pdf(render_to_string("workspace/brief.html", vars(made), request), "workspace/brief.css")
    except NoPaper as wrong:
        return render(request, "workspace/brief.html", {**vars(made), "is_pdf": False, "no_pdf": str(wrong)}, status=503)
    name = f"{made.title} {made.at:%Y-%m-%d}.pdf"
    headers = {
        "Content-Disposition": content_disposition_header(as_attachment=True, filename=name) or "attachment",
        "Cache-Control": "private, no-store",
    }
    return HttpResponse(written, content_type="application/pdf", headers=headers)


def _made(request: ViewerRequest, party_id: int, *, is_pdf: bool) -> BriefPage:
    now = timezone.now()
    found = brief(request.viewer, party_id, now)
    require(request.viewer, "customers.read")
    actions.note_brief(actor=request.viewer, at=now, party_id=party_id, is_pdf=is_pdf)
    bank = settings.ZHIKE_BANK_NAME or _("The bank's name is not set (ZHIKE_BANK_NAME)")
    return BriefPage(_("Brief: %(name)s") % {"name": found.head.party.line.name}, found, party_id, bank, timezone.localtime(now), is_pdf,
                     Mark(request.viewer.person_id or 0, now, "pdf" if is_pdf else "print").code, _said(request, now))  # fmt: skip


def _said(request: ViewerRequest, now: datetime) -> str:
    """Whose copy it is, across the paper."""
    return f"{request.viewer.name} {request.viewer.login} {timezone.localtime(now):%Y-%m-%d %H:%M}"
