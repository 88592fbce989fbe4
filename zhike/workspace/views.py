"""The page of one customer."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.http import HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET

from zhike.access.scope import Viewer, ViewerRequest, require
from zhike.core.asof import asked_day, presets
from zhike.core.pages import Crumb, Panel, Tab, address, answer
from zhike.parties import queries as parties
from zhike.parties.searching import survivor_of
from zhike.workspace import actions, neighbours, queries
from zhike.workspace.figures import figures
from zhike.workspace.list_views import lens_of
from zhike.workspace.queries import Head


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
    as_of: date | None
    presets: Sequence[date]
    token: str
    is_prospect: bool
    may_edit: bool


@require_GET
def customer(request: ViewerRequest, party_id: int) -> HttpResponse:
    """One customer, today or as of a past day (`as_of`); `in` is the list one came from."""
    viewer, on = request.viewer, asked_day(request)
    today = timezone.localdate()
    day = on or today
    try:
        head = queries.head_on(viewer, party_id, on) if on else queries.head(viewer, party_id, today)
    except parties.PartyNotSeen:
        survivor = survivor_of(viewer, party_id)  # who was merged into somebody else is found there
        if survivor is None:
            raise
        return redirect("customer", survivor)
    require(viewer, "customers.read")
    token = neighbours.token_of(request)
    is_prospect = head.party.line.status == "prospect" and head.held is None and not head.known_since
    panels = [] if head.known_since else _panels(viewer, party_id, head.party.kind, request, is_prospect)
    name = head.party.line.name
    page = CustomerPage(
        name, [Crumb(_("Customers"), _list_address(token)), Crumb(name)], head, figures(head, day), _anchors(panels), panels,
        head.id_expires_within(day), _age(head, day), viewer.may("contacts.read"),
        reverse("customer-reveal", args=[party_id]) if viewer.may("contacts.reveal") else "",
        party_id, actions.remember_opened(at=timezone.now(), party_id=party_id), on,
        presets(today, head.party.known_since), token, is_prospect, viewer.may("customers.edit"),
    )  # fmt: skip
    return answer(request, "workspace/customer.html", vars(page))


@require_GET
def beside(request: ViewerRequest, party_id: int) -> HttpResponse:
    """Who stands before and after the customer in the list one came from (`in`), as a fragment."""
    parties.require_seen(request.viewer, party_id)
    require(request.viewer, "customers.read")
    token = neighbours.token_of(request)
    query = neighbours.list_of(token) if token else None
    found = neighbours.neighbours(request.viewer, lens_of(request, QueryDict(query)).asked, party_id) if query is not None else None
    return render(request, "workspace/_neighbours.html", {"found": found, "token": token, "list_url": _list_address(token)})


def _list_address(token: str) -> str:
    query = neighbours.list_of(token) if token else ""
    return f"{reverse('customers')}?{query}" if query else reverse("customers")


# Panels of a customer's page in order: name, URL name, title, permission, height, when, place.
_PANELS: tuple[tuple[str, str, Any, str, int, Any, Any], ...] = (
    ("notes", "customer-notes", gettext_lazy("Notes"), "customers.read", 180, "load", "rail"),
    ("holdings", "customer-holdings", gettext_lazy("Holdings"), "accounts.read", 420, "load", "main"),
    ("value", "customer-value", gettext_lazy("Customer value"), "accounts.read", 420, "seen", "main"),
    ("owners", "customer-owners", gettext_lazy("Who is behind it"), "customers.read", 240, "load", "main"),
    ("relations", "customer-relations", gettext_lazy("Family and companies"), "customers.read", 420, "load", "main"),
    ("together", "customer-together", gettext_lazy("Household and groups"), "accounts.read", 240, "seen", "main"),
    ("chances", "customer-chances", gettext_lazy("Risk and chances"), "scores.read", 240, "seen", "main"),
    ("known", "customer-known", gettext_lazy("What we know"), "customers.read", 420, "load", "main"),
    ("suitability", "customer-suitability", gettext_lazy("Suitability"), "customers.read", 240, "seen", "main"),
    ("contact", "customer-contact", gettext_lazy("How to reach"), "contacts.read", 180, "load", "rail"),
    ("consents", "customer-consents", gettext_lazy("Consents"), "customers.read", 180, "seen", "rail"),
    ("flows", "customer-flows", gettext_lazy("Money in and out"), "transactions.read", 320, "seen", "main"),
    (
        "counterparties",
        "customer-counterparties",
        gettext_lazy("Whom money comes from and goes to"),
        "transactions.read",
        320,
        "seen",
        "main",
    ),
    ("payroll", "customer-payroll", gettext_lazy("Paid through the bank"), "transactions.read", 240, "seen", "main"),
    ("balances", "customer-balances", gettext_lazy("Balances"), "accounts.read", 240, "seen", "main"),
    ("timeline", "customer-timeline", gettext_lazy("Timeline"), "customers.read", 320, "seen", "main"),
    ("transactions", "customer-transactions", gettext_lazy("Transactions"), "transactions.read", 420, "seen", "main"),
    ("profile", "customer-profile", gettext_lazy("Profile"), "customers.read", 320, "load", "rail"),
    ("changes", "customer-changes", gettext_lazy("Changes"), "customers.read", 120, "seen", "rail"),
    ("looked", "customer-looked", gettext_lazy("Who looked"), "audit.read", 180, "seen", "rail"),
    ("who", "customer-who", gettext_lazy("Who can see this customer"), "scope.explain", 180, "seen", "rail"),
)


_OF_HOLDERS = (
    "holdings",
    "value",
    "together",
    "flows",
    "counterparties",
    "balances",
    "transactions",
)  # empty for whoever holds nothing yet
_ONLY_TODAY = ("known", "looked", "value")  # what people keep is told as it is, not as it was
_WITHOUT_OWNERS = ("individual", "sole_trader", "institution")  # nobody holds shares in them


# What of the page's own address a panel is told.
_CARRIED = {"timeline": ("as_of", "kind", "channel", "words"), "notes": ("as_of", "note")}


def _panels(viewer: Viewer, party_id: int, kind: str, request: ViewerRequest, is_prospect: bool) -> list[Panel]:
    on = asked_day(request)
    hidden = {
        *(["owners"] if kind in _WITHOUT_OWNERS else []),
        *(["counterparties", "payroll"] if kind == "individual" else []),
        *(_ONLY_TODAY if on else []),
        *(_OF_HOLDERS if is_prospect else []),
    }
    return [
        Panel(name, _with(request, address(url, party_id), _CARRIED.get(name, ("as_of",))), title, height, when, place)
        for name, url, title, permission, height, when, place in _PANELS
        if viewer.may(permission) and name not in hidden
    ]


def _with(request: ViewerRequest, url: str, names: Sequence[str]) -> str:
    """An address with those parameters of the page's own that it knows."""
    told = {name: request.GET[name] for name in names if request.GET.get(name)}
    return f"{url}?{urlencode(told)}" if told else url


def _anchors(panels: Sequence[Panel]) -> list[Tab]:
    return [Tab(_("Overview"), "#main", current=True), *(Tab(panel.title, f"#panel-{panel.name}") for panel in panels)]


def _age(head: Head, today: Any) -> int | None:
    born = head.party.birth_date
    return today.year - born.year - ((today.month, today.day) < (born.month, born.day)) if born else None
