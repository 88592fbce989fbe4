"""A report answered: one statement over the marts' Parquet, within the viewer's scope, whose keys come from PostgreSQL. Never from live tables."""

from __future__ import annotations

import hashlib
import threading
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import duckdb
import pyarrow as pa
from django.db import connection

from zhike.access.queries import units_above
from zhike.access.scope import Viewer, require, seen_where
from zhike.insight import warehouse
from zhike.insight.terms import month_after
from zhike.reports.catalogue import DIMENSIONS, MEASURES, SUMS, Dimension, Grain, Measure, grain_of, value_of
from zhike.reports.rules import Asked, Key, Member, Value
from zhike.reports.stands import Stand

RIGHT = "reports.read"
MOST_CELLS = 60_000
ROWS_AT_ONCE = 50  # customers behind a cell, a page
KEPT = 64  # answers that a process keeps; the files they are made of never change
MARTS: Mapping[Grain, str] = {"customer": "customer_month", "account": "account_value"}


class TooWide(Exception):
    """More cells than anybody reads: narrow it or take a dimension away."""


class NotTogether(Exception):
    """`measure` is not known by `dimension`: what a customer costs cannot be said of one product of hers."""

    def __init__(self, measure: Measure, dimension: Dimension) -> None:
        super().__init__(measure.key)
        self.measure, self.dimension = measure, dimension


@dataclass(frozen=True)
class Found:
    """What came of it: one value a measure for every cell, subtotal and total; the months it is of."""

    cells: Mapping[tuple[Key, Key], Sequence[Value]]
    months: Sequence[date]


@dataclass(frozen=True)
class Behind:
    """A customer behind a cell, with the report's measures."""

    party_id: int
    values: Sequence[Value]


def answer(viewer: Viewer, asked: Asked, stand: Stand) -> Found:
    """What the report says. Raises PermissionDenied, NotTogether, TooWide."""
    require(viewer, RIGHT)
    require(viewer, "accounts.read")
    _check(asked)
    scope = Scope.of(viewer)
    key = (asked.but(sort="", is_rising=False, on=None), stand.name, stand.business_date, scope.digest)
    return _KEPT.get_or(key, lambda: _computed(asked, stand, scope))


def behind(viewer: Viewer, asked: Asked, stand: Stand, place: Mapping[str, Member], *, skip: int = 0) -> list[Behind]:
    """The customers of a cell, those with most of its first measure first; one more than a page, so that it is known whether there are more."""
    require(viewer, RIGHT)
    require(viewer, "accounts.read")
    _check(asked)
    scope = Scope.of(viewer)
    question = Question(asked, stand, scope, {**dict(asked.only), **place})
    sums = ", ".join(question.sums("whole"))
    first = question.name(MEASURES[asked.sort or asked.measures[0]].sums[0], "whole")
    page = f'order by "{first}" desc, f.party_id limit {ROWS_AT_ONCE + 1} offset {int(skip)}'
    sql = f"{question.with_sql} select f.party_id, {sums} {question.from_sql} group by f.party_id {page}"
    names = ["party_id", *question.names("whole")]
    with warehouse.connect(threads=2) as engine:
        scope.put_into(engine)
        rows = engine.execute(sql, question.values).fetchall()
    shown = [MEASURES[name] for name in asked.measures]
    return [Behind(row[0], question.measured(shown, dict(zip(names, row, strict=True)), "whole")) for row in rows]


def parties_behind(viewer: Viewer, asked: Asked, stand: Stand, place: Mapping[str, Member], *, most: int) -> list[int]:
    """The keys of the customers of a cell, at most so many. Raises PermissionDenied."""
    require(viewer, RIGHT)
    require(viewer, "accounts.read")
    scope = Scope.of(viewer)
    question = Question(asked, stand, scope, {**dict(asked.only), **place})
    with warehouse.connect(threads=2) as engine:
        scope.put_into(engine)
        sql = f"{question.with_sql} select distinct f.party_id {question.from_sql} order by 1 limit {int(most)}"
        return [row[0] for row in engine.execute(sql, question.values).fetchall()]


def _check(asked: Asked) -> None:
    grain = grain_of(asked.dimensions)
    for name in asked.measures:
        if not MEASURES[name].knows(grain):
            at_fault = next(one for one in asked.dimensions if DIMENSIONS[one].grain == grain)
            raise NotTogether(MEASURES[name], DIMENSIONS[at_fault])


