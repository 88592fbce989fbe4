"""Where customers stand together and how that moved: stages and decline today, who moved, who stayed, by the quarter in which they came
(S31, domain §3.5, §3.6). Read from the marts of the snapshot that counts, over the viewer's customers alone. The first argument is the viewer.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import cache
from typing import Literal

import duckdb
import ibis
import pyarrow as pa
from django.conf import settings

from zhike.access.scope import Viewer, require
from zhike.insight import snapshots, staging_of_life, warehouse
from zhike.insight.models import Profile
from zhike.insight.overview import sees_the_bank
from zhike.insight.snapshots import Piece, Snapshot
from zhike.insight.stage_rules import Kept
from zhike.insight.terms import month_after
from zhike.insight.warehouse import mart_files

READ = "accounts.read"
By = Literal["stage", "tier_effective"]
COLUMNS: Sequence[By] = ("stage", "tier_effective")
SPANS = (1, 3, 12)  # months over which moves are told
MOST_COHORTS = 12
MOST_ROWS = 200
# With anything here at all, and not told to be lost (§3.6).
ACTIVE = "coalesce({of}.decline <> 'lost', false) and ({of}.aum > 0 or {of}.families > 0)"
_ENDS = ibis.schema({
    "party_id": "int64", "key": "string", "was_active": "boolean", "is_active": "boolean", "aum_start": "decimal(20,2)", "aum_end": "decimal(20,2)",
    "is_excluded": "boolean",
})  # fmt: skip


@dataclass(frozen=True)
class Count:
    """Customers who stand at `key` today, what they have, and what they brought in twelve months."""

    key: str
    customers: int
    aum: Decimal
    contribution: Decimal


@dataclass(frozen=True)
class Move:
    """Customers who stood at `was` and stand at `became`, and what they have now. Empty: not there yet."""

    was: str
    became: str
    customers: int
    aum: Decimal


@dataclass(frozen=True)
class Cohort:
    """Customers who came in a quarter, and how many of them were there at the end of each quarter since."""

    quarter: date
    customers: int
    there: Sequence[int]


@dataclass(frozen=True)
class Somebody:
    """A customer behind a number."""

    party_id: int
    aum_before: Decimal
    aum: Decimal


@dataclass(frozen=True)
class Standings:
    """The marts of a snapshot, open, over the customers of one viewer. `month`: that of the business date."""

    engine: duckdb.DuckDBPyConnection
    as_of: date
    month: date
    first_month: date

    def since(self, span: int) -> date:
        """The month that a span of months begins with, not before the first one that is known."""
        return max(month_after(self.month, -span), self.first_month)

    def counts(self, column: str) -> list[Count]:
        """By stage, decline, or tier."""
        rows = self.engine.execute(
            f"select coalesce({_name(column)}, ''), count(*), sum(coalesce(aum, 0)), sum(coalesce(contribution_12m, 0)) from people"
            " where status = 'customer' group by 1"
        ).fetchall()
        return [Count(*row) for row in rows]

    def moves(self, column: By, span: int) -> list[Move]:
        """Who moved where since a month; those who stayed as well."""
        rows = self.engine.execute(
            f"{self._pair(span)} select {_was(column)}, {_now(column)}, count(*), sum(aum_now) from pair group by 1, 2"
        )
        return [Move(*row) for row in rows.fetchall()]

    def moves_of_cells(self) -> list[Move]:
        """Who moved between the cells of value and potential since the quarter before (§3.5)."""
        if not self.has_cells_before:
            return []
        rows = self.engine.execute(
            "select matrix_cell_before, matrix_cell, count(*), sum(coalesce(aum, 0)) from people"
            " where status = 'customer' and matrix_cell_before <> matrix_cell group by 1, 2 order by 3 desc, 1, 2"
        )
        return [Move(*row) for row in rows.fetchall()]

    @property
    def has_cells_before(self) -> bool:
        """Whether the profile of that day knows the cell of a quarter before: older ones do not."""
        return "matrix_cell_before" in {row[0] for row in self.engine.execute("describe people").fetchall()}

    def kept(self, column: By, span: int) -> dict[str, Kept]:
        """Who is still there of those who were there, by where they stood then (§3.6)."""
        self.engine.execute(f"create or replace temp view ends as {self._pair(span)} {_ends(column)}")
        return {row[0]: Kept(*row[1:]) for row in self.engine.execute(kept_sql()).fetchall()}

    def cohorts(self) -> list[Cohort]:
        """By the quarter in which they came, those quarters that are known from their beginning; the latest first."""
        found = self.engine.execute(
            f"""with came as (select party_id, date_trunc('quarter', since_date)::date as quarter from people where since_date >= $1),
                sizes as (select quarter, count(*) as customers from came group by 1),
                there as (select c.quarter, s.month, count(*) filter (where {ACTIVE.format(of="s")}) as there from came c join states s using (party_id)
                          where s.month = $2 or month(s.month) % 3 = 0 group by 1, 2)
                select quarter, any_value(customers), list(there order by month) from sizes join there using (quarter)
                where month >= quarter group by 1 order by 1 desc limit {MOST_COHORTS}""",
            [_quarter_from(self.first_month), self.month],
        ).fetchall()
        return [Cohort(*row) for row in found]

    def behind_moves(self, column: By, span: int, was: str, became: str) -> list[Somebody]:
        """Who they are, those with most first."""
        return self._somebody(span, f"{_was(column)} = $1 and {_now(column)} = $2", [was, became])

    def behind_lost(self, column: By, span: int, key: str) -> list[Somebody]:
        """Who was there, and is not any more."""
        condition = f"{_was(column)} = $1 and {ACTIVE.format(of='a')} and not coalesce({ACTIVE.format(of='b')}, false)"
        return self._somebody(span, condition, [key])

    def _somebody(self, span: int, condition: str, values: Sequence[str]) -> list[Somebody]:
        order = "greatest(aum_before, aum_now) desc, party_id"
        rows = self.engine.execute(
            f"{self._pair(span)} select party_id, aum_before, aum_now from pair where {condition} order by {order} limit {MOST_ROWS}",
            list(values),
        )
        return [Somebody(*row) for row in rows.fetchall()]

    def _pair(self, span: int) -> str:
        """Everybody at the beginning (`a`) and at the end (`b`) of a span."""
        return f"""with pair as (
            select b.party_id, a, b, coalesce(a.aum, 0) as aum_before, b.aum as aum_now
            from (from states where month = date '{self.month}') b
            left join (from states where month = date '{self.since(span)}') a on a.party_id = b.party_id)"""


@contextmanager
def opened(viewer: Viewer) -> Iterator[Standings | None]:
    """The viewer's customers in the latest snapshot; None where nothing is computed. Raises PermissionDenied without accounts.read."""
    require(viewer, READ)
    snapshot = snapshots.latest(settings.HOME)
    if snapshot is None or not snapshot.pieces.get("customer_states"):
        yield None
        return
    with warehouse.connect(threads=1) as engine:
        hers = narrowed(engine, viewer)
        engine.execute(f"create view people as from ({parts_of(snapshot, 'profile')}){hers}")
        engine.execute(f"create view states as from ({parts_of(snapshot, 'customer_states')}){hers}")
        yield Standings(engine, snapshot.business_date, snapshot.business_date.replace(day=1), snapshot.first_month)


