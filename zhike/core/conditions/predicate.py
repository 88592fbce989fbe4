"""A condition as a Python predicate over one row: what `sql` says, said without a database. True, False, or None for unknown, as in SQL."""

from __future__ import annotations

import operator
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, time, tzinfo
from itertools import islice
from typing import Any

from zhike.core.conditions.days import Interval, month_day
from zhike.core.conditions.fields import Catalogue, Field
from zhike.core.conditions.meaning import birthdays_of, folded, interval_of
from zhike.core.conditions.trees import Check, Group, Has, Node

Truth = bool | None
_COMPARISONS: dict[str, Callable[[Any, Any], bool]] = {
    "at_least": operator.ge, "at_most": operator.le, "more_than": operator.gt, "less_than": operator.lt, "is": operator.eq,
}  # fmt: skip


def predicate(node: Node, catalogue: Catalogue, *, today: date, zone: tzinfo) -> Callable[[Any], bool]:
    """Whether the condition holds for a row; unknown is no."""
    asked = _Asked(today, zone)
    return lambda row: asked.node(node, catalogue, row) is True


@dataclass(frozen=True)
class _Asked:
    today: date
    zone: tzinfo

    def node(self, node: Node, catalogue: Catalogue, row: Any) -> Truth:
        if isinstance(node, Group):
            return _joined(node.joiner, [self.node(one, catalogue, row) for one in node.nodes])
        return self.has(node, catalogue, row) if isinstance(node, Has) else self.check(node, catalogue.fields[node.field], row)

    def has(self, node: Has, catalogue: Catalogue, row: Any) -> bool:
        relation = catalogue.relations[node.relation]
        inner = relation.catalogue()
        fitting = (1 for other in relation.rows_of(row, self.today) if self.node(node.where, inner, other) is True)
        enough = node.at_least if node.at_most is None else node.at_most + 1
        count = sum(islice(fitting, enough))
        return count >= node.at_least and (node.at_most is None or count <= node.at_most)

    def check(self, check: Check, known: Field, row: Any) -> Truth:
        value = known.value_of(row, self.today)
        if check.op in ("known", "unknown"):
            return (bool(value) if known.kind == "set" else value is not None) is (check.op == "known")
        return None if value is None else self.fits(check, known, value)

    def fits(self, check: Check, known: Field, value: Any) -> bool:
        if known.kind == "text":
            return _text(check.op, folded(value), folded(str(check.value)))
        if known.kind in ("number", "money"):
            return _amount(check, value)
        if known.kind == "birthday":
            return any(first <= month_day(value) <= last for first, last in birthdays_of(check, self.today))
        if known.kind in ("date", "instant"):
            return self.within(interval_of(check, self.today), value)
        return _keys(check, known, value)

    def within(self, interval: Interval, value: date | datetime) -> bool:
        if isinstance(value, datetime):
            start, end = (datetime.combine(day, time.min, self.zone) if day else None for day in (interval.start, interval.end))
            return (start is None or value >= start) and (end is None or value < end)
        return (interval.start is None or value >= interval.start) and (interval.end is None or value < interval.end)


def _joined(joiner: str, found: list[Truth]) -> Truth:
    if joiner == "all":
        return False if False in found else None if None in found else True
    any_of = True if True in found else None if None in found else False
    return any_of if joiner == "any" or any_of is None else not any_of


def _text(op: str, text: str, asked: str) -> bool:
    if op in ("is", "is_not"):
        return (text == asked) is (op == "is")
    return text.startswith(asked) if op == "starts" else (asked in text) is (op == "contains")


def _amount(check: Check, value: Any) -> bool:
    if isinstance(check.value, tuple):
        first, last = check.value
        return bool(first <= value <= last)
    return _COMPARISONS[check.op](value, check.value)


def _keys(check: Check, known: Field, value: Any) -> bool:
    if known.kind == "flag":
        return bool(value is check.value)
    asked = {str(key) for key in check.value} if isinstance(check.value, tuple) else set()
    if known.kind == "choice":
        return (str(value) in asked) is (check.op == "in")
    held = {str(key) for key in value}
    return asked <= held if check.op == "all_of" else bool(asked & held) is (check.op == "any_of")