@dataclass(frozen=True)
class Scope:
    """Whom the viewer sees, as keys (None: everybody), and the units above each unit. `digest` tells one scope from another."""

    parties: Sequence[int] | None
    units: Sequence[tuple[str, ...]]
    digest: str

    @property
    def sql(self) -> str:
        """The condition over `f`."""
        return "true" if self.parties is None else "f.party_id in (select party_id from seen_now)"

    @classmethod
    def of(cls, viewer: Viewer) -> Scope:
        """Asked anew each time: who sees whom changes without any file changing."""
        where, units = seen_where(viewer), units_above(viewer)
        told = hashlib.sha256(repr(units).encode())
        if where.sql == "true":
            return cls(None, units, told.hexdigest())
        with connection.cursor() as cursor:
            cursor.execute(f"select p.id from parties_party p where {where.sql}", where.values)
            keys = sorted(row[0] for row in cursor.fetchall())
        told.update(pa.array(keys, pa.int64()).buffers()[1] or b"")
        return cls(keys, units, told.hexdigest())

    def put_into(self, engine: duckdb.DuckDBPyConnection) -> None:
        """The scope as tables of the engine."""
        columns = list(zip(*self.units, strict=True)) or [()] * 6
        names = ("key", "unit", "outlet", "sub_branch", "branch", "unit_region")
        engine.register(
            "units_now", pa.table({name: pa.array(list(column), pa.string()) for name, column in zip(names, columns, strict=True)})
        )
        if self.parties is not None:
            engine.register("seen_now", pa.table({"party_id": pa.array(self.parties, pa.int64())}))


@dataclass(frozen=True)
class Question:
    """A report in SQL: its relation, its sums, and how rows of the answer become measures."""

    asked: Asked
    stand: Stand
    scope: Scope
    fixed: Mapping[str, Member]  # dimension → the one member that counts

    @property
    def grain(self) -> Grain:
        return grain_of((*self.asked.dimensions, *self.fixed))

    @property
    def months(self) -> list[date]:
        return self.stand.months(self.asked.months)

    @property
    def times(self) -> tuple[str, ...]:
        """Dimensions of time that part it, and `whole`: over which periods the last month has to be told."""
        return ("whole", *(name for name in (*self.asked.rows, *self.asked.columns) if DIMENSIONS[name].is_time))

    def periods(self, time: str) -> dict[Member, list[date]]:
        """The months of every period of a dimension of time; within the one that is fixed."""
        found: dict[Member, list[date]] = {}
        for month in self.months:
            if all(_period(name, month) == member for name, member in self.fixed.items() if DIMENSIONS[name].is_time):
                found.setdefault(_period(time, month), []).append(month)
        return found

    @property
    def with_sql(self) -> str:
        months = self.months
        facts = self.stand.months_sql(MARTS[self.grain], months[0], months[-1]) or "select null where false"
        return f"with f as ({facts}), p as ({self.stand.profile_sql()}), u as (from units_now)"

    @property
    def from_sql(self) -> str:
        wanted = [self.scope.sql]
        for at, (name, member) in enumerate(self.fixed.items()):
            wanted.append(f"{self.member(name)} is null" if member is None else f"{self.member(name)} = $m{at}")
        return f"from f left join p on p.party_id = f.party_id left join u on u.key = p.unit_key where {' and '.join(wanted)}"

    @property
    def values(self) -> dict[str, str]:
        return {f"m{at}": member for at, member in enumerate(self.fixed.values()) if member is not None}

    def member(self, name: str) -> str:
        """A dimension as a column; empty where the profile of that day had no such field yet."""
        one = DIMENSIONS[name]
        if one.needs and not self.stand.has_field(one.needs):
            return "cast(null as varchar)"
        return f"({one.sql.replace('{as_of}', f'date {chr(39)}{self.stand.business_date}{chr(39)}')})"

    def names(self, time: str) -> list[str]:
        """The sums that its measures need, one a period where only the last month counts."""
        return list(dict.fromkeys(self.name(one, time) for key in self._measures for one in MEASURES[key].sums))

    @property
    def _measures(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys((*self.asked.measures, *([self.asked.sort] if self.asked.sort else []))))

    def name(self, one: str, time: str) -> str:
        """What a sum is called in the answer."""
        return one if SUMS[one].how == "all" else f"{one}@{time}"

    def sums(self, time: str) -> list[str]:
        """Those sums as SQL."""
        lasts = ", ".join(f"date '{months[-1]}'" for months in self.periods(time).values()) or "null"
        found = []
        for key in dict.fromkeys(one for name in self._measures for one in MEASURES[name].sums):
            one = SUMS[key]
            column, name = one.of(self.grain), self.name(key, time)
            if one.how == "people":
                counted = "count(distinct f.party_id)" if self.grain == "account" else "count(*)"
                found.append(f'{counted} filter (where {column} and f.month in ({lasts})) as "{name}"')
            elif one.how == "last":
                found.append(f'coalesce(sum({column}) filter (where f.month in ({lasts})), 0) as "{name}"')
            else:
                found.append(f'coalesce(sum({column}), 0) as "{name}"')
        return found

    def measured(self, measures: Sequence[Measure], row: Mapping[str, Any], time: str, period: Member = None) -> tuple[Value, ...]:
        """The measures of a row; `period`: which one of `time` it is of."""
        months = self.periods(time).get(period, []) if time != "whole" else next(iter(self.periods("whole").values()), [])
        days = self.stand.days(months)
        return tuple(value_of(one, {key: row[self.name(key, time)] for key in one.sums}, days) for one in measures)


