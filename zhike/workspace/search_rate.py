"""How often one person may search: more often than anybody types, and too seldom to carry the bank's customers off name by name (ASVS V2.4)."""

from __future__ import annotations

from django.conf import settings
from django.http import HttpResponse

from zhike.access.scope import ViewerRequest
from zhike.core.pages import too_many
from zhike.core.rates import Rates

SEARCHES = Rates()


def searched_too_often(request: ViewerRequest) -> HttpResponse | None:
    """Counts a search; the answer to give where she has none left in this minute."""
    wait = SEARCHES.spend(request.viewer.person_id, most=settings.SEARCHES_A_MINUTE)
    return too_many(request, wait) if wait else None
