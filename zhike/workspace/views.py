"""The home page and the page of one customer."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET

from zhike.access.scope import Viewer, ViewerRequest, require
from zhike.core.pages import Crumb, Panel, Tab, address, answer
from zhike.workspace import actions, queries
from zhike.workspace.figures import figures
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


@require_GET
def home(request: ViewerRequest) -> HttpResponse:
    """Where a person begins: her customers, until her day has a page of its own."""
    return redirect("customers" if request.viewer.may("customers.read") else "profile")


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
