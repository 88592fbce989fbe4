"""What members of a dimension are called in the reader's language: words of the catalogue, names of units, employees and households, months, bands."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date

from django.db import connection
from django.utils.translation import gettext as _

from zhike.access.queries import staff_names, unit_names
from zhike.access.scope import Viewer
from zhike.core import dates
from zhike.core.bands import band
from zhike.core.words import language
from zhike.reports.catalogue import DIMENSIONS, Dimension
from zhike.reports.rules import Asked, Key, Member


@dataclass(frozen=True)
class Names:
    """The names of members, by dimension."""

    by_dimension: Mapping[str, Mapping[str, str]]

    def of(self, dimension: str, member: Member) -> str:
        """What a member is called."""
        if member is None:
            return _("in none") if DIMENSIONS[dimension].named in ("group", "control_group") else _("unknown")
        return self.by_dimension.get(dimension, {}).get(member, member)

    def ranks(self, dimension: str) -> Mapping[str, int] | None:
        """The order of the members of a dimension that has one of its own."""
        one = DIMENSIONS[dimension]
        if not one.is_ordered:
            return None
        known = list(one.words) if one.words else sorted(self.by_dimension.get(dimension, {}), key=_natural)
        return {member: at for at, member in enumerate(known)}


def _natural(member: str) -> tuple[int, str]:
    return (int(member) if member.isdecimal() else 0, member)


def names(viewer: Viewer, asked: Asked, keys: Iterable[tuple[Key, Key]]) -> Names:
    """The names of all members that stand in a table, and of those it is narrowed to."""
    found: dict[str, set[str]] = {name: set() for name in asked.dimensions}
    for down, across in keys:
        for name, member in (*zip(asked.rows, down, strict=False), *zip(asked.columns, across, strict=False)):
            if member is not None:
                found[name].add(member)
    for name, member in asked.only:
        if member is not None:
            found[name].add(member)
    return Names({name: called(viewer, DIMENSIONS[name], members) for name, members in found.items()})


def called(viewer: Viewer, one: Dimension, members: Iterable[str]) -> dict[str, str]:
    """What these members of a dimension are called."""
    wanted = list(members)
    if one.named == "unit":
        units = unit_names(viewer) if wanted else {}
        return {member: units.get(member, member) for member in wanted}
    if one.named == "staff":
        return _staff(viewer, wanted)
    if one.named in ("group", "control_group"):
        return _groups(viewer, "household" if one.named == "group" else "control_group", wanted)
    if one.is_time:
        return {member: period(one.key, date.fromisoformat(member)) for member in wanted}
    if one.bands:
        return {member: band(one.bands.edges, int(member), is_money=one.bands.unit == "money") for member in wanted}
    return {member: str(one.words.get(member, member)) for member in wanted}


def _staff(viewer: Viewer, numbers: list[str]) -> dict[str, str]:
    known = staff_names(viewer, numbers) if numbers else {}
    return {number: known.get(number, number) for number in numbers}


def _groups(viewer: Viewer, kind: str, keys: list[str]) -> dict[str, str]:
    """Names of households or groups of companies as far as row security lets their members be seen; named after them, they take customers.read."""
    if not keys or not viewer.may("customers.read"):
        return {key: key for key in keys}
    with connection.cursor() as cursor:
        cursor.execute(
            "select distinct group_key, name from parties_groupmember where kind = %s and valid_to is null and group_key = any(%s)",
            [kind, keys],
        )
        known = {key: name for key, name in cursor.fetchall() if name}
    return {key: known.get(key, key) for key in keys}


def period(time: str, first: date) -> str:
    """A month, quarter or year."""
    if time == "year":
        return str(first.year)
    if time == "quarter":
        return f"{first.year} Q{(first.month + 2) // 3}"
    return dates.month(first, language())
