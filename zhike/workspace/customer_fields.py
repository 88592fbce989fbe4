"""The catalogue of a customer: every field and relation that a condition on customers may use, gathered from the areas for one viewer.

An area adds what it knows in its own `fields.py`; here it gets its place. What the viewer holds no right to is `closed` in the catalogue:
a condition that names it is refused with the name of the right.
"""

from __future__ import annotations

from collections.abc import Callable

from zhike.access.scope import Viewer, seen_where
from zhike.core.conditions.fields import Catalogue, Field, Relation, gathered
from zhike.engagement import fields as engagement
from zhike.holdings import fields as holdings
from zhike.parties import fields as parties


def catalogue(viewer: Viewer) -> Catalogue:
    """What this viewer may ask about a customer. Made anew for each question: a custom field of a minute ago is in it."""
    return gathered(_fields(viewer), _relations(viewer, lambda: catalogue(viewer)), may=viewer.may, values=seen_where(viewer).values)


def _fields(viewer: Viewer) -> list[Field]:
    return [*parties.fields(viewer), *holdings.fields(viewer), *engagement.fields(viewer)]


def _relations(viewer: Viewer, customer: Callable[[], Catalogue]) -> list[Relation]:
    return [*holdings.relations(viewer), *engagement.relations(viewer), *parties.relations(viewer, customer)]
