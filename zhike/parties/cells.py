"""What columns of a list may say of parties besides their lines, each read only where a column asks for it. The first argument is the viewer."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, Literal

from django.db import connection

from zhike.access.scope import Viewer, seen_where
from zhike.core.words import language
from zhike.parties.declared import declared_fields, definition_of, field_rows, in_words, names_in
from zhike.parties.field_types import NAME, SORTABLE, Definition
from zhike.parties.models import Declared
from zhike.parties.queries import LONG_TERM

Cell = str | date | Decimal
OWN = "own_"  # before the name of a declared field where it stands beside columns of other tables, as in conditions


@dataclass(frozen=True)
class Facts:
    """`id_expires`: of the main document; None: long-term, unknown, or not for this viewer (contacts.read)."""

    birth_date: date | None
    occupation: str
    industry: str
    employer: str
    region: str
    id_expires: date | None


def facts(viewer: Viewer, ids: Sequence[int]) -> dict[int, Facts]:
    """The facts of those of these parties that the viewer sees, in one statement."""
    where = seen_where(viewer)
    with connection.cursor() as cursor:
        cursor.execute(_FACTS.format(seen=where.sql), {**where.values, "ids": list(ids), "may_contacts": viewer.may("contacts.read")})
        return {row[0]: Facts(row[1], row[2], row[3], row[4], row[5], row[6] if row[6] != LONG_TERM else None) for row in cursor.fetchall()}


_FACTS = """
select p.id, p.birth_date, p.occupation, p.industry, p.employer_name, p.region, i.expires_date
from parties_party p left join lateral (
    select expires_date from parties_identifier
    where party_id = p.id and valid_to is null order by is_main desc, id limit 1) i on %(may_contacts)s
where p.id = any(%(ids)s) and {seen}
"""


def sealed_of(viewer: Viewer, ids: Sequence[int], what: Literal["phone", "id_no"]) -> dict[int, bytes]:
    """Party → digest of the number that stands first: her telephone's or her document's. Of those of these parties that the viewer sees."""
    where, table = seen_where(viewer), _SEALED[what]
    with connection.cursor() as cursor:
        cursor.execute(_FIRST_SEALED.format(seen=where.sql, **table), {**where.values, "ids": list(ids)})
        return {party: bytes(digest) for party, digest in cursor.fetchall()}


_SEALED: Mapping[str, Mapping[str, str]] = {
    "phone": {"table": "parties_contactpoint", "digest": "value_digest", "only": "and s.kind in ('mobile', 'phone') and s.is_valid"},
    "id_no": {"table": "parties_identifier", "digest": "id_no_digest", "only": ""},
}
_FIRST_SEALED = """
select p.id, s.{digest} from parties_party p join lateral (
    select {digest} from {table} s where s.party_id = p.id and s.valid_to is null {only} order by s.is_main desc, s.id limit 1) s on true
where p.id = any(%(ids)s) and {seen}
"""


def declared_cells(viewer: Viewer, ids: Sequence[int]) -> dict[int, dict[str, Cell]]:
    """Party → declared field → what a cell says: days and amounts as such, everything else in words of the request's language. Of those of these
    parties that the viewer sees and the fields she may read; three statements at most."""
    fields = {one.name: one for one in declared_fields(viewer)}
    rows = list(Declared.objects.seen_by(viewer).filter(party__in=list(ids)).values_list("party_id", "values"))
    names = names_in(viewer, list(fields.values()), [values for _party, values in rows])
    return {
        party: {name: _cell(fields[name], value, names) for name, value in values.items() if name in fields and value not in (None, "", [])}
        for party, values in rows
    }


def _cell(definition: Definition, value: Any, names: Mapping[str, str]) -> Cell:
    if definition.type in ("number", "money"):
        return Decimal(value)
    return date.fromisoformat(value) if definition.type == "date" else in_words(definition, value, names)


@dataclass(frozen=True)
class OwnOrder:
    """The order by a declared field whose index is there. `keys`: SQL over `k`, one row a party that has a value; `column`: what it is ordered by;
    `has_none`: SQL over the alias `p` of a party, true for those without a value."""

    name: str
    title: str
    keys: str
    column: str
    has_none: str


def own_order(viewer: Viewer, sort: str) -> OwnOrder | None:
    """The order that `own_…` names; None where there is no such field, it is not hers to read, or no index of it is there. One statement."""
    name = sort.removeprefix(OWN)
    if not sort.startswith(OWN) or NAME.fullmatch(name) is None or not viewer.may("customers.read"):
        return None
    row = field_rows(viewer).filter(name=name, retired_at=None).first()
    field = definition_of(row) if row else None
    if field is None or not field.has_index or field.type not in SORTABLE:
        return None
    column = "k.place" if field.type in ("number", "money", "date", "yes_no") else "k.word"
    key = f"k.field_id = {field.index_id:d}"
    return OwnOrder(
        sort, field.label(language()), f"parties_declaredkey k join parties_party p on p.id = k.of_party where {key} and {column} is not null", column,
        f"not exists (select 1 from parties_declaredkey k where k.of_party = p.id and {key})",  # noqa: S608 - a number and a column written here
    )  # fmt: skip
