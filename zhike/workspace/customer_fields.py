"""The catalogue of a customer: every field and relation that a condition on customers may use, gathered from the areas for one viewer.

An area adds what it knows in its own `fields.py`; here it gets its place. What the viewer holds no right to is `closed` in the catalogue:
a condition that names it is refused with the name of the right.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache

from zhike.access.scope import REQUEST_ID, Viewer, seen_where
from zhike.core.conditions.fields import Catalogue, Field, Relation, gathered
from zhike.core.conditions.rows import Row
from zhike.core.words import language
from zhike.engagement import fields as engagement
from zhike.holdings import fields as holdings
from zhike.insight import fields as insight
from zhike.parties import fields as parties


def catalogue(viewer: Viewer) -> Catalogue:
    """What this viewer may ask about a customer: gathered once for a request, anew for any other question."""
    request = REQUEST_ID.get()
    return _of_request(viewer, language(), request) if request else _gathered(viewer)


@lru_cache(maxsize=64)
def _of_request(viewer: Viewer, _language: str, _request: str) -> Catalogue:
    return _gathered(viewer)


def row_of(viewer: Viewer, party_id: int) -> Row:
    """A customer as Python decides on her, read as far as a condition asks; what the viewer does not see is not in it."""
    readers = {
        "parties": parties.reader(viewer),
        "holdings": holdings.reader(viewer),
        "engagement": engagement.reader(viewer),
        "insight": insight.reader(viewer),
    }
    return Row(party_id, readers)


def _gathered(viewer: Viewer) -> Catalogue:
    return gathered(_fields(viewer), _relations(viewer, lambda: catalogue(viewer)), may=viewer.may, values=seen_where(viewer).values)


def _fields(viewer: Viewer) -> list[Field]:
    return [*parties.fields(viewer), *holdings.fields(viewer), *engagement.fields(viewer), *insight.fields(viewer)]


def _relations(viewer: Viewer, customer: Callable[[], Catalogue]) -> list[Relation]:
    return [*holdings.relations(viewer), *engagement.relations(viewer), *parties.relations(viewer, customer)]
