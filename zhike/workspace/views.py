"""The home page, the customer list and the page of one customer."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, cast

from django.http import HttpResponse, QueryDict
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_GET

from zhike.access.scope import Viewer, ViewerRequest, require
from zhike.core.pages import Crumb, Panel, Tab, address, answer
from zhike.core.tables import Column, Filter
from zhike.parties.queries import View, Which
from zhike.workspace import actions, queries
from zhike.workspace.figures import figures
from zhike.workspace.queries import SORTS, CustomerList, Head, ListAsked, Sort
from zhike.workspace.rows import customer_rows

KINDS = (
    ("individual", gettext_lazy("Individuals")), ("sole_trader", gettext_lazy("Sole traders")), ("company", gettext_lazy("Companies")),
    ("institution", gettext_lazy("Institutions")), ("financial_institution", gettext_lazy("Financial institutions")),
    ("unincorporated", gettext_lazy("Branches without legal personality")),
)  # fmt: skip
STATUSES = (("customer", gettext_lazy("Customers")), ("prospect", gettext_lazy("Prospects")), ("former", gettext_lazy("Former customers")))
SORT_WORDS = (
    ("aum", gettext_lazy("Most assets first")),
    ("name", gettext_lazy("By name")),
    ("since", gettext_lazy("Longest with us first")),
)


@dataclass(frozen=True)
class CustomersPage:
    """workspace/customers.html and its fragment _customers.html."""

    title: str
    crumbs: Sequence[Crumb]
    asked: ListAsked
    found: CustomerList
    rows: SafeString
    columns: Sequence[Column]
    tabs: Sequence[Tab]
    filters: Sequence[Filter]
    range: str
    may_see_phones: bool
    may_see_money: bool
    reset_url: str


@dataclass(frozen=True)
class CustomerPage:
    """workspace/customer.html: head, figures and the panels that come after."""

    title: str
    crumbs: Sequence[Crumb]
    head: Head
    figures: Sequence[Any]
    tabs: Sequence[Tab]
    panels: Sequence[Panel]
    expires_in: int | None
    age: int | None
    may_see_contacts: bool
    reveal_url: str
    party_id: int
    is_pinned: bool


@require_GET
def home(request: ViewerRequest) -> HttpResponse:
    """Where a person begins: her customers, until her day has a page of its own."""
    return redirect("customers" if request.viewer.may("customers.read") else "profile")


@require_GET
def customers(request: ViewerRequest) -> HttpResponse:
    """The customer list: tabs, filters, search, fifty at a time."""
    require(request.viewer, "customers.read")
    employee_id = getattr(request.user, "employee_id", None)
    asked = list_asked(request.viewer, request.GET, employee_id)
    found = queries.customer_list(request.viewer, asked)
    page = CustomersPage(
        _("Customers"), [Crumb(_("Customers"))], asked, found,
        customer_rows(found.rows, has_phones=request.viewer.may("contacts.read"), has_money=request.viewer.may("accounts.read")), _columns(request.viewer, asked), _tabs(request.viewer, asked, employee_id),
        [Filter("kind", _("Kind"), KINDS, asked.which.kind), Filter("status", _("Status"), STATUSES, asked.which.status),
         Filter("sort", _("Order"), [(sort, words) for sort, words in SORT_WORDS if sort in sorts_of(request.viewer)], asked.sort)],
        _range(found), request.viewer.may("contacts.read"), request.viewer.may("accounts.read"), f"{reverse('customers')}?view={asked.which.view}",
    )  # fmt: skip
    return answer(request, "workspace/customers.html", vars(page), fragment="workspace/_customers.html")


def list_asked(viewer: Viewer, query: QueryDict, employee_id: int | None) -> ListAsked:
    """What the address asks for; what it cannot have falls back to what is there."""
    views = [view for view, _title in _views(viewer, employee_id)]
    view = query.get("view", "")
    which = Which(
        cast(View, view if view in views else views[0]),
        _one_of(query, "kind", dict(KINDS)),
        _one_of(query, "status", dict(STATUSES)),
        employee_id,
    )
    sorts = sorts_of(viewer)
    sort = cast(Sort, _one_of(query, "sort", dict.fromkeys(sorts)) or sorts[0])
    words = query.get("q", "").strip()[:80]
    asked = ListAsked(which, words, sort, query.get("order", ""), query.get("after", ""), query.get("before", ""))
    return replace(asked, which=replace(which, view="all")) if words and "view" not in query else asked


def sorts_of(viewer: Viewer) -> tuple[Sort, ...]:
    """The orders a viewer may ask for: one by assets would tell who has more."""
    return SORTS if viewer.may("accounts.read") else tuple(sort for sort in SORTS if sort != "aum")


def _one_of(query: QueryDict, name: str, known: dict[str, Any]) -> str:
    given = query.get(name, "")
    return given if given in known else ""


def _views(viewer: Viewer, employee_id: int | None) -> list[tuple[str, str]]:
    """The views a viewer has: her own book where she keeps one, all she sees where that is more, the pool where it is hers to give."""
    mine = [("mine", _("My customers"))] if employee_id and viewer.scope in ("own", "team") else []
    more = [] if viewer.scope == "own" else [("all", _("All I see"))]
    pool = [("pool", _("Without a manager"))] if viewer.scope in ("outlet", "subtree", "bank") else []
    return [*mine, *more, *pool] or [("all", _("All I see"))]


def _tabs(viewer: Viewer, asked: ListAsked, employee_id: int | None) -> list[Tab]:
    return [Tab(title, f"?view={view}", view == asked.which.view) for view, title in _views(viewer, employee_id)]


def _columns(viewer: Viewer, asked: ListAsked) -> list[Column]:
    def order(sort: Sort) -> Any:
        if asked.sort == sort and not asked.words:
            return "asc" if asked.descending else "desc"
        return "desc" if sort in queries.DESCENDING_FIRST else "asc"

    money = viewer.may("accounts.read")
    shown = [
        Column("name", _("Customer"), "name", next_order=order("name")), Column("number", _("Customer number")), Column("phone", _("Mobile")),
        *([Column("aum", _("AUM, end of day"), "aum", True, next_order=order("aum")), Column("loans", _("Loans"), right=True),
           Column("products", _("Products"), right=True), Column("maturity", _("Next maturity"))] if money else []),
        Column("rm", _("Manager")), Column("unit", _("Outlet")), Column("since", _("Customer since"), "since_date", next_order=order("since")),
    ]  # fmt: skip
    return [column for column in shown if column.name != "phone" or viewer.may("contacts.read")]


def _range(found: CustomerList) -> str:
    count = len(found.rows)
    if found.is_cut:
        return _("the best %(n)s; more letters narrow it") % {"n": count}
    if not count:
        return ""
    if not (found.page.previous or found.page.next):
        return ngettext("%(n)s customer", "%(n)s customers", count) % {"n": count}
    return _("%(first)s–%(last)s") % {"first": f"{found.page.first:,}", "last": f"{found.page.first + count - 1:,}"}


@require_GET
def customer(request: ViewerRequest, party_id: int) -> HttpResponse:
    """One customer."""
    today = timezone.localdate()
    head = queries.head(request.viewer, party_id, today)
    require(request.viewer, "customers.read")
    panels = _panels(request.viewer, party_id, head.party.kind)
    page = CustomerPage(
        head.party.line.name, [Crumb(_("Customers"), reverse("customers")), Crumb(head.party.line.name)], head, figures(head, today), _anchors(panels), panels,
        head.id_expires_within(today), _age(head, today), request.viewer.may("contacts.read"),
        reverse("customer-reveal", args=[party_id]) if request.viewer.may("contacts.reveal") else "",
        party_id, actions.remember_opened(actor=request.viewer, at=timezone.now(), party_id=party_id),
    )  # fmt: skip
    return answer(request, "workspace/customer.html", vars(page))


# Panels of a customer's page in order: name, URL name, title, permission, height, when, place.
_PANELS: tuple[tuple[str, str, Any, str, int, Any, Any], ...] = (
    ("holdings", "customer-holdings", gettext_lazy("Holdings"), "accounts.read", 420, "load", "main"),
    ("owners", "customer-owners", gettext_lazy("Who is behind it"), "customers.read", 240, "load", "main"),
    ("relations", "customer-relations", gettext_lazy("Family and companies"), "customers.read", 420, "load", "main"),
    ("known", "customer-known", gettext_lazy("What we know"), "customers.read", 420, "load", "main"),
    ("contact", "customer-contact", gettext_lazy("How to reach"), "contacts.read", 180, "load", "rail"),
    ("flows", "customer-flows", gettext_lazy("Money in and out"), "transactions.read", 320, "seen", "main"),
    ("balances", "customer-balances", gettext_lazy("Balances"), "accounts.read", 240, "seen", "main"),
    ("interactions", "customer-interactions", gettext_lazy("Contacts"), "interactions.read", 320, "seen", "main"),
    ("transactions", "customer-transactions", gettext_lazy("Transactions"), "transactions.read", 420, "seen", "main"),
    ("profile", "customer-profile", gettext_lazy("Profile"), "customers.read", 320, "load", "rail"),
    ("changes", "customer-changes", gettext_lazy("Changes"), "customers.read", 120, "seen", "rail"),
)


_WITHOUT_OWNERS = ("individual", "sole_trader", "institution")  # nobody holds shares in them


def _panels(viewer: Viewer, party_id: int, kind: str) -> list[Panel]:
    return [
        Panel(name, address(url, party_id), title, height, when, place)
        for name, url, title, permission, height, when, place in _PANELS
        if viewer.may(permission) and not (name == "owners" and kind in _WITHOUT_OWNERS)
    ]


def _anchors(panels: Sequence[Panel]) -> list[Tab]:
    return [Tab(_("Overview"), "#main", current=True), *(Tab(panel.title, f"#panel-{panel.name}") for panel in panels)]


def _age(head: Head, today: Any) -> int | None:
    born = head.party.birth_date
    return today.year - born.year - ((today.month, today.day) < (born.month, born.day)) if born else None