def _period(time: str, month: date) -> Member:
    if time == "year":
        return f"{month.year}-01-01"
    if time == "quarter":
        return month_after(month, -((month.month - 1) % 3)).isoformat()
    return month.isoformat() if time == "month" else None


def _computed(asked: Asked, stand: Stand, scope: Scope) -> Found:
    question = Question(asked, stand, scope, dict(asked.only))
    names = [*asked.rows, *asked.columns]
    parts = ", ".join(f"{question.member(name)} as d{at}" for at, name in enumerate(names))
    sums = list(dict.fromkeys(one for time in question.times for one in question.sums(time)))
    sets = ", ".join(f"({', '.join(f'd{at}' for at in chosen)})" for chosen in _sets(len(asked.rows), len(asked.columns)))
    marks = "".join(f", grouping(d{at})" for at in range(len(names)))
    keys = "".join(f", d{at}" for at in range(len(names)))
    needed = ", ".join(dict.fromkeys(("f.party_id", "f.month", *_columns(question))))
    inner = f"select {needed}{', ' + parts if parts else ''} {question.from_sql}"
    sql = (
        f"{question.with_sql} select {', '.join(sums)}{marks}{keys} from ({inner}) f group by grouping sets ({sets}) limit {MOST_CELLS + 1}"
    )
    with warehouse.connect(threads=2) as engine:
        scope.put_into(engine)
        rows = engine.execute(sql, question.values).fetchall()
    if len(rows) > MOST_CELLS:
        raise TooWide
    labels = list(dict.fromkeys(name for time in question.times for name in question.names(time)))
    return Found(dict(_cell(question, asked, labels, row) for row in rows), question.months)


def _columns(question: Question) -> list[str]:
    """The columns of the mart that the sums are made of."""
    grain = question.grain
    if grain == "account":
        return ["f.bucket", *(f"f.{name}" for name in _ACCOUNT)]
    found: list[str] = []
    for key in dict.fromkeys(
        one for name in question.asked.measures + ((question.asked.sort,) if question.asked.sort else ()) for one in MEASURES[name].sums
    ):
        found += [word for word in SUMS[key].customer.replace(",", " ").split() if word.startswith("f.")]
    return found


_ACCOUNT = ("aum", "lum", "aum_sum", "lum_sum", "aum_opening", "lum_opening", "nnm", "mtm", "income", "fx", "margin", "commission", "account_cost", "expected_loss", "capital_days")  # fmt: skip


def _sets(down: int, across: int) -> list[tuple[int, ...]]:
    """Which dimensions each subtotal is of: the beginnings of those down, with and without those across."""
    rows = [tuple(range(count)) for count in range(down + 1)]
    return [*rows, *((*row, *range(down, down + across)) for row in rows if across)]


def _cell(question: Question, asked: Asked, labels: Sequence[str], row: Sequence[Any]) -> tuple[tuple[Key, Key], tuple[Value, ...]]:
    count = len(asked.rows) + len(asked.columns)
    values, marks, members = row[: len(labels)], row[len(labels) : len(labels) + count], row[len(labels) + count :]
    names = [*asked.rows, *asked.columns]
    present = [at for at in range(count) if marks[at] == 0]
    times = [at for at in present if DIMENSIONS[names[at]].is_time]
    finest = max(times, key=lambda at: ("year", "quarter", "month").index(names[at]), default=None)
    time = names[finest] if finest is not None else "whole"
    period = members[finest] if finest is not None else None
    found = question.measured([MEASURES[name] for name in asked.measures], dict(zip(labels, values, strict=True)), time, period)
    down = tuple(members[at] for at in present if at < len(asked.rows))
    return (down, tuple(members[at] for at in present if at >= len(asked.rows))), found


class _Kept:
    """The last answers of this process. Nothing in them can become wrong: snapshots never change, and scope is part of the key."""

    def __init__(self) -> None:
        self._found: OrderedDict[Any, Found] = OrderedDict()
        self._lock = threading.Lock()

    def get_or(self, key: Any, make: Any) -> Found:
        """The kept answer, or what `make` says, kept."""
        with self._lock:
            if key in self._found:
                self._found.move_to_end(key)
                return self._found[key]
        made: Found = make()
        with self._lock:
            self._found[key] = made
            while len(self._found) > KEPT:
                self._found.popitem(last=False)
        return made


_KEPT = _Kept()
