"""Hand-overs of books: the list, the form that begins one, its page with the split, and the acts on it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from zhike.access import proposals
from zhike.access import queries as access
from zhike.access.approvals import NotProposed
from zhike.access.ask_why import REASONS as NOT_PROPOSED
from zhike.access.scope import Viewer, ViewerRequest, Where, require
from zhike.core.pages import Crumb, Words, answer
from zhike.core.tables import Column, Page, page_of
from zhike.holdings import queries as holdings
from zhike.parties import handing
from zhike.parties import handovers as reads
from zhike.workspace.conditions import Refused, where_of
from zhike.workspace.looks import lists, saved_views

CONFLICT, UNPROCESSABLE = 409, 422
REFUSALS: Mapping[str, Words] = {
    "no_giver": gettext_lazy("No employee has this staff number."),
    "not_hers": gettext_lazy("This book is not within your scope: your own, or those of the units you lead."),
    "no_receiver": gettext_lazy("No employee at work has this staff number."),
    "to_herself": gettext_lazy("The giver cannot take her own customers over."),
    "nobody": gettext_lazy("This book holds no customer whom you see."),
    "unassigned": gettext_lazy("Say first who takes over: nobody is assigned yet."),
    "future": gettext_lazy("The cut-off date has not come yet."),
    "no_date": gettext_lazy("Write the cut-off date as 2026-11-30."),
    "not_open": gettext_lazy("This was put forward, or is done; it can no longer be changed here."),
    "state": gettext_lazy("Only what was handed over can be taken back, and only once."),
    "condition": gettext_lazy("The conditions of this view can no longer be used. Open it, put them right, and choose it again."),
}
COLUMNS = (
    Column("giver", gettext_lazy("From")), Column("made", gettext_lazy("Prepared"), "made_at", descending_first=True),
    Column("count", gettext_lazy("Customers"), right=True), Column("state", gettext_lazy("State")),
)  # fmt: skip
CUSTOMER_COLUMNS = (
    Column("customer", gettext_lazy("Customer"), "party__name"), Column("role", gettext_lazy("Manager as"), hidden_on_phone=True),
    Column("aum", gettext_lazy("Assets"), right=True), Column("open", gettext_lazy("Still open")), Column("receiver", gettext_lazy("Goes to")),
)  # fmt: skip


@dataclass(frozen=True)
class HandoversPage:
    """workspace/handovers.html"""

    title: str
    crumbs: Sequence[Crumb]
    page: Page[Any]


@dataclass(frozen=True)
class NewPage:
    """workspace/handover_new.html: `given` is what was typed."""

    title: str
    crumbs: Sequence[Crumb]
    reasons: Sequence[tuple[str, Words]]
    givers: Sequence[Any]
    given: Mapping[str, str]
    error: Words = ""


@dataclass(frozen=True)
class CustomerLine:
    """A customer of a hand-over: her sums (frozen ones once it was put forward) and what is open."""

    row: Any
    aum: Any
    currency: str
    due: date | None
    corrections: int

    @property
    def pk(self) -> int:
        return int(self.row.pk)


@dataclass(frozen=True)
class HandoverPage:
    """workspace/handover.html"""

    title: str
    crumbs: Sequence[Crumb]
    row: Any
    proposal_url: str
    shares: Sequence[reads.Share]
    page: Page[Any]
    lines: Sequence[CustomerLine]
    receivers: Sequence[Any]
    choices: Sequence[tuple[str, Words]]
    may_change: bool
    may_undo: bool
    error: Words = ""
    typed: str = ""


@require_GET
def handovers(request: ViewerRequest) -> HttpResponse:
    """Those of her unit, and those that she gives, takes or prepared."""
    title = _("Hand-overs")
    page = page_of(reads.handovers(request.viewer), COLUMNS, request.GET.dict(), sort="made", descending=True)
    return answer(request, "workspace/handovers.html", vars(HandoversPage(title, [Crumb(title)], page)))


@require_http_methods(["GET", "POST"])
def new(request: ViewerRequest) -> HttpResponse:
    """Begin one: whose book, why, counted up to when."""
    require(request.viewer, handing.WRITE)
    if request.method == "GET":
        return _new(request, {"cutoff": timezone.localdate().isoformat(), "giver": request.GET.get("giver", "")})
    given = {name: request.POST.get(name, "").strip() for name in ("giver", "reason", "cutoff", "ends_login")}
    try:
        cutoff = date.fromisoformat(given["cutoff"])
    except ValueError:
        return _new(request, given, REFUSALS["no_date"])
    try:
        row = handing.prepare(
            actor=request.viewer, at=timezone.now(), giver_no=_number(given["giver"]), reason=given["reason"], cutoff=cutoff,
            ends_login=bool(given["ends_login"]),
        )  # fmt: skip
    except handing.HandoverRefused as wrong:
        return _new(request, given, REFUSALS[wrong.reason])
    return redirect("handover", row.pk)


def _number(typed: str) -> str:
    """The staff number at the beginning of what was typed or chosen: "E11 林知远"."""
    return typed.split(" ", 1)[0]


def _new(request: ViewerRequest, given: Mapping[str, str], error: Words = "") -> HttpResponse:
    viewer, title = request.viewer, _("Hand a book over")
    near = [one for one in access.managers_near(viewer, access.desk_of(viewer)[1]) if _is_within(viewer, one)]
    page = NewPage(title, [Crumb(_("Hand-overs"), reverse("handovers")), Crumb(title)], reads.REASONS, near, given, error)
    return answer(request, "workspace/handover_new.html", vars(page), status=UNPROCESSABLE if error else 200)


def _is_within(viewer: Viewer, employee: Any) -> bool:
    return viewer.sees_all or employee.pk in viewer.employee_ids or employee.unit_id in viewer.unit_ids


@require_GET
def one(request: ViewerRequest, handover_id: int) -> HttpResponse:
    """Its customers with who takes each over, and what is open about them."""
    return _page(request, handover_id)


@require_POST
def assign(request: ViewerRequest, handover_id: int) -> HttpResponse:
    """Say who takes over which: those ticked, those of a kind, of a list or a view, the rest, or all (`which`)."""
    which, viewer = request.POST.get("which", "all"), request.viewer
    try:
        chosen = _chosen(viewer, which, request.POST.getlist("ids"))
        count = handing.assign(
            actor=viewer,
            at=timezone.now(),
            handover_id=handover_id,
            receiver_no=_number(request.POST.get("receiver", "")),
            only_rest=which == "rest",
            **chosen,
        )
    except Refused:
        return _page(request, handover_id, error=REFUSALS["condition"], status=UNPROCESSABLE)
    except handing.HandoverRefused as wrong:
        return _page(request, handover_id, error=REFUSALS[wrong.reason], status=_status(wrong))
    messages.success(request, ngettext("%(n)s customer assigned", "%(n)s customers assigned", count) % {"n": f"{count:,}"})
    return redirect("handover", handover_id)


def _chosen(viewer: Viewer, which: str, ticked: Sequence[str]) -> dict[str, Any]:
    """Which customers of the book are meant. Raises Refused."""
    if which == "ticked":
        return {"party_ids": [int(one) for one in ticked if one.isascii() and one.isdigit() and len(one) < 19]}
    if which.startswith("kind-"):
        companies = (
            ["individual", "sole_trader"]
            if which == "kind-persons"
            else ["company", "institution", "financial_institution", "unincorporated"]
        )
        return {"where": Where("p.kind = any(%(kinds)s)", {"kinds": companies})}
    if which.startswith("list-"):
        return {"where": Where("p.id in (select m.party_id from workspace_listmember m where m.list_id = %(list)s)", {"list": _key(which)})}
    if which.startswith("view-"):
        view = next((row for row in saved_views(viewer) if row.pk == _key(which)), None)
        asked = dict(view.asked).get("where", "") if view else ""
        return {"where": where_of(viewer, asked) if asked else Where("false" if view is None else "true", {})}
    return {}


def _key(which: str) -> int:
    digits = which.partition("-")[2]
    return int(digits) if digits.isascii() and digits.isdigit() and len(digits) < 19 else 0


@require_POST
def put_forward(request: ViewerRequest, handover_id: int) -> HttpResponse:
    """Put it before giver, receivers and the giver's manager."""
    viewer, why = request.viewer, request.POST.get("why", "")
    row = reads.handover(viewer, handover_id)
    require(viewer, handing.WRITE)
    ids = list(reads.customers(viewer, row).values_list("party_id", flat=True))
    try:
        number = handing.put_forward(actor=viewer, at=timezone.now(), handover_id=handover_id, why=why, frozen=_frozen(viewer, ids))
    except handing.HandoverRefused as wrong:
        return _page(request, handover_id, error=REFUSALS[wrong.reason], typed=why, status=_status(wrong))
    except NotProposed as wrong:
        return _page(request, handover_id, error=NOT_PROPOSED[wrong.reason], typed=why, status=UNPROCESSABLE)
    messages.success(request, _("Put forward: it is done once everybody whom it concerns has agreed and the manager has approved it."))
    return redirect("approval", number)


