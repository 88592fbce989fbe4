"""Customers found out of the profile's columns: ten fields of a million customers, where PostgreSQL reads rows of two hundred.

The files of a profile know no wall. Out of them is told only what PostgreSQL would say of the same customers to the last one, and `fitting` says
None of all else, which is PostgreSQL's: for whoever does not see the whole bank, of fields that are not the profile's or change between
builds, and where the condition holds for a customer of whom nothing is known yet. Who came since the build has no row, so that nothing holds for her;
who is gone since then, merged or forgotten, stands in `insight_gone` and is left out.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, tzinfo
from functools import cache, lru_cache
from pathlib import Path
from typing import Any

import duckdb
import ibis
import pyarrow.parquet as pq
from django.conf import settings
from django.db import connection

from zhike.access.scope import Viewer
from zhike.core.conditions.expressions import Frame, expression
from zhike.core.conditions.fields import Catalogue
from zhike.core.conditions.predicate import predicate
from zhike.core.conditions.rows import Row
from zhike.core.conditions.trees import Check, Group, Node
from zhike.insight import snapshots, warehouse
from zhike.insight.fields import AREA, BEFORE
from zhike.insight.overview import sees_the_bank
from zhike.insight.warehouse import quoted

FROM_CUSTOMERS = 50_000  # fewer are counted by PostgreSQL before an expression is put into words
SERVED = f"{BEFORE}tier_service"  # follows tiers given by hand at once, so that files of a build may be behind it

# One statement, so that both are of one moment: which build is shown, and whose rows of it count no more.
_SHOWN = """
select b.business_date, b.version, b.customers, array(select g.id from insight_gone g
    where not exists (select from parties_party p where p.id = g.id) or not exists (select from insight_profile q where q.id = g.id))
from insight_build b where b.is_shown
"""


@dataclass(frozen=True)
class Fitting:
    """Those of all customers who fit a condition: `rows` is SQL for their keys with what the condition asks, `gone` who counts no more."""

    rows: str
    gone: list[int]

    def count(self) -> int:
        """How many they are."""
        return int(self._ask("select count(*) from fitting")[0][0])

    def keys(self) -> list[int]:
        """All of them, in their order, in which PostgreSQL finds them soonest."""
        return [key for (key,) in self._ask("select party_id from fitting order by 1")]

    def spread(self, most: int) -> list[int]:
        """A few of them from anywhere among them, the same each time."""
        return [key for (key,) in self._ask(f"select party_id from fitting order by hash(party_id), party_id limit {most:d}")]

    def by_tier(self) -> dict[str | None, int]:
        """How many there are in each effective tier."""
        return dict(self._ask("select tier_effective, count(*) from fitting group by 1"))

    def _ask(self, what: str) -> list[Any]:
        with _engine().cursor() as engine:
            return engine.execute(f"with {self.rows} {what}", {"gone": self.gone} if self.gone else None).fetchall()


def fitting(viewer: Viewer, tree: Node, known: Catalogue, *, today: date, zone: tzinfo) -> Fitting | None:
    """Who of all customers fits a condition that was read for this viewer; None where PostgreSQL has to be asked."""
    if not sees_the_bank(viewer) or not _is_of_columns(tree, known):
        return None
    if predicate(tree, known, today=today, zone=zone)(Row(0, {AREA: lambda _key: {}})):
        return None  # it would hold for who came since the build
    with connection.cursor() as cursor:
        cursor.execute(_SHOWN)
        shown = cursor.fetchone()
    if shown is None or shown[2] < FROM_CUSTOMERS:
        return None
    path = _profile(shown[0], shown[1])
    return Fitting(_rows(path, tree, known, bool(shown[3]), today, zone), shown[3]) if path else None


def _is_of_columns(tree: Node, known: Catalogue) -> bool:
    return all(
        isinstance(leaf, Check) and leaf.field.startswith(BEFORE) and leaf.field != SERVED and known.fields[leaf.field].column
        for leaf in _leaves(tree)
    )


def _leaves(tree: Node) -> Iterator[Node]:
    if isinstance(tree, Group):
        for one in tree.nodes:
            yield from _leaves(one)
    else:
        yield tree


def _profile(day: date, version: int) -> Path | None:
    if not snapshots.path_of(settings.HOME, day, version).exists():
        return None
    snapshot = snapshots.kept(settings.HOME, day, version)
    path = snapshots.root(settings.HOME) / snapshot.pieces["profile"][0].path if snapshot else None
    return path if path and path.exists() else None


def _rows(path: Path, tree: Node, known: Catalogue, has_gone: bool, today: date, zone: tzinfo) -> str:
    names = {leaf.field.removeprefix(BEFORE) for leaf in _leaves(tree) if isinstance(leaf, Check)}
    types = _types(path)
    table = ibis.table({name: types[name] for name in sorted({"party_id", "tier_effective", *names})}, name="profile")
    fits = ibis.to_sql(table.filter(expression(tree, known, Frame(table, "party_id"), today=today, zone=zone)), dialect="duckdb")
    there = " anti join (select unnest($gone::bigint[]) as party_id) using (party_id)" if has_gone else ""
    return f"profile as (from read_parquet({quoted(path)}){there}), fitting as ({fits})"


@lru_cache(maxsize=4)
def _types(path: Path) -> ibis.Schema:
    """The columns of a profile; its files are never changed but for who is taken out of them."""
    return ibis.Schema.from_pyarrow(pq.read_schema(path))


@cache
def _engine() -> duckdb.DuckDBPyConnection:
    """The engine of this process; whoever counts has a cursor of it to herself."""
    return warehouse.connect(threads=2)
