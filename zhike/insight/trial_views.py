"""The customers behind a number of a shadow run."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from django.http import HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from zhike.access.scope import ViewerRequest, require
from zhike.core.pages import Crumb, answer
from zhike.insight import schemes, trials
from zhike.insight.overview import sees_the_bank
from zhike.insight.scheme_forms import from_json, look_of, word_of
from zhike.insight.shadowing import Shadow
from zhike.parties import queries as parties

RIGHT = "insight.read"


@dataclass(frozen=True)
class MoversPage:
    """insight/movers.html."""

    title: str
    crumbs: Sequence[Crumb]
    sides: Sequence[tuple[str, str]]
    lines: Sequence[tuple[int, str, Decimal]]
    is_bank: bool
    is_cut: bool


@require_GET
def who(request: ViewerRequest, scheme_id: int) -> HttpResponse:
    """Who of the viewer's customers would move from one tier (`was`) to another (`became`) under the scheme that was tried."""
    viewer = request.viewer
    require(viewer, RIGHT)
    require(viewer, "customers.read")
    row = schemes.version(viewer, scheme_id)
    was, became = request.GET.get("was", ""), request.GET.get("became", "")
    found = trials.movers(viewer, scheme_id, was, became) if row.trial else []
    now = from_json(Shadow.of(row.trial).rules_now) if row.trial else from_json(row.rules)
    words = word_of(was, now), word_of(became, from_json(row.rules))
    names = parties.names(viewer, [one.party_id for one in found])
    lines = [(one.party_id, names[one.party_id], one.aum) for one in found if one.party_id in names]
    title = f"{words[0]} → {words[1]}"
    crumbs = [
        Crumb(_("Customer tiers"), reverse("insight-tiers")),
        Crumb(f"{row.title} {row.number}", reverse("insight-tier-scheme", args=[scheme_id])),
        Crumb(title),
    ]
    sides = [(look_of(was), words[0]), (look_of(became), words[1])]
    page = MoversPage(title, crumbs, sides, lines, sees_the_bank(viewer), len(found) == trials.MOST_ROWS)
    return answer(request, "insight/movers.html", vars(page))
