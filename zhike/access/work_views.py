"""What a person asked for and waits for: the page, its rows that follow themselves, cancel and try again."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from zhike.access import work
from zhike.access.models import Work
from zhike.access.scope import ViewerRequest
from zhike.core.pages import Crumb, answer, is_fragment
from zhike.core.tables import Page, page_of


@dataclass(frozen=True)
class WorkPage:
    """access/works.html: `page` is a keyset page of Work, newest first."""

    title: str
    crumbs: Sequence[Crumb]
    page: Page[Work]


@require_GET
def works(request: ViewerRequest) -> HttpResponse:
    """What I asked for, newest first."""
    rows = Work.objects.filter(person_id=request.viewer.person_id or 0)
    return _page(request, page_of(rows, (), request.GET, sort="asked", by="asked_at", descending=True))


@require_GET
def one(request: ViewerRequest, work_id: int) -> HttpResponse:
    """One row, as it is now; asks for itself again while something may still happen."""
    row = work.hers(request.viewer, work_id)
    if not is_fragment(request):
        return _page(request, Page([row], (), "asked", True))
    return render(request, "access/_work.html", {"row": row})


@require_POST
def cancel(request: ViewerRequest, work_id: int) -> HttpResponse:
    """Do not go on with it."""
    work.cancel(actor=request.viewer, at=timezone.now(), work_id=work_id)
    return _row(request, work_id)


@require_POST
def retry(request: ViewerRequest, work_id: int) -> HttpResponse:
    """Try again what failed or was cancelled."""
    work.retry(actor=request.viewer, at=timezone.now(), work_id=work_id)
    return _row(request, work_id)


def _page(request: ViewerRequest, page: Page[Work]) -> HttpResponse:
    title = _("What I asked for")
    return answer(request, "access/works.html", vars(WorkPage(title, [Crumb(title)], page)))


def _row(request: ViewerRequest, work_id: int) -> HttpResponse:
    if is_fragment(request):
        return render(request, "access/_work.html", {"row": work.hers(request.viewer, work_id)})
    return redirect("work")
