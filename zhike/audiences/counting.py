"""An audience counted: broken down by what bankers ask first, a few of its customers, and several audiences laid over each other.

One statement each, over the viewer's scope. The groups are fields of the catalogue, so that what she may not ask is no group either.
Raises core.deadlines.TookTooLong where too many would have to be looked through.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db import connection
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from zhike.access.scope import Viewer, Where
from zhike.audiences.rules import AGE_BANDS, AUM_BANDS, regions
from zhike.core.bands import band
from zhike.core.conditions.fields import Catalogue, Field
from zhike.core.conditions.sql import compiled
from zhike.core.conditions.trees import Node
from zhike.core.deadlines import within
from zhike.core.pages import Words
from zhike.insight.fields import beside
from zhike.insight.queries import Fitting
from zhike.parties import queries as parties
from zhike.workspace.columns import ListColumn, chosen, needs_of
from zhike.workspace.conditions import fitting_of, where_of_tree
from zhike.workspace.customer_fields import catalogue
from zhike.workspace.queries import CustomerRow, rows_of

SECONDS = 6.0  # what a person waits for a panel that she asked for
MOST_PARTS = 12  # of one group; the rest are added up
SAMPLE = 8
# Field of the catalogue → the edges of its bands; without edges it is told by its choices. What the catalogue has not, or not for her, is left out.
TIER = "profile_tier_effective"
GROUPS: Mapping[str, Sequence[Any]] = {"unit": (), TIER: (), "age": AGE_BANDS, "aum": AUM_BANDS, "kind": ()}
_AMONG = "p.id = any(%(among)s::bigint[])"  # who was found out of columns
TITLES: Mapping[str, Words] = {"age": gettext_lazy("Age"), "aum": gettext_lazy("AUM")}


@dataclass(frozen=True)
class Part:
    """One part of an audience: how many, and what share of it; `share` from 0 to 1."""

    title: str
    count: int
    share: float


@dataclass(frozen=True)
class Breakdown:
    """How many there are, and by each group which parts."""

    total: int
    groups: Sequence[tuple[str, Sequence[Part]]]


@dataclass(frozen=True)
class Region:
    """Those who are in exactly these audiences (numbers from 0) and in none of the others."""

    members: Sequence[int]
    count: int


@dataclass(frozen=True)
class Overlap:
    """Audiences laid over each other: the size of each, and of every way to be in some and not in the others."""

    sizes: Sequence[int]
    regions: Sequence[Region]

    @property
    def total(self) -> int:
        return sum(region.count for region in self.regions)


def breakdown(viewer: Viewer, tree: Node, *, today: date | None = None) -> Breakdown:
    """An audience by outlet, tier, age, assets and kind, as far as she may ask for them."""
    known = catalogue(viewer)
    day = today or timezone.localdate()
    found = fitting_of(viewer, tree, today=day)
    groups = [known.fields[name] for name in GROUPS if name in known.fields and not (found and name == TIER)]
    where = parties.listed(viewer, parties.Which()) & Where(_AMONG, {"among": found.keys()}) if found else _fitting(viewer, tree, day)
    of_profile, columns = beside(", ".join(f"{_group_sql(one)} as g{at}" for at, one in enumerate(groups)))
    sets = ", ".join(["()", *(f"(g{at})" for at in range(len(groups)))])
    marks = ", ".join(f"grouping(g{at})" for at in range(len(groups)))
    names = ", ".join(f"g{at}" for at in range(len(groups)))
    joined, asked = beside(f"where {where.sql}")
    sql = f"select count(*), {marks}, {names} from (select {columns} from parties_party p {joined or of_profile} {asked}) counted group by grouping sets ({sets})"  # noqa: S608 - fields and scopes are written in the program
    rows = _rows(sql, {**known.values, **where.values, "today": day})
    total = next((row[0] for row in rows if all(row[1 : len(groups) + 1])), 0)
    of = {at: {row[len(groups) + 1 + at]: row[0] for row in rows if row[1 + at] == 0} for at in range(len(groups))}
    if found and TIER in known.fields:
        groups, of = [*groups, known.fields[TIER]], {**of, len(groups): found.by_tier()}
    order = sorted(range(len(groups)), key=lambda at: list(GROUPS).index(groups[at].name))
    return Breakdown(
        total, [(_title(groups[at]), _parts(groups[at], of[at], total)) for at in order if any(key is not None for key in of[at])]
    )


def sample(viewer: Viewer, tree: Node) -> tuple[Sequence[CustomerRow], Sequence[ListColumn]]:
    """A few of its customers, spread over the audience and the same each time, masked as in every list; and their columns."""
    if (found := fitting_of(viewer, tree)) is not None:
        keys = found.spread(SAMPLE)
    else:
        where = _fitting(viewer, tree, timezone.localdate())
        spread = f"select p.id from parties_party p where {where.sql} order by hashint8(p.id), p.id limit {SAMPLE}"  # noqa: S608 - the same
        keys = [key for (key,) in _rows(spread, where.values)]
    columns = chosen(viewer, None)
    return rows_of(viewer, keys, needs_of(columns)), columns


def overlap(viewer: Viewer, trees: Sequence[Node]) -> Overlap:
    """Two audiences or three, laid over each other."""
    found = [fitting_of(viewer, tree) for tree in trees]
    counts = _laid_in_columns([one for one in found if one]) if all(found) else _laid_in_postgresql(viewer, trees)
    masks = regions(len(trees))
    sizes = [sum(counts.get(mask, 0) for mask in masks if mask >> at & 1) for at in range(len(trees))]
    return Overlap(sizes, [Region([at for at in range(len(trees)) if mask >> at & 1], counts.get(mask, 0)) for mask in masks])


def _laid_in_columns(found: Sequence[Fitting]) -> dict[int, int]:
    """By which audiences somebody is in, a bit each: how many. Out of the profile's columns."""
    keys = [frozenset(one.keys()) for one in found]
    counts = {}
    for mask in regions(len(keys)):
        members = frozenset.intersection(*(one for at, one in enumerate(keys) if mask >> at & 1))
        counts[mask] = len(members.difference(*(one for at, one in enumerate(keys) if not mask >> at & 1)))
    return counts