def _frozen(viewer: Viewer, ids: Sequence[int]) -> dict[int, dict[str, Any]]:
    """What each customer holds and what falls due next, as the bank's data says today."""
    return {
        key: {"aum": held.aum, "deposits": held.deposits, "loans": held.loans, "currency": held.currency, "due": held.next_maturity_date}
        for key, held in holdings.summaries(viewer, ids).items()
    }


@require_POST
def discard(request: ViewerRequest, handover_id: int) -> HttpResponse:
    """Throw a draft away."""
    try:
        handing.discard(actor=request.viewer, at=timezone.now(), handover_id=handover_id)
    except handing.HandoverRefused as wrong:
        return _page(request, handover_id, error=REFUSALS[wrong.reason], status=_status(wrong))
    messages.success(request, _("Thrown away; nothing was changed."))
    return redirect("handovers")


@require_POST
def undo(request: ViewerRequest, handover_id: int) -> HttpResponse:
    """Take a hand-over back as a whole."""
    try:
        count = handing.take_back(actor=request.viewer, at=timezone.now(), handover_id=handover_id, why=request.POST.get("why", ""))
    except handing.HandoverRefused as wrong:
        return _page(request, handover_id, error=REFUSALS[wrong.reason], status=_status(wrong))
    messages.success(request, ngettext("%(n)s customer is back", "%(n)s customers are back", count) % {"n": f"{count:,}"})
    return redirect("handover", handover_id)


