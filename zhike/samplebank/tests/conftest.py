"""One small bank for all tests of this folder, and a reader of its files."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path

import duckdb
import pytest

from zhike.samplebank.making import make
from zhike.samplebank.plan import Plan

UNTIL = date(2026, 11, 20)


@pytest.fixture(scope="session")
def small_plan() -> Plan:
    """500 customers over 13 months, chosen so that everything that can happen does."""
    return Plan(500, 13, 11, UNTIL)


@pytest.fixture(scope="session")
def bank(small_plan: Plan, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of the small bank."""
    root = tmp_path_factory.mktemp("bank") / "files"
    make(small_plan, root)
    return root


@pytest.fixture(scope="session")
def read(bank: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """A connection in which every feed is a table of text with its batch date in `_batch`."""
    con = duckdb.connect()
    feeds = {p.name.rsplit("_", 1)[0] for p in bank.glob("*/*.txt")}
    for feed in sorted(feeds):
        con.execute(
            f"create table {feed} as select * exclude (filename), regexp_extract(filename, '(\\d{{8}})\\.txt$', 1) as _batch "
            f"from read_csv('{bank}/*/{feed}_????????.txt', delim = '|+|', header = true, all_varchar = true, quote = '', escape = '', filename = true)"
        )
    con.execute(f"create table duplicates as from '{bank}/truth/duplicates.parquet'")
    yield con
    con.close()
