"""Tiers given by hand: the dialog on a customer's page, taking one back, and the list of all of them."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from zhike.access.approvals import NotProposed, is_needed
from zhike.access.ask_why import REASONS
from zhike.access.scope import ViewerRequest, require
from zhike.core.pages import Crumb, Tab, Words, answer, is_fragment
from zhike.core.tables import Column, Page, page_of
from zhike.insight import overrides, overriding
from zhike.insight.models import TierOverride
from zhike.insight.overrides import Sums
from zhike.insight.overriding import OverrideRefused
from zhike.insight.scheme_forms import look_of, title_of, word_of
from zhike.insight.schemes import scheme_on
from zhike.insight.tier_rules import Scheme
from zhike.parties import queries as parties

USUAL = timedelta(days=183)
COLUMNS = (
    Column("customer", gettext_lazy("Customer")),
    Column("tier", gettext_lazy("Tier given")),
    Column("was", gettext_lazy("Instead of")),
    Column("why", gettext_lazy("Why")),
    Column("until", gettext_lazy("Until"), sort_field="until_date"),
    Column("cost", gettext_lazy("Costs a year"), right=True),
    Column("acts", gettext_lazy("Acts")),
)
REFUSALS: Mapping[str, Words] = {
    "no_tier": gettext_lazy("Choose one of the list."),
    "same": gettext_lazy("This tier applies already."),
    "no_day": gettext_lazy("Say until which day; then her own tier applies again."),
    "past": gettext_lazy("This day has passed."),
    "too_far": gettext_lazy("Two years at the most; it can be given again."),
    "no_reason": gettext_lazy("Say why; whoever approves it reads this."),
    "too_long": gettext_lazy("This is too long."),
}


@dataclass(frozen=True)
class OverrideForm:
    """insight/_override_form.html."""

    party_id: int
    name: str
    tiers: Sequence[tuple[str, str]]
    given: Mapping[str, Any]
    is_proposed: bool
    field: str = ""
    error: Words = ""


@dataclass(frozen=True)
class OverrideLine:
    """A row of the list: `may_end` where the viewer may take it back."""

    row: TierOverride
    name: str
    tier: str
    look: str
    was: str
    was_look: str
    may_end: bool


@dataclass(frozen=True)
class OverridesPage:
    """insight/overrides.html."""

    title: str
    crumbs: Sequence[Crumb]
    tabs: Sequence[Tab]
    page: Page[TierOverride]
    lines: Sequence[OverrideLine]
    holds: bool
    sums: Sums | None


@require_http_methods(["GET", "POST"])
def give(request: ViewerRequest, party_id: int) -> HttpResponse:
    """The dialog, and its giving or proposing."""
    parties.require_seen(request.viewer, party_id)
    require(request.viewer, "customers.read")
    require(request.viewer, overriding.GIVE)
    if request.method == "GET":
        return _form(request, party_id, {"until": (timezone.localdate() + USUAL).isoformat(), **request.GET.dict()})
    given = request.POST
    try:
        proposal = overriding.give_or_propose(
            actor=request.viewer, at=timezone.now(), party_id=party_id, tier=given.get("tier", ""), until=_day(given.get("until", "")),
            why=given.get("why", ""),
        )  # fmt: skip
    except OverrideRefused as wrong:
        return _form(request, party_id, given, wrong.field, REFUSALS[wrong.reason])
    except NotProposed as refused:
        return _form(request, party_id, given, "why", REASONS[refused.reason])
    text = _("It waits for somebody else to approve it.") if proposal else _("The tier is given.")
    return _done(request, party_id, text, reverse("approval", args=[proposal]) if proposal else "")


@require_POST
def end(request: ViewerRequest, party_id: int, override_id: int) -> HttpResponse:
    """Take a tier back; `act=restore` undoes it on the same day."""
    at = timezone.now()
    if request.POST.get("act") == "restore":
        overriding.restore(actor=request.viewer, at=at, party_id=party_id, override_id=override_id)
        return _done(request, party_id, _("The tier is given again."), "")
    overriding.take_back(actor=request.viewer, at=at, party_id=party_id, override_id=override_id)
    return _done(request, party_id, _("The tier is taken back; her own applies."), "", undone=override_id)


@require_GET
def every(request: ViewerRequest) -> HttpResponse:
    """Every tier given by hand to a customer whom the viewer sees: who holds one, why, until when, what it costs; or (`state=past`) who held one."""
    viewer, today = request.viewer, timezone.localdate()
    holds = request.GET.get("state") != "past"
    rows = overrides.every(viewer, today, holds=holds)
    page = page_of(rows, COLUMNS, request.GET, sort="until", descending=not holds)
    names, scheme = overrides.names(viewer, list(page.rows)), scheme_on(today)
    address = reverse("insight-overrides")
    tabs = [Tab(_("Hold today"), address, current=holds), Tab(_("Ended"), f"{address}?state=past", current=not holds)]
    may = viewer.may(overriding.GIVE)
    lines = [_line(row, names.get(row.party_id, ""), scheme, holds and may) for row in page.rows]
    title = _("Tiers given by hand")
    shown = OverridesPage(
        title, [Crumb(_("Insight"), reverse("insight")), Crumb(title)], tabs, page, lines, holds, overrides.sums(viewer, today) if holds else None
    )  # fmt: skip
    return answer(request, "insight/overrides.html", vars(shown))


def _line(row: TierOverride, name: str, scheme: Scheme, may_end: bool) -> OverrideLine:
    was = word_of(row.tier_was, scheme) if row.tier_was else ""
    return OverrideLine(row, name, word_of(row.tier, scheme), look_of(row.tier), was, look_of(row.tier_was), may_end)


def _form(request: ViewerRequest, party_id: int, given: Mapping[str, Any], field: str = "", error: Words = "") -> HttpResponse:
    today = timezone.localdate()
    tiers = [(rung.key, title_of(rung)) for rung in reversed(scheme_on(today).rungs)]
    name = parties.names(request.viewer, [party_id])[party_id]
    made = OverrideForm(party_id, name, tiers, given, is_needed(overriding.KIND, on=today), field, error)
    return render(request, "insight/_override_form.html", vars(made), status=422 if error else 200)


def _done(request: ViewerRequest, party_id: int, text: str, url: str, undone: int | None = None) -> HttpResponse:
    """A toast and the panel again for htmx; else back to where it was asked from."""
    if not is_fragment(request):
        messages.success(request, text)
        back = reverse("insight-overrides") if request.POST.get("back") == "list" else reverse("customer", args=[party_id])
        return redirect(url or back)
    undo = {"url": reverse("customer-tier-end", args=[party_id, undone]), "values": {"act": "restore"}} if undone else None
    toast = {"text": text, "target": "body", **({"undo": undo, "tone": "dark"} if undo else {})}
    response = HttpResponse(status=204)
    response["HX-Trigger"] = json.dumps({"zk-toast": toast, "zk-done": {"target": "body", "panels": ["value"]}})
    return response


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None