def _status(wrong: handing.HandoverRefused) -> int:
    return CONFLICT if wrong.reason in ("not_open", "state") else UNPROCESSABLE


def _page(request: ViewerRequest, handover_id: int, *, error: Words = "", typed: str = "", status: int = 200) -> HttpResponse:
    viewer = request.viewer
    row = reads.handover(viewer, handover_id)
    waits = row.state == "proposed" and proposals.state_of(row.proposal_id) == "proposed"
    may_change = row.made_by_id == viewer.person_id and viewer.may(handing.WRITE) and row.state in ("draft", "proposed") and not waits
    page = page_of(reads.customers(viewer, row), CUSTOMER_COLUMNS, request.GET.dict(), sort="customer")
    title = _("Hand-over of %(name)s's book") % {"name": row.giver.name}
    shown = HandoverPage(
        title, [Crumb(_("Hand-overs"), reverse("handovers")), Crumb(title)], row, reverse("approval", args=[row.proposal_id]) if row.proposal_id else "",
        reads.shares(viewer, row), page, _lines(viewer, page.rows), access.managers_near(viewer, row.unit_id) if may_change else [],
        _choices(viewer) if may_change else [], may_change, row.state == "done" and viewer.may("approvals.decide"), error, typed,
    )  # fmt: skip
    return answer(request, "workspace/handover.html", vars(shown), status=status)


def _choices(viewer: Viewer) -> list[tuple[str, Words]]:
    """Which customers can be meant at once."""
    always: list[tuple[str, Words]] = [
        ("rest", _("those nobody takes yet")), ("ticked", _("those ticked below")), ("all", _("the whole book")),
        ("kind-persons", _("persons")), ("kind-firms", _("companies and institutions")),
    ]  # fmt: skip
    own = [(f"list-{row.pk}", _("my list: %(name)s") % {"name": row.name}) for row, _count in lists(viewer)]
    return [
        *always,
        *own,
        *((f"view-{row.pk}", _("my view: %(name)s") % {"name": row.name}) for row in saved_views(viewer) if row.asked.get("where")),
    ]


def _lines(viewer: Viewer, rows: Sequence[Any]) -> list[CustomerLine]:
    ids = [row.party_id for row in rows]
    now, corrections = _frozen(viewer, ids), reads.open_corrections(viewer, ids)
    soon = timezone.localdate() + timedelta(days=90)
    found = []
    for row in rows:
        held = row.frozen or now.get(row.party_id, {})
        due = held.get("due")
        day = date.fromisoformat(due) if isinstance(due, str) else due
        found.append(
            CustomerLine(
                row, held.get("aum"), held.get("currency") or "CNY", day if day and day <= soon else None, corrections.get(row.party_id, 0)
            )
        )
    return found
