"""Conditions on customers, for one viewer: what lists, saved views, exports and bulk acts ask. The first argument is the viewer.

A condition is kept and handed on as plain JSON, its stored form; it is read anew for whoever uses it. `Refused` says what she may not, or
cannot, ask, in her language; then there are no rows at all.
"""

from __future__ import annotations

import json
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django.utils import timezone

from zhike.access.scope import Viewer, Where
from zhike.core.conditions.meaning import needs_one_of
from zhike.core.conditions.predicate import predicate
from zhike.core.conditions.reading import Refused, read, read_text
from zhike.core.conditions.sql import compiled
from zhike.core.conditions.trees import EVERYBODY, Check, Group, Node, parts, stored, without
from zhike.core.conditions.wording import said
from zhike.core.deadlines import TookTooLong, within
from zhike.insight import queries as insight
from zhike.insight.fields import beside
from zhike.parties import queries as parties
from zhike.workspace.customer_fields import catalogue, row_of
from zhike.workspace.paging import Stretch, count_of

__all__ = ["EVERYBODY", "Refused", "TookTooLong", "read_for", "said_of", "where_of", "where_of_tree"]

SECONDS = 4.0  # a page that takes longer says how to narrow it
MOST_COUNTED = 10_000
SECONDS_COUNTING = 2.5
SECONDS_EXACT = 20.0  # for a count that a person asks for to the last customer
NO_LIMIT = 1_000_000_000
_SUMS = frozenset(
    {"aum", "deposits", "wealth", "loans", "currency", "count_accounts", "count_families", "next_maturity_date", "next_maturity_amount"}
)
_BOUNDS = {"at_least": ">=", "more_than": ">", "at_most": "<=", "less_than": "<", "is": "="}


@dataclass(frozen=True)
class Chip:
    """One condition of a list in words, and the stored form of what is left without it (empty: nothing)."""

    text: str
    rest: str


@dataclass(frozen=True)
class Counted:
    """How many customers fit: after each line of the outermost group, the whole list first. None: not known in time; `most` means that
    many or more."""

    steps: Sequence[int | None]
    most: int = MOST_COUNTED

    @property
    def total(self) -> int | None:
        return self.steps[-1]


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


def fits(viewer: Viewer, condition: Any, party_id: int, *, today: date | None = None) -> bool:
    """Whether one customer fits, decided in Python from what the condition asks of her: what a change of one customer is held against, where a
    statement for each would cost more. A customer outside the scope fits nothing. Raises Refused."""
    holds = predicate(
        read_for(viewer, condition), catalogue(viewer), today=today or timezone.localdate(), zone=timezone.get_current_timezone()
    )
    return bool(parties.within(viewer, [party_id])) and holds(row_of(viewer, party_id))


def said_of(viewer: Viewer, condition: Any) -> str:
    """A stored form in words, in the reader's language. Raises Refused."""
    return said(read_for(viewer, condition), catalogue(viewer))


def chips(viewer: Viewer, tree: Node) -> list[Chip]:
    """The lines of a condition, each with what is left without it."""
    known = catalogue(viewer)
    lines = parts(tree)
    return [Chip(said(line, known), as_text(without(tree, at)) if len(lines) > 1 else "") for at, line in enumerate(lines)]


def as_text(tree: Node) -> str:
    """The stored form as it stands in an address."""
    return json.dumps(stored(tree), ensure_ascii=False, separators=(",", ":"))


def along_sums(where: Where, tree: Node) -> Where:
    """The condition (`where`, of `tree`) for a walk along the index of amounts: over `p` and over `s`, its sum, whose place is bounded where the condition bounds AUM."""
    for number, line in enumerate(line for line in parts(tree) if isinstance(line, Check) and line.field == "aum"):
        if isinstance(line.value, Decimal):
            where &= Where(f"s.place {_BOUNDS[line.op]} %(place{number})s", {f"place{number}": _place(line.value)})
        elif isinstance(line.value, tuple):
            first, last = (_place(Decimal(str(one))) for one in line.value)
            where &= Where(f"s.place between %(place{number})s and %(upto{number})s", {f"place{number}": first, f"upto{number}": last})
    return where


def _place(amount: Decimal) -> Decimal:
    """An amount as lists order by it, in hundredths; beyond what a place can hold, its end."""
    return max(min(amount * 100, Decimal("9e18")), Decimal("-9e18"))


def needs_holdings(tree: Node) -> bool:
    """Whether only customers who hold something can fit, so that the others need not be looked through."""
    return needs_one_of(tree, _SUMS)


def counted(viewer: Viewer, which: parties.Which, tree: Node) -> Counted:
    """How many customers of a list fit after each line, counted as far as is worth knowing and as long as is worth waiting."""
    lines = [Group("all", parts(tree)[:at]) for at in range(1, len(parts(tree)) + 1)]
    until = time.monotonic() + SECONDS_COUNTING
    return Counted([_count(viewer, which, line, until - time.monotonic()) for line in [EVERYBODY, *lines]])


def count(viewer: Viewer, which: parties.Which, tree: Node, *, exact: bool = False) -> Counted:
    """How many customers of a list fit; `exact`: to the last one, for as long as a person who asked for it waits."""
    if exact:
        return Counted([_count(viewer, which, tree, SECONDS_EXACT, NO_LIMIT)], NO_LIMIT)
    return Counted([_count(viewer, which, tree, SECONDS_COUNTING)])


def _count(viewer: Viewer, which: parties.Which, tree: Node, seconds: float, most: int = MOST_COUNTED) -> int | None:
    if seconds <= 0:
        return None
    try:
        with within(seconds):
            if which.is_everything and (found := fitting_of(viewer, tree)) is not None:
                return min(found.count(), most)
            where = parties.listed(viewer, which) & where_of_tree(viewer, tree)
            joined, asked = beside(where.sql)
            return count_of([Stretch(f"from parties_party p {joined} where {asked}", where.values, "", "p.id")], most)
    except TookTooLong:
        return None


def fitting_of(viewer: Viewer, tree: Node, *, today: date | None = None) -> insight.Fitting | None:
    """Who of all customers fits, out of the profile's columns, which is many times as fast; None where PostgreSQL has to be asked."""
    return insight.fitting(viewer, tree, catalogue(viewer), today=today or timezone.localdate(), zone=timezone.get_current_timezone())
