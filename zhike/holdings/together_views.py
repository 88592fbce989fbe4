"""The panel about a customer's household and corporate groups."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from zhike.access.scope import ViewerRequest, require
from zhike.core.asof import asked_day
from zhike.holdings.together import together as read
from zhike.parties import queries as parties


@require_GET
def together(request: ViewerRequest, party_id: int) -> HttpResponse:
    """What the customer's household and groups hold together, as far as the viewer sees their members."""
    parties.require_seen(request.viewer, party_id)
    require(request.viewer, "customers.read")
    require(request.viewer, "accounts.read")
    found = read(request.viewer, party_id, asked_day(request))
    return render(request, "holdings/_together.html", {"groups": found, "party_id": party_id})
