"""Special lists, and customers opened in an emergency with their review."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST

from zhike.access import barring, opening
from zhike.access.barring import BarringRefused, NotListed
from zhike.access.opening import NotThere, OpeningRefused
from zhike.access.opening_words import REFUSALS, day_begins
from zhike.access.scope import ViewerRequest, require
from zhike.core.pages import Crumb, Words, answer
from zhike.parties import queries, seeing

KINDS: Mapping[str, Words] = {
    "staff": gettext_lazy("Staff accounts"),
    "private_banking": gettext_lazy("Private banking"),
    "exposed": gettext_lazy("Politically exposed"),
    "other": gettext_lazy("Another reason"),
}
REASONS: Mapping[str, Words] = {
    "empty": gettext_lazy("This must not be empty."),
    "taken": gettext_lazy("Another list has this name."),
    "unknown": gettext_lazy("Nobody here has this number or log-in name."),
    "there": gettext_lazy("She stands on this list already."),
    "last": gettext_lazy("Somebody has to stay admitted without an end: nobody could keep the list any more."),
}


@dataclass(frozen=True)
class ListsPage:
    """parties/special_lists.html."""

    title: str
    crumbs: Sequence[Crumb]
    lists: Sequence[tuple[Any, Words, bool]]  # list, kind in words, whether it admits who asks
    kinds: Mapping[str, Words]
    typed: Mapping[str, str] = field(default_factory=dict)
    error: Words = ""


@dataclass(frozen=True)
class ListPage:
    """parties/special_list.html."""

    title: str
    crumbs: Sequence[Crumb]
    barrier: Any
    kind: Words
    customers: Sequence[tuple[Any, str]]
    admitted: Sequence[Any]
    typed: Mapping[str, str] = field(default_factory=dict)
    field: str = ""
    error: Words = ""


@dataclass(frozen=True)
class GlassPage:
    """parties/glass.html: `mine` of who asks, `others` those that she may review."""

    title: str
    crumbs: Sequence[Crumb]
    mine: Sequence[tuple[Any, str, bool]]  # row, the customer's name, whether it is open
    others: Sequence[tuple[Any, str, bool]]
    may_break: bool
    minutes: Sequence[int]
    typed: Mapping[str, str] = field(default_factory=dict)
    field: str = ""
    error: Words = ""


@require_http_methods(["GET", "POST"])
def special_lists(request: ViewerRequest) -> HttpResponse:
    """All special lists; a POST makes a new one, empty, that admits who makes it."""
    require(request.viewer, "barriers.manage")
    error: Words = ""
    if request.method == "POST":
        given = {name: request.POST.get(name, "") for name in ("name", "kind", "reason")}
        try:
            made = barring.make_list(actor=request.viewer, at=timezone.now(), **given)
            return redirect("special-list", made.pk)
        except BarringRefused as wrong:
            error = REASONS[wrong.reason]
    rows = barring.lists(request.viewer)
    lists = [(row, KINDS.get(row.kind, row.kind), row.pk in request.viewer.list_ids) for row in rows]
    page = ListsPage(_("Special lists"), [Crumb(_("Special lists"))], lists, KINDS, request.POST.dict(), error)
    return answer(request, "parties/special_lists.html", vars(page), status=422 if error else 200)


@require_http_methods(["GET", "POST"])
def special_list(request: ViewerRequest, barrier_id: int) -> HttpResponse:
    """One list, for whom it admits; `act` is put, take, admit, dismiss or end."""
    try:
        found = barring.one_list(request.viewer, barrier_id)
    except NotListed as missing:
        raise Http404 from missing
    if request.method == "GET":
        return _list_page(request, found)
    try:
        _change(request, barrier_id)
    except NotListed as missing:
        raise Http404 from missing
    except BarringRefused as wrong:
        return _list_page(request, found, wrong.field, REASONS[wrong.reason])
    except OpeningRefused as wrong:
        return _list_page(request, found, wrong.field, REFUSALS[wrong.reason])
    messages.success(request, _("Saved. It holds from everybody's next page on."))
    return redirect("special-lists") if request.POST.get("act") == "end" else redirect("special-list", barrier_id)


def _change(request: ViewerRequest, barrier_id: int) -> None:
    actor, at, asked = request.viewer, timezone.now(), request.POST
    reason, key = asked.get("reason", ""), asked.get("key", "")
    match asked.get("act", ""):
        case "put":
            party = seeing.key_of_number(actor, asked.get("customer_no", ""))
            if party is None:
                raise BarringRefused("customer_no", "unknown")
            barring.put_on_list(actor=actor, at=at, barrier_id=barrier_id, party_id=party, reason=reason)
        case "take" if key.isdigit():
            barring.take_off_list(actor=actor, at=at, barrier_id=barrier_id, party_id=int(key))
        case "admit":
            until = day_begins(asked["until"], "until") + timedelta(days=1) if asked.get("until") else None
            barring.admit(actor=actor, at=at, barrier_id=barrier_id, login=asked.get("login", ""), until_at=until, reason=reason)
        case "dismiss" if key.isdigit():
            barring.dismiss(actor=actor, at=at, barrier_id=barrier_id, person_id=int(key))
        case "end":
            barring.end_list(actor=actor, at=at, barrier_id=barrier_id)
        case _:
            raise Http404


@require_http_methods(["GET", "POST"])
def glass(request: ViewerRequest) -> HttpResponse:
    """Customers opened in an emergency: one's own, and those to be reviewed; a POST opens one."""
    viewer = request.viewer
    require(viewer, "glass.review" if viewer.may("glass.review") else "glass.break")
    if request.method == "GET":
        return _glass_page(request)
    require(viewer, "glass.break")
    minutes = request.POST.get("minutes", "")
    try:
        party = opening.break_glass(
            actor=viewer, at=timezone.now(), customer_no=request.POST.get("customer_no", ""), reason=request.POST.get("reason", ""),
            minutes=int(minutes) if minutes.isdigit() else 0,
        )  # fmt: skip
    except OpeningRefused as wrong:
        return _glass_page(request, wrong)
    messages.warning(request, _("Open. The branch manager and compliance have been told, and somebody will review it."))
    return redirect("customer", party)


