"""What a report asks, as its address says it, and how sums become a table of rows and columns. Pure: values in, values out."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from typing import Literal
from urllib.parse import quote, unquote, urlencode

Version = Literal["corrected", "reported"]
Value = Decimal | int | None
Member = str | None  # of a dimension; None: it is not known
Key = tuple[Member, ...]
SPANS = (1, 3, 6, 12, 24, 36)  # months up to the business date
MOST_ROWS, MOST_COLUMNS, MOST_MEASURES, MOST_ONLY = 3, 1, 6, 6
_UNKNOWN = "-"


@dataclass(frozen=True)
class Asked:
    """A report: what stands down and across, which measures, of how many months up to which business date (None: the latest), as it was reported then
    or as corrected since; `only`: dimension and the one member of it that counts; `sort`: a measure, None the first."""

    rows: tuple[str, ...] = ("branch",)
    columns: tuple[str, ...] = ()
    measures: tuple[str, ...] = ("aum", "eva")
    months: int = 12
    on: date | None = None
    version: Version = "corrected"
    only: tuple[tuple[str, Member], ...] = ()
    sort: str = ""
    is_rising: bool = False

    @property
    def dimensions(self) -> tuple[str, ...]:
        """Every dimension that it speaks of, each once."""
        return tuple(dict.fromkeys((*self.rows, *self.columns, *(name for name, _member in self.only))))

    @property
    def plain(self) -> dict[str, str]:
        """As a stored report keeps it and an address says it; what is usual is left out, but never what it asks."""
        said = {
            "rows": ",".join(self.rows),
            "columns": ",".join(self.columns),
            "measures": ",".join(self.measures),
            "months": str(self.months),
        }
        if self.on:
            said["on"] = self.on.isoformat()
        if self.version == "reported":
            said["version"] = self.version
        if self.only:
            said["only"] = ",".join(f"{name}:{member_text(member)}" for name, member in self.only)
        if self.sort:
            said["sort"] = ("" if self.is_rising else "-") + self.sort
        return {name: text for name, text in said.items() if text or name == "rows"}

    @property
    def query(self) -> str:
        """Its address."""
        return urlencode(self.plain, safe=",:")

    def but(self, **changes: object) -> Asked:
        """The same with something else."""
        return replace(self, **changes)  # type: ignore[arg-type]


def member_text(member: Member) -> str:
    """A member in an address: `-` is what is not known, everything else is quoted."""
    if member is None:
        return _UNKNOWN
    return "%2D" if member == _UNKNOWN else quote(member, safe="")


def member_of(text: str) -> Member:
    """The other way round."""
    return None if text == _UNKNOWN else unquote(text)


def read(given: Mapping[str, str], *, dimensions: Iterable[str], measures: Iterable[str]) -> Asked:
    """What an address or a stored report asks. What is not known any more is left out rather than refused: an old link still opens."""
    known, can = set(dimensions), set(measures)
    usual = Asked()
    rows = _names(given.get("rows"), known, usual.rows, MOST_ROWS)
    columns = tuple(name for name in _names(given.get("columns"), known, (), MOST_COLUMNS) if name not in rows)
    sort = given.get("sort", "")
    return Asked(
        rows, columns, _names(given.get("measures"), can, usual.measures, MOST_MEASURES) or usual.measures, _months(given.get("months", "")),
        _day(given.get("on", "")), "reported" if given.get("version") == "reported" else "corrected", _only(given.get("only", ""), known),
        sort.removeprefix("-") if sort.removeprefix("-") in can else "", bool(sort) and not sort.startswith("-"),
    )  # fmt: skip


def _names(text: str | None, known: set[str], usual: tuple[str, ...], most: int) -> tuple[str, ...]:
    if text is None:
        return tuple(name for name in usual if name in known)
    return tuple(dict.fromkeys(name for name in text.split(",") if name in known))[:most]


def _months(text: str) -> int:
    return int(text) if text.isdecimal() and int(text) in SPANS else Asked().months


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def _only(text: str, known: set[str]) -> tuple[tuple[str, Member], ...]:
    found = {name: member_of(member) for name, _colon, member in (part.partition(":") for part in text.split(",")) if name in known}
    return tuple(found.items())[:MOST_ONLY]


def place_text(rows: Key, columns: Key) -> str:
    """A cell of the table in an address: members down, then across."""
    return "/".join(",".join(member_text(one) for one in key) for key in (rows, columns))


def place_of(text: str, asked: Asked) -> dict[str, Member]:
    """Which members of which dimensions a cell is of: the other way round. A total names none, a subtotal the first."""
    down, _slash, across = text.partition("/")
    found: dict[str, Member] = {}
    for names, said in ((asked.rows, down), (asked.columns, across)):
        found |= dict(zip(names, (member_of(one) for one in said.split(",") if said), strict=False))
    return found


@dataclass(frozen=True)
class Line:
    """A row of the table: the members down to its depth (() is the total), its values by column and over all of them; one value a measure."""

    key: Key
    values: Sequence[Sequence[Value] | None]
    total: Sequence[Value]

    @property
    def depth(self) -> int:
        """0: the total."""
        return len(self.key)


@dataclass(frozen=True)
class Pivot:
    """The table: columns in their order, lines in theirs with each subtotal before what it is made of, the total, and how many lines there are more."""

    columns: Sequence[Key]
    lines: Sequence[Line]
    total: Line
    more: int = 0
    more_columns: int = 0


Cells = Mapping[tuple[Key, Key], Sequence[Value]]  # (members down, members across) → one value a measure; beginnings of both are subtotals
Ranks = Sequence[Mapping[str, int] | None]  # for each dimension the order of its members; None: by size


@dataclass(frozen=True)
class Order:
    """How lines and columns stand: by the ranks of their members, else by one measure, the largest first unless `is_rising`; `is_chosen`: by the measure throughout."""

    rows: Ranks
    columns: Ranks = ()
    measure: int = 0
    is_rising: bool = False
    is_chosen: bool = False


def pivoted(cells: Cells, depth: int, order: Order, *, most: int, most_columns: int) -> Pivot:
    """Sums as a table. `depth`: how many dimensions stand down; what is more than `most` lines is counted and is in the totals."""
    every = sorted({key for _row, key in cells if key}, key=lambda key: _place(cells, ((), key), order.columns, order))
    columns = every[:most_columns]
    tree: dict[Key, list[Key]] = {}
    for row, column in cells:
        if row and not column:
            tree.setdefault(row[:-1], []).append(row)
    ordered = list(_walk(cells, (), tree, order))
    shown = [_line(cells, key, columns) for key in ordered[:most]]
    return Pivot(columns, shown, _line(cells, (), columns), max(len(ordered) - most, 0), len(every) - len(columns))


def _walk(cells: Cells, above: Key, tree: Mapping[Key, Sequence[Key]], order: Order) -> Iterable[Key]:
    for key in sorted(tree.get(above, ()), key=lambda one: _place(cells, (one, ()), order.rows, order)):
        yield key
        yield from _walk(cells, key, tree, order)


def _place(cells: Cells, at: tuple[Key, Key], ranks: Ranks, order: Order) -> tuple[int, int, Decimal, str]:
    """Where a line or column stands among its sisters; what is not known stands last."""
    key = at[0] or at[1]
    member, rank = key[-1], ranks[len(key) - 1] if len(ranks) >= len(key) else None
    is_line_by_size = bool(at[0]) and (order.is_chosen or rank is None)
    if not is_line_by_size and rank is not None:
        return (member is None, rank.get(member or "", len(rank)), Decimal(0), member or "")
    value = (cells.get(at) or [None])[order.measure if order.measure < len(cells.get(at) or ()) else 0]
    size = Decimal(value) if value is not None else Decimal("-Infinity")
    return (member is None, 0, size if order.is_rising and bool(at[0]) else -size, member or "")


def _line(cells: Cells, key: Key, columns: Sequence[Key]) -> Line:
    nothing: Sequence[Value] = ()
    return Line(key, [cells.get((key, column)) for column in columns], cells.get((key, ()), nothing))


@dataclass(frozen=True)
class Bands:
    """Edges that cut an amount or a number into bands; a value on an edge belongs to the band above it."""

    edges: tuple[int, ...]
    unit: Literal["money", "number"] = "number"

    def case(self, value: str) -> str:
        """The number of the band as text, 0 below the first edge; empty where the value is not known."""
        steps = " ".join(f"when {value} >= {edge} then '{len(self.edges) - at}'" for at, edge in enumerate(reversed(self.edges)))
        return f"case when {value} is null then null {steps} else '0' end"
