"""What the rows of a brought table would do: columns matched to fields, cells checked, customers found. Nothing is written here."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from zhike.access.scope import Viewer
from zhike.ingestion.uploads import Sheet
from zhike.parties.declared import declared_fields
from zhike.parties.field_types import Definition, NotThis, Value, checked, refuse_secrets
from zhike.parties.importing import by_customer_no
from zhike.parties.tagging import LONGEST

KEY, TAGS = "customer_no", "tags"
_PLAIN = re.compile(r"[\s_\-（）()：:*/]+")
_PARTS = re.compile(r"[;；、|，,]")

# Heads that banks write, in both languages, beside the labels of the fields themselves.
SYNONYMS: Mapping[str, Sequence[str]] = {
    KEY: ("customer number", "customer no", "customer id", "client no", "cif", "客户号", "客户编号", "客户号码", "核心客户号"),
    TAGS: ("tag", "tags", "label", "标签", "客户标签"),
}  # fmt: skip


@dataclass(frozen=True)
class Row:
    """A row as it would be taken: whose it is, what it says, and what is wrong with which column (number → reason). A row with a fault is refused."""

    line: int
    cells: Sequence[str]
    party_id: int | None
    values: Mapping[str, Value] = field(default_factory=dict)
    tags: Sequence[str] = ()
    faults: Mapping[int, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Examined:
    """All rows of a table: `good` ones would be taken, the others refused with their reasons."""

    rows: Sequence[Row]

    @property
    def good(self) -> list[Row]:
        return [row for row in self.rows if not row.faults]

    @property
    def bad(self) -> list[Row]:
        return [row for row in self.rows if row.faults]


def targets(viewer: Viewer) -> dict[str, Definition | None]:
    """What a column may fill: the customer number by which a row finds its customer, tags, and each field that the viewer may write."""
    return {KEY: None, TAGS: None, **{one.name: one for one in declared_fields(viewer) if one.type != "customer"}}


def guessed(viewer: Viewer, heads: Sequence[str], remembered: Mapping[str, str]) -> list[str]:
    """A target for every head, "" where none fits: as it was mapped the last time, else by its words. No target is given twice."""
    known = {_plain(word): name for name, words in _words(viewer).items() for word in words}
    taken: set[str] = set()
    found = []
    for head in heads:
        name = remembered.get(head, "") or known.get(_plain(head), "")
        found.append("" if name in taken else name)
        taken.add(name)
    return found


def _words(viewer: Viewer) -> dict[str, Sequence[str]]:
    return {
        name: (name, *SYNONYMS.get(name, ()), *((one.label_en, one.label_zh) if one else ())) for name, one in targets(viewer).items()
    }  # fmt: skip


def _plain(head: str) -> str:
    return _PLAIN.sub("", head).lower()


def examined(viewer: Viewer, sheet: Sheet, mapping: Sequence[str]) -> Examined:
    """Check every row: its customer is seen and named once, every cell is a value of its field. Two statements however many rows."""
    fields = targets(viewer)
    places = {name: number for number, name in enumerate(mapping) if name in fields}
    key = places.get(KEY)
    numbers = [cells[key] for _, cells in sheet.lines if key is not None and key < len(cells)]
    parties = by_customer_no(viewer, sorted({number for number in numbers if number}))
    seen: set[str] = set()
    rows = [_row(line, cells, places, fields, parties, seen, len(sheet.heads)) for line, cells in sheet.lines]
    broken = [Row(line, [], None, faults={0: "broken_characters"}) for line in sheet.broken]
    return Examined(sorted([*rows, *broken], key=lambda row: row.line))


def _row(
    line: int, cells: Sequence[str], places: Mapping[str, int], fields: Mapping[str, Definition | None], parties: Mapping[str, tuple[int, str]],
    seen: set[str], width: int,
) -> Row:  # fmt: skip
    if len(cells) > width:
        return Row(line, cells, None, faults={width - 1: "too_many_cells"})
    faults: dict[int, str] = {}
    number = cells[places[KEY]] if KEY in places else ""
    party, kind = parties.get(number, (None, ""))
    if KEY not in places or party is None:
        faults[places.get(KEY, 0)] = "no_such_customer" if number else "no_customer"
    elif number in seen:
        faults[places[KEY]] = "twice_in_file"
    seen.add(number)
    values: dict[str, Value] = {}
    for name, place in places.items():
        definition = fields[name]
        if definition is None or not cells[place]:
            continue
        try:
            if kind and not definition.suits(kind):
                raise NotThis("not_for_kind")
            values[name] = checked(definition, _given(definition, cells[place]))
        except NotThis as wrong:
            faults[place] = wrong.reason
    tags: list[str] = []
    if TAGS in places:
        try:
            tags = _tags(cells[places[TAGS]])
        except NotThis as wrong:
            faults[places[TAGS]] = wrong.reason
    return Row(line, cells, party, values, tags, faults)


def _given(definition: Definition, cell: str) -> list[str]:
    """A cell as the field's form would send it: words of choices become their values."""
    if definition.type not in ("choice", "choices"):
        return [cell]
    words = {word.lower(): choice.value for choice in definition.choices for word in (choice.value, choice.en, choice.zh)}
    parts = [part.strip() for part in _PARTS.split(cell)] if definition.type == "choices" else [cell]
    return [words.get(part.lower(), part) for part in parts if part]


def _tags(cell: str) -> list[str]:
    names = list(dict.fromkeys(part.strip() for part in _PARTS.split(cell) if part.strip()))
    for name in names:
        refuse_secrets(name)
        if len(name) > LONGEST:
            raise NotThis("too_long")
    return names
