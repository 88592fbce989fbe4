"""An answer put in order: which line comes after which, by words, bands, months or size."""

from __future__ import annotations

from zhike.reports import rules
from zhike.reports.answering import Found
from zhike.reports.naming import Names
from zhike.reports.rules import Asked, Order, Pivot

MOST_LINES, MOST_COLUMNS = 400, 36


def pivot(asked: Asked, found: Found, names: Names, *, most: int = MOST_LINES, most_columns: int = MOST_COLUMNS) -> Pivot:
    """The answer as a table in the order that was asked for."""
    by = asked.measures.index(asked.sort) if asked.sort in asked.measures else 0
    ranks = [names.ranks(name) for name in asked.rows], [names.ranks(name) for name in asked.columns]
    order = Order(*ranks, by, asked.is_rising, bool(asked.sort))
    return rules.pivoted(found.cells, len(asked.rows), order, most=most, most_columns=most_columns)
