"""The mix of business beside its targets (S38): which share of what the bank holds, lends and earns is corporate, retail, of the middle tiers, of small
firms, of agriculture, month by month. Over the viewer's customers alone; the first argument is the viewer.

Of the bank it is read from `mix_month`; of anybody who sees less, and of months from before that mart was kept, it is added up of customers' months by
the same expression.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from functools import cache
from typing import Any

import duckdb
import ibis
from django.conf import settings

from zhike.access.scope import Viewer, require
from zhike.insight import assembling, snapshots, warehouse
from zhike.insight.dated import settings_by
from zhike.insight.marts import mix as mart
from zhike.insight.overview import MONTHS, READ
from zhike.insight.schemes import schemes_by
from zhike.insight.settings_rules import Mix, Settings
from zhike.insight.snapshots import Snapshot
from zhike.insight.standings import narrowed, parts_of
from zhike.insight.terms import month_after
from zhike.insight.tier_rules import Scheme

MEASURES = mart.MEASURES
LINES = ("corporate", "retail", "other")
MOST_BEHIND = 200
WHOLE, MIDDLE, SMALL, FARMING = "whole", "middle", "small_firms", "agriculture"
TIER = "tier-"  # begins the key of a part that is one tier of retail business
Wanted = Mapping[str, Sequence[object]]  # column of the mart → the values that count


@dataclass(frozen=True)
class Cell:
    """A row of `mix_month`; `amounts` by measure."""

    month: date
    line: str
    tier: str
    is_small: bool
    is_farming: bool
    customers: int
    amounts: Mapping[str, Decimal]

    def is_of(self, wanted: Wanted) -> bool:
        """Whether it belongs to a part."""
        return all(getattr(self, name) in values for name, values in wanted.items())


@dataclass(frozen=True)
class Held:
    """A part of a whole in a month: `share` None where there is no whole to be a part of, `target` None where none is set."""

    amount: Decimal
    customers: int
    whole: Decimal
    target: Decimal | None = None

    @property
    def share(self) -> Decimal | None:
        """The part of the whole."""
        return self.amount / self.whole if self.whole > 0 else None

    @property
    def gap(self) -> Decimal | None:
        """How far the share is from its target, as a fraction; negative: below."""
        return None if self.share is None or self.target is None else self.share - self.target

    @property
    def money(self) -> Decimal | None:
        """The same in CNY: what there is too much or, negative, what is missing of it as the whole stands."""
        return None if self.gap is None or self.target is None else (self.amount - self.target * self.whole).quantize(Decimal("0.01"))


@dataclass(frozen=True)
class Month:
    """A month with the scheme and the targets of its last day that is known."""

    month: date
    scheme: Scheme
    targets: Mix
    cells: Sequence[Cell] = field(default=(), repr=False)

    def held(self, part: str, measure: str) -> Held:
        """A part of the mix by one measure, beside its target."""
        wanted, of = wanted_by(part, self.scheme), whole_of(part)
        mine = [cell for cell in self.cells if cell.is_of(wanted)]
        whole = [cell.amounts[measure] for cell in self.cells if cell.is_of(wanted_by(of, self.scheme))]
        return Held(
            sum((cell.amounts[measure] for cell in mine), Decimal(0)), sum(cell.customers for cell in mine), sum(whole, Decimal(0)),
            target_of(part, self.targets),
        )  # fmt: skip

    @property
    def tiers(self) -> list[str]:
        """The tiers of retail business, the best first; those that somebody has and the ladder does not know come last."""
        known = [rung.key for rung in reversed(self.scheme.rungs)]
        return [*known, *sorted({cell.tier for cell in self.cells if cell.line == "retail"} - set(known))]


@dataclass(frozen=True)
class Behind:
    """Customers behind a figure, those with most first, at most MOST_BEHIND; how many there are and what they have together."""

    rows: Sequence[tuple[int, Decimal]]
    customers: int
    amount: Decimal


def whole_of(part: str) -> str:
    """Of what a part is told as a share."""
    return "retail" if part == MIDDLE or part.startswith(TIER) else "corporate" if part == SMALL else WHOLE


def wanted_by(part: str, scheme: Scheme) -> Wanted:
    """Which rows of the mart make up a part. Raises KeyError for no such part."""
    if part.startswith(TIER):
        return {"line": ("retail",), "tier": (part.removeprefix(TIER),)}
    parts: Mapping[str, Wanted] = {
        WHOLE: {}, MIDDLE: {"line": ("retail",), "tier": middle_of(scheme)}, SMALL: {"line": ("corporate",), "is_small": (True,)},
        FARMING: {"is_farming": (True,)}, **{line: {"line": (line,)} for line in LINES},
    }  # fmt: skip
    return parts[part]


def middle_of(scheme: Scheme) -> list[str]:
    """The middle tiers of a ladder: above the lowest, below private banking."""
    return [rung.key for rung in scheme.rungs[1:] if not rung.is_private]


def target_of(part: str, targets: Mix) -> Decimal | None:
    """The share that is aimed at; None where none is set."""
    return (targets.middle if part == MIDDLE else {**targets.line, **targets.more}.get(part)) or None


def months(viewer: Viewer) -> list[Month]:
    """The last months of the viewer's customers, oldest first; none where nothing is computed. Raises PermissionDenied without accounts.read."""
    with _opened(viewer) as (snapshot, engine):
        if snapshot is None:
            return []
        rows = engine.execute(f"select month, line, tier, is_small, is_farming, count_customers, {', '.join(MEASURES)} from mix").fetchall()
    by_month: dict[date, list[Cell]] = {}
    for row in rows:
        by_month.setdefault(row[0], []).append(
            Cell(row[0], row[1], row[2], row[3], row[4], row[5], dict(zip(MEASURES, row[6:], strict=True)))
        )
    found = sorted(by_month)
    return [
        Month(month, scheme, held.mix, by_month[month])
        for month, scheme, held in zip(found, *_by_month(snapshot.business_date, found), strict=True)
    ]


