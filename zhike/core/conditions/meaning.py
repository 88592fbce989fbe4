"""What both compilers must agree on: which days a test means, and how letters are compared. Pure."""

from __future__ import annotations

import string
from collections.abc import Collection
from datetime import date

from zhike.core.conditions.days import DAY, Interval, Span, around, birthdays, period, spanned
from zhike.core.conditions.trees import Check, Group, Node

_SMALL = str.maketrans(string.ascii_uppercase, string.ascii_lowercase)


def folded(text: str) -> str:
    """Small and capital letters of the ASCII alphabet are the same; others are what they are, in every database and language alike."""
    return text.translate(_SMALL)


def interval_of(check: Check, today: date) -> Interval:
    """The days that a test on a date means."""
    value = check.value
    if isinstance(value, Span):
        return spanned(check.op, value, today)
    if isinstance(value, str):
        return period(value, today)
    if isinstance(value, tuple):
        first, last = (day for day in value if isinstance(day, date))
        return Interval(first, last + DAY)
    if not isinstance(value, date):
        raise TypeError(f"no day in {check}")
    return {"on": Interval(value, value + DAY), "before": Interval(None, value), "since": Interval(value, None)}[check.op]


def birthdays_of(check: Check, today: date) -> tuple[tuple[int, int], ...]:
    """The ranges of month × 100 + day that a test on a birthday means."""
    if check.op == "between" and isinstance(check.value, tuple):
        first, last = (int(str(part).replace("-", "")) for part in check.value)
        return around(first, last)
    return birthdays(interval_of(check, today))


def needs_one_of(node: Node, fields: Collection[str]) -> bool:
    """Whether the condition can only hold where one of these fields is known: a row that knows none of them need not be looked at."""
    if isinstance(node, Check):
        return node.field in fields and node.op != "unknown"
    if not isinstance(node, Group) or not node.nodes:
        return False
    each = [needs_one_of(inner, fields) for inner in node.nodes]
    if node.joiner == "any":
        return all(each)
    if node.joiner == "all":
        return any(each)
    return any(isinstance(inner, Check) and inner.field in fields and inner.op not in ("known", "unknown") for inner in node.nodes)
