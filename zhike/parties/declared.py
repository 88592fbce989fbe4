"""Reads of declared fields and of what is kept in them; public to lists, conditions, import and API. The first argument is the viewer.

`declared_fields` says which fields she may use, `declared_values` what they hold for some parties, `field_types.accessor` how SQL reads one.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from zhike.access.scope import Viewer
from zhike.core import dates, money
from zhike.core.words import language
from zhike.parties import labels, queries
from zhike.parties.field_types import GROUPS, Choice, Definition
from zhike.parties.labels import Words
from zhike.parties.models import Declared, DeclaredChange, DeclaredField

HISTORY_SHOWN = 20


@dataclass(frozen=True)
class Fact:
    """A declared field of one party with what is known. `shown` is the value in words, "" for nothing; `link` where it leads somewhere."""

    definition: Definition
    value: Any
    shown: str
    label: str
    help: str
    link: str = ""


@dataclass(frozen=True)
class FactGroup:
    """The facts that stand together on a page and in one form."""

    code: str
    word: Words
    facts: Sequence[Fact]


@dataclass(frozen=True)
class Known:
    """What Zhike knows about one party by her keepers. `version` 0: nothing was ever kept."""

    version: int
    changed_at: datetime | None
    changed_by: str
    groups: Sequence[FactGroup]

    @property
    def facts(self) -> dict[str, Fact]:
        """By name of the field."""
        return {fact.definition.name: fact for group in self.groups for fact in group.facts}


@dataclass(frozen=True)
class ValueChange:
    """A declared value that somebody changed, in words."""

    id: int
    name: str
    label: str
    before: str
    after: str
    at: datetime
    day: date
    person: str


def definition_of(row: DeclaredField) -> Definition:
    """A row as a plain value."""
    return Definition(
        row.name, row.type, row.label_en, row.label_zh, row.group, row.help_en, row.help_zh, tuple(row.kinds),  # type: ignore[arg-type]
        tuple(Choice(choice["value"], choice["en"], choice["zh"]) for choice in row.choices), row.is_required, row.protection,  # type: ignore[arg-type]
        row.is_indexed, row.retired_at is not None, row.index_state, row.pk,
    )  # fmt: skip


def field_rows(viewer: Viewer) -> QuerySet[DeclaredField]:
    """The fields that a viewer may know of, retired ones too, in the order of pages."""
    rows = DeclaredField.objects.order_by("group", "place", "pk")
    return rows if viewer.may("contacts.read") else rows.exclude(protection="C2")


def declared_fields(viewer: Viewer, *, kind: str = "", with_retired: bool = False) -> list[Definition]:
    """The fields that a viewer may read, group by group; of one kind of party where `kind` is given."""
    if not viewer.may("customers.read"):
        return []
    rows = field_rows(viewer) if with_retired else field_rows(viewer).filter(retired_at=None)
    found = [definition_of(row) for row in rows]
    ordered = sorted(found, key=lambda definition: GROUPS.index(definition.group))
    return [definition for definition in ordered if not kind or definition.suits(kind)]


def declared_values(viewer: Viewer, party_ids: Sequence[int]) -> dict[int, dict[str, Any]]:
    """Party → field → value, for those of these parties that the viewer sees and the fields she may read; what is unknown is not there."""
    allowed = {definition.name for definition in declared_fields(viewer)}
    rows = Declared.objects.seen_by(viewer).filter(party__in=list(party_ids)).values_list("party_id", "values")
    return {party: {name: value for name, value in values.items() if name in allowed} for party, values in rows}


def known(viewer: Viewer, party_id: int, kind: str) -> Known:
    """What is kept about one party of this kind, field by field; an unknown one stays with nothing shown. Three statements at most."""
    kept = Declared.objects.seen_by(viewer).filter(party=party_id).select_related("changed_by").first()
    values: Mapping[str, Any] = kept.values if kept else {}
    definitions = declared_fields(viewer, kind=kind)
    names = names_in(viewer, definitions, [values])
    facts = [_fact(definition, values.get(definition.name), names) for definition in definitions]
    groups = [
        FactGroup(code, labels.FIELD_GROUPS[code], held) for code in GROUPS if (held := [f for f in facts if f.definition.group == code])
    ]
    if kept is None:
        return Known(0, None, "", groups)
    return Known(kept.version, kept.changed_at, kept.changed_by.name if kept.changed_by else "", groups)


def names_in(viewer: Viewer, definitions: Sequence[Definition], rows: Sequence[Mapping[str, Any]]) -> dict[str, str]:
    """Key → name of the parties that values of these rows point to, where the viewer sees them."""
    fields = [definition.name for definition in definitions if definition.type == "customer"]
    ids = {int(row[name]) for row in rows for name in fields if row.get(name)}
    return {str(key): name for key, name in queries.names(viewer, ids).items()} if ids else {}


def _fact(definition: Definition, value: Any, names: Mapping[str, str]) -> Fact:
    words = language()
    link = value if definition.type == "link" and value else ""
    return Fact(definition, value, in_words(definition, value, names), definition.label(words), definition.help(words), link)


def in_words(definition: Definition, value: Any, names: Mapping[str, str] | None = None) -> str:
    """A value as people read it in the language of the request; "" for nothing. `names`: of parties that a value points to."""
    if value in (None, "", []):
        return ""
    words = language()
    writers: Mapping[str, Callable[[], str]] = {
        "choices": lambda: ("、" if words == "zh" else ", ").join(definition.words_of(one, words) for one in value),
        "choice": lambda: definition.words_of(value, words),
        "yes_no": lambda: _("Yes") if value else _("No"),
        "money": lambda: money.exact(Decimal(value), words),
        "date": lambda: dates.full_day(date.fromisoformat(value), words),
        "customer": lambda: (names or {}).get(value) or _("a customer you do not see"),
    }
    return writers.get(definition.type, lambda: str(value))()


def value_changes(viewer: Viewer, party_id: int, *, name: str = "", most: int = HISTORY_SHOWN) -> list[ValueChange]:
    """What people changed about a party, newest first; of one field where `name` is given."""
    definitions = {definition.name: definition for definition in declared_fields(viewer, with_retired=True)}
    rows = DeclaredChange.objects.seen_by(viewer).filter(party=party_id, name__in=[name] if name else list(definitions))
    found = list(rows.order_by("-at", "-pk")[:most])
    if name not in ("", *definitions):
        return []
    names = names_in(viewer, list(definitions.values()), [{row.name: value} for row in found for value in (row.before, row.after)])
    words = language()
    return [
        ValueChange(
            row.pk, row.name, definitions[row.name].label(words), in_words(definitions[row.name], row.before, names),
            in_words(definitions[row.name], row.after, names), row.at, timezone.localdate(row.at), row.person_name,
        )
        for row in found
    ]  # fmt: skip