def behind(viewer: Viewer, month: date, part: str, measure: str) -> Behind | None:
    """Who stands behind a part of a month: everybody of whom the measure is not nought. None: no such month. Raises KeyError for no such part or measure."""
    if measure not in MEASURES:
        raise KeyError(measure)
    with _opened(viewer) as (snapshot, engine):
        if snapshot is None or not _first(snapshot) <= month <= snapshot.business_date:
            return None
        ((scheme,), _held) = _by_month(snapshot.business_date, [month])
        values: dict[str, Any] = {"month": month}
        checks = ["month = $month", f"{measure} <> 0"]
        for name, wanted in wanted_by(part, scheme).items():
            values[name] = list(wanted)
            checks.append(f"list_contains(${name}::{'varchar' if name in ('line', 'tier') else 'boolean'}[], {name})")
        engine.execute(
            f"create temp table found as select party_id, {measure} as amount from ({_sql()[0]}) where {' and '.join(checks)}", values
        )
        rows = engine.execute(f"select party_id, amount from found order by amount desc, party_id limit {MOST_BEHIND}").fetchall()
        count, amount = engine.execute("select count(*), coalesce(sum(amount), 0) from found").fetchall()[0]
        return Behind(rows, count, amount)


def as_of(viewer: Viewer) -> date | None:
    """The business date that is shown. Raises PermissionDenied without accounts.read."""
    require(viewer, READ)
    snapshot = snapshots.latest(settings.HOME)
    return snapshot.business_date if snapshot else None


def _by_month(until: date, found: Sequence[date]) -> tuple[list[Scheme], list[Settings]]:
    """Schemes and settings of the last known day of each month."""
    days = [min(month_after(month) - timedelta(days=1), until) for month in found]
    return schemes_by(days), settings_by(days)


def _first(snapshot: Snapshot) -> date:
    return max(snapshot.first_month, month_after(snapshot.business_date.replace(day=1), 1 - MONTHS))


@contextmanager
def _opened(viewer: Viewer) -> Iterator[tuple[Snapshot | None, duckdb.DuckDBPyConnection]]:
    """The latest snapshot with `mix` (rows of `mix_month`) over the viewer's customers, and what it is added up of."""
    require(viewer, READ)
    snapshot = snapshots.latest(settings.HOME)
    with warehouse.connect(threads=2) as engine:
        if snapshot is None or not snapshot.pieces.get("customer_states"):
            yield None, engine
            return
        hers = narrowed(engine, viewer)
        kept = [] if hers else _months_kept(snapshot)
        for name in ("customer_month", "customer_states"):
            since = f"where month >= date '{_first(snapshot)}'"
            engine.execute(f"create view {name} as select * from ({parts_of(snapshot, name)}){hers} {since}")
        engine.execute(f"create view customer as from ({parts_of(snapshot, 'profile')}){hers}")
        parts = [f"select * from ({parts_of(snapshot, 'mix_month')}) where month in ({_listed(kept)})"] if kept else []
        if rest := [month for month in _all_months(snapshot) if month not in kept]:
            parts.append(f"select * from ({_sql()[1]}) where month in ({_listed(rest)})")
        engine.execute(f"create view mix as {' union all by name '.join(parts)}")
        yield snapshot, engine


def _listed(months: Sequence[date]) -> str:
    return ", ".join(f"date '{month}'" for month in months)


def _all_months(snapshot: Snapshot) -> list[date]:
    found, month = [], _first(snapshot)
    while month <= snapshot.business_date:
        found.append(month)
        month = month_after(month)
    return found


def _months_kept(snapshot: Snapshot) -> list[date]:
    """The months of which the mart says the mix: a snapshot that began before it was kept has the later ones alone."""
    pieces = snapshot.pieces.get("mix_month", ())
    return [month for month in _all_months(snapshot) if any(one.first and one.last and one.first <= month <= one.last for one in pieces)]


@cache
def _sql() -> tuple[str, str]:
    """`classified` and `mix_month` as SQL over views of the names of their inputs."""
    customer = {"party_id": "int64", "kind": "string", "size_class": "string", "industry": "string"}
    tables = (
        ibis.table(assembling.of_room("customer_month").schema(), name="customer_month"), ibis.table(customer, name="customer"),
        ibis.table(assembling.of_room("customer_states").schema(), name="customer_states"),
    )  # fmt: skip
    return str(ibis.to_sql(mart.classified(*tables), dialect="duckdb")), str(ibis.to_sql(mart.mix_month(*tables), dialect="duckdb"))
