"""Pages of kept reports: all of them, and what is done with one. A kept report opens as what it asks, with its number beside it (`of`)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.conf import settings
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from zhike.access.scope import ViewerRequest
from zhike.core.pages import Crumb, Tab, answer
from zhike.reports import actions, queries
from zhike.reports.actions import NameMissing, NotAnAddress
from zhike.reports.catalogue import DIMENSIONS, MEASURES
from zhike.reports.queries import KeptLine
from zhike.reports.rules import Asked, read
from zhike.reports.views import read as read_form


@dataclass(frozen=True)
class KeptPage:
    """reports/kept.html: lines with what each asks, in words. `undo_id`: the report that has just been put away."""

    title: str
    crumbs: Sequence[Crumb]
    tabs: Sequence[Tab]
    lines: Sequence[tuple[KeptLine, str]]
    is_archive: bool
    undo_id: str


def address_of(line: KeptLine) -> str:
    """Where a kept report stands."""
    asked = read(line.report.asked, dimensions=DIMENSIONS, measures=MEASURES)
    return f"{reverse('reports')}?{asked.query}&of={line.report.pk}"


def in_words(asked: Asked) -> str:
    """What a report asks, in one line."""
    by = " × ".join(str(DIMENSIONS[name].title) for name in (*asked.rows, *asked.columns)) or _("Total")
    return _("%(measures)s by %(dimensions)s") % {
        "measures": ", ".join(str(MEASURES[name].title) for name in asked.measures),
        "dimensions": by,
    }


@require_http_methods(["GET", "POST"])
def kept(request: ViewerRequest) -> HttpResponse:
    """All that are hers or shared with her; POST keeps one."""
    if request.method == "POST":
        return _keep(request)
    is_archive = "archived" in request.GET
    lines = [
        (line, in_words(read(line.report.asked, dimensions=DIMENSIONS, measures=MEASURES)))
        for line in queries.kept(request.viewer, archived=is_archive)
    ]
    here, undo = reverse("kept-reports"), request.GET.get("away", "")
    tabs = [
        Tab(_("Builder"), reverse("reports")),
        Tab(_("Kept reports"), here, not is_archive),
        Tab(_("Put away"), f"{here}?archived=1", is_archive),
    ]
    title = _("Kept reports")
    page = KeptPage(title, [Crumb(_("Reports"), reverse("reports")), Crumb(title)], tabs, lines, is_archive, undo if undo.isdigit() else "")
    return answer(request, "reports/kept.html", vars(page))


def _keep(request: ViewerRequest) -> HttpResponse:
    asked = read_form(request.POST)
    try:
        made = actions.keep(
            actor=request.viewer, at=timezone.now(), name=request.POST.get("name", ""), asked=asked.plain, shared=request.POST.get("shared", "own")
        )  # fmt: skip
    except NameMissing:
        messages.error(request, _("A report needs a name. Write one and keep it again."))
        return redirect(f"{reverse('reports')}?{asked.query}")
    return redirect("kept-report", made.pk)


@require_GET
def opened(request: ViewerRequest, report_id: int) -> HttpResponse:
    """A kept report, as the address of what it asks."""
    return redirect(address_of(queries.one(request.viewer, report_id)))


@require_POST
def change(request: ViewerRequest, report_id: int) -> HttpResponse:
    """Keep what the builder says now as hers."""
    actions.change(actor=request.viewer, at=timezone.now(), report_id=report_id, asked=read_form(request.POST).plain)
    messages.success(request, _("Kept."))
    return redirect("kept-report", report_id)


@require_POST
def describe(request: ViewerRequest, report_id: int) -> HttpResponse:
    """Name and sharing of hers."""
    try:
        actions.describe(
            actor=request.viewer, at=timezone.now(), report_id=report_id, name=request.POST.get("name", ""), shared=request.POST.get("shared", "own")
        )  # fmt: skip
    except NameMissing:
        messages.error(request, _("A report needs a name. Nothing was changed."))
    return redirect("kept-report", report_id)


@require_POST
def put_away(request: ViewerRequest, report_id: int) -> HttpResponse:
    """Put hers away (`back` given: bring it back)."""
    is_back = bool(request.POST.get("back"))
    actions.put_away(actor=request.viewer, at=timezone.now(), report_id=report_id, is_back=is_back)
    return redirect("kept-report", report_id) if is_back else redirect(f"{reverse('kept-reports')}?away={report_id}")


@require_POST
def subscribe(request: ViewerRequest, report_id: int) -> HttpResponse:
    """Have it sent to herself, or no longer."""
    try:
        row = actions.subscribe(
            actor=request.viewer, at=timezone.now(), on=timezone.localdate(), report_id=report_id, rhythm=request.POST.get("rhythm", ""),
            address=request.POST.get("address", ""), has_file=bool(request.POST.get("file")),
        )  # fmt: skip
    except NotAnAddress as wrong:
        domains = ", ".join(wrong.domains)
        messages.error(
            request,
            _("Write an address of the bank (%(domains)s).") % {"domains": domains}
            if domains
            else _("No mail domain of the bank is set. Ask whoever runs Zhike."),
        )
        return redirect("kept-report", report_id)
    if row is None:
        messages.success(request, _("It is no longer sent to you."))
    elif settings.ZHIKE_MAIL_HOST:
        messages.success(
            request, _("It is sent to %(address)s, %(rhythm)s.") % {"address": row.address, "rhythm": row.get_rhythm_display()}
        )
    else:
        messages.warning(request, _("Kept, but no mail server is set: nothing is sent until whoever runs Zhike names one."))
    return redirect("kept-report", report_id)
