"""A condition as an Ibis expression, for the warehouse's engines: what `sql` says to PostgreSQL, said to DuckDB and Spark alike.

Related rows are counted set by set, never row by row: "has at least two" is "its key is among those that two fitting rows hang on".
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time, tzinfo
from decimal import Decimal
from functools import reduce
from operator import and_, or_
from typing import Any

import ibis
from ibis.expr import datatypes as dt
from ibis.expr import types as ir

from zhike.core.conditions.days import Interval
from zhike.core.conditions.fields import Catalogue, Field
from zhike.core.conditions.meaning import birthdays_of, folded, interval_of
from zhike.core.conditions.trees import Check, Group, Has, Node

_UPPER, _LOWER = "ABCDEFGHIJKLMNOPQRSTUVWXYZ", "abcdefghijklmnopqrstuvwxyz"
_AMOUNT = dt.Decimal(24, 6)  # eighteen digits and six behind the point: what reading lets through
_COMPARISONS: Mapping[str, Callable[[Any, Any], Any]] = {
    "at_least": lambda one, other: one >= other, "at_most": lambda one, other: one <= other, "more_than": lambda one, other: one > other,
    "less_than": lambda one, other: one < other, "is": lambda one, other: one == other,
}  # fmt: skip
Truth = Any  # a boolean of Ibis: true, false or null, as in SQL


@dataclass(frozen=True)
class Frame:
    """Rows that a condition is asked of: a table, its `key` (never null, never twice), and by relation the rows that hang on them."""

    table: ir.Table
    key: str
    related: Mapping[str, Related] = field(default_factory=dict)


@dataclass(frozen=True)
class Related:
    """Rows that hang on others: the column `of` holds the key of the row above. `frame` is made when needed, since relations lead back."""

    frame: Callable[[], Frame]
    of: str


def expression(node: Node, catalogue: Catalogue, frame: Frame, *, today: date, zone: tzinfo) -> ir.BooleanValue:
    """The condition over the frame's table: `frame.table.filter(expression(…))` are the rows that fit; unknown is no.
    Raises KeyError for a relation that the frame has no rows of."""
    found: ir.BooleanValue = _Expressions(today, zone).node(node, catalogue, frame)
    return found


@dataclass(frozen=True)
class _Expressions:
    today: date
    zone: tzinfo

    def node(self, node: Node, catalogue: Catalogue, frame: Frame) -> Truth:
        if isinstance(node, Group):
            return _joined(node.joiner, [self.node(one, catalogue, frame) for one in node.nodes])
        if isinstance(node, Has):
            return self.has(node, catalogue, frame)
        return self.check(node, catalogue.fields[node.field], frame.table)

    def has(self, node: Has, catalogue: Catalogue, frame: Frame) -> Truth:
        related = frame.related[node.relation]
        other = related.frame()
        fitting = other.table.filter(
            self.node(node.where, catalogue.relations[node.relation].catalogue(), other), other.table[related.of].notnull()
        )
        counted = fitting.group_by(of_row=fitting[related.of]).aggregate(fitting=fitting.count())
        key = frame.table[frame.key]
        bounds = [key.isin(counted.filter(counted.fitting >= node.at_least).of_row)] if node.at_least else []
        if node.at_most is not None:
            bounds.append(~key.isin(counted.filter(counted.fitting > node.at_most).of_row))
        return _joined("all", bounds)

    def check(self, check: Check, known: Field, table: ir.Table) -> Truth:
        column = known.column_of(table, self.today)
        if check.op in ("known", "unknown"):
            there = (column.length() > 0).fill_null(False) if known.kind == "set" else column.notnull()
            return there if check.op == "known" else ~there
        if known.kind == "text":
            return _text(check, column)
        if known.kind in ("number", "money"):
            return _amount(check, column)
        if known.kind == "birthday":
            number = column.month() * 100 + column.day()
            return _joined("any", [number.between(first, last) for first, last in birthdays_of(check, self.today)])
        if known.kind in ("date", "instant"):
            return self.within(interval_of(check, self.today), known.kind == "instant", column)
        return _keys(check, known, column)

    def within(self, interval: Interval, is_instant: bool, column: Any) -> Truth:
        bounds = []
        if interval.start is not None:
            bounds.append(column >= self.bound(interval.start, is_instant))
        if interval.end is not None:
            bounds.append(column < self.bound(interval.end, is_instant))
        return _joined("all", bounds)

    def bound(self, day: date, is_instant: bool) -> Any:
        return ibis.literal(datetime.combine(day, time.min, self.zone), type=dt.Timestamp("UTC")) if is_instant else ibis.literal(day)


def _joined(joiner: str, found: list[Truth]) -> Truth:
    if joiner == "all":
        return reduce(and_, found) if found else ibis.literal(True)
    any_of = reduce(or_, found) if found else ibis.literal(False)
    return any_of if joiner == "any" else ~any_of


def _text(check: Check, column: Any) -> Truth:
    plain, asked = column.translate(_UPPER, _LOWER), folded(str(check.value))
    if check.op in ("is", "is_not"):
        return plain == asked if check.op == "is" else plain != asked
    if check.op == "starts":
        return plain.startswith(asked)
    return plain.contains(asked) if check.op == "contains" else ~plain.contains(asked)


def _amount(check: Check, column: Any) -> Truth:
    if isinstance(check.value, tuple):
        first, last = (_literal(one, column) for one in check.value)
        return column.between(first, last)
    return _COMPARISONS[check.op](column, _literal(check.value, column))


def _literal(amount: Any, column: Any) -> Any:
    """An amount to compare a column with: of the column's own type where that can say it, so that the column need not be widened row by row."""
    kind = column.type()
    exact = Decimal(str(amount))
    if (
        kind.is_decimal()
        and kind.scale is not None
        and abs(exact) < Decimal(10) ** (kind.precision - kind.scale)
        and exact == round(exact, kind.scale)
    ):
        return ibis.literal(exact, type=kind)
    return ibis.literal(amount, type=_AMOUNT)


def _keys(check: Check, known: Field, column: Any) -> Truth:
    if known.kind == "flag":
        return column == ibis.literal(check.value)
    given = [str(key) for key in check.value] if isinstance(check.value, tuple) else []
    asked = [ibis.literal(int(key)) if known.key_type == "bigint" else ibis.literal(key) for key in given]
    if known.kind == "choice":
        found = _joined("any", [column == key for key in asked])
        return found if check.op == "in" else ~found
    held = [column.contains(key) for key in asked]
    if check.op == "all_of":
        return _joined("all", held)
    return _joined("any", held) if check.op == "any_of" else _joined("none", held)
