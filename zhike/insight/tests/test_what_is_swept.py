"""Each of the last days stays, then month ends, as reported and as corrected; no file goes that a snapshot needs; a dry run only tells."""

from __future__ import annotations

import json
from datetime import date, timedelta
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from zhike.insight import snapshots
from zhike.insight.snapshots import Piece, Snapshot
from zhike.insight.sweeping import kept_days, kept_versions, planned, swept
from zhike.testing.databases import Bank

TODAY = date(2026, 9, 30)


def test_the_last_days_stay_and_of_older_ones_the_last_of_each_month() -> None:
    days = [TODAY - timedelta(days=number) for number in range(120) if (TODAY - timedelta(days=number)).weekday() < 5]
    kept = kept_days(days, 35)
    assert min(day for day in kept if day > date(2026, 8, 31)) == date(2026, 9, 1)
    near = {day for day in days if day >= date(2026, 8, 27)}
    assert kept == near | {date(2026, 6, 30), date(2026, 7, 31)}, (
        "35 days are 27 August to 30 September; of June and July the last working day"
    )
    assert kept_days(days, 1) == {TODAY, date(2026, 8, 31), date(2026, 7, 31), date(2026, 6, 30)}
    assert kept_days([], 35) == set()


def test_of_an_old_month_end_the_first_and_the_last_version_stay_and_what_is_shown() -> None:
    march, shown = date(2026, 3, 31), (date(2026, 3, 12), 2)
    versions = [(march, 1), (march, 2), (march, 3), (date(2026, 3, 12), 1), shown, (TODAY, 1), (TODAY, 2), (TODAY, 3)]
    assert kept_versions(versions, 35, None) == {(march, 1), (march, 3), (TODAY, 1), (TODAY, 2), (TODAY, 3)}
    assert kept_versions(versions, 35, shown) - kept_versions(versions, 35, None) == {shown}


def written(home: Path, day: date, version: int, paths: list[str]) -> Snapshot:
    """A snapshot that names some files, which are there."""
    for path in paths:
        file = snapshots.root(home) / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(path)
    one = Snapshot(day, version, "duckdb", date(2026, 1, 1), (), f"keys{day:%m}", "", {"profile": tuple(Piece(path) for path in paths)})
    snapshots.write(home, one)
    return one


@given(
    st.lists(
        st.tuples(st.integers(0, 150), st.integers(1, 3), st.lists(st.integers(0, 12), min_size=1, max_size=4)),
        min_size=1, max_size=12, unique_by=lambda one: one[:2],
    ),
    st.integers(1, 60),
)  # fmt: skip
def test_whatever_is_swept_each_snapshot_that_stays_finds_all_its_files(tmp_path_factory: object, made: list[tuple[int, int, list[int]]], most: int) -> None:  # fmt: skip
    home: Path = tmp_path_factory.mktemp("home")  # type: ignore[attr-defined]
    for back, version, files in made:
        written(home, TODAY - timedelta(days=back), version, [f"marts/profile/{number:08d}/1.parquet" for number in files])
    orphan = snapshots.root(home) / "staged" / "flow" / "19990101-1.parquet"
    orphan.parent.mkdir(parents=True)
    orphan.write_text("of a build that was killed")
    plan = planned(home, most, None)
    swept(home, plan)
    stays = snapshots.every(home)
    assert {(one.business_date, one.version) for one in stays} == kept_versions([(TODAY - timedelta(days=one[0]), one[1]) for one in made], most, None)  # fmt: skip
    named = {snapshots.root(home) / piece.path for one in stays for piece in one.pieces["profile"]}
    there = set((snapshots.root(home) / "marts" / "profile").rglob("*.parquet"))
    assert there == named and not orphan.exists()
    assert not planned(home, most, None), "a second sweep finds nothing"


def test_old_days_go_with_the_build_and_a_dry_run_tells_it_before(fresh_bank: Bank) -> None:
    fresh_bank.zhike("insight", "build", "--as-of", "2026-08-31")
    fresh_bank.zhike("insight", "build", "--as-of", "2026-09-29")
    told = json.loads(fresh_bank.zhike("insight", "sweep", "--dry-run", "--json", ZHIKE_PROFILE_DAYS="1"))
    assert (told["days"], told["snapshots"]) == ([], 0), "the 29th is the last of its month so far"
    fresh_bank.zhike("insight", "build", ZHIKE_PROFILE_DAYS="2")
    assert [day for day, _number in sorted(snapshots.named(fresh_bank.home))] == [date(2026, 8, 31), date(2026, 9, 29), TODAY]
    told = json.loads(fresh_bank.zhike("insight", "sweep", "--dry-run", "--json", ZHIKE_PROFILE_DAYS="1"))
    assert told["days"] == ["2026-09-29"] and told["files"] > 3 and told["bytes"] > 10_000
    assert len(snapshots.named(fresh_bank.home)) == 3, "a dry run only tells"
    had = dict.fromkeys(fresh_bank.home.rglob("*.parquet"))
    fresh_bank.zhike("insight", "sweep", ZHIKE_PROFILE_DAYS="1")
    gone = had.keys() - dict.fromkeys(fresh_bank.home.rglob("*.parquet")).keys()
    assert len(gone) == told["files"] and all("landing" not in path.parts for path in gone)
    for one in snapshots.every(fresh_bank.home):
        assert all((snapshots.root(fresh_bank.home) / piece.path).exists() for pieces in one.pieces.values() for piece in pieces)
    with fresh_bank.connected("job") as job:
        found = job.execute(
            "select after ->> 'days' from access_auditentry where act = 'insight.swept' order by id desc limit 1"
        ).fetchone()
    assert found == ("1",)
    built = json.loads(fresh_bank.zhike("insight", "build", "--json"))
    assert built["is_new"] is False, "and the latest day is as it was"