@require_POST
def glass_review(request: ViewerRequest, glass_id: int) -> HttpResponse:
    """Approve or object (`verdict`), with a remark."""
    require(request.viewer, "glass.review")
    approves = request.POST.get("verdict") == "approve"
    try:
        opening.review_glass(
            actor=request.viewer, at=timezone.now(), glass_id=glass_id, approves=approves, remark=request.POST.get("remark", "")
        )
    except NotThere as missing:
        raise Http404 from missing
    except OpeningRefused as wrong:
        return _glass_page(request, wrong)
    messages.success(request, _("Approved.") if approves else _("Objected; what was still open is closed."))
    return redirect("glass")


def _list_page(request: ViewerRequest, row: Any, wrong: str = "", error: Words = "") -> HttpResponse:
    listed = barring.on_list(row)
    names = queries.names(request.viewer, [one.party_id for one in listed])
    crumbs = [Crumb(_("Special lists"), reverse("special-lists")), Crumb(row.name)]
    customers = [(one, names.get(one.party_id, "—")) for one in listed]
    page = ListPage(
        row.name, crumbs, row, KINDS.get(row.kind, row.kind), customers, barring.admitted_to(row), request.POST.dict(), wrong, error
    )
    return answer(request, "parties/special_list.html", vars(page), status=422 if error else 200)


def _glass_page(request: ViewerRequest, wrong: OpeningRefused | None = None) -> HttpResponse:
    viewer, now = request.viewer, timezone.now()
    rows = opening.broken_glass(viewer)
    names = queries.names(viewer, [row.party_id for row in rows])
    lines = [(row, names.get(row.party_id, ""), row.ended_at is None and now < row.until_at) for row in rows]
    mine = [line for line in lines if line[0].person_id == viewer.person_id]
    others = [line for line in lines if line[0].person_id != viewer.person_id] if viewer.may("glass.review") else []
    title = _("Emergency access")
    page = GlassPage(
        title, [Crumb(title)], mine, others, viewer.may("glass.break"), opening.GLASS_MINUTES, request.POST.dict(),
        wrong.field if wrong else "", REFUSALS[wrong.reason] if wrong else "",
    )  # fmt: skip
    return answer(request, "parties/glass.html", vars(page), status=422 if wrong else 200)
