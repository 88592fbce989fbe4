"""Views and lists: save, share, order, throw away; the page on which a person has all of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from zhike.access.scope import ViewerRequest, require
from zhike.core.pages import Crumb, answer
from zhike.workspace import view_actions
from zhike.workspace.asking import Lens, always_there, in_words
from zhike.workspace.list_views import lens_of, sharing
from zhike.workspace.looks import Look, lists, looks, saved_views
from zhike.workspace.models import CustomerList, SavedView
from zhike.workspace.view_actions import MOVES, NameMissing


@dataclass(frozen=True)
class ViewRow:
    """A view on the page of views. `saved` None: one that is always there. `words`: what narrows it; `owner`: who shares it."""

    look: Look
    name: str
    words: str
    saved: SavedView | None = None
    is_hers: bool = False


@dataclass(frozen=True)
class ViewsPage:
    """workspace/views.html. `undo_url`: brings back what has just been thrown away."""

    title: str
    crumbs: Sequence[Crumb]
    views: Sequence[ViewRow]
    lists: Sequence[tuple[CustomerList, int, Look]]
    sharing: Sequence[tuple[str, Any]]
    undo_url: str


@require_GET
def views(request: ViewerRequest) -> HttpResponse:
    """All views: those always there, hers, those of others; and her lists."""
    viewer = request.viewer
    require(viewer, "customers.read")
    known = looks(viewer)
    there = [
        ViewRow(known.get(view) or Look(view), title, "")
        for view, title in always_there(viewer, getattr(request.user, "employee_id", None))
    ]
    saved = [
        ViewRow(
            _named(known.get(str(row.pk)) or Look(str(row.pk)), row.name),
            row.name,
            in_words(row.asked, viewer),
            row,
            row.owner_id == viewer.person_id,
        )
        for row in saved_views(viewer)
    ]
    own = [(row, count, _named(known.get(f"list-{row.pk}") or Look(f"list-{row.pk}"), row.name)) for row, count in lists(viewer)]
    title = _("Views and lists")
    page = ViewsPage(
        title, [Crumb(_("Customers"), reverse("customers")), Crumb(title)], [*there, *saved], own,
        sharing(viewer.may("views.share")), _undo(request.GET.get("thrown", "")),
    )  # fmt: skip
    return answer(request, "workspace/views.html", vars(page))


@require_POST
def save(request: ViewerRequest) -> HttpResponse:
    """Keep the list as it is under a name; without one, keep it in the view it stands in."""
    require(request.viewer, "customers.read")
    wanted = lens_of(request, request.POST)
    columns = list(wanted.look.columns or (wanted.look.saved.columns if wanted.look.saved else ()))
    asked = {**wanted.state}
    if "name" not in request.POST and wanted.look.saved:
        view = view_actions.save_again(
            actor=request.viewer, at=timezone.now(), view_id=wanted.look.saved.id, asked=asked, columns=columns
        )  # fmt: skip
        return redirect(f"{reverse('customers')}?view={view.pk}")
    try:
        view = view_actions.save_view(
            actor=request.viewer, at=timezone.now(), name=request.POST.get("name", ""), asked=asked, columns=columns,
            shared=request.POST.get("shared", "own"), unit_id=_unit(request),
        )  # fmt: skip
    except NameMissing:
        messages.error(request, _("A view needs a name. Nothing was kept."))
        return redirect(f"{reverse('customers')}?{wanted.query}")
    return redirect(f"{reverse('customers')}?view={view.pk}")


@require_POST
def change(request: ViewerRequest, view_id: int) -> HttpResponse:
    """Name and sharing of a view of hers."""
    require(request.viewer, "customers.read")
    try:
        view_actions.change_view(
            actor=request.viewer, at=timezone.now(), view_id=view_id, name=request.POST.get("name", ""),
            shared=request.POST.get("shared", "own"), unit_id=_unit(request),
        )  # fmt: skip
    except NameMissing:
        messages.error(request, _("A view needs a name. Nothing was changed."))
    return redirect("customer-views")


@require_POST
def throw_away(request: ViewerRequest, view_id: int) -> HttpResponse:
    """Throw a view of hers away (`back` given: bring it back)."""
    require(request.viewer, "customers.read")
    is_back = bool(request.POST.get("back"))
    view_actions.throw_view_away(actor=request.viewer, at=timezone.now(), view_id=view_id, is_back=is_back)
    return redirect(reverse("customer-views") + ("" if is_back else f"?thrown=view-{view_id}"))


@require_POST
def move(request: ViewerRequest) -> HttpResponse:
    """A view's place among the tabs, and with which one the list begins."""
    require(request.viewer, "customers.read")
    wanted: Lens = lens_of(request, {"view": request.POST.get("view", "")})
    asked = request.POST.get("move", "")
    found = next((one for one in MOVES if one == asked), None)
    if found is None or wanted.look.view != request.POST.get("view"):
        raise Http404
    view_actions.move_view(actor=request.viewer, at=timezone.now(), look=wanted.look, move=found)
    return redirect("customer-views")


@require_POST
def change_list(request: ViewerRequest, list_id: int) -> HttpResponse:
    """Another name for a list of hers."""
    require(request.viewer, "customers.read")
    try:
        view_actions.rename_list(actor=request.viewer, at=timezone.now(), list_id=list_id, name=request.POST.get("name", ""))
    except NameMissing:
        messages.error(request, _("A list needs a name. Nothing was changed."))
    return redirect("customer-views")


@require_POST
def throw_list_away(request: ViewerRequest, list_id: int) -> HttpResponse:
    """Throw a list of hers away (`back` given: bring it back). The customers on it stay what they are."""
    require(request.viewer, "customers.read")
    is_back = bool(request.POST.get("back"))
    view_actions.throw_list_away(actor=request.viewer, at=timezone.now(), list_id=list_id, is_back=is_back)
    return redirect(reverse("customer-views") + ("" if is_back else f"?thrown=list-{list_id}"))


def _named(look: Look, name: str) -> Look:
    return replace(look, list_name=name)


def _undo(thrown: str) -> str:
    """What brings back what has just been thrown away: "view-17", "list-5"."""
    kind, _dash, key = thrown.partition("-")
    return reverse(f"{kind}-away", args=[int(key)]) if kind in ("view", "list") and key.isdecimal() else ""


def _unit(request: ViewerRequest) -> int | None:
    employee = getattr(request.user, "employee", None)
    return employee.unit_id if employee else None
