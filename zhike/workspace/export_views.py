"""Exports: asked for, and fetched."""

from __future__ import annotations

from typing import cast
from urllib.parse import quote, urlencode

from django.contrib import messages
from django.core.exceptions import BadRequest
from django.http import FileResponse, Http404, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from zhike.access import work
from zhike.access.approvals import NotProposed
from zhike.access.ask_why import ask_why
from zhike.access.scope import ViewerRequest, require
from zhike.insight.prospect_paths import ProspectAsked
from zhike.workspace import export_actions, prospect_exports, reveal_actions
from zhike.workspace.asking import Lens
from zhike.workspace.conditions import Refused
from zhike.workspace.export_actions import File, TooMany
from zhike.workspace.exporting import FORMS, Form
from zhike.workspace.list_views import keys_of, lens_of


@require_POST
def export(request: ViewerRequest) -> HttpResponse:
    """The list, or those ticked (`ids`), as a file; a large one is made in the background."""
    require(request.viewer, "customers.export")
    wanted = lens_of(request, request.POST)
    if request.POST.getlist("reveal"):
        return _in_clear(request, wanted)
    form = cast(Form, request.POST.get("form", "") if request.POST.get("form") in FORMS else "xlsx")
    try:
        file = export_actions.export(
            actor=request.viewer, at=timezone.now(), wanted=wanted, form=form, keys=keys_of(request.POST), why=request.POST.get("why", "")
        )
    except Refused as refused:
        raise BadRequest from refused
    except NotProposed as wrong:
        return ask_why(request, name=export_actions.KIND, wrong=wrong, back=f"{reverse('customers')}?{wanted.query}")
    except TooMany as many:
        messages.error(
            request, _("One file holds at most %(most)s customers. Narrow the list and export again.") % {"most": f"{many.most:,}"}
        )
        return redirect(f"{reverse('customers')}?{wanted.query}")
    return _handed(request, file, form)


def _in_clear(request: ViewerRequest, wanted: Lens) -> HttpResponse:
    """The same with numbers in clear (`reveal`: phone, id_no), which always waits for a second person."""
    form, back = (
        cast(Form, request.POST.get("form", "") if request.POST.get("form") in FORMS else "xlsx"),
        f"{reverse('customers')}?{wanted.query}",
    )
    try:
        number = reveal_actions.propose(
            actor=request.viewer, at=timezone.now(), wanted=wanted, keys=keys_of(request.POST), what=request.POST.getlist("reveal"), form=form,
            why=request.POST.get("why", ""),
        )  # fmt: skip
    except NotProposed as wrong:
        return ask_why(request, name=reveal_actions.KIND, wrong=wrong, back=back)
    except reveal_actions.NothingChosen:
        messages.error(request, _("Nobody is on this list. Tick customers or choose another list."))
        return redirect(back)
    except TooMany as many:
        told = _("A file with numbers in clear holds at most %(most)s customers. Narrow the list or tick some.") % {
            "most": f"{many.most:,}"
        }
        messages.error(request, told)
        return redirect(back)
    messages.success(request, _("It waits for somebody else to approve it; the bell tells you."))
    return redirect("approval", number)


@require_POST
def export_prospects(request: ViewerRequest) -> HttpResponse:
    """Who is outside in the payment network, with every path that leads there, as a file; a large one is made in the background."""
    require(request.viewer, "customers.export")
    asked = ProspectAsked.of(request.POST)
    form = cast(Form, request.POST.get("form", "") if request.POST.get("form") in FORMS else "xlsx")
    back = f"{reverse('insight-prospects')}?{urlencode(asked.plain)}"
    try:
        file = prospect_exports.export(actor=request.viewer, at=timezone.now(), asked=asked, form=form, why=request.POST.get("why", ""))
    except NotProposed as wrong:
        return ask_why(request, name=prospect_exports.KIND, wrong=wrong, back=back)
    except TooMany as many:
        messages.error(request, _("One file holds at most %(most)s lines. Narrow the list and export again.") % {"most": f"{many.most:,}"})
        return redirect(back)
    return _handed(request, file, form)


@require_GET
def file(request: ViewerRequest, work_id: int) -> FileResponse:
    """A file that was made in the background, to whoever asked for it, for a day."""
    row = work.hers(request.viewer, work_id)
    require(request.viewer, "customers.export")
    path = export_actions.path_of(row.pk, row.asked.get("form", "xlsx"))
    if row.kind not in (export_actions.KIND, reveal_actions.KIND, prospect_exports.KIND) or row.state != "done" or not path.exists():
        raise Http404
    name = (prospect_exports if row.kind == prospect_exports.KIND else export_actions).name_of(
        row.asked["form"], timezone.localtime(row.finished_at)
    )
    answer = FileResponse(path.open("rb"), as_attachment=True, filename=name, content_type=_type(row.asked["form"]))
    answer["Cache-Control"] = "private, no-store"
    return answer


def _handed(request: ViewerRequest, file: File | int | None, form: Form) -> HttpResponse:
    """What came of asking for a file: the file, the proposal that waits for a second person, or work in the background (None)."""
    if file is None:
        return redirect("work")
    if isinstance(file, int):
        messages.success(request, _("It waits for somebody else to approve it; the bell tells you."))
        return redirect("approval", file)
    answer = HttpResponse(file.content, content_type=_type(form))
    answer["Content-Disposition"] = f"attachment; filename*=UTF-8''{quote(file.name)}"
    answer["Cache-Control"] = "private, no-store"
    return answer


def _type(form: Form) -> str:
    return "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet" if form == "xlsx" else "text/csv; charset=utf-8"
