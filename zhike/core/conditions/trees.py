"""What a condition is: a tree of tests, groups and `has`, frozen, and its stored form.

Stored form: `{"version": 1, "where": node}`; a node is one of

    {"all": [node …]}   {"any": [node …]}   {"none": [node …]}
    {"field": "aum", "op": "at_least", "value": "500000"}
    {"has": "contact", "at_least": 2, "at_most": 5, "where": node}

An empty `all` or `none` is everybody, an empty `any` nobody. A version that is not known here is refused, never guessed at.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, Literal

from zhike.core.conditions.days import Span

VERSION = 1
MOST_DEPTH = 8  # groups within groups within has
MOST_NODES = 60
MOST_VALUES = 200  # choices in one test
LONGEST_TEXT = 200
LONGEST_STORED = 20_000  # characters of JSON

Joiner = Literal["all", "any", "none"]
JOINERS: tuple[Joiner, ...] = ("all", "any", "none")
# By the operator's shape: a text; an amount or two; a day or two; a span; a period's name; month-days; keys of choices; yes or no; nothing.
Value = str | Decimal | tuple[Decimal, Decimal] | date | tuple[date, date] | Span | tuple[str, ...] | bool | None


@dataclass(frozen=True)
class Check:
    """One field held against one value."""

    field: str
    op: str
    value: Value = None


@dataclass(frozen=True)
class Group:
    """Nodes joined: all of them, any of them, none of them."""

    joiner: Joiner
    nodes: tuple[Node, ...] = ()


@dataclass(frozen=True)
class Has:
    """How many related rows fit `where`: at least so many, and at most so many where that is said."""

    relation: str
    where: Node
    at_least: int = 1
    at_most: int | None = None


Node = Check | Group | Has
EVERYBODY = Group("all")


def stored(node: Node) -> dict[str, Any]:
    """The form in which a condition is kept, sent and linked to. `reading.read` gives the same tree back."""
    return {"version": VERSION, "where": plain(node)}


def plain(node: Node) -> dict[str, Any]:
    """A node as JSON: amounts and days as text, so that nothing is rounded on the way."""
    if isinstance(node, Group):
        return {node.joiner: [plain(inner) for inner in node.nodes]}
    if isinstance(node, Has):
        most = {} if node.at_most is None else {"at_most": node.at_most}
        return {"has": node.relation, "at_least": node.at_least, **most, "where": plain(node.where)}
    value = {} if node.value is None else {"value": _plain_value(node.value)}
    return {"field": node.field, "op": node.op, **value}


def _plain_value(value: Value) -> Any:
    if isinstance(value, Decimal):
        return format(value, "f")
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Span):
        return {"n": value.n, "unit": value.unit}
    if isinstance(value, tuple):
        return [_plain_value(part) for part in value]
    return value


def parts(node: Node) -> tuple[Node, ...]:
    """What a page shows as one chip each: the members of an outermost `all`, else the whole."""
    return node.nodes if isinstance(node, Group) and node.joiner == "all" else (node,)


def without(node: Node, number: int) -> Node:
    """The condition less one of its `parts`."""
    return Group("all", tuple(part for at, part in enumerate(parts(node)) if at != number))
