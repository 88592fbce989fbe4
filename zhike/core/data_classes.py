"""Which class every column of the database has (JR/T 0171-2020, R30; the map of data of R32).

An area says it in its `dictionary.py`: a class for each table and the columns that differ from it. Tests hold what is declared against
PostgreSQL's own catalogue, so that no table and no column comes without a class.

Public: the bank publishes it. C1: internal. C2: tells who somebody is or what she has. C3, what authenticates a customer, is kept nowhere
(decision 13), and so there is no word for it here.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from django.utils.module_loading import autodiscover_modules

from zhike.core.pages import Words

Level = Literal["public", "C1", "C2"]
# How long rows stay: by a law, with the customer, the person or the installation they belong to, or until what they are for is over.
Kept = Literal["law", "audit", "consent", "customer", "person", "bank", "once", "unused"]

# Keys, places and origins: the same everywhere, and internal whatever table they stand in, unless it says otherwise.
_INTERNAL = frozenset(
    {"id", "source", "external_key", "row_digest", "valid_from", "valid_to", "batch_id", "kind", "state", "status", "version", "created_at", "changed_at"}
)  # fmt: skip
_KEYS = ("_id", "_ids")


@dataclass(frozen=True)
class Table:
    """A table of the database: what is in it, its class, how long its rows are kept; `public`, `c1`, `c2` name columns of another class."""

    name: str
    what: Words
    level: Level
    kept: Kept
    public: str = ""
    c1: str = ""
    c2: str = ""
    area: str = ""
    levels: Mapping[str, Level] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        named: tuple[tuple[Level, str], ...] = (("public", self.public), ("C1", self.c1), ("C2", self.c2))
        object.__setattr__(self, "levels", {column: level for level, columns in named for column in columns.split()})
        object.__setattr__(self, "area", self.area or self.name.partition("_")[0])

    def level_of(self, column: str) -> Level:
        """The class of a column: what is named, else C1 for a key, else the table's."""
        if column in self.levels:
            return self.levels[column]
        return "C1" if column in _INTERNAL or column.endswith(_KEYS) else self.level


_TABLES: dict[str, Table] = {}


def declare(*tables: Table) -> None:
    """Says which tables an area has. Raises ValueError where one is declared twice."""
    for table in tables:
        if table.name in _TABLES:
            raise ValueError(f"{table.name} is declared twice")
        _TABLES[table.name] = table


def tables() -> Mapping[str, Table]:
    """Every declared table by its name."""
    autodiscover_modules("dictionary")
    return _TABLES
