"""What a customer may be offered, whose assessment ends, and what risk products have."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from zhike.access.scope import ViewerRequest, require
from zhike.core.asof import day_of
from zhike.core.pages import Crumb, Tab, answer
from zhike.core.tables import BadCursor, Cursor, decode, encode
from zhike.insight.settings_rules import Suitability
from zhike.parties import queries as parties
from zhike.risk import labels, queries
from zhike.risk.models import Profile
from zhike.risk.queries import Ending, Ends, Level, Offered, Product
from zhike.risk.rules import REFUSALS, RULES, Investor, ends_soon, highest, is_assessed, least_amount, valid_until


@dataclass(frozen=True)
class ReasonLine:
    """A reason in words, the number of its rule, and whether it refuses."""

    rule: str
    words: str
    refuses: bool


@dataclass(frozen=True)
class Chosen:
    """The answer for the product that was chosen; `least`: what must be put in at least."""

    offered: Offered
    risk: Any
    reasons: Sequence[ReasonLine]
    least: Decimal | None


@dataclass(frozen=True)
class SuitabilityPanel:
    """risk/_suitability.html: `state` is none, valid, soon or over; `levels` those she may be offered."""

    party_id: int
    investor: Investor
    word: Any
    place: str
    state: str
    until: date | None
    levels: Sequence[tuple[str, Any]]
    qualified: Any
    offered: Sequence[Offered]
    count_allowed: int
    chosen: Chosen | None
    history: Sequence[Profile]
    as_of: str


@require_GET
def panel(request: ViewerRequest, party_id: int) -> HttpResponse:
    """A customer's risk profile, what she may be offered, and for the `product` that is chosen every reason; today or as of a past day."""
    viewer, on = request.viewer, day_of(request)
    parties.require_seen(viewer, party_id)
    require(viewer, queries.READ)
    terms = queries.terms_on(on)
    known = queries.assessed(viewer, party_id, on, terms=terms)
    if known is None:
        raise parties.PartyNotSeen
    investor = known.investor
    offered = queries.offered(viewer, investor, on, terms=terms)
    wanted = request.GET.get("product", "")
    chosen = next((one for one in offered if str(one.product.id) == wanted), None)
    until, state = valid_until(investor, terms), "none"
    if is_assessed(investor, on) and until is not None:
        state = "over" if on >= until else "soon" if ends_soon(investor, on, terms) else "valid"
    most = highest(investor.level, terms) if state in ("valid", "soon") else 0
    shown = SuitabilityPanel(
        party_id, investor, labels.CUSTOMERS.get(investor.level, ""), labels.assessed_how(known.place), state, until,
        [(level, word) for level, word in labels.PRODUCTS.items() if int(level[1]) <= most], labels.QUALIFIED.get(investor.qualified_by, investor.qualified_by),
        offered, sum(one.answer.allowed for one in offered), _chosen(chosen, investor, terms) if chosen else None,
        queries.history(viewer, party_id, on), request.GET.get("as_of", ""),
    )  # fmt: skip
    return render(request, "risk/_suitability.html", vars(shown))


def _chosen(chosen: Offered, investor: Investor, terms: Suitability) -> Chosen:
    offer = chosen.product.offer
    reasons = [ReasonLine(RULES[code], labels.reason(code, investor, offer, terms), code in REFUSALS) for code in chosen.answer.codes]
    return Chosen(chosen, labels.PRODUCTS.get(offer.level, ""), reasons, least_amount(offer, terms))


@dataclass(frozen=True)
class EndingPage:
    """risk/ending.html"""

    title: str
    crumbs: Sequence[Crumb]
    tabs: Sequence[Tab]
    lines: Sequence[tuple[Ending, Any]]
    is_over: bool
    days: int
    next: str
    after: str


@require_GET
def ending(request: ViewerRequest) -> HttpResponse:
    """Whose assessment ends within the days of warning, or has ended (`ends=over`): the viewer's customers, fifty at a time."""
    require(request.viewer, queries.READ)
    ends: Ends = "over" if request.GET.get("ends") == "over" else "soon"
    today = timezone.localdate()
    after = _after(request.GET.get("after", ""), ends)
    found = queries.ending(request.viewer, today, ends, after=after)
    rows = found[: queries.SIZE]
    more = encode(Cursor(ends, ends == "over", rows[-1].until, rows[-1].party_id)) if len(found) > len(rows) else ""
    here = reverse("suitability")
    tabs = [Tab(_("End soon"), here, current=ends == "soon"), Tab(_("Have ended"), f"{here}?ends=over", current=ends == "over")]
    tabs.append(Tab(_("Products and their risk"), reverse("suitability-products")))
    page = EndingPage(
        _("Risk assessments"), [Crumb(_("Risk assessments"))], tabs, [(one, labels.CUSTOMERS.get(one.level, "")) for one in rows], ends == "over",
        queries.terms_on(today).warn_days, more, request.GET.get("after", "") if after else "",
    )  # fmt: skip
    return answer(request, "risk/ending.html", vars(page))


def _after(text: str, ends: Ends) -> tuple[date, int] | None:
    if not text:
        return None
    try:
        cursor = decode(text, sort=ends, descending=ends == "over")
    except BadCursor:
        return None
    return (cursor.value, cursor.id) if isinstance(cursor.value, date) and isinstance(cursor.id, int) else None


@dataclass(frozen=True)
class ProductLine:
    """A product with its level today, what issuer and bank say, and what was said before."""

    product: Product
    risk: Any
    now: Level | None
    before: Sequence[Level]
    least: Decimal | None


@dataclass(frozen=True)
class ProductsPage:
    """risk/products.html"""

    title: str
    crumbs: Sequence[Crumb]
    tabs: Sequence[Tab]
    lines: Sequence[ProductLine]


@require_GET
def products(request: ViewerRequest) -> HttpResponse:
    """Investment products on sale with their risk, by whom it was said, and its history (R50)."""
    require(request.viewer, queries.READ)
    today = timezone.localdate()
    terms = queries.terms_on(today)
    found = queries.products(request.viewer, today, terms=terms)
    told = queries.levels(request.viewer, [one.id for one in found])
    lines = []
    for one in found:
        now = next((level for level in told.get(one.id, []) if level.since <= today and (level.until is None or level.until > today)), None)
        before = [level for level in told.get(one.id, []) if level is not now]
        lines.append(ProductLine(one, labels.PRODUCTS.get(one.offer.level, ""), now, before, least_amount(one.offer, terms)))
    here = reverse("suitability")
    tabs = [
        Tab(_("End soon"), here),
        Tab(_("Have ended"), f"{here}?ends=over"),
        Tab(_("Products and their risk"), reverse("suitability-products"), current=True),
    ]
    page = ProductsPage(
        _("Products and their risk"), [Crumb(_("Risk assessments"), here), Crumb(_("Products and their risk"))], tabs, lines
    )
    return answer(request, "risk/products.html", vars(page))
