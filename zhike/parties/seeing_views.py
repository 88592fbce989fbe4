"""Why somebody sees whom, who sees a customer and why, and letting somebody take part for a time."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from zhike.access import explaining, opening
from zhike.access.explaining import Explained, NotNear, SeesHer
from zhike.access.opening import NotThere, OpeningRefused
from zhike.access.opening_words import REFUSALS, day_begins
from zhike.access.scope import ViewerRequest, require
from zhike.core.pages import Crumb, Words, answer
from zhike.parties import queries, seeing
from zhike.parties.seeing import SeenLine


@dataclass(frozen=True)
class SeesPage:
    """parties/sees.html: `count` None stands for the whole bank; `next_after` is the key behind which the next customers stand."""

    title: str
    crumbs: Sequence[Crumb]
    told: Explained
    count: int | None
    lines: Sequence[SeenLine]
    names: Mapping[int, str]
    next_after: int | None


@dataclass(frozen=True)
class WhoPage:
    """parties/who_sees.html and parties/_who_sees.html, its panel."""

    title: str
    crumbs: Sequence[Crumb]
    party_id: int
    name: str
    lines: Sequence[SeesHer]
    people: int
    may_let_in: bool
    typed: Mapping[str, str]
    field: str = ""
    error: Words = ""


@require_GET
def sees(request: ViewerRequest, person_id: int) -> HttpResponse:
    """What a person can see and why; `after` walks through her customers."""
    try:
        told = explaining.explained(request.viewer, person_id)
    except NotNear as missing:
        raise Http404 from missing
    require(request.viewer, "customers.read")
    after = request.GET.get("after", "")
    lines = seeing.seen(request.viewer, told, int(after) if after.isdigit() else 0)
    more, lines = len(lines) > seeing.SHOWN, lines[: seeing.SHOWN]
    names = queries.names(request.viewer, [source.party_id for source in told.sources if source.party_id])
    title = _("What %(name)s can see") % {"name": told.person.name}
    crumbs = [Crumb(_("People"), reverse("people") if request.viewer.may("people.manage") else ""), Crumb(title)]
    page = SeesPage(title, crumbs, told, seeing.count_seen(request.viewer, told), lines, names, lines[-1].party_id if more else None)
    return answer(request, "parties/sees.html", vars(page))


@require_http_methods(["GET", "POST"])
def who_sees(request: ViewerRequest, party_id: int) -> HttpResponse:
    """Who can see a customer and why; a POST lets somebody take part until a day, or ends that (`end`, its id)."""
    queries.require_seen(request.viewer, party_id)
    require(request.viewer, "customers.read")
    if request.method == "GET":
        require(request.viewer, "participants.grant" if request.viewer.may("participants.grant") else "scope.explain")
        return _who_page(request, party_id, {})
    require(request.viewer, "participants.grant")
    ended = request.POST.get("end", "")
    try:
        if ended.isdigit():
            opening.let_out(actor=request.viewer, at=timezone.now(), party_id=party_id, participation_id=int(ended))
        else:
            opening.let_in(
                actor=request.viewer, at=timezone.now(), party_id=party_id, login=request.POST.get("login", ""), reason=request.POST.get("reason", ""),
                until_at=day_begins(request.POST.get("until", ""), "until") + timedelta(days=1),
            )  # fmt: skip
    except NotThere as missing:
        raise Http404 from missing
    except OpeningRefused as wrong:
        return _who_page(request, party_id, request.POST.dict(), wrong)
    messages.success(request, _("Ended.") if ended else _("Let in; it ends by itself."))
    return redirect("customer-who", party_id)


def _who_page(request: ViewerRequest, party_id: int, typed: Mapping[str, str], wrong: OpeningRefused | None = None) -> HttpResponse:
    viewer = request.viewer
    name = queries.party(viewer, party_id).name
    lines = explaining.who_sees(viewer, party_id)
    crumbs = [
        Crumb(_("Customers"), reverse("customers")),
        Crumb(name, reverse("customer", args=[party_id])),
        Crumb(_("Who can see this customer")),
    ]
    page = WhoPage(
        _("Who can see this customer"), crumbs, party_id, name, lines, len({line.person_id for line in lines if not line.is_closed}),
        viewer.may("participants.grant"), typed, wrong.field if wrong else "", REFUSALS[wrong.reason] if wrong else "",
    )  # fmt: skip
    return answer(request, "parties/who_sees.html", vars(page), fragment="parties/_who_sees.html", status=422 if wrong else 200)
