"""The prospect finder: whom our customers pay and are paid by who is no customer, the path to each, and taking one over as a prospect (S41)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_POST

from zhike.access.scope import Viewer, ViewerRequest, require
from zhike.core.charts import Chart, Series
from zhike.core.pages import Crumb, Tab, Words, answer
from zhike.insight.models import NetworkPlace
from zhike.insight.network import computing, queries
from zhike.insight.network.queries import MOST, SORTS, Community, Outsider, Path, Sort
from zhike.parties import prospects
from zhike.parties import queries as parties
from zhike.parties.prospects import Draft, OwnRefused

KINDS: Mapping[str, Words] = {
    "supplier": gettext_lazy("Paid by our customers"),
    "buyer": gettext_lazy("Pay our customers"),
    "employer": gettext_lazy("Employ our customers"),
}
HOWS: Mapping[str, Words] = {
    "supplier": gettext_lazy("pays it"),
    "buyer": gettext_lazy("is paid by it"),
    "employer": gettext_lazy("works there"),
}
INSTITUTIONS = ("院", "校", "局", "学", "所", "中心", "协会")
SHOWN = 12  # bars of the chart


@dataclass(frozen=True)
class FinderPage:
    """insight/prospects.html. `as_of` None: nothing is computed yet."""

    title: str
    as_of: date | None
    tabs: Sequence[Tab] = ()
    sorts: Sequence[Tab] = ()
    rows: Sequence[tuple[Outsider, int | None]] = ()
    words: str = ""
    kind: str = ""
    sort: str = ""
    is_cut: bool = False
    chart: Chart | None = None
    may_export: bool = False


@dataclass(frozen=True)
class OutsiderPage:
    """insight/prospect_path.html: `party_id`: the prospect it is already."""

    title: str
    crumbs: Sequence[Crumb]
    key: str
    banks: str
    as_of: date | None
    rows: Sequence[tuple[Path, Words]]
    party_id: int | None
    may_add: bool


@dataclass(frozen=True)
class CommunitiesPage:
    """insight/communities.html: all, or (`number`) the customers of one."""

    title: str
    crumbs: Sequence[Crumb]
    as_of: date | None
    rows: Sequence[Community] = ()
    number: int | None = None
    members: Sequence[tuple[NetworkPlace, str]] = ()


@require_GET
def finder(request: ViewerRequest) -> HttpResponse:
    """Who is outside, by what passes between them and the viewer's customers; narrowed by `kind` and by words (`q`)."""
    viewer = request.viewer
    title = _("Prospects in the payment network")
    kind = next((one for one in KINDS if one == request.GET.get("kind")), "")
    sort: Sort = next((one for one in SORTS if one == request.GET.get("sort")), "amount")
    words = request.GET.get("q", "").strip()[:60]
    found = queries.outsiders(viewer, kind=kind, words=words, sort=sort)
    as_of = computing.computed_on(settings.HOME)
    taken = parties.prospects_named(viewer, [one.name for one in found])
    tabs = [
        Tab(_("All"), _here("", sort, words), current=not kind),
        *(Tab(word, _here(one, sort, words), current=one == kind) for one, word in KINDS.items()),
    ]
    titles = {"amount": _("Amount"), "customers": _("Customers"), "last": _("Last payment")}
    sorts = [Tab(titles[one], _here(kind, one, words), current=one == sort) for one in SORTS]
    page = FinderPage(
        title, as_of, tabs, sorts, [(one, taken.get(one.name)) for one in found], words, kind, sort, len(found) == MOST, _chart(found) if sort == "amount" else None,
        viewer.may("customers.export"),
    )  # fmt: skip
    return answer(request, "insight/prospects.html", vars(page))


