"""What the warehouse costs, as ratios: a day computed, the day after it, an audience counted. Part of `make bench` (docs/scale.md).

| measured | held against | allowed |
|---|---|---|
| a day from nothing: profile, tiers, stages, today's rows in PostgreSQL | the same files read once by DuckDB and a bare COPY of the finished profile | 5 |
| the day after it | the day from nothing | 1/3 |
| an audience of ten conditions, counted (`audience_bench`) | one query written by hand for DuckDB over the same profile | 3 |

"Read once" is every landed file with the columns that the build takes, grouped by customer; nothing of it is kept. Starting the program and
putting expressions into SQL takes some seconds however small the bank: below FROM_CUSTOMERS the ratios are told and no limit is set.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from pathlib import Path

import duckdb

from zhike.insight import sources
from zhike.insight.warehouse import connect, read_manifest
from zhike.testing.measured import FROM_CUSTOMERS, Measured, bare_copy, measured_apart, peak_memory, timed_command
from zhike.testing.multiplied import multiplied
from zhike.testing.predictor_bench import score_ratio
from zhike.testing.run import Run

BUILD_LIMIT, STEP_LIMIT, GROWTH_LIMIT = 5.0, 1 / 3, 1.0
TYPED = frozenset({"amount", "balance", "market_value", "principal", "fee", "waived"})
BUILT = "insight: a day from nothing"


def insight_ratios(run: Run, name: str, customers: int) -> Iterator[Measured]:
    """The build of the last day but one from nothing, and the last day on top of it."""
    home = run.home(name)
    days = sorted({landed.batch_date for landed in read_manifest(home, "zhike").files})
    whole = timed_command(run, name, "insight", "build", "--as-of", days[-2].isoformat(), ZHIKE_SCORES="0")
    reading = read_once(home, days[-2])
    copying, _rows = bare_copy(run.url(name), home, ("insight_profile",))
    step = timed_command(run, name, "insight", "build", ZHIKE_SCORES="0")
    is_large = customers >= FROM_CUSTOMERS
    told = f"reading {reading:.1f} s, COPY {copying:.1f} s; no command took more than {peak_memory() / 2**20:,.0f} MiB"
    yield Measured(BUILT, customers, whole, reading + copying, BUILD_LIMIT if is_large else None, told)
    yield Measured("insight: the next day", customers, step, whole, STEP_LIMIT if is_large else None, "against the day from nothing")


def multiplied_ratios(run: Run, name: str, customers: int, times: int) -> Iterator[Measured]:
    """The same on that bank so many times over (`multiplied`), which is gone afterwards."""
    larger = f"{name}_times_{times}"
    run.create(larger, like=name)
    multiplied(run.home(larger), run.url(larger), times)
    yield from insight_ratios(run, larger, customers * times)
    yield score_ratio(run, larger, customers * times)
    yield from audience_ratios(run.environment(larger))
    run.drop(larger)


def growing(results: Sequence[Measured]) -> list[Measured]:
    """What a customer costs at the largest size, against the smallest: at most as much (`seconds` are seconds for a thousand customers)."""
    sizes = sorted((one for one in results if one.what == BUILT), key=lambda one: one.customers)
    if len(sizes) < 2:
        return []
    last, first = (one.seconds * 1000 / one.customers for one in (sizes[-1], sizes[0]))
    return [Measured(f"{BUILT}: growth", sizes[-1].customers, last, first, GROWTH_LIMIT, "seconds for a thousand customers")]


def read_once(home: Path, until: date) -> float:
    """Seconds of reading every landed file that a build up to a day takes, each with the columns it takes, grouped by customer."""
    manifest, root = read_manifest(home, "zhike"), home / "warehouse" / "landing" / "zhike"
    files = {feed: [str(root / landed.path) for landed in manifest.of(feed, until=until)] for feed in sources.FEEDS}
    with connect() as engine:
        began = time.perf_counter()
        engine.execute(
            f"create temp table of_account as select account_key, max(party_key) as party_key from read_parquet({files['accounts']}) group by 1"
        )
        for feed in (feed for feed in sources.FEEDS if files[feed]):
            engine.execute(_grouped(engine, feed, files[feed])).fetchall()
        return time.perf_counter() - began


def _grouped(engine: duckdb.DuckDBPyConnection, feed: str, files: Sequence[str]) -> str:
    rows = f"read_parquet({list(files)}, union_by_name = true) t"
    has = {row[0] for row in engine.execute(f"describe select * from {rows}").fetchall()}
    columns = [column for column in sources.FEEDS[feed] if column in has]
    by = "t.party_key" if "party_key" in columns else "a.party_key" if "account_key" in columns else f"t.{columns[0]}"
    joined = " join of_account a using (account_key)" if by.startswith("a.") else ""
    said = [f"sum(try_cast(t.{one} as decimal(18, 2)))" if one in TYPED else f'max(t."{one}")' for one in columns if f"t.{one}" != by]
    return f"select {', '.join([by, *said, 'count(*)'])} from {rows}{joined} group by 1"


def audience_ratios(environment: Mapping[str, str]) -> list[Measured]:
    """Counting an audience on the computed bank of these settings, in a process that works as jobs do."""
    return measured_apart("from zhike.cli import set_up; set_up('job'); from zhike.testing.audience_bench import main; main()", environment)
