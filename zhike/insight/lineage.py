"""Where a number comes from, column by column, read from the expressions that compute it: no second description that could be wrong."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

import ibis.expr.operations as ops

from zhike.insight.assembling import ADDED_UP, BY_DAY, BY_MONTH, DAILY, MONTHLY, NOW, STAGED, Room, everything, made

_HIDDEN = ("_line", "_file", "_source", "_batch_date", "_order")


@dataclass(frozen=True)
class Column:
    """A column of a table: its type and the columns of other tables that it is made from."""

    name: str
    type: str
    sources: Sequence[tuple[str, str]]


@dataclass(frozen=True)
class Table:
    """A table of the build. `kind`: feed (as landed), staged, computed while the build runs, or mart (kept as Parquet)."""

    name: str
    kind: str
    grain: str
    columns: Sequence[Column]
    inputs: Sequence[str]


@cache
def tables() -> Mapping[str, Table]:
    """Every table by its name, in the order in which they are computed."""
    known = everything()
    found: dict[str, Table] = {}
    for kind, rooms in (("staged", tuple(STAGED.values())), ("computed", (*NOW, *MONTHLY, *ADDED_UP, *DAILY))):
        for room in rooms:
            found[room.name] = _table(room, "mart" if room.name in BY_MONTH or room.name in BY_DAY else kind, known)
    return found


def _table(room: Room, kind: str, known: Mapping[str, Any]) -> Table:
    named = {name: _as_itself(name, known[name]) for name in room.inputs}
    rows = made(room, named)
    columns = [
        Column(name, str(rows[name].type()), sorted(set(_made_from(rows.op(), name)))) for name in rows.columns
    ]  # fmt: skip
    return Table(room.name, kind, room.grain, columns, [name.removeprefix("raw_") for name in room.inputs])


def _as_itself(name: str, rows: Any) -> Any:
    """An input as a table of its own, so that a trace ends there."""
    return ops.UnboundTable(name=name, schema=rows.schema()).to_expr()


def _made_from(relation: Any, column: str) -> Iterator[tuple[str, str]]:
    """The columns of inputs that a column of a relation is made from."""
    if isinstance(relation, ops.UnboundTable):
        if column not in _HIDDEN:
            yield relation.name.removeprefix("raw_"), column
        return
    if isinstance(relation, ops.Set):
        yield from _made_from(relation.left, column)
        yield from _made_from(relation.right, column)
        return
    values = getattr(relation, "values", None)
    if values and column in values:
        yield from _fields(values[column])
    elif (parent := getattr(relation, "parent", None)) is not None:
        yield from _made_from(parent, column)


def _fields(value: Any) -> Iterator[tuple[str, str]]:
    if isinstance(value, ops.Field):
        yield from _made_from(value.rel, value.name)
        return
    for part in value.__args__:
        for one in part if isinstance(part, tuple) else (part,):
            if isinstance(one, ops.Node) and not isinstance(one, ops.Relation):
                yield from _fields(one)
