"""A condition as SQL for PostgreSQL. Every value travels as a named parameter; nothing that a person typed stands in the text."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time, tzinfo
from typing import Any

from zhike.core.conditions.days import Interval
from zhike.core.conditions.fields import Catalogue, Field
from zhike.core.conditions.kinds import Kind
from zhike.core.conditions.meaning import birthdays_of, folded, interval_of
from zhike.core.conditions.trees import Check, Group, Has, Node

_UPPER, _LOWER = "ABCDEFGHIJKLMNOPQRSTUVWXYZ", "abcdefghijklmnopqrstuvwxyz"
_COMPARISONS = {"at_least": ">=", "at_most": "<=", "more_than": ">", "less_than": "<", "is": "="}
_CASTS: Mapping[Kind, str] = {"date": "date", "birthday": "date", "instant": "timestamptz"}


@dataclass(frozen=True)
class Compiled:
    """SQL over one alias, true where the condition holds, false or null where it does not, and its named values."""

    sql: str
    values: Mapping[str, Any]


def compiled(node: Node, catalogue: Catalogue, *, today: date, zone: tzinfo, row: str = "p", prefix: str = "w") -> Compiled:
    """The condition over the alias `row`. `zone`: in which instants fall on days. `prefix`: of its values' names, apart from those of others."""
    compiler = _Compiler(today, zone, prefix, {"today": today})
    sql = compiler.node(node, catalogue, row)
    begun = [start for check in _always(node) if (start := compiler.beginning(check, catalogue.fields[check.field], row))]
    return Compiled(" and ".join([*begun, sql]), compiler.values)


def _always(node: Node) -> list[Check]:
    """The checks that hold wherever the condition holds: only these may bound what is looked at."""
    if isinstance(node, Check):
        return [node]
    return [check for inner in node.nodes for check in _always(inner)] if isinstance(node, Group) and node.joiner == "all" else []


@dataclass
class _Compiler:
    today: date
    zone: tzinfo
    prefix: str
    values: dict[str, Any]
    count: int = field(default=0)

    def put(self, value: Any, cast: str) -> str:
        """A value's place in the statement."""
        self.count += 1
        name = f"{self.prefix}{self.count}"
        self.values[name] = value
        return f"%({name})s::{cast}"

    def node(self, node: Node, catalogue: Catalogue, row: str) -> str:
        self.values |= catalogue.values
        if isinstance(node, Group):
            inner = [self.node(one, catalogue, row) for one in node.nodes]
            if node.joiner == "all":
                return f"({' and '.join(inner)})" if inner else "true"
            found = f"({' or '.join(inner)})" if inner else "false"
            return f"not {found}" if node.joiner == "none" else found
        return self.has(node, catalogue, row) if isinstance(node, Has) else self.check(node, catalogue.fields[node.field], row)

    def beginning(self, check: Check, known: Field, row: str) -> str:
        return known.begins(check, self.today, self.put).replace("{row}", row) if known.begins else ""

    def has(self, node: Has, catalogue: Catalogue, row: str) -> str:
        relation = catalogue.relations[node.relation]
        self.count += 1
        new = f"{self.prefix}r{self.count}"
        source = relation.sql.replace("{row}", row).replace("{new}", new)
        where = self.node(node.where, relation.catalogue(), new)
        rows = f"select 1 from {source} and {where}"
        # `offset 0` keeps the question to one row at a time, along an index: joined as a whole, a book of four hundred would wait for every
        # account of the bank.
        if node.at_most is None and node.at_least <= 1:
            return f"exists ({rows} offset 0)" if node.at_least else "true"
        if node.at_most == 0:
            return f"not exists ({rows} offset 0)"
        enough = node.at_least if node.at_most is None else node.at_most + 1  # nobody counts further than it matters
        counted = f"(select count(*) from ({rows} limit {enough:d}) counted)"
        if node.at_most is None:
            return f"{counted} >= {self.put(node.at_least, 'bigint')}"
        return f"{counted} between {self.put(node.at_least, 'bigint')} and {self.put(node.at_most, 'bigint')}"

    def check(self, check: Check, known: Field, row: str) -> str:
        column = f"({known.sql.replace('{row}', row)})"
        if check.op in ("known", "unknown"):
            there = f"coalesce(cardinality({column}), 0) > 0" if known.kind == "set" else f"{column} is not null"
            return there if check.op == "known" else f"not ({there})"
        if known.kind == "text":
            return self.text(check, column)
        if known.kind in ("number", "money"):
            return self.amount(check, column)
        if known.kind in _CASTS:
            return self.day(check, known.kind, column)
        return self.keys(check, known, column)

    def text(self, check: Check, column: str) -> str:
        plain = f"translate({column}, '{_UPPER}', '{_LOWER}')"
        value = self.put(folded(str(check.value)), "text")
        if check.op in ("is", "is_not"):
            return f"{plain} {'=' if check.op == 'is' else '<>'} {value}"
        if check.op == "starts":
            return f"starts_with({plain}, {value})"
        return f"strpos({plain}, {value}) {'>' if check.op == 'contains' else '='} 0"

    def amount(self, check: Check, column: str) -> str:
        if isinstance(check.value, tuple):
            first, last = check.value
            return f"{column} between {self.put(first, 'numeric')} and {self.put(last, 'numeric')}"
        return f"{column} {_COMPARISONS[check.op]} {self.put(check.value, 'numeric')}"

    def day(self, check: Check, kind: Kind, column: str) -> str:
        if kind != "birthday":
            return self.interval(interval_of(check, self.today), _CASTS[kind], column)
        ranges = birthdays_of(check, self.today)
        number = f"(extract(month from {column}) * 100 + extract(day from {column}))"
        pairs = (f"{number} between {self.put(first, 'int')} and {self.put(last, 'int')}" for first, last in ranges)
        return f"({' or '.join(pairs)})"

    def interval(self, interval: Interval, cast: str, column: str) -> str:
        bounds = [
            f"{column} {sign} {self.put(self.bound(day, cast), cast)}"
            for sign, day in ((">=", interval.start), ("<", interval.end))
            if day is not None
        ]
        return f"({' and '.join(bounds)})"

    def bound(self, day: date, cast: str) -> date | datetime:
        return datetime.combine(day, time.min, self.zone) if cast == "timestamptz" else day

    def keys(self, check: Check, known: Field, column: str) -> str:
        if known.kind == "flag":
            return f"{column} = {self.put(check.value, 'boolean')}"
        given = list(check.value) if isinstance(check.value, tuple) else []
        value = self.put([int(str(key)) for key in given] if known.key_type == "bigint" else given, f"{known.key_type}[]")
        if known.kind == "choice":
            return f"{column} = any({value})" if check.op == "in" else f"{column} <> all({value})"
        if check.op == "all_of":
            return f"{column} @> {value}"
        return f"{column} && {value}" if check.op == "any_of" else f"not ({column} && {value})"
