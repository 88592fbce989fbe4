"""What of the bank hangs on one group of companies and its supply chain (S39): its own members, whom they pay, who pays them, whose salary they pay.
Over the viewer's customers alone; the first argument is the viewer.

Groups by control are those of the profile, ties those of the last payment network up to its day (`network.dealings`), figures those of customers' months.
A tie counts where both sides of it are the viewer's: nobody learns from a sum that a colleague's customer is in a group, or whom it pays.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import lru_cache
from pathlib import Path

import duckdb
from django.conf import settings

from zhike.access.scope import Viewer, require
from zhike.insight import snapshots, warehouse
from zhike.insight.dated import settings_on
from zhike.insight.network.files import dealings_on
from zhike.insight.overview import MONTHS, sees_the_bank
from zhike.insight.snapshots import Snapshot
from zhike.insight.standings import narrowed, parts_of
from zhike.insight.terms import month_after
from zhike.insight.warehouse import quoted
from zhike.parties import grouped

READ = ("customers.read", "accounts.read", "transactions.read")
MEASURES = ("deposits", "loans", "revenue", "contribution")
TIES = ("member", "supplier", "buyer", "staff")  # who hangs on a group in several ways is counted by the first of them
MOST_GROUPS, MOST_CUSTOMERS = 100, 200
_SUMS = """coalesce(sum(demand + term) filter (month = {now}), 0)::decimal(20,2) as deposits, coalesce(sum(lum) filter (month = {now}), 0)::decimal(20,2) as loans,
    coalesce(sum(revenue), 0)::decimal(20,2) as revenue, coalesce(sum(contribution), 0)::decimal(20,2) as contribution"""
_HANGING = """
create temp table hanging as
select group_key, party_id, min(tie) as tie, sum(amount)::decimal(20,2) as amount from (
    select group_key, party_id, 0 as tie, 0::decimal(20,2) as amount from member
    union all
    select m.group_key, d.party_id, case d.kind when 'supplier' then 1 when 'buyer' then 2 else 3 end, d.amount
    from dealing d join member m on m.party_id = d.firm_id
) group by all
"""


@dataclass(frozen=True)
class Part:
    """Customers who hang on a group by one tie, each once, and what they are to the bank: at the end of the month, or over twelve months."""

    customers: int
    sums: Mapping[str, Decimal]


@dataclass(frozen=True)
class Group:
    """A group with its parts; `whole`: what all the viewer's customers are."""

    key: str
    name: str
    parts: Mapping[str, Part]
    whole: Mapping[str, Decimal]

    @property
    def customers(self) -> int:
        return sum(part.customers for part in self.parts.values())

    def sum(self, measure: str) -> Decimal:
        """All who hang on it."""
        return sum((part.sums[measure] for part in self.parts.values()), Decimal(0))

    def share(self, measure: str) -> Decimal | None:
        """Of the whole; None where there is no whole to be a part of."""
        return self.sum(measure) / self.whole[measure] if self.whole[measure] > 0 else None

    def over(self, limits: Mapping[str, Decimal]) -> list[str]:
        """The measures by which the bank depends on it: nought as a limit asks nothing."""
        return [name for name in MEASURES if limits[name] and (share := self.share(name)) is not None and share >= limits[name]]

    @property
    def most(self) -> Decimal:
        """Its largest share."""
        return max((share for name in MEASURES if (share := self.share(name)) is not None), default=Decimal(0))


@dataclass(frozen=True)
class Stand:
    """As of which days: `as_of` of groups and figures, `network` of ties (None: none is computed, so that members alone are told); `limits` by measure."""

    as_of: date
    network: date | None
    limits: Mapping[str, Decimal]


@dataclass(frozen=True)
class Hanging:
    """A customer who hangs on a group; `amount`: what passed between the two in twelve months."""

    party_id: int
    tie: str
    amount: Decimal
    sums: Mapping[str, Decimal]


def stand() -> Stand | None:
    """What is shown; None: nothing is computed. No customer is in it."""
    snapshot = snapshots.latest(settings.HOME)
    if snapshot is None:
        return None
    path = dealings_on(settings.HOME, snapshot.business_date)
    limits = settings_on(snapshot.business_date).dependence.share
    return Stand(snapshot.business_date, date.fromisoformat(path.parent.name) if path else None, limits)


def groups(viewer: Viewer) -> list[Group]:
    """The groups on which most hangs, at most MOST_GROUPS. Raises PermissionDenied without READ."""
    _may(viewer)
    snapshot = snapshots.latest(settings.HOME)
    if snapshot is None:
        return []
    dealings = dealings_on(settings.HOME, snapshot.business_date)
    rows, whole = _of_the_bank(snapshot.name, settings.HOME, dealings) if sees_the_bank(viewer) else _told(viewer, snapshot, dealings)
    parts: dict[str, dict[str, Part]] = {}
    for key, tie, count, *sums in rows:
        parts.setdefault(key, {})[TIES[tie]] = Part(count, dict(zip(MEASURES, sums, strict=True)))
    found = sorted((Group(key, key, those, whole) for key, those in parts.items()), key=lambda one: (-one.most, one.key))[:MOST_GROUPS]
    names = grouped.control_groups(viewer, [one.key for one in found])
    return [Group(one.key, names.get(one.key, one.key), one.parts, one.whole) for one in found]


