"""The list of likely pairs, two records side by side, and the acts: merge, undo, never the same."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.http import Http404, HttpResponse, HttpResponseRedirect, QueryDict
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_POST

from zhike.access import approvals
from zhike.access.ask_why import ask_why
from zhike.access.scope import Viewer, ViewerRequest, require
from zhike.core.pages import Crumb, Tab, answer
from zhike.core.tables import Column, Page, page_of
from zhike.duplicates import actions, approvable, queries
from zhike.duplicates.models import Merge, Pair
from zhike.duplicates.queries import Comparison
from zhike.duplicates.rules import CHOOSABLE

COLUMNS = (
    Column("pair", gettext_lazy("Look like one")), Column("why", gettext_lazy("What speaks for it")),
    Column("probability", gettext_lazy("How sure"), "probability", right=True, descending_first=True), Column("unit", gettext_lazy("Outlet"), hidden_on_phone=True),
)  # fmt: skip
MERGE_COLUMNS = (
    Column("pair", gettext_lazy("Customer")), Column("absorbed", gettext_lazy("Merged into it")), Column("when", gettext_lazy("When"), "merged_at", descending_first=True),
    Column("by", gettext_lazy("By"), hidden_on_phone=True), Column("undo", gettext_lazy("Undo")),
)  # fmt: skip
STATES = ("likely", "never", "merged")
CONFLICT = 409


@dataclass(frozen=True)
class PairRow:
    """A pair in the list: `pair`, why in words, and whether somebody has decided about it."""

    pair: Pair
    reasons: Sequence[queries.Reason]

    @property
    def pk(self) -> int:
        return self.pair.pk


@dataclass(frozen=True)
class PairsPage:
    """duplicates/pairs.html: `rows` of PairRow, or of Merge on the tab of merges; `done`: the merge that was just made, to be undone at once."""

    title: str
    crumbs: Sequence[Crumb]
    tabs: Sequence[Tab]
    state: str
    page: Page[Any]
    rows: Sequence[Any]
    done: Merge | None
    may_merge: bool


@dataclass(frozen=True)
class ComparePage:
    """duplicates/compare.html."""

    title: str
    crumbs: Sequence[Crumb]
    seen: Comparison
    next_url: str
    may_merge: bool
    may_decide: bool
    reveal_left: str
    reveal_right: str


@require_GET
def pairs(request: ViewerRequest) -> HttpResponse:
    """Likely pairs, most likely first; those said to be different; and what was merged."""
    require(request.viewer, "customers.read")
    state = request.GET.get("state", "")
    return _pairs_page(request, state if state in STATES else STATES[0])


def _pairs_page(request: ViewerRequest, state: str, *, status: int = 200) -> HttpResponse:
    page: Page[Any]
    if state == "merged":
        page = page_of(queries.merges(request.viewer), MERGE_COLUMNS, request.GET, sort="when", descending=True)
        rows: Sequence[Any] = page.rows
    else:
        page = page_of(queries.pairs(request.viewer, state), COLUMNS, request.GET, sort="probability", descending=True)
        rows = [PairRow(pair, queries.reasons(request.viewer, pair.features, pair.left.name, pair.right.name)) for pair in page.rows]
    words = {"likely": _("Likely"), "never": _("Not the same"), "merged": _("Merged")}
    tabs = [Tab(words[one], f"?state={one}", one == state) for one in STATES]
    shown = PairsPage(
        _("Duplicates"),
        [Crumb(_("Duplicates"))],
        tabs,
        state,
        page,
        rows,
        _just_merged(request.viewer, request.GET),
        request.viewer.may("customers.merge"),
    )
    return answer(request, "duplicates/pairs.html", vars(shown), status=status)


def _just_merged(viewer: Viewer, query: QueryDict) -> Merge | None:
    number = query.get("merged", "")
    return (
        queries.merges(viewer).filter(pk=int(number), undone_at=None).first()
        if number.isascii() and number.isdigit() and len(number) < 19
        else None
    )


@require_GET
def compare(request: ViewerRequest, pair_id: int) -> HttpResponse:
    """Two records side by side; what would move, and whose value stays."""
    return _compare_page(request, pair_id)


def _compare_page(request: ViewerRequest, pair_id: int, *, status: int = 200) -> HttpResponse:
    seen = _seen(request.viewer, pair_id)
    require(request.viewer, "customers.read")
    following = queries.next_pair(request.viewer, seen.pair)
    names = f"{seen.left.line.name} · {seen.right.line.name}"
    reveals = [
        reverse("customer-reveal", args=[one.line.id]) if request.viewer.may("contacts.reveal") else "" for one in (seen.left, seen.right)
    ]
    page = ComparePage(
        names, [Crumb(_("Duplicates"), reverse("duplicates")), Crumb(names)], seen, reverse("duplicate", args=[following.pk]) if following else "",
        request.viewer.may("customers.merge") and seen.pair.state == Pair.State.LIKELY, request.viewer.may("duplicates.decide"), *reveals,
    )  # fmt: skip
    return answer(request, "duplicates/compare.html", vars(page), status=status)


def _seen(viewer: Viewer, pair_id: int) -> Comparison:
    try:
        return queries.comparison(viewer, pair_id)
    except (Pair.DoesNotExist, KeyError) as wrong:
        raise Http404 from wrong


@require_POST
def decide(request: ViewerRequest, pair_id: int) -> HttpResponse:
    """These two are not the same (`never`), or may be looked at again; then on to the next pair."""
    try:
        pair = actions.decide(actor=request.viewer, at=timezone.now(), pair_id=pair_id, never=bool(request.POST.get("never")))
    except Pair.DoesNotExist as wrong:
        raise Http404 from wrong
    if pair.state == Pair.State.NEVER:
        messages.success(request, _("They stay two customers and are not asked about again. It can be taken back under “Not the same”."))
    return _onward(request.viewer, pair)


@require_POST
def merge(request: ViewerRequest, pair_id: int) -> HttpResponse:
    """Make the two one; `survivor` stays, `field_<name>` says whose value (left, right)."""
    pair = queries.undecided(request.viewer, pair_id)
    if pair is None:
        raise Http404
    sides = {"left": pair.left_id, "right": pair.right_id}
    stays = request.POST.get("survivor", "left")
    survivor = sides.get(stays, pair.left_id)
    chosen = {field: sides[side] for field in CHOOSABLE if (side := request.POST.get(f"field_{field}", "")) in sides}
    absorbed, at = sum(sides.values()) - survivor, timezone.now()
    if approvals.is_needed(approvable.KIND, on=timezone.localdate(at)):
        return _propose(request, pair, {"survivor_id": survivor, "absorbed_id": absorbed, "chosen": chosen}, at)
    try:
        number = actions.merge(actor=request.viewer, at=at, survivor_id=survivor, absorbed_id=absorbed, chosen=chosen)
    except actions.NotMergeable:
        messages.error(request, _("A person and an organisation cannot become one customer. Mark them as not the same."))
        return _compare_page(request, pair_id, status=CONFLICT)
    return HttpResponseRedirect(f"{reverse('duplicates')}?{urlencode({'merged': number})}")


def _propose(request: ViewerRequest, pair: Pair, asked: Mapping[str, Any], at: datetime) -> HttpResponse:
    """Put the merge before a second person; who may approve it sees both customers."""
    require(request.viewer, "customers.merge")
    both = [pair.left_id, pair.right_id]
    try:
        proposal = approvals.propose(
            actor=request.viewer,
            at=at,
            name=approvable.KIND,
            asked=asked,
            why=request.POST.get("why", ""),
            subject=("pair", pair.pk),
            party_ids=both,
        )
    except approvals.NotProposed as wrong:
        return ask_why(request, name=approvable.KIND, wrong=wrong, back=reverse("duplicate", args=[pair.pk]))
    messages.success(request, _("It waits for somebody else to approve it; the bell tells you."))
    return redirect("approval", proposal.pk)


@require_POST
def undo(request: ViewerRequest, merge_id: int) -> HttpResponse:
    """Take a merge apart again, also weeks later."""
    try:
        was = actions.undo(actor=request.viewer, at=timezone.now(), merge_id=merge_id)
    except Merge.DoesNotExist as wrong:
        raise Http404 from wrong
    except actions.NotUndoable:
        messages.error(request, _("This was undone already, or the customer was merged further since: undo that first."))
        return _pairs_page(request, "merged", status=CONFLICT)
    messages.success(
        request, _("%(name)s is a customer of her own again, with everything that came under her keys.") % {"name": was.absorbed_name}
    )
    return HttpResponseRedirect(f"{reverse('duplicates')}?state=merged")


def _onward(viewer: Viewer, pair: Pair) -> HttpResponse:
    following = queries.next_pair(viewer, pair) if pair.state == Pair.State.NEVER else pair
    return redirect("duplicate", following.pk) if following else redirect("duplicates")