def _laid_in_postgresql(viewer: Viewer, trees: Sequence[Node]) -> dict[int, int]:
    known, day = catalogue(viewer), timezone.localdate()
    each = [_compiled(tree, known, day, prefix=f"a{at}_") for at, tree in enumerate(trees)]
    columns = " | ".join(f"(case when {one.sql} then {1 << at} else 0 end)" for at, one in enumerate(each))
    scope = parties.listed(viewer, parties.Which())
    values = dict(scope.values)
    for one in each:
        values |= one.values
    of_profile, mask = beside(columns)
    laid = f"select {mask} as mask from parties_party p {of_profile} where {scope.sql}"  # noqa: S608 - the same
    rows = _rows(f"select mask, count(*) from ({laid}) laid where mask > 0 group by mask", values)  # noqa: S608 - the same
    return dict(rows)


def _fitting(viewer: Viewer, tree: Node, today: date) -> Where:
    return parties.listed(viewer, parties.Which()) & where_of_tree(viewer, tree, today=today)


def _compiled(tree: Node, known: Catalogue, today: date, *, prefix: str) -> Where:
    found = compiled(tree, known, today=today, zone=timezone.get_current_timezone(), prefix=prefix)
    return Where(found.sql, found.values)


def _group_sql(field: Field) -> str:
    """What a customer is counted under: the key of a choice, or the number of the band (0 below the first edge); null: unknown."""
    column = f"({field.sql.replace('{row}', 'p')})"
    edges = GROUPS[field.name]
    return f"width_bucket({column}::numeric, array[{', '.join(map(str, edges))}]::numeric[])" if edges else column


def _rows(sql: str, values: Mapping[str, Any]) -> list[Any]:
    with within(SECONDS), connection.cursor() as cursor:
        cursor.execute(sql, values)
        return list(cursor.fetchall())


def _title(field: Field) -> str:
    return str(TITLES.get(field.name, field.title))


def _parts(field: Field, counts: Mapping[Any, int], total: int) -> list[Part]:
    """The parts of one group: bands in their order, choices the largest first, unknown last."""
    edges = GROUPS[field.name]
    words = {} if edges else {choice.key: str(choice.title) for choice in (field.choices() if field.choices else ())}
    known = [key for key in counts if key is not None]
    order = sorted(known) if edges else sorted(known, key=lambda key: (-counts[key], str(key)))
    told = [
        (band(edges, key, is_money=field.kind == "money") if edges else words.get(str(key), str(key)), counts[key])
        for key in order[:MOST_PARTS]
    ]
    if rest := sum(counts[key] for key in order[MOST_PARTS:]):
        told.append((_("others"), rest))
    if counts.get(None):
        told.append((_("unknown"), counts[None]))
    return [Part(title, count, count / total if total else 0.0) for title, count in told]
