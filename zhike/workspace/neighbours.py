"""The customers before and after one in the list somebody came from. The first argument of reads is the viewer.

The list's address travels as a signed token (`in`); the first page after the list reads it from where the browser says it came from. The
list is asked again with the viewer's scope of now: whoever has left it is passed over.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

from django.core import signing
from django.http import HttpRequest
from django.urls import reverse

from zhike.access.scope import Viewer
from zhike.parties import queries as parties
from zhike.workspace.paging import encode, page_of_keys, place_of
from zhike.workspace.queries import ListAsked, customer_list, stretches

SALT = "zhike.workspace.neighbours"
LONGEST = 2_000  # characters of a list's address


@dataclass(frozen=True)
class Neighbours:
    """(key, name) of the customers beside one in a list; None: she is the first or the last, or no longer in it."""

    previous: tuple[int, str] | None
    next: tuple[int, str] | None


def token_of(request: HttpRequest) -> str:
    """The token of the list this request came from, empty where it came from elsewhere."""
    given = request.GET.get("in", "")
    if given:
        return given if list_of(given) is not None else ""
    came = urlsplit(request.headers.get("Referer", ""))
    if came.path != reverse("customers") or came.netloc != request.get_host() or len(came.query) > LONGEST:
        return ""
    return signing.dumps(came.query, salt=SALT, compress=True)


def list_of(token: str) -> str | None:
    """The query of the list a token stands for; None for anything that was not made here."""
    try:
        query: str = signing.loads(token, salt=SALT)
    except signing.BadSignature:
        return None
    return query


def neighbours(viewer: Viewer, asked: ListAsked, party_id: int) -> Neighbours:
    """Who stands before and after a customer in a list."""
    if asked.words:
        keys = [row.party.id for row in customer_list(viewer, asked).rows]
        at = keys.index(party_id) if party_id in keys else None
        before, after = (None, None) if at is None else (keys[at - 1] if at else None, keys[at + 1] if at + 1 < len(keys) else None)
    else:
        before, after = _beside(viewer, asked, party_id)
    names: Mapping[int, str] = parties.names(viewer, [key for key in (before, after) if key is not None])
    return Neighbours(*((key, names[key]) if key is not None and key in names else None for key in (before, after)))


def _beside(viewer: Viewer, asked: ListAsked, party_id: int) -> tuple[int | None, int | None]:
    """Two steps along the list's own index, from the place where the customer stands."""
    walked = stretches(viewer, asked)
    place = place_of(walked, party_id)
    if place is None:
        return None, None
    mark = encode(place, asked.sorting)
    before = page_of_keys(walked, asked.sorting, before=mark, size=1).keys
    after = page_of_keys(walked, asked.sorting, after=mark, size=1).keys
    return (before[0] if before else None), (after[0] if after else None)