@require_GET
def outsider(request: ViewerRequest, outsider_key: str) -> HttpResponse:
    """The viewer's customers who lead to one of them."""
    viewer = request.viewer
    found = queries.name_of(viewer, outsider_key)
    if found is None:
        raise Http404
    name, banks = found
    page = OutsiderPage(
        name, [Crumb(_("Prospects in the payment network"), reverse("insight-prospects")), Crumb(name)], outsider_key, banks, computing.computed_on(settings.HOME),
        [(path, HOWS[path.kind]) for path in queries.paths(viewer, outsider_key)], parties.prospects_named(viewer, [name]).get(name), viewer.may("customers.edit"),
    )  # fmt: skip
    return answer(request, "insight/prospect_path.html", vars(page))


@require_POST
def add(request: ViewerRequest, outsider_key: str) -> HttpResponse:
    """Take it over as a prospect of one's own, linked to the customer with whom most passes; whoever it is already is opened."""
    viewer = request.viewer
    require(viewer, "customers.edit")
    found = queries.name_of(viewer, outsider_key)
    if found is None:
        raise Http404
    name = found[0]
    known = parties.prospects_named(viewer, [name]).get(name)
    if known is not None:
        return redirect("customer", known)
    try:
        party_id = _add(viewer, name, outsider_key)
    except OwnRefused:
        messages.error(request, _("This name cannot be taken over as it is; add the prospect by hand."))
        return redirect(f"{reverse('prospect-new')}?{urlencode({'name': name})}")
    messages.success(request, _("%(name)s is a prospect of yours now.") % {"name": name})
    return redirect("customer", party_id)


def _add(viewer: Viewer, name: str, key: str) -> int:
    at = timezone.now()
    employee_id, unit_id = prospects.desk_for_new(viewer)
    kind = "institution" if name.endswith(INSTITUTIONS) else "company"
    draft = Draft(kind, {"name": name, "lead_source": _("Payment network")})
    party_id = prospects.add_prospect(actor=viewer, at=at, draft=draft, employee_id=employee_id, unit_id=unit_id)
    first = next(iter(queries.paths(viewer, key)), None)
    if first is not None:
        prospects.declare_relation(actor=viewer, at=at, party_id=first.party_id, other_id=party_id, type_=first.kind)
    return party_id


@require_GET
def communities(request: ViewerRequest) -> HttpResponse:
    """Customers who deal with each other more than with others."""
    title = _("Communities")
    crumbs = [Crumb(_("Prospects in the payment network"), reverse("insight-prospects")), Crumb(title)]
    rows = queries.communities(request.viewer)
    return answer(request, "insight/communities.html", vars(CommunitiesPage(title, crumbs, computing.computed_on(settings.HOME), rows)))


@require_GET
def community(request: ViewerRequest, community: int) -> HttpResponse:
    """The viewer's customers in one."""
    found = queries.members(request.viewer, community)
    if not found:
        raise Http404
    title = _("Around %(name)s") % {"name": found[0][1]}
    crumbs = [
        Crumb(_("Prospects in the payment network"), reverse("insight-prospects")),
        Crumb(_("Communities"), reverse("insight-communities")),
        Crumb(title),
    ]
    page = CommunitiesPage(title, crumbs, computing.computed_on(settings.HOME), number=community, members=found)
    return answer(request, "insight/communities.html", vars(page))


def _chart(found: Sequence[Outsider]) -> Chart | None:
    most = [one for one in found[:SHOWN] if one.amount]
    if not most:
        return None
    return Chart(
        "bars", _("What passes between them and our customers in twelve months"), [one.name for one in most],
        (Series(_("Amount"), [float(one.amount) for one in most], "c1", "bar"),), height=40 + 24 * len(most), is_lying=True,
    )  # fmt: skip


def _here(kind: str, sort: str, words: str) -> str:
    asked = {name: value for name, value in {"kind": kind, "sort": "" if sort == "amount" else sort, "q": words}.items() if value}
    return f"{reverse('insight-prospects')}{'?' + urlencode(asked) if asked else ''}"
