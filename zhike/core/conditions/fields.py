"""What conditions may ask about: fields and relations, gathered into a catalogue. Only here does the language touch tables.

`sql` is SQL over `{row}`, the alias of the row asked about, null where the value is unknown; an empty text is not a value. It may use
`%(today)s` and the catalogue's `values`, never what a person typed. `value` reads the same from a Python row, `column` from a table of Ibis.
They must agree.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Literal

from zhike.core.conditions.kinds import Kind
from zhike.core.conditions.trees import Check
from zhike.core.pages import Words

Put = Callable[[Any, str], str]  # a value and its type in SQL, to its place in the statement
Choices = Callable[[], "Sequence[Choice]"]
Protection = Literal["open", "personal", "financial", "protected"]  # who minds if it is told: nobody, the person, her money, the law


@dataclass(frozen=True)
class Choice:
    """One of the values of a field: its key as stored, its words."""

    key: str
    title: Words


@dataclass(frozen=True)
class Field:
    """Something about a row. `choices` is called only when a page or a reading needs it, many of them only when somebody looks
    for one; `key_type` is what a choice's key is in SQL.

    `begins`: where PostgreSQL may begin instead of reading every row: SQL over `{row}` that an index answers and that holds wherever the
    check holds (and elsewhere too, perhaps); empty where no index helps."""

    name: str
    title: Words
    kind: Kind
    sql: str
    group: Words = ""
    unit: Words = ""
    choices: Choices | None = None
    has_many_choices: bool = False
    key_type: Literal["text", "bigint"] = "text"
    permission: str = ""
    protection: Protection = "open"
    description: Words = ""
    value: Callable[[Any, date], Any] | None = None
    begins: Callable[[Check, date, Put], str] | None = None
    column: Callable[[Any, date], Any] | None = None

    def value_of(self, row: Any, today: date) -> Any:
        """The value in a Python row: by `value`, else under its own name."""
        return self.value(row, today) if self.value else row[self.name]

    def column_of(self, table: Any, today: date) -> Any:
        """The value in a table of Ibis: by `column`, else the column of its own name."""
        return self.column(table, today) if self.column else table[self.name]


@dataclass(frozen=True)
class Relation:
    """Rows that hang on a row: "has a deposit where …". `sql` follows `from`, over `{row}` and `{new}`, up to and with its `where`.

    `one`, `no` and `many` say it: "a deposit", "no deposit", "%(n)s deposits". `catalogue`: what may be asked of each, made when needed.
    """

    name: str
    title: Words
    sql: str
    catalogue: Callable[[], Catalogue]
    one: Words
    no: Words
    many: Words
    group: Words = ""
    permission: str = ""
    description: Words = ""
    rows: Callable[[Any, date], Iterable[Any]] | None = None

    def rows_of(self, row: Any, today: date) -> Iterable[Any]:
        """The related rows of a Python row."""
        return self.rows(row, today) if self.rows else row[self.name]


@dataclass(frozen=True)
class Catalogue:
    """What one reader may ask about, and by name what exists but is `closed` to her, with the right that it needs."""

    fields: Mapping[str, Field]
    relations: Mapping[str, Relation] = field(default_factory=dict)
    closed: Mapping[str, Field | Relation] = field(default_factory=dict)
    values: Mapping[str, Any] = field(default_factory=dict)


def gathered(
    fields: Iterable[Field], relations: Iterable[Relation] = (), *, may: Callable[[str], bool] = lambda _right: True, values: Mapping[str, Any] | None = None
) -> Catalogue:  # fmt: skip
    """The catalogue of these fields and relations for a reader who `may` use some rights. A name that comes twice is a mistake: ValueError."""
    everything: list[Field | Relation] = [*fields, *relations]
    names = [one.name for one in everything]
    if len(names) != len(set(names)):
        raise ValueError(f"named twice: {sorted({name for name in names if names.count(name) > 1})}")
    closed = {one.name: one for one in everything if one.permission and not may(one.permission)}
    opened = [one for one in everything if one.name not in closed]
    return Catalogue(
        {one.name: one for one in opened if isinstance(one, Field)},
        {one.name: one for one in opened if isinstance(one, Relation)},
        closed,
        values or {},
    )
