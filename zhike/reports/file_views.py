"""Reports as files: the table, and the customers behind a figure by way of the customer list's own export."""

from __future__ import annotations

from typing import cast
from urllib.parse import quote, urlencode

from django.conf import settings
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from zhike.access.approvals import NotProposed
from zhike.access.ask_why import ask_why
from zhike.access.scope import ViewerRequest, require
from zhike.reports import answering, drawing, exporting, naming, rules, stands
from zhike.reports.answering import NotTogether, TooWide
from zhike.reports.ordering import pivot
from zhike.reports.views import read
from zhike.workspace import export_actions
from zhike.workspace.asking import lens
from zhike.workspace.export_actions import TooMany
from zhike.workspace.exporting import FORMS, Form

MOST_BEHIND = 5000  # customers of one figure that may leave as a file; more are narrowed first


def _form(request: ViewerRequest) -> Form:
    given = request.POST.get("form", "")
    return cast(Form, given if given in FORMS else "xlsx")


@require_POST
def export(request: ViewerRequest) -> HttpResponse:
    """The table as a workbook or CSV, with every line of it."""
    viewer, asked, form, at = request.viewer, read(request.POST), _form(request), timezone.now()
    require(viewer, "customers.export")
    back = f"{reverse('reports')}?{asked.query}"
    stand = stands.stand(settings.HOME, asked.on, asked.version)
    try:
        found = answering.answer(viewer, asked, stand) if stand else None
    except (NotTogether, TooWide):
        return redirect(back)
    if stand is None or found is None:
        messages.error(request, _("There are no figures to export."))
        return redirect(back)
    names = naming.names(viewer, asked, found.cells)
    table = drawing.table(asked, pivot(asked, found, names, most=exporting.MOST_LINES, most_columns=exporting.MOST_COLUMNS), names)
    content = exporting.written(viewer, table, stand, form, at=at, months=(found.months[0], found.months[-1]))
    return _file(content, form, exporting.name_of(form, timezone.localtime(at)))


@require_POST
def export_rows(request: ViewerRequest) -> HttpResponse:
    """The customers behind a figure as the customer list exports them: columns, masks, marks, limits and the second person are its own."""
    viewer, asked = request.viewer, read(request.POST)
    require(viewer, "customers.read")
    require(viewer, "customers.export")
    at = request.POST.get("at", "")
    back = f"{reverse('report-rows')}?{urlencode({**asked.plain, 'at': at})}"
    stand = stands.stand(settings.HOME, asked.on, asked.version)
    keys = answering.parties_behind(viewer, asked, stand, rules.place_of(at, asked), most=MOST_BEHIND + 1) if stand else []
    if not keys or len(keys) > MOST_BEHIND:
        words = _("One file holds at most %(most)s customers of a figure. Open a smaller one.") % {"most": f"{MOST_BEHIND:,}"}
        messages.error(request, words if keys else _("There are no figures to export."))
        return redirect(back)
    wanted = lens(viewer, {"view": "all"}, getattr(request.user, "employee_id", None))
    form = _form(request)
    try:
        file = export_actions.export(actor=viewer, at=timezone.now(), wanted=wanted, form=form, keys=keys, why=request.POST.get("why", ""))
    except NotProposed as wrong:
        return ask_why(request, name=export_actions.KIND, wrong=wrong, back=back)
    except TooMany as many:
        messages.error(
            request, _("One file holds at most %(most)s customers of a figure. Open a smaller one.") % {"most": f"{many.most:,}"}
        )
        return redirect(back)
    if file is None:
        return redirect("work")
    if isinstance(file, int):
        messages.success(request, _("It waits for somebody else to approve it; the bell tells you."))
        return redirect("approval", file)
    return _file(file.content, form, file.name)


def _file(content: bytes, form: Form, name: str) -> HttpResponse:
    kind = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet" if form == "xlsx" else "text/csv; charset=utf-8"
    answer = HttpResponse(content, content_type=kind)
    answer["Content-Disposition"] = f"attachment; filename*=UTF-8''{quote(name)}"
    answer["Cache-Control"] = "private, no-store"
    return answer
