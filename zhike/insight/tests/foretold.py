"""Twenty months of a warehouse in which it is known why customers leave: money and activity fade for three months, then accounts are closed.

It is written as files of the marts' own shape, into a bank's data folder, so that predictors can be learned within a test.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from zhike.insight import snapshots
from zhike.insight.predictors.outcomes import PROFILE
from zhike.insight.snapshots import Piece, Snapshot
from zhike.insight.terms import month_after

FIRST, MONTHS = date(2025, 1, 1), 20
FADES = 3  # months from the first sign to the last account
NOBODY = 900_000_000  # keys of customers who stand in files alone
Columns = Mapping[str, Sequence[Any]]
Changed = Callable[[date, dict[str, np.ndarray[Any, Any]]], None]


def end_of(month: date) -> date:
    return month_after(month) - timedelta(days=1)


def write(home: Path, parties: Sequence[int], customers: int = 1200, *, changed: Changed = lambda _day, _columns: None) -> list[date]:
    """Write the months; the days they end on. `changed` may alter the columns of a day's profile before it is written."""
    chance = np.random.default_rng(3)
    party = np.array([*parties, *(NOBODY + n for n in range(customers - len(parties)))], dtype=np.int64)
    n = len(party)
    wealth, habit = chance.lognormal(11, 1.2, n), chance.integers(4, 30, n)
    begins = np.where(chance.random(n) < 0.75, chance.integers(3, MONTHS + 4, n), 10_000)  # who fades, and from when on
    sex, region = chance.choice(["female", "male"], n), chance.choice(["310000", "330000"], n)
    days = []
    whole: list[pa.Table] = []
    for number in range(MONTHS):
        month = month_after(FIRST, number)
        day, since = end_of(month), number - begins
        left = np.where(since < 0, 1.0, np.clip(1 - 0.3 * (since + 1), 0.0, 1.0))
        gone = since >= FADES
        noise = chance.normal(1, 0.06, n)
        aum, before = wealth * left * noise, wealth * np.where(since < 0, 1.0, np.clip(1 - 0.3 * np.maximum(since - 1, 0), 0.05, 1.0))
        aum = aum * np.where(chance.random(n) < 0.3, chance.uniform(0.3, 1, n), 1.0)  # many dip for a month and stay
        acts = np.rint(habit * left * np.where(chance.random(n) < 0.3, chance.uniform(0.2, 1, n), chance.uniform(0.7, 1.3, n)))
        columns: dict[str, np.ndarray[Any, Any]] = {
            "party_id": party, "kind": np.full(n, "individual"), "status": np.where(gone, "former", "customer"), "sex": sex, "region": region,
            "birth_date": np.full(n, date(1980, 5, 1)), "accounts_open": np.where(gone, 0, 1), "aum": wealth * left * noise, "aum_month_average": aum * 1.01,
            "aum_3m_average": before, "aum_12m_average": wealth, "deposits": aum, "demand_deposits": aum * 0.4, "nnm_month": -wealth * 0.3 * (since >= 0) * ~gone,
            "initiated_month": acts, "initiated_3m": habit * 3, "logins_month": acts * 2, "logins_3m": habit * 6,
            "last_initiated_date": either(gone, day - timedelta(days=200), day - timedelta(days=3)), "tier_effective": np.where(aum > 100_000, "gold", "ordinary"),
            "salary_average": habit * 500.0, "overdue_days": np.zeros(n), "lum": np.zeros(n), "last_contact_date": np.full(n, day - timedelta(days=9)),
            "complaints_12m": chance.integers(0, 2, n), "families_held": chance.integers(1, 5, n), "contribution_12m": wealth * 0.01,
        }  # fmt: skip
        changed(day, columns)
        path = snapshots.root(home) / "marts" / "profile" / f"{day:%Y%m%d}" / "1.parquet"
        _write(path, PROFILE.to_pyarrow(), columns)
        whole.append(pa.table({
            "party_id": party, "month": pa.array([month] * n), "nnm": _decimals(columns["nnm_month"]), "contribution": _decimals(wealth * 0.001 * left),
            "initiated": pa.array(acts.astype(np.int64)),
        }))  # fmt: skip
        months = snapshots.root(home) / "marts" / "customer_month" / f"{day:%Y%m%d}" / "1.parquet"
        months.parent.mkdir(parents=True, exist_ok=True)
        pq.write_table(pa.concat_tables(whole), months)
        pieces = {
            "profile": (_piece(home, path),),
            "customer_month": (Piece(str(months.relative_to(snapshots.root(home))), first=FIRST, last=month),),
        }
        snapshots.write(home, Snapshot(day, 1, "duckdb", FIRST, (), "", "", pieces))
        days.append(day)
    return days


def either(this: np.ndarray[Any, Any], one: date, other: Any) -> np.ndarray[Any, Any]:
    """A day where something holds, another one elsewhere."""
    return np.where(this, np.array(one, dtype=object), np.array(other, dtype=object))


def _piece(home: Path, path: Path) -> Piece:
    return Piece(str(path.relative_to(snapshots.root(home))))


def _decimals(values: np.ndarray[Any, Any]) -> pa.Array:
    return pa.array(np.round(values.astype(np.float64), 2)).cast(pa.decimal128(18, 2), safe=False)


def _write(path: Path, schema: pa.Schema, columns: Mapping[str, np.ndarray[Any, Any]]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    count = len(columns["party_id"])

    def column(field: pa.Field) -> pa.Array:
        if field.name not in columns:
            return pa.nulls(count, field.type)
        values = columns[field.name]
        if pa.types.is_decimal(field.type):
            return pa.array(np.round(values.astype(np.float64), field.type.scale)).cast(field.type, safe=False)
        return pa.array(values.tolist()).cast(field.type, safe=False)

    pq.write_table(pa.table([column(field) for field in schema], schema=schema), path)
