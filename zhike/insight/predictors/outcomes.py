"""What was known on an as-of day, and what happened after it, side by side: one row per customer (`questions.py`).

An as-of day is the last business date of a month that is over. What was known comes from its first snapshot, as it was reported then: later
versions know corrections that nobody had. What happened is read from the month ends that followed, and from the months between.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, timedelta
from functools import reduce
from pathlib import Path

import duckdb
import ibis
import pyarrow as pa
import pyarrow.parquet as pq
from ibis.expr.types import Table, Value

from zhike.insight import snapshots, warehouse
from zhike.insight.engines import in_words
from zhike.insight.exact import MONEY
from zhike.insight.predictors.features import AHEAD, FORETOLD, Feature
from zhike.insight.profile_fields import BY_KEY, FIELDS
from zhike.insight.snapshots import Snapshot
from zhike.insight.terms import month_after
from zhike.insight.warehouse import mart_files, quoted

_TYPES = {"money": MONEY, "rate": "decimal(14,6)", "number": "int32", "date": "date", "flag": "boolean"}
PROFILE = ibis.schema({"party_id": "int64", **{field.key: _TYPES.get(field.type, "string") for field in FIELDS}})
_HELD = tuple(field.key for field in FIELDS if field.key.startswith("holds_"))
_LAST = ("status", "left_date", "accounts_open", "tier_effective", "last_initiated_date", "last_opened_date", "aum_month_average", "aum")
_MONTHS = ibis.schema({"party_id": "int64", "nnm": MONEY, "contribution": MONEY, "initiated": "int64"})


class FromTheFuture(Exception):
    """What was to be learned from was not known on the as-of day; `fields` names it."""

    def __init__(self, fields: Sequence[str], as_of: date) -> None:
        super().__init__(f"Not known on {as_of.isoformat()}: {', '.join(fields)}.")
        self.fields = tuple(fields)


@dataclass(frozen=True)
class Ends:
    """The month ends that are computed: of each month its last business date as reported first. `whole`: the latest snapshot, which knows the months."""

    by_month: Mapping[date, Snapshot]
    whole: Snapshot

    @property
    def latest(self) -> Snapshot:
        """The last month end."""
        return self.by_month[max(self.by_month)]

    def after(self, origin: date, months: int) -> list[Snapshot] | None:
        """The month ends of so many months after the month of `origin`; None where one of them is missing."""
        wanted = [month_after(origin.replace(day=1), number) for number in range(1, months + 1)]
        return [self.by_month[month] for month in wanted] if all(month in self.by_month for month in wanted) else None

    def origins(self, horizon: int) -> list[date]:
        """The as-of days whose whole horizon is known, oldest first; the first known month has nothing to compare with and is none."""
        first = month_after(self.whole.first_month, 3)
        return [one.business_date for month, one in sorted(self.by_month.items()) if month >= first and self.after(one.business_date, horizon) is not None]  # fmt: skip


def month_ends(home: Path) -> Ends | None:
    """What is computed; None where no month is over."""
    found = snapshots.every(home)
    if not found:
        return None
    first: dict[date, Snapshot] = {}
    for one in found:
        if one.business_date not in first or one.version < first[one.business_date].version:
            first[one.business_date] = one
    last = found[-1].business_date
    by_month: dict[date, Snapshot] = {}
    for day in sorted(first):
        month = day.replace(day=1)
        if month_after(month) <= last or (day + timedelta(days=1)).day == 1:
            by_month[month] = first[day]
    return Ends(by_month, found[-1]) if by_month else None


def first_of(home: Path, day: date) -> Snapshot | None:
    """A day as it was reported first; None where it is not computed. Only names of files are looked at, and the one file."""
    versions = [version for one, version in snapshots.named(home) if one == day]
    return snapshots.kept(home, day, min(versions)) if versions else None


@contextmanager
def opened(memory: str | None = None, threads: int | None = None) -> Iterator[duckdb.DuckDBPyConnection]:
    """An engine that reads profiles and months."""
    engine = warehouse.connect(memory=memory, threads=threads)
    try:
        yield engine
    finally:
        engine.close()


def ask(engine: duckdb.DuckDBPyConnection, rows: Table) -> pa.Table:
    """The rows of an expression."""
    return engine.sql(in_words(rows, "duckdb")).to_arrow_table()


def now(engine: duckdb.DuckDBPyConnection, home: Path, snapshot: Snapshot, where: str = "true") -> Table:
    """The profile of an as-of day, with `as_of`."""
    profiles(engine, home, [snapshot], "known", where)
    return known_on(snapshot.business_date)


def known_on(day: date) -> Table:
    """The same, once the engine has it."""
    return ibis.table(PROFILE, name="known").mutate(as_of=ibis.date(day))


def now_and_later(
    engine: duckdb.DuckDBPyConnection,
    home: Path,
    ends: Ends,
    snapshot: Snapshot,
    horizon: int,
    where: str = "true",
    at_end: Iterable[str] = (),
) -> Table:
    """The profile of an as-of day and, under `later_…`, what the months of the horizon brought; `at_end`: fields that are wanted besides as they stand
    at its end, under `then_…`. Raises ValueError where the months are not over."""
    after = ends.after(snapshot.business_date, horizon)
    if after is None:
        raise ValueError(snapshot.business_date)
    t = now(engine, home, snapshot, where)
    profiles(engine, home, after, "between", where)
    profiles(engine, home, after[-1:], "last_one", where)
    _months(engine, home, ends.whole, after[0].business_date.replace(day=1), after[-1].business_date.replace(day=1))
    last = ibis.table(PROFILE, name="last_one")
    wanted = {f"then_{key}": last[key] for key in sorted(at_end)}
    last = last.select("party_id", **{f"later_{key}": last[key] for key in _LAST}, **wanted)
    between, months = ibis.table(PROFILE, name="between"), ibis.table(_MONTHS, name="months_after")
    between = between.group_by("party_id").agg(
        later_overdue_days=between["overdue_days"].max(), **{f"later_{key}": between[key].fill_null(False).any() for key in _HELD}
    )
    months = months.group_by("party_id").agg(
        later_nnm_low=months["nnm"].min(), later_nnm_sum=months["nnm"].sum(), later_contribution=months["contribution"].sum(),
        later_initiated=months["initiated"].sum(),
    )  # fmt: skip
    for part in (last, between, months):
        t = t.left_join(part, "party_id").drop("party_id_right")
    return t.mutate(end=ibis.date(after[-1].business_date))


def is_known(features: Sequence[Feature], profile: Snapshot, as_of: date) -> None:
    """Raises FromTheFuture, naming them, where fields were known only after the as-of day."""
    if profile.business_date > as_of:
        raise FromTheFuture(sorted({key for one in features for key in one.made_of}), as_of)


def none_from_later(engine: duckdb.DuckDBPyConnection, t: Table, features: Sequence[Feature], as_of: date) -> None:
    """Raises FromTheFuture where a feature is made of what is known only later or was foretold itself, or a day that should have passed lies after the as-of day."""
    unknown = [one.key for one in features if any(key not in BY_KEY or key in FORETOLD for key in one.made_of)]
    if unknown:
        raise FromTheFuture(unknown, as_of)
    days = [key for one in features for key in one.made_of if one.kind == "days" and key not in AHEAD]
    if not days:
        return
    late: Sequence[Value] = [(t[key] > t["as_of"]).any().fill_null(False).name(key) for key in days]
    row = ask(engine, t.aggregate(late)).to_pylist()[0]
    found = [key for key in days if row[key]]
    if found:
        raise FromTheFuture(found, as_of)


def profiles(engine: duckdb.DuckDBPyConnection, home: Path, these: Sequence[Snapshot], name: str, where: str) -> None:
    """Profiles as one view; a field that an older file lacks is empty."""
    selects = []
    for one in these:
        path = snapshots.root(home) / one.pieces["profile"][0].path
        has = set(pq.read_schema(path).names)
        columns = ", ".join(key if key in has else f"null as {key}" for key in PROFILE.names)
        selects.append(f"select {columns} from read_parquet({quoted(path)}) where {where}")
    engine.execute(f"create or replace temp view {name} as {' union all by name '.join(selects)}")


def _months(engine: duckdb.DuckDBPyConnection, home: Path, whole: Snapshot, first: date, last: date) -> None:
    columns = ", ".join(_MONTHS.names)
    parts = [
        f"select {columns} from read_parquet({mart_files(snapshots.root(home) / piece.path)}) where month between date '{max(piece.first, first)}' and date '{min(piece.last, last)}'"
        for piece in whole.pieces["customer_month"]
        if piece.first and piece.last and piece.first <= last and piece.last >= first
    ]
    engine.execute(f"create or replace temp view months_after as {reduce(lambda a, b: f'{a} union all {b}', parts)}")
