"""What is done with the rows and files of a customer who is forgotten (PIPL 47, GDPR 17): declared by areas, carried out in one place.

An area says in its `forgetting.py`, for each of its tables with a customer in it, whether rows go, lose their words, or stay and why:

    declare(Rows("engagement_note", _("Notes"), order=20), Stays("holdings_balance", "sums of branch and bank stay as they were"))

and names what it keeps outside of tables: `@cleaned("ingestion.landings")`. Two measures: `whole`, where no law keeps anything, and else only
what no law asks for. Tests hold the declarations against the catalogue, so that no table with a customer is overlooked.

Statements find who is meant in the temporary table `going (party_id, is_whole)` and their keys in the sources in
`going_key (party_id, source, external_key, alias)`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from django.utils.module_loading import autodiscover_modules

from zhike.core.pages import Words


@dataclass(frozen=True)
class Rows:
    """Rows of a table that go, or (with `sets`, SQL over the row `t`) that stay without their words.

    `keyed`: done once for each key in a source, as `k` in `sets`. `is_law`: kept as long as a law asks. `only`: SQL over `t`.
    `order`: the smaller first. `what`: how the dry run calls them; empty: not told, being only the other side of something told.
    """

    table: str
    what: Words = ""
    column: str = "party_id"
    sets: str = ""
    is_law: bool = False
    is_keyed: bool = False
    only: str = ""
    order: int = 50

    @property
    def condition(self) -> str:
        """SQL over `t` and `g`: which rows are meant."""
        parts = [f"t.{self.column} = g.party_id", *(["g.is_whole"] if self.is_law else []), *([f"({self.only})"] if self.only else [])]
        return " and ".join(parts)

    @property
    def statement(self) -> str:
        """What is executed."""
        keys = " join going_key k on k.party_id = g.party_id" if self.is_keyed else ""
        if self.sets:
            return f"update {self.table} t set {self.sets} from going g{keys} where {self.condition}"
        return f"delete from {self.table} t using going g{keys} where {self.condition}"


@dataclass(frozen=True)
class Stays:
    """A table with a customer in it that is not touched, and why."""

    table: str
    why: str


@dataclass(frozen=True)
class Values:
    """A column of digests of a customer's own protected values: what nobody else has of them leaves the vault."""

    table: str
    column: str
    is_law: bool = True


@dataclass(frozen=True)
class After:
    """A statement that is executed once rows are gone; of `going` and `going_word (word)`, the search words of who is forgotten wholly."""

    statement: str


@dataclass(frozen=True)
class Key:
    """A customer's key in a source, and what stands for it from now on."""

    party_id: int
    source: str
    external_key: str
    alias: str


@dataclass(frozen=True)
class Gone:
    """Who is forgotten, as files are searched for her. `accounts`: (source, key) of those of the wholly forgotten; `needles`: what tells that a text is hers (keys, numbers, addresses in clear)."""

    keys: Sequence[Key]
    accounts: Sequence[tuple[str, str]]
    whole: frozenset[int]
    at: datetime
    needles: Sequence[str]
    step: Callable[[str], None] = field(default=lambda _what: None, compare=False)


Cleaning = Callable[[Gone], int]
_DECLARED: list[Rows | Stays | Values | After] = []
_CLEANED: dict[str, Cleaning] = {}
_FOUND: list[bool] = []


def declare(*told: Rows | Stays | Values | After) -> None:
    """Say what is done with tables; called by an area's `forgetting.py`."""
    _DECLARED.extend(one for one in told if one not in _DECLARED)


def cleaned(name: str) -> Callable[[Cleaning], Cleaning]:
    """Declares the function that takes somebody out of files; it must bear being called again, and gives how many files or rows it changed."""

    def keep(function: Cleaning) -> Cleaning:
        _CLEANED[name] = function
        return function

    return keep


def declared() -> list[Rows | Stays | Values | After]:
    """What all areas say."""
    _discover()
    return _DECLARED


def rows() -> list[Rows]:
    """All rows that go or change, in the order in which that is done."""
    return sorted((one for one in declared() if isinstance(one, Rows)), key=lambda one: one.order)


def cleanings() -> dict[str, Cleaning]:
    """What is done outside of declared rows, by name."""
    _discover()
    return _CLEANED


def _discover() -> None:
    if not _FOUND:
        autodiscover_modules("forgetting")
        _FOUND.append(True)


def lock_of_loads(source: str) -> str:
    """The name of the lock that a load of a source holds, and that whoever changes what has landed waits for."""
    return f"zhike.load:{source}"