def hanging(viewer: Viewer, key: str, tie: str = "") -> list[Hanging]:
    """Who hangs on a group, by one tie or by any, those who bring most first, at most MOST_CUSTOMERS. Raises PermissionDenied without READ."""
    _may(viewer)
    with _opened(viewer, key) as engine:
        if engine is None:
            return []
        place = f" where tie = {TIES.index(tie)}" if tie else ""
        rows = engine.execute(
            f"select party_id, tie, amount, {', '.join(f'coalesce({name}, 0)' for name in MEASURES)} from hanging left join worth using (party_id){place}"
            f" order by contribution desc nulls last, party_id limit {MOST_CUSTOMERS}"
        ).fetchall()
    return [Hanging(row[0], TIES[row[1]], row[2], dict(zip(MEASURES, row[3:], strict=True))) for row in rows]


def by_month(viewer: Viewer, key: str) -> list[tuple[date, Mapping[str, Decimal | None]]]:
    """What share those who hang on a group today had in each of the last months, oldest first; of revenue and contribution that of the month alone."""
    _may(viewer)
    with _opened(viewer, key) as engine:
        if engine is None:
            return []
        named = {"deposits": "demand + term", "loans": "lum", "revenue": "revenue", "contribution": "contribution"}
        sums = ", ".join(f"sum({one}) filter (party_id in (select party_id from hanging)), sum({one})" for one in named.values())
        rows = engine.execute(f"select month, {sums} from customer_month group by month order by month").fetchall()
    return [(row[0], {name: _share(row[1 + 2 * at], row[2 + 2 * at]) for at, name in enumerate(named)}) for row in rows]


def _share(part: Decimal | None, whole: Decimal | None) -> Decimal | None:
    return (part or Decimal(0)) / whole if whole and whole > 0 else None


def _may(viewer: Viewer) -> None:
    for right in READ:
        require(viewer, right)


Rows = list[tuple[str, int, int, Decimal, Decimal, Decimal, Decimal]]


@lru_cache(maxsize=4)
def _of_the_bank(name: str, home: Path, dealings: Path | None) -> tuple[Rows, Mapping[str, Decimal]]:
    """The same of all customers: nothing in it can become wrong, since neither a snapshot nor a network is ever changed."""
    day, version = name.split("-")
    snapshot = snapshots.kept(home, date.fromisoformat(day), int(version))
    assert snapshot is not None and home == settings.HOME
    return _told(None, snapshot, dealings)


def _told(viewer: Viewer | None, snapshot: Snapshot, dealings: Path | None) -> tuple[Rows, Mapping[str, Decimal]]:
    """Sums by group and tie, and the whole; `viewer` None: of everybody."""
    with warehouse.connect(threads=2) as engine:
        _see(engine, viewer, snapshot, dealings, "")
        rows = engine.execute(
            f"select group_key, tie, count(*), {', '.join(f'coalesce(sum({name}), 0)' for name in MEASURES)}"
            " from hanging left join worth using (party_id) group by all"
        ).fetchall()
        whole = engine.execute(f"select {_sums(snapshot)} from customer_month where month >= {_year_of(snapshot)}").fetchall()[0]
    return rows, dict(zip(MEASURES, whole, strict=True))


@contextmanager
def _opened(viewer: Viewer, key: str) -> Iterator[duckdb.DuckDBPyConnection | None]:
    """One group: `hanging` and `worth` of those who hang on it, and `customer_month` of all the viewer's customers."""
    snapshot = snapshots.latest(settings.HOME)
    if snapshot is None:
        yield None
        return
    with warehouse.connect(threads=2) as engine:
        _see(engine, viewer, snapshot, dealings_on(settings.HOME, snapshot.business_date), key)
        yield engine


def _see(engine: duckdb.DuckDBPyConnection, viewer: Viewer | None, snapshot: Snapshot, dealings: Path | None, key: str) -> None:
    """The viewer's customers, the members of groups (of one: `key`) among them, who hangs on them and what those are worth."""
    hers = narrowed(engine, viewer) if viewer is not None else ""
    wanted = f" and control_group_key = {quoted(key)}" if key else ""
    engine.execute(
        f"create temp table member as select party_id, control_group_key as group_key from ({parts_of(snapshot, 'profile')}){hers}"
        f" where coalesce(control_group_key, '') <> ''{wanted}"
    )
    nothing = "select 0::bigint as firm_id, 0::bigint as party_id, '' as kind, 0::decimal(20,2) as amount where false"
    source = f"read_parquet({quoted(dealings)})" if dealings else f"({nothing})"
    engine.execute(f"create view dealing as select * from {source}{hers}")
    engine.execute(_HANGING)
    since = f"where month >= date '{month_after(snapshot.business_date.replace(day=1), 1 - MONTHS)}'"
    engine.execute(f"create view customer_month as select * from ({parts_of(snapshot, 'customer_month')}){hers} {since}")
    engine.execute(
        f"create temp table worth as select party_id, {_sums(snapshot)} from customer_month semi join hanging using (party_id)"
        f" where month >= {_year_of(snapshot)} group by party_id"
    )


def _sums(snapshot: Snapshot) -> str:
    return _SUMS.format(now=f"date '{snapshot.business_date.replace(day=1)}'")


def _year_of(snapshot: Snapshot) -> str:
    return f"date '{month_after(snapshot.business_date.replace(day=1), -11)}'"
