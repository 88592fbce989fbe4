"""The panel about whom a company pays through the bank."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from zhike.access.scope import ViewerRequest, require
from zhike.core.asof import day_of
from zhike.holdings.payroll import heads_chart, paid_through
from zhike.parties import queries as parties


@require_GET
def payroll(request: ViewerRequest, party_id: int) -> HttpResponse:
    """How many people a company paid through the bank month by month, and those of them the viewer sees, twenty at a time."""
    parties.require_seen(request.viewer, party_id)
    require(request.viewer, "transactions.read")
    given = request.GET.get("after", "")
    after = int(given) if given.isascii() and given.isdigit() and len(given) < 19 else None
    found = paid_through(request.viewer, party_id, day_of(request), after=after)
    chart = heads_chart(found.months, _("Employees paid through the bank, by month"))
    return render(request, "holdings/_payroll.html", {"paid": found, "chart": chart, "party_id": party_id, "after": after})
