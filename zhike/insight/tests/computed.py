"""A small bank whose business dates are computed, and how its marts are read in tests."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import pytest

from zhike.insight import snapshots, warehouse
from zhike.insight.snapshots import Snapshot
from zhike.testing.databases import Bank
from zhike.testing.plugin import WORKER
from zhike.testing.run import Run

LAST = date(2026, 9, 30)


@dataclass
class Computed:
    """A bank with its snapshots, asked in plain SQL."""

    bank: Bank

    @property
    def home(self) -> Path:
        return self.bank.home

    def snapshot(self, day: date = LAST) -> Snapshot:
        found = snapshots.latest(self.home, day)
        assert found is not None
        return found

    def open(self, snapshot: Snapshot | None = None) -> duckdb.DuckDBPyConnection:
        """An engine with every mart of a snapshot as a view, and every landed feed as `landed_<feed>`."""
        snapshot = snapshot or self.snapshot()
        engine = warehouse.connect()
        for name, pieces in snapshot.pieces.items():
            parts = [f"select * from read_parquet('{snapshots.root(self.home) / one.path}')" + (f" where month between '{one.first}' and '{one.last}'" if one.first else "") for one in pieces]  # fmt: skip
            if parts:
                engine.execute(f"create view {name} as {' union all '.join(parts)}")
        root = self.home / "warehouse" / "landing" / "zhike"
        manifest = warehouse.read_manifest(self.home, "zhike")
        for feed in {one.feed for one in manifest.files}:
            files = [str(root / one.path) for one in manifest.of(feed, until=snapshot.business_date)]
            if files:
                engine.execute(f"create view landed_{feed} as select * from read_parquet({files}, filename = true, union_by_name = true)")
        return engine

    def ask(self, sql: str, snapshot: Snapshot | None = None) -> list[tuple[Any, ...]]:
        with self.open(snapshot) as engine:
            return engine.execute(sql).fetchall()


@pytest.fixture(scope="module")
def computed(run: Run, bank_template: str) -> Iterator[Computed]:
    """The sample bank of 300 customers and three months, computed as of its last day."""
    name = f"{WORKER}_computed"
    run.create(name, like=bank_template)
    bank = Bank(run, name)
    bank.zhike("insight", "build")
    yield Computed(bank)
    run.drop(name)
