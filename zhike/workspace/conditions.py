"""Conditions on customers, for one viewer: what lists, saved views, exports and bulk acts ask. The first argument is the viewer.

A condition is kept and handed on as plain JSON, its stored form; it is read anew for whoever uses it. `Refused` says what she may not, or
cannot, ask, in her language; then there are no rows at all.
"""

from __future__ import annotations

from datetime import date
from typing import Any

from django.utils import timezone

from zhike.access.scope import Viewer, Where
from zhike.core.conditions.reading import Refused, read, read_text
from zhike.core.conditions.sql import compiled
from zhike.core.conditions.trees import Node
from zhike.workspace.customer_fields import catalogue

__all__ = ["Refused", "read_for", "where_of", "where_of_tree"]


def read_for(viewer: Viewer, condition: Any) -> Node:
    """The tree of a stored form (or of its JSON text), for this viewer. Raises Refused."""
    known = catalogue(viewer)
    return read_text(condition, known) if isinstance(condition, str) else read(condition, known)


def where_of(viewer: Viewer, condition: Any, *, today: date | None = None) -> Where:
    """The condition over the alias `p` of `parties_party`: a fragment without a scope of its own, to be joined by `and` to one
    (`parties.queries.listed`). Its values' names begin with `w` and a digit, beside `today` and the scope's. Raises Refused."""
    return where_of_tree(viewer, read_for(viewer, condition), today=today)


def where_of_tree(viewer: Viewer, tree: Node, *, today: date | None = None) -> Where:
    """The same for a tree that has been read for this viewer."""
    day = today or timezone.localdate()
    found = compiled(tree, catalogue(viewer), today=day, zone=timezone.get_current_timezone())
    return Where(found.sql, found.values)
