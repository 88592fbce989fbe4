"""The bell: what is news to a person, its number in the header, and what she wants to be told; and with which view her list begins."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from zhike.access.scope import ViewerRequest, require
from zhike.core.pages import Crumb, answer
from zhike.engagement import note_actions
from zhike.workspace import notice_actions, view_actions
from zhike.workspace.asking import always_there
from zhike.workspace.list_views import lens_of
from zhike.workspace.looks import lists, looks, saved_views
from zhike.workspace.notices import KINDS, MOST_COUNTED, Notice, choice_of, count_new
from zhike.workspace.notices import notices as news


@dataclass(frozen=True)
class NoticesPage:
    """workspace/notices.html"""

    title: str
    crumbs: Sequence[Crumb]
    rows: Sequence[Notice]
    has_unread: bool


@dataclass(frozen=True)
class Choices:
    """workspace/_my_choices.html: `kinds` with whether she wants them; `views` (key, name); `begins`: the key of the one her list begins with."""

    kinds: Sequence[tuple[str, Any, bool]]
    views: Sequence[tuple[str, str]]
    begins: str


@require_GET
def notices(request: ViewerRequest) -> HttpResponse:
    """What is news to her. Work and corrections count as seen once they stood here; a mention, once its note was opened."""
    choice = choice_of(request.viewer)
    rows = news(request.viewer, choice)
    if any(row.is_new and row.kind != "mentions" for row in rows):
        notice_actions.look(actor=request.viewer, at=timezone.now())
    title = _("What is new for me")
    page = NoticesPage(title, [Crumb(title)], rows, any(row.is_new and row.kind == "mentions" for row in rows))
    return answer(request, "workspace/notices.html", vars(page))


@require_GET
def count(request: ViewerRequest) -> HttpResponse:
    """The number on the bell, fetched after the page."""
    new = count_new(request.viewer, choice_of(request.viewer))
    return render(
        request, "workspace/_notices_count.html", {"new": new, "said": f"{MOST_COUNTED - 1}+" if new >= MOST_COUNTED else str(new)}
    )


@require_POST
def read_all(request: ViewerRequest) -> HttpResponse:
    """Everything counts as read, mentions too."""
    note_actions.read_all_mentions(actor=request.viewer, at=timezone.now())
    notice_actions.look(actor=request.viewer, at=timezone.now())
    return redirect("notices")


@require_http_methods(["GET", "POST"])
def choices(request: ViewerRequest) -> HttpResponse:
    """What she wants to be told, and how her list begins, as a part of her settings; POST keeps the former."""
    if request.method == "POST":
        notice_actions.choose(actor=request.viewer, at=timezone.now(), wanted=request.POST.getlist("wanted"))
        messages.success(request, _("Kept: what the bell tells you."))
        return redirect("profile")
    choice = choice_of(request.viewer)
    may_list = request.viewer.may("customers.read")
    views = _views(request) if may_list else []
    known = looks(request.viewer) if may_list else {}
    begins = next((look.view for look in known.values() if look.is_default), views[0][0] if views else "")
    shown = Choices([(kind, title, choice.wants(kind)) for kind, title in KINDS.items()], views, begins)
    return render(request, "workspace/_my_choices.html", vars(shown))


def _views(request: ViewerRequest) -> list[tuple[str, str]]:
    """Every view that her list may begin with: those always there, saved ones, her lists."""
    viewer = request.viewer
    there = always_there(viewer, getattr(request.user, "employee_id", None))
    saved = [(str(row.pk), row.name) for row in saved_views(viewer)]
    return [*there, *saved, *((f"list-{row.pk}", row.name) for row, _count in lists(viewer))]


@require_POST
def begin_with(request: ViewerRequest) -> HttpResponse:
    """Have her list begin with a view."""
    require(request.viewer, "customers.read")
    asked = request.POST.get("view", "")
    look = lens_of(request, {"view": asked}).look
    if look.view != asked:
        raise Http404
    view_actions.move_view(actor=request.viewer, at=timezone.now(), look=look, move="first")
    messages.success(request, _("Kept: how your list of customers begins."))
    return redirect("profile")
