"""Keyset paging of a list that is put together from several stretches, without counting.

A *stretch* is a query that an index gives in order. A list by AUM is two of them: those who hold something, along the index of
amounts, then those who hold nothing, by key. A page is found by going past the last row seen, on into the next stretch where one ends,
so that page 2,000 costs what page 1 costs. The cursor also carries the position, for "51–100".
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django.core import signing
from django.db import connection

from zhike.core import prepared

SALT = "zhike.workspace.paging"
SIZE = 50


@dataclass(frozen=True)
class Stretch:
    """Rows in the order of `column` (empty: of the key alone), then by key upwards. `column` is never null within a stretch.

    `source` is SQL from `from` to the last condition of its `where`, `column` and `key` are SQL over it, `values` its named values.
    `each`: a table of keys; the stretch is then walked once for each `one.id`, and the walks are merged. `beside`: a second source in the place
    of `source`, walked once, whose rows the others have not; merged as well. `paged`: a function of the database that gives a page of the same
    rows in this order, or back, by itself, for where their own walls would be asked one by one; it takes the value and key to go past, whether
    backward, and how many.
    """

    source: str
    values: Mapping[str, Any]
    column: str
    key: str
    descending: bool = False
    each: str = ""
    beside: str = ""
    paged: str = ""

    def told(self, columns: str, rest: str, named: str, merged: str) -> str:
        """The statement that takes `columns` of every walk, each ended by `rest`, and of all of them `named` ended by `merged`."""
        walks = [f"select {columns} {self.source}{rest}"]
        if self.each:
            walks = [f"select walk.* from {self.each} one(id) cross join lateral ({walks[0]}) walk"]  # noqa: S608 - written in queries
        if self.beside:
            walks.append(f"select {columns} {self.beside}{rest}")
        if not self.each and not self.beside:
            return walks[0]
        return f"select {named} from ({' union all '.join(f'({walk})' for walk in walks)}) walk {merged}"  # noqa: S608 - the same


@dataclass(frozen=True)
class Mark:
    """A row's place: in which stretch, its value and key, and how many rows stand before it."""

    stretch: int
    value: Any
    key: int
    position: int


@dataclass(frozen=True)
class KeyPage:
    """The keys of a page in order; cursors of its neighbours, empty where there is none; the position of its first row, from 1."""

    keys: Sequence[int]
    first: int
    previous: str = ""
    next: str = ""


def encode(mark: Mark, sorting: str) -> str:
    """A mark as URL-safe signed text, good for this sorting only."""
    kind = "money" if isinstance(mark.value, Decimal) else "date" if isinstance(mark.value, date) else ""
    value = str(mark.value) if kind else mark.value
    return signing.dumps([sorting, mark.stretch, kind, value, mark.key, mark.position], salt=SALT)


def decode(text: str, sorting: str) -> Mark | None:
    """None for anything that `encode` did not make for this sorting: the caller shows the first page."""
    try:
        made_for, stretch, kind, value, key, position = signing.loads(text, salt=SALT)
    except (signing.BadSignature, ValueError, TypeError):
        return None
    if made_for != sorting:
        return None
    typed = Decimal(value) if kind == "money" else date.fromisoformat(value) if kind == "date" else value
    return Mark(stretch, typed, key, position)


def page_of_keys(
    stretches: Sequence[Stretch], sorting: str, *, after: str = "", before: str = "", size: int = SIZE, is_common: bool = False
) -> KeyPage:
    """The page after or before a cursor; the first page without one or with a wrong one. `is_common`: asked all day, so planned once."""
    forward = decode(after, sorting) if after else None
    backward = decode(before, sorting) if before and not forward else None
    mark = forward or backward
    found = _collect(stretches, mark, bool(backward), size + 1, prepared.cursor if is_common else connection.cursor)
    more, found = len(found) > size, found[:size]
    if backward:
        found.reverse()
    if not found:
        return KeyPage((), 1, previous="")
    first = 1 if mark is None else mark.position + 1 if forward else mark.position - len(found)
    at = [Mark(stretch, value, key, first + number) for number, (stretch, value, key) in enumerate(found)]
    has_previous = more if backward else forward is not None
    return KeyPage(
        [key for _, _, key in found], max(first, 1), encode(at[0], sorting) if has_previous else "",
        encode(at[-1], sorting) if (backward or more) else "",
    )  # fmt: skip


def place_of(stretches: Sequence[Stretch], key: int) -> Mark | None:
    """Where a row stands, without its position; None where it is in none of the stretches."""
    for number, stretch in enumerate(stretches):
        rest = f" and {stretch.key} = %(place_key)s limit 1"
        statement = stretch.told(f"{stretch.column or 'null'} as value", rest, "walk.value", "limit 1")
        with connection.cursor() as cursor:
            cursor.execute(statement, {**stretch.values, "place_key": key})
            found = cursor.fetchone()
        if found:
            return Mark(number, found[0], key, 1)
    return None


def _collect(
    stretches: Sequence[Stretch], mark: Mark | None, backward: bool, most: int, cursor: Callable[[], Any]
) -> list[tuple[int, Any, int]]:
    start = mark.stretch if mark else 0
    order = range(start, -1, -1) if backward else range(start, len(stretches))
    found: list[tuple[int, Any, int]] = []
    for number in order:
        here = mark if mark and mark.stretch == number else None
        found += _window(number, stretches[number], here, backward, most - len(found), cursor)
        if len(found) >= most:
            break
    return found


def _window(
    number: int, stretch: Stretch, mark: Mark | None, backward: bool, most: int, connected: Callable[[], Any]
) -> list[tuple[int, Any, int]]:
    """At most `most` rows past the mark. Where the value decides, it bounds the index alone, which PostgreSQL does not see inside an OR."""
    down = stretch.descending != backward
    column, key, past = stretch.column or "null", stretch.key, ""
    if mark is not None:
        past = f"{key} {'<' if backward else '>'} %(past_key)s"
        if stretch.column:
            step = "<" if down else ">"
            past = f"{column} {step}= %(past_value)s and ({column} {step} %(past_value)s or {past})"
        past = f" and {past}"
    order = f"{'value ' + ('desc' if down else 'asc') + ', ' if stretch.column else ''}key {'desc' if backward else 'asc'} limit {most}"
    statement = stretch.told(f"{column} as value, {key} as key", f"{past} order by {order}", "walk.*", f"order by {order}")
    if stretch.paged:
        statement = f"select * from {stretch.paged}(%(past_value)s, %(past_key)s::bigint, %(backward)s, {most})"  # noqa: S608 - named in queries
        marked = {"past_value": mark.value if mark else None, "past_key": mark.key if mark else None, "backward": backward}
    else:
        marked = {"past_value": mark.value, "past_key": mark.key} if mark else {}
    with (prepared.cursor if stretch.paged else connected)() as cursor:
        cursor.execute(statement, {**stretch.values, **marked})
        return [(number, value, row_key) for value, row_key in cursor.fetchall()]


def count_of(stretches: Sequence[Stretch], most: int) -> int:
    """How many rows all stretches have together, counted no further than `most`."""
    count = 0
    for stretch in stretches:
        limit = f" limit {most - count}"
        counted = stretch.told(f"{stretch.key} as key", limit, "walk.key", limit)
        with connection.cursor() as cursor:
            cursor.execute(f"select count(*) from ({counted}) counted", stretch.values)  # noqa: S608 - the same
            count += cursor.fetchone()[0]
        if count >= most:
            break
    return count
