"""What was said last of every customer, as tables that a build takes: her lifetime value and her chances (S24), out of Parquet that scoring wrote.

A build of a day reads what was said as of an earlier day, by what was in use, and learned from nothing after the day itself.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import ibis
import pyarrow as pa

from zhike.insight import snapshots, warehouse
from zhike.insight.profile_expected import NEXT
from zhike.insight.warehouse import quoted

MONEY, CHANCE = "decimal(18,2)", "decimal(14,6)"
LIFETIME, OVERDUE = "lifetime_value", "overdue"
LEAVING = ("leaving_decline", "leaving_closing")
OF_NEXT: Mapping[str, str] = {family: f"next_product_{family}" for family in NEXT}
READ = (LIFETIME, OVERDUE, *LEAVING, *OF_NEXT.values())  # the predictors whose word becomes a field
EXPECTED = ibis.schema({
    "party_id": "int64", "chances_date": "date", "lifetime_value": MONEY, "chance_of_leaving": CHANCE, "chance_of_overdue": CHANCE, "next_product": "string",
    "chance_of_next_product": CHANCE,
})  # fmt: skip
# Lifetime values that rank the potential at the end of a quarter; `month` is the first day of its last month.
LIFETIMES = ibis.schema({"month": "date", "party_id": "int64", "amount": MONEY})
SHARE = 4  # of the memory that the engine may use, this part is allowed once more


@dataclass(frozen=True)
class Run:
    """A scoring that a build reads. `path`: its Parquet, relative to the warehouse."""

    predictor: str
    as_of: date
    path: str


@dataclass(frozen=True)
class Said:
    """What a build may know of what was said. `last`: of each predictor the last scoring; `at_ends`: what was said last of lifetime value at ends of quarters, by
    the first day of their last month, where potential is told by it; `silent`: of whom nothing may be foretold (R23)."""

    last: Sequence[Run] = ()
    at_ends: Mapping[date, Run] | None = None
    silent: frozenset[int] = frozenset()

    @property
    def names(self) -> tuple[str, ...]:
        """The files that are read, by their paths below the warehouse; those of ends of quarters with their month."""
        return (*sorted(run.path for run in self.last), *(f"{month}:{run.path}" for month, run in sorted((self.at_ends or {}).items())))

    @property
    def silence(self) -> str:
        """Of whom nothing is said, as one word; empty where that is nobody, or nothing is read."""
        told = ",".join(map(str, sorted(self.silent)))
        return hashlib.sha256(told.encode()).hexdigest()[:24] if told and self.names else ""


NOTHING = Said()


def expected(home: Path, said: Said) -> pa.Table:
    """One row per customer of whom something was said, as EXPECTED. One pass over narrow files, whatever the size of the bank."""
    if not said.last:
        return EXPECTED.to_pyarrow().empty_table()
    chances = ", ".join(f"max(chance) filter (predictor = '{name}') as next_{family}" for family, name in OF_NEXT.items())
    best = f"greatest({', '.join(f'next_{family}' for family in OF_NEXT)})"
    which = " ".join(f"when next_{family} = {best} then '{family}'" for family in OF_NEXT)
    leaving = ", ".join(f"'{name}'" for name in LEAVING)
    return _asked(home, said.silent, EXPECTED, f"""
        with told as (
            select party_id, min(as_of) as chances_date, max(amount) filter (predictor = '{LIFETIME}') as lifetime_value,
                max(chance) filter (predictor in ({leaving})) as chance_of_leaving, max(chance) filter (predictor = '{OVERDUE}') as chance_of_overdue, {chances}
            from ({_read(home, said.last)}) where {_SPEAKS} group by party_id)
        select party_id, chances_date, lifetime_value::{MONEY} as lifetime_value, chance_of_leaving::{CHANCE} as chance_of_leaving,
            chance_of_overdue::{CHANCE} as chance_of_overdue, case {which} end as next_product, {best}::{CHANCE} as chance_of_next_product
        from told order by party_id""")  # fmt: skip


def lifetimes(home: Path, said: Said) -> pa.Table:
    """Lifetime values at ends of quarters, as LIFETIMES."""
    if not said.at_ends:
        return LIFETIMES.to_pyarrow().empty_table()
    parts = [f"select date '{month}' as month, party_id, amount from ({_read(home, [run])})" for month, run in sorted(said.at_ends.items())]
    every = " union all ".join(parts)
    return _asked(
        home,
        said.silent,
        LIFETIMES,
        f"select month, party_id, amount::{MONEY} as amount from ({every}) where {_SPEAKS} and amount is not null",
    )


_SPEAKS = "party_id not in (select party_id from silent)"


def _read(home: Path, runs: Sequence[Run]) -> str:
    files = ", ".join(quoted(snapshots.root(home) / run.path) for run in runs)
    return f"select party_id, predictor, as_of, chance, amount from read_parquet([{files}])"


def _asked(home: Path, silent: frozenset[int], schema: ibis.Schema, query: str) -> pa.Table:
    with warehouse.connect(temp=home / "spill", share=SHARE) as engine:
        engine.register("silent", pa.table({"party_id": pa.array(sorted(silent), pa.int64())}))
        found: pa.Table = engine.sql(query).to_arrow_table()
        return found.cast(schema.to_pyarrow())
