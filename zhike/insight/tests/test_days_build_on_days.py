"""A business date is built on the one before it and says the same as built from nothing; what was reported stays as it was reported."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from zhike.insight import build, snapshots, warehouse
from zhike.insight.assembling import KEYS
from zhike.insight.build import Build, NothingLanded
from zhike.insight.engines import opened
from zhike.insight.inputs import Inputs, is_same, landed
from zhike.insight.settings_rules import Costs, Settings
from zhike.insight.snapshots import Snapshot
from zhike.insight.warehouse import Landed
from zhike.testing.run import Run

AUGUST, SEPTEMBER, LAST = date(2026, 8, 31), date(2026, 9, 29), date(2026, 9, 30)


@pytest.fixture
def home(run: Run, bank_template: str, tmp_path: Path) -> Path:
    """A warehouse of its own with what the sample bank landed."""
    shutil.copytree(run.home(bank_template) / "warehouse" / "landing", tmp_path / "warehouse" / "landing")
    return tmp_path


def keys_of(home: Path) -> pa.Table:
    """Every key of a party is a customer of its own."""
    files = [str(part.path) for feed, part in landed(home, date.max) if feed == "parties"]
    with duckdb.connect() as engine:
        found = engine.sql(
            f"select distinct 'zhike' as source, party_key as external_key, (hash(party_key) >> 2)::bigint as party_id from read_parquet({files})"
        )
        return found.to_arrow_table().cast(KEYS.to_pyarrow())


def built(home: Path, day: date, *, anew: bool = False, keys: pa.Table | None = None, settings: Callable[[date], Settings] = lambda _day: Settings(), version: int = 1) -> tuple[Snapshot, Build]:  # fmt: skip
    inputs = Inputs(home, day, landed(home, day), keys if keys is not None else keys_of(home), settings)
    with opened("duckdb") as engine:
        running = Build(engine, inputs, None if anew else snapshots.latest(home, day), version)
        return running.run(), running


def rows(home: Path, snapshot: Snapshot, mart: str, columns: str = "*", where: str = "true") -> list[tuple[Any, ...]]:
    parts = [
        f"select * from read_parquet({warehouse.mart_files(snapshots.root(home) / one.path)})" + (f" where month between '{one.first}' and '{one.last}'" if one.first else "")
        for one in snapshot.pieces[mart]
    ]  # fmt: skip
    with warehouse.connect() as engine:
        return engine.execute(f"select {columns} from ({' union all '.join(parts)}) where {where} order by all").fetchall()


def land(home: Path, day: date, feed: str, values: dict[str, list[str]]) -> None:
    """One more file of a feed for a business date."""
    like = next(part.path for name, part in landed(home, date.max) if name == feed)
    path = warehouse.landing_path(home, "zhike", day, 1, feed)
    path.parent.mkdir(parents=True, exist_ok=True)
    schema, count = pq.read_schema(like), len(next(iter(values.values())))
    table = pa.table({name: values.get(name, [None] * count) if name not in ("_file", "_line") else (["late.txt"] * count if name == "_file" else list(range(2, 2 + count))) for name in schema.names}, schema=schema)  # fmt: skip
    pq.write_table(table, path)
    manifest = warehouse.read_manifest(home, "zhike")
    root = home / "warehouse" / "landing" / "zhike"
    warehouse.write_manifest(home, replace(manifest, files=[*manifest.files, Landed(feed, day, 1, str(path.relative_to(root)), count)]))


def test_day_by_day_says_the_same_as_all_at_once(home: Path) -> None:
    for day in (AUGUST, SEPTEMBER):
        built(home, day)
    step, running = built(home, LAST)
    assert running.rows["holding_month"] < 2000  # September alone
    assert len(step.pieces["customer_month"]) == 2
    whole, _ = built(home, LAST, anew=True, version=2)
    assert rows(home, step, "holding_month") == rows(home, whole, "holding_month")
    assert [piece.last for piece in step.pieces["customer_states"]] == [date(2026, 7, 1), date(2026, 8, 1), date(2026, 9, 1)]
    assert rows(home, step, "customer_states") == rows(home, whole, "customer_states")
    sums = "month, party_id, aum, aum_sum, lum, nnm, mtm, income, fx, inflow, outflow, initiated, fees, last_initiated_date, acts_cost"
    assert rows(home, step, "customer_month", sums) == rows(home, whole, "customer_month", sums)
    again, _ = built(home, LAST, version=3)  # as after a new network, or a tier given by hand
    assert [again.pieces[mart][-1].last for mart in ("holding_month", "customer_month", "customer_states", "bank_month")] == [
        date(2026, 9, 1)
    ] * 4
    assert rows(home, again, "customer_month", sums) == rows(home, whole, "customer_month", sums)
    assert rows(home, step, "profile", "party_id, aum, aum_year_average, nnm_12m, rfm_r, families_held, household_size") == rows(home, whole, "profile", "party_id, aum, aum_year_average, nnm_12m, rfm_r, families_held, household_size")  # fmt: skip


def test_a_balance_that_comes_late_corrects_its_month_and_leaves_what_was_reported(home: Path) -> None:
    reported, _ = built(home, LAST)
    account, before = rows(home, reported, "holding_month", "account, day_sum", "month = '2026-08-01' and line = '' and currency = 'CNY' and closing > 1000")[0]  # fmt: skip
    first = rows(home, reported, "holding_month", "account, month, day_sum, closing", "month = '2026-07-01'")
    land(home, date(2026, 10, 9), "balances", {"account_key": [account.partition("|")[2]], "currency": ["CNY"], "balance_date": ["2026-08-20"], "balance": ["1000000.00"]})  # fmt: skip
    corrected, _running = built(home, date(2026, 10, 9))
    [(_, after)] = rows(
        home, corrected, "holding_month", "account, day_sum", f"month = '2026-08-01' and line = '' and account = '{account}'"
    )
    assert after > before + 500_000
    assert rows(home, corrected, "holding_month", "account, month, day_sum, closing", "month = '2026-07-01'") == first
    assert min(row[0] for row in rows(home, corrected, "holding_month", "distinct month")) == date(2026, 7, 1)
    assert [piece.first for piece in corrected.pieces["holding_month"]] == [date(2026, 7, 1), date(2026, 8, 1)]
    july = "month = '2026-07-01'"
    assert rows(home, corrected, "customer_states", where=july) == rows(home, reported, "customer_states", where=july)
    assert rows(home, corrected, "customer_states", "party_id", "month = '2026-08-01'") == rows(home, reported, "customer_states", "party_id", "month = '2026-08-01'")  # fmt: skip
    changed = {row[0] for row in set(rows(home, corrected, "customer_states", where="month < '2026-10-01'")) - set(rows(home, reported, "customer_states"))}  # fmt: skip
    assert len(changed) == 1
    again = snapshots.latest(home, LAST)
    assert again is not None and again.name == reported.name
    assert rows(home, again, "holding_month", "day_sum", f"month = '2026-08-01' and line = '' and account = '{account}'") == [(before,)]


def test_what_earlier_months_add_up_to_is_taken_from_the_day_before_unless_one_of_them_changed(home: Path) -> None:
    first, whole = built(home, SEPTEMBER - timedelta(days=1))
    next_day, running = built(home, SEPTEMBER)
    assert next_day.pieces["earlier_span"] == first.pieces["earlier_span"]
    assert "earlier_span" in whole.rows and "earlier_span" not in running.rows
    anew, _ = built(home, SEPTEMBER, anew=True, version=2)
    assert rows(home, next_day, "earlier_span") == rows(home, anew, "earlier_span")
    assert rows(home, next_day, "profile") == rows(home, anew, "profile")
    account = rows(home, first, "holding_month", "account", "month = '2026-08-01' and line = '' and currency = 'CNY' and closing > 1000")[
        0
    ][0]
    land(home, date(2026, 9, 26), "balances", {"account_key": [account.partition("|")[2]], "currency": ["CNY"], "balance_date": ["2026-08-20"], "balance": ["1000000.00"]})  # fmt: skip
    corrected, _running = built(home, SEPTEMBER, version=3)
    assert corrected.pieces["earlier_span"] != first.pieces["earlier_span"]
    sums = "party_id, aum_sum_12m, deposits_sum_12m, lum_sum_12m"
    other = set(rows(home, corrected, "earlier_span", sums)) - set(rows(home, first, "earlier_span", sums))
    assert len(other) == 1, "of her whose balance came late"
    month_end, _running = built(home, LAST)  # on which three full months end with this one
    assert month_end.pieces["earlier_span"] != corrected.pieces["earlier_span"]


def test_profiles_lie_in_the_order_of_customers(home: Path) -> None:
    snapshot, _running = built(home, LAST)
    path = snapshots.root(home) / snapshot.pieces["profile"][0].path
    found = pq.read_table(path, columns=["party_id"]).column(0).to_pylist()
    assert found == sorted(found)


def test_a_posting_that_came_before_is_not_counted_twice(home: Path) -> None:
    first, _ = built(home, LAST)
    path = next(part.path for name, part in landed(home, AUGUST) if name == "transactions")
    some = pq.read_table(
        path, columns=["transaction_key", "account_key", "booking_date", "amount", "currency", "direction", "code", "channel"]
    ).slice(0, 5)
    values = some.to_pydict()
    values["transaction_key"][4] = "new"
    land(home, date(2026, 10, 9), "transactions", values)
    second, _ = built(home, date(2026, 10, 9))
    months = "sum(count), sum(amount)"

    def flows(snapshot: Snapshot) -> int:
        return sum(row[0] for row in rows(home, snapshot, "flow", months))

    assert flows(second) == flows(first) + 1


def test_who_was_merged_and_what_was_set_anew_is_computed_anew(home: Path) -> None:
    _, whole = built(home, SEPTEMBER)
    keys = keys_of(home)
    ids = keys.column("party_id").to_pylist()
    merged = keys.set_column(2, "party_id", pa.array([ids[1], *ids[1:]], pa.int64()))
    snapshot, running = built(home, LAST, keys=merged)
    assert running.rows["customer_month"] > whole.rows["customer_month"] - 10
    assert len(snapshot.pieces["customer_month"]) == 1
    assert not [row for row in rows(home, snapshot, "profile", "party_id") if row[0] == ids[0]]
    dear = replace(Settings(), costs=replace(Costs(), customer=Costs().customer * 2))
    snapshot, running = built(home, LAST, keys=merged, settings=lambda _day: dear, version=2)
    assert len(snapshot.pieces["customer_month"]) == 1


def test_the_same_again_is_known_to_be_the_same(home: Path) -> None:
    snapshot, running = built(home, LAST)
    assert is_same(snapshot, running.inputs)
    shuffled = running.inputs.keys.take(list(reversed(range(running.inputs.keys.num_rows))))
    assert is_same(snapshot, replace(running.inputs, keys=shuffled))
    assert not is_same(snapshot, replace(running.inputs, keys=shuffled.slice(1)))


def test_a_build_that_is_broken_off_leaves_the_snapshot_before_in_force(home: Path) -> None:
    before, _ = built(home, SEPTEMBER)

    def stop(what: str) -> None:
        if what == "customer_month":
            raise KeyboardInterrupt

    with opened("duckdb") as engine, pytest.raises(KeyboardInterrupt):
        Build(engine, Inputs(home, LAST, landed(home, LAST), keys_of(home), lambda _day: Settings()), before, step=stop).run()
    latest = snapshots.latest(home)
    assert latest is not None and latest.name == before.name
    after, _ = built(home, LAST)
    assert after.business_date == LAST


def test_nothing_landed_is_said(tmp_path: Path) -> None:
    with pytest.raises(NothingLanded):
        Build(None, Inputs(tmp_path, LAST, landed(tmp_path, LAST), KEYS.to_pyarrow().empty_table(), lambda _day: Settings()), None).run()  # type: ignore[arg-type]


def test_a_large_bank_is_added_up_a_few_months_and_customers_at_a_time_and_says_the_same(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    at_once, _ = built(home, LAST, anew=True)
    monkeypatch.setattr(build, "MOST_AT_ONCE", 1)
    monkeypatch.setattr(build, "MOST_CUSTOMERS", 100)
    in_turns, running = built(home, LAST, anew=True, version=2)
    for name in ("customer_month", "holding_month"):
        assert len(in_turns.pieces[name]) > len(at_once.pieces[name]) == 1
    assert (home / "warehouse" / in_turns.pieces["account_value"][0].path).is_dir(), "each month in files of its own"
    assert len(in_turns.pieces["earlier_span"]) > len(at_once.pieces["earlier_span"]) == 1
    for mart in ("holding_month", "account_value", "customer_month", "customer_states", "bank_month", "earlier_span", "profile"):
        assert rows(home, in_turns, mart) == rows(home, at_once, mart), mart
    assert running.rows["customer_month"] == len(rows(home, at_once, "customer_month"))
