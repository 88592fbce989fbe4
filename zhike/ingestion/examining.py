"""What the rows of a brought table would do: cells checked, customers found, new ones held against those who are there. Nothing is written here."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Literal

from zhike.access.scope import Viewer
from zhike.access.sealing import normalise
from zhike.ingestion.import_columns import FACTS, KEY, KIND, NAME, NEW, SEALED, TAGS, fact, given, kind_of, sealed, tags_of, targets
from zhike.ingestion.uploads import Sheet
from zhike.parties.field_types import Definition, NotThis, Value, checked
from zhike.parties.importing import by_customer_no
from zhike.parties.many_prospects import Likeness, NewOne, likenesses

Mode = Literal["create", "update", "both"]
Policy = Literal["skip", "create", "update"]
Does = Literal["create", "update", "skip", "refuse"]
MODES: tuple[Mode, ...] = ("both", "create", "update")
POLICIES: tuple[Policy, ...] = ("skip", "create", "update")


@dataclass(frozen=True)
class Wanted:
    """How a table is to be taken. `mapping`: a target for every head; `alike`: what is done with a new row that looks like somebody;
    `answers`: what she said of single ones (line → skip, create, or the key of the party to update)."""

    mapping: Sequence[str]
    mode: Mode = "update"
    alike: Policy = "skip"
    answers: Mapping[int, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Row:
    """A row as it would be taken. `party_id`: whom it finds; `new`: whom it would make; `faults`: what is wrong with which column (number →
    reason); `alike`: whom a new one looks like; `twin`: the line above that says the same person; `why`: why it is left out (there, alike, twin)."""

    line: int
    cells: Sequence[str]
    does: Does = "refuse"
    party_id: int | None = None
    values: Mapping[str, Value] = field(default_factory=dict)
    tags: Sequence[str] = ()
    new: NewOne | None = None
    faults: Mapping[int, str] = field(default_factory=dict)
    alike: Sequence[Likeness] = ()
    twin: int | None = None
    why: str = ""


@dataclass(frozen=True)
class Examined:
    """All rows of a table, in the order of the file."""

    rows: Sequence[Row]

    def that(self, does: Does) -> list[Row]:
        """The rows that would do this."""
        return [row for row in self.rows if row.does == does]


def examined(viewer: Viewer, sheet: Sheet, wanted: Wanted) -> Examined:
    """Check every row: its customer is seen and named once, every cell is a value of its field, nobody is made twice. Three statements however
    many rows."""
    fields = targets(viewer)
    places = {name: number for number, name in enumerate(wanted.mapping) if name in fields}
    key = places.get(KEY)
    numbers = {cells[key] for _, cells in sheet.lines if key is not None and key < len(cells)} - {""}
    reading = _Reading(fields, places, by_customer_no(viewer, sorted(numbers)), wanted.mode, len(sheet.heads))
    rows = _decided(viewer, [reading.row(line, cells) for line, cells in sheet.lines], wanted, fields, places)
    broken = [Row(line, [], faults={0: "broken_characters"}) for line in sheet.broken]
    return Examined(sorted([*rows, *broken], key=lambda row: row.line))


@dataclass
class _Reading:
    """One row after the other, each for itself; `seen`: numbers of the rows above."""

    fields: Mapping[str, Definition | None]
    places: Mapping[str, int]
    parties: Mapping[str, tuple[int, str]]
    mode: Mode
    width: int
    seen: set[str] = field(default_factory=set)

    def row(self, line: int, cells: Sequence[str]) -> Row:
        if len(cells) > self.width:
            return Row(line, cells, faults={self.width - 1: "too_many_cells"})
        faults: dict[int, str] = {}
        number = self._cell(cells, KEY)
        party, kind = self.parties.get(number, (None, ""))
        new = None if number or self.mode == "update" else self._new(cells, faults)
        if new is None and not faults:
            self._found(number, party, faults)
        self.seen.add(number)
        values = self._values(cells, new.kind if new else kind, faults)
        tags: Sequence[str] = ()
        try:
            tags = tags_of(self._cell(cells, TAGS))
        except NotThis as wrong:
            faults[self.places[TAGS]] = wrong.reason
        if faults:
            return Row(line, cells, party_id=party, faults=faults)
        if new is None and self.mode == "create":
            return Row(line, cells, "skip", party, why="there")
        return Row(line, cells, "create" if new else "update", party, values, tags, new)

    def _cell(self, cells: Sequence[str], target: str) -> str:
        return cells[self.places[target]] if target in self.places else ""

    def _found(self, number: str, party: int | None, faults: dict[int, str]) -> None:
        """A number that no customer of hers has makes nobody: a slip of the fingers would."""
        place = self.places.get(KEY, 0)
        if party is None:
            faults[place] = "no_such_customer" if number else "no_customer"
        elif number in self.seen:
            faults[place] = "twice_in_file"

    def _new(self, cells: Sequence[str], faults: dict[int, str]) -> NewOne | None:
        """Whom the row would make; None with its faults said."""
        kind, facts, kept = "individual", {}, {}
        try:
            kind = kind_of(self._cell(cells, KIND), self._cell(cells, NAME))
        except NotThis as wrong:
            faults[self.places[KIND]] = wrong.reason
        for target in FACTS:
            try:
                facts[target.removeprefix(NEW)] = fact(target, self._cell(cells, target))
            except NotThis as wrong:
                faults[self.places.get(target, 0)] = "no_name" if wrong.reason == "required" else wrong.reason
        for target in SEALED:
            try:
                kept[target.removeprefix(NEW)] = sealed(target, self._cell(cells, target), kind)
            except NotThis as wrong:
                faults[self.places[target]] = wrong.reason
        return None if faults else NewOne(kind, facts, {name: text for name, text in kept.items() if text})

    def _values(self, cells: Sequence[str], kind: str, faults: dict[int, str]) -> dict[str, Value]:
        values: dict[str, Value] = {}
        for name, place in self.places.items():
            definition = self.fields[name]
            if definition is None or not cells[place]:
                continue
            try:
                if kind and not definition.suits(kind):
                    raise NotThis("not_for_kind")
                values[name] = checked(definition, given(definition, cells[place]))
            except NotThis as wrong:
                faults[place] = wrong.reason
        return values


def _decided(
    viewer: Viewer, rows: Sequence[Row], wanted: Wanted, fields: Mapping[str, Definition | None], places: Mapping[str, int]
) -> list[Row]:  # fmt: skip
    """The rows, and for each new one that looks like somebody what is done with it."""
    new = [row for row in rows if row.new]
    found = dict(zip([row.line for row in new], likenesses(viewer, [row.new for row in new if row.new]), strict=True)) if new else {}
    twins = _Twins()
    taken = {row.party_id for row in rows if row.does == "update"}
    decided = []
    for row in rows:
        if row.new is None:
            decided.append(row)
            continue
        asked = replace(row, alike=found[row.line], twin=twins.of(row.line, row.new))
        decided.append(_answered(asked, wanted, taken, fields, places))
    return decided


def _answered(
    row: Row, wanted: Wanted, taken: set[int | None], fields: Mapping[str, Definition | None], places: Mapping[str, int]
) -> Row:  # fmt: skip
    """What becomes of a new row: nobody like her, or as she said of this one, or as of all of them."""
    if not row.alike and row.twin is None:
        return row
    said = wanted.answers.get(row.line, "") or wanted.alike
    chosen = next((one for one in row.alike if str(one.party_id) == said), None)
    if said == "update" and row.alike:
        surest = [one for one in row.alike if one.matched == row.alike[0].matched]
        chosen = surest[0] if len(surest) == 1 else None
    if said == "create":
        return row
    if chosen is None or wanted.mode == "create":
        return replace(row, does="skip", why="alike" if row.alike else "twin", values={}, tags=())
    unfit = {places[name]: "not_for_kind" for name in row.values if not _suits(fields[name], chosen.kind)}
    if chosen.party_id in taken:
        unfit[places.get(NAME, 0)] = "twice_in_file"
    taken.add(chosen.party_id)
    if unfit:
        return replace(row, does="refuse", faults=unfit, values={}, tags=())
    return replace(row, does="update", party_id=chosen.party_id)


def _suits(definition: Definition | None, kind: str) -> bool:
    return definition is None or definition.suits(kind)


class _Twins:
    """New ones of the rows above: by document, phone and e-mail, and by name where nothing says that these are two."""

    def __init__(self) -> None:
        self._by: dict[tuple[str, str], tuple[int, NewOne]] = {}

    def of(self, line: int, new: NewOne) -> int | None:
        """The first line above that says the same person, None where there is none; the row itself is remembered."""
        found: int | None = None
        words = [(name, normalise(_NORMAL[name], text)) for name, text in new.sealed.items()]
        for word in [*words, ("name", new.name)]:
            line_above, above = self._by.setdefault(word, (line, new))
            if found is None and line_above != line and (word[0] != "name" or not _differ(above, new)):
                found = line_above
        return found


_NORMAL: Mapping[str, str] = {"mobile": "phone", "email": "email", "id_no": "id_no"}


def _differ(one: NewOne, other: NewOne) -> bool:
    """Whether two of the same name are told apart by a document, a phone or a birth date."""
    by_value = any(one.sealed[name] != other.sealed[name] for name in ("id_no", "mobile") if name in one.sealed and name in other.sealed)
    born = one.facts.get("birth_date"), other.facts.get("birth_date")
    return by_value or (None not in born and born[0] != born[1])