@cache
def kept_sql() -> str:
    """`staging_of_life.kept` over the view `ends`, as SQL."""
    return str(ibis.to_sql(staging_of_life.kept(ibis.table(_ENDS, name="ends"), "key"), dialect="duckdb"))


def _ends(column: By) -> str:
    return f"""select party_id, {_was(column)} as key, {ACTIVE.format(of="a")} as was_active, {ACTIVE.format(of="b")} as is_active,
        aum_before::decimal(20,2) as aum_start, aum_now::decimal(20,2) as aum_end, false as is_excluded from pair where a is not null"""


def _was(column: By) -> str:
    return f"coalesce(a.{_name(column)}, '')"


def _now(column: By) -> str:
    return f"coalesce(b.{_name(column)}, '')"


def _name(column: str) -> str:
    if column not in ("stage", "decline", "tier_effective", "tier_service", "matrix_cell"):
        raise KeyError(column)
    return column


def _quarter_from(month: date) -> date:
    """The first quarter that begins with a month or after it."""
    return month_after(month, -(month.month - 1) % 3)


def narrowed(engine: duckdb.DuckDBPyConnection, viewer: Viewer) -> str:
    """What, put behind a mart in SQL, leaves the viewer's customers alone: nothing for whoever sees the bank."""
    if sees_the_bank(viewer):
        return ""
    keys = list(Profile.objects.seen_by(viewer).values_list("pk", flat=True))
    engine.register("hers", pa.table({"party_id": pa.array(keys, pa.int64())}))
    return " semi join hers using (party_id)"


def parts_of(snapshot: Snapshot, mart: str) -> str:
    """A mart of a snapshot as SQL, from the files and months that count."""
    return " union all by name ".join(_part(piece) for piece in snapshot.pieces[mart])


def _part(piece: Piece) -> str:
    files = f"read_parquet({mart_files(snapshots.root(settings.HOME) / piece.path)})"
    return f"from {files}" + (f" where month between date '{piece.first}' and date '{piece.last}'" if piece.first else "")
