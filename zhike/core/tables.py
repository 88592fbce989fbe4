"""Keyset tables: columns, an opaque cursor, the next and previous page without counting.

A page is found by comparing (sort value, id) with the last row seen, so page 2,000 costs what page 1 costs, and rows that arrive
meanwhile shift nothing. The cursor is signed: it carries values out of the table and must not be forged or read across sortings.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Generic, Literal, TypeVar

from django.core import signing
from django.db.models import F, Model, Q, QuerySet

from zhike.core.pages import Words

Row = TypeVar("Row", bound=Model)
SALT = "zhike.core.tables"
DEFAULT_SIZE = 50
Order = Literal["asc", "desc"]


@dataclass(frozen=True)
class Column:
    """A column: `sort_field` (a field or annotation that is never null, or `nulls`) makes its head a link; `right` for numbers.

    `descending_first`: the first click shows the largest, as for money and dates.
    """

    name: str
    title: Words
    sort_field: str = ""
    right: bool = False
    hidden_on_phone: bool = False
    descending_first: bool = False
    next_order: Order = "asc"


@dataclass(frozen=True)
class Cursor:
    """Where a page begins: after or before the row with this sort value and id, under this sorting."""

    sort: str
    descending: bool
    value: Any
    id: Any
    backward: bool = False


@dataclass(frozen=True)
class Page(Generic[Row]):
    """A page of rows and the cursors of its neighbours ("" where there is none). `note` replaces the count of rows shown."""

    rows: Sequence[Row]
    columns: Sequence[Column]
    sort: str
    descending: bool
    previous: str = ""
    next: str = ""
    note: Words = ""


class BadCursor(ValueError):
    """The cursor was not made here, or belongs to another sorting. The caller shows the first page."""


def encode(cursor: Cursor) -> str:
    """The cursor as URL-safe signed text."""
    return signing.dumps([cursor.sort, cursor.descending, *_plain(cursor.value), cursor.id], salt=SALT, compress=False)


def decode(text: str, *, sort: str, descending: bool, backward: bool = False) -> Cursor:
    """Raises BadCursor for anything that `encode` did not make for this very sorting."""
    try:
        made_for, was_descending, kind, value, key = signing.loads(text, salt=SALT)
    except (signing.BadSignature, ValueError, TypeError) as wrong:
        raise BadCursor("not a cursor") from wrong
    if (made_for, was_descending) != (sort, descending):
        raise BadCursor("made for another sorting")
    return Cursor(sort, descending, _typed(kind, value), key, backward)


def _plain(value: Any) -> tuple[str, Any]:
    if isinstance(value, datetime):
        return "at", value.isoformat()
    if isinstance(value, date):
        return "date", value.isoformat()
    if isinstance(value, Decimal):
        return "money", str(value)
    return "", value


def _typed(kind: str, value: Any) -> Any:
    readers: dict[str, Any] = {"at": datetime.fromisoformat, "date": date.fromisoformat, "money": Decimal}
    return readers[kind](value) if kind in readers else value


def page_of(
    rows: QuerySet[Row], columns: Sequence[Column], query: Mapping[str, str], *, sort: str, descending: bool = False, size: int = DEFAULT_SIZE,
    key: str = "pk", by: str = "",
) -> Page[Row]:  # fmt: skip
    """One page of `rows` for the request's parameters `sort`, `order`, `after`, `before`.

    `sort` and `descending` are the sorting when none is asked for. A sorting or cursor that does not exist falls back to the first page
    of that default. `rows` must not be ordered or sliced. `by` names the sort field where `sort` is not a column that is shown.
    """
    fields = {column.name: column.sort_field for column in columns if column.sort_field} | ({sort: by} if by else {})
    if query.get("sort") in fields:
        sort, descending = query["sort"], query.get("order") == "desc"
    cursor = _asked(query, sort, descending)
    column_field = fields.get(sort, key)
    backward = bool(cursor and cursor.backward)
    found = list(_window(rows, column_field, key, descending != backward, cursor)[: size + 1])
    more, found = len(found) > size, found[:size]
    if backward:
        found.reverse()
    has_previous = more if backward else cursor is not None
    has_next = bool(found) if backward else more

    def mark(row: Row) -> str:
        return encode(Cursor(sort, descending, _value(row, column_field), _value(row, key)))

    return Page(
        found, _headed(columns, sort, descending), sort, descending,
        previous=mark(found[0]) if has_previous and found else "", next=mark(found[-1]) if has_next and found else "",
    )  # fmt: skip


def _asked(query: Mapping[str, str], sort: str, descending: bool) -> Cursor | None:
    for name, backward in (("after", False), ("before", True)):
        if query.get(name):
            try:
                return decode(query[name], sort=sort, descending=descending, backward=backward)
            except BadCursor:
                return None
    return None


def _window(rows: QuerySet[Row], column: str, key: str, descending: bool, cursor: Cursor | None) -> QuerySet[Row]:
    if cursor is not None:
        past = "lt" if descending else "gt"
        rows = rows.filter(_beyond(column, key, past, cursor))
    if column == key:
        return rows.order_by(F(key).desc() if descending else F(key).asc())
    return rows.order_by(*(F(name).desc() if descending else F(name).asc() for name in (column, key)))


def _beyond(column: str, key: str, past: str, cursor: Cursor) -> Q:
    """Rows past the cursor. The first condition alone bounds the index; PostgreSQL does not see that in an OR."""
    if column == key:
        return Q(**{f"{key}__{past}": cursor.id})
    bound = Q(**{f"{column}__{past}e": cursor.value})
    return bound & (Q(**{f"{column}__{past}": cursor.value}) | Q(**{f"{key}__{past}": cursor.id}))


def _value(row: Any, path: str) -> Any:
    for name in path.split("__"):
        row = getattr(row, name)
    return row


def _headed(columns: Sequence[Column], sort: str, descending: bool) -> tuple[Column, ...]:
    def order(column: Column) -> Order:
        if column.name == sort:
            return "asc" if descending else "desc"
        return "desc" if column.descending_first else "asc"

    return tuple(replace(column, next_order=order(column)) for column in columns)


@dataclass(frozen=True)
class Filter:
    """One choice above a list: its parameter, its words, its options (value, words). The empty value means all."""

    name: str
    title: Words
    options: Sequence[tuple[str, Words]] = field(default_factory=tuple)
    chosen: str = ""
