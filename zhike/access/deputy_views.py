"""The page of deputies: who is away, who sees her customers meanwhile, and until when."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from zhike.access import opening
from zhike.access.models import Absence, Person
from zhike.access.opening import NotThere, OpeningRefused
from zhike.access.opening_words import REFUSALS, day_begins
from zhike.access.scope import Viewer, ViewerRequest, require
from zhike.core.pages import Crumb, Words, answer

FIELDS = ("absent", "deputy", "from", "until", "reason")


@dataclass(frozen=True)
class AbsenceLine:
    """One absence: who, her deputy, [from, until), whether it is in force and whether it may be ended here."""

    row: Absence
    holds: bool


@dataclass(frozen=True)
class DeputiesPage:
    """access/deputies.html: what was typed stands in `typed`, what is wrong with it in `error` (of the input `field`)."""

    title: str
    crumbs: Sequence[Crumb]
    lines: Sequence[AbsenceLine]
    people: Sequence[tuple[str, str]]
    typed: Mapping[str, str]
    field: str = ""
    error: Words = ""


@require_http_methods(["GET", "POST"])
def deputies(request: ViewerRequest) -> HttpResponse:
    """Absences that hold or are to come; a POST names a deputy, or ends an absence (`end`, its id)."""
    require(request.viewer, "deputies.manage")
    if request.method == "GET":
        return _page(request, {})
    ended = request.POST.get("end", "")
    try:
        if ended.isdigit():
            opening.end_absence(actor=request.viewer, at=timezone.now(), absence_id=int(ended))
            messages.success(request, _("Ended. The deputy sees her own customers again."))
        else:
            _name(request)
            messages.success(request, _("The deputy is named; it ends by itself."))
    except NotThere as missing:
        raise Http404 from missing
    except OpeningRefused as wrong:
        return _page(request, request.POST.dict(), wrong)
    return redirect("deputies")


def _name(request: ViewerRequest) -> None:
    typed = {name: request.POST.get(name, "") for name in FIELDS}
    opening.name_deputy(
        actor=request.viewer, at=timezone.now(), absent=typed["absent"], deputy=typed["deputy"], reason=typed["reason"],
        from_at=day_begins(typed["from"], "from"), until_at=day_begins(typed["until"], "until"),
    )  # fmt: skip


def _page(request: ViewerRequest, typed: Mapping[str, str], wrong: OpeningRefused | None = None) -> HttpResponse:
    now = timezone.now()
    rows = Absence.objects.select_related("absent", "deputy").filter(ended_at=None, until_at__gt=now).order_by("from_at", "pk")
    seen = [AbsenceLine(row, row.from_at <= now) for row in _within(request.viewer, list(rows))]
    error = REFUSALS[wrong.reason] if wrong else ""
    title = _("Deputies")
    page = DeputiesPage(title, [Crumb(title)], seen, people_within(request.viewer), typed, wrong.field if wrong else "", error)
    return answer(request, "access/deputies.html", vars(page), status=422 if wrong else 200)


def people_within(viewer: Viewer) -> list[tuple[str, str]]:
    """Log-in names and names of people who may log in, of the viewer's units, team or bank: what an input offers."""
    found = Person.objects.filter(is_active=True, has_left=False).order_by("name", "login")
    if viewer.unit_ids and not viewer.sees_all:
        found = found.filter(employee__unit_id__in=viewer.unit_ids)
    elif not viewer.sees_all:
        found = found.filter(employee_id__in=viewer.employee_ids)
    return list(found.values_list("login", "name")[:500])


def _within(viewer: Viewer, rows: Sequence[Absence]) -> list[Absence]:
    if viewer.sees_all:
        return list(rows)
    near = Person.objects.filter(employee__unit_id__in=viewer.unit_ids) | Person.objects.filter(employee_id__in=viewer.employee_ids)
    keys = {viewer.person_id, *near.values_list("pk", flat=True)}
    return [row for row in rows if row.absent_id in keys or row.deputy_id == viewer.person_id]
