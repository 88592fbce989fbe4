"""Once files are loaded the worker computes them by itself: once, after the load, said on the home of insight and by doctor; a failure says why."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime

import duckdb
import pytest
from django.conf import settings
from django.test import Client

from zhike.core.events import drain
from zhike.core.forgetting import lock_of_loads
from zhike.core.jobs import Interrupted
from zhike.insight import jobs, runs
from zhike.testing.databases import Bank
from zhike.wiring import REACTIONS

Log = Callable[[str], Client]


def waiting(bank: Bank) -> list[tuple[str, float]]:
    """Jobs that wait to compute, and in how many seconds each may begin."""
    with bank.connected("job") as job:
        return job.execute(
            "select status::text, extract(epoch from scheduled_at - now())::float from procrastinate_jobs where task_name = 'insight.build' and status = 'todo'"
        ).fetchall()


def built(bank: Bank) -> list[tuple[str, bool]]:
    with bank.connected("job") as job:
        return job.execute("select business_date::text, is_shown from insight_build order by id").fetchall()


def doctor(bank: Bank) -> tuple[str, str]:
    done = bank.run.zhike(bank.name, "doctor", "--json")
    found = next(one for one in json.loads(done.stdout)["findings"] if one["name"] == "insight")
    return found["state"], found["says"]


def test_files_that_were_loaded_are_computed_once_after_the_load(bank: Bank, people: object, as_person: Log, settings: object) -> None:
    settings.BUILD_AFTER_LOAD = True  # type: ignore[attr-defined]
    assert doctor(bank)[0] == "warning" and "never computed" in doctor(bank)[1]
    with bank.connected("job") as job:
        assert job.execute("select count(*) > 1 from core_event where name = 'ingestion.BatchLoaded' and done_at is null").fetchone() == (
            True,
        )
    with bank.acting_as("job"):
        drain(REACTIONS)
    [(status, seconds)] = waiting(bank)
    assert status == "todo" and 40 < seconds < 70, "one job for all the batches, a minute later"
    su = as_person("su")
    assert "Computing begins by itself" in su.get("/insight/").content.decode()
    with bank.connected("job") as loading:
        loading.execute("select pg_advisory_lock(hashtext(%s))", [lock_of_loads("zhike")])
        with bank.acting_as("job"):
            jobs.build()
        assert built(bank) == [], "it waits until the load has ended"
    assert "Computing begins by itself" in su.get("/insight/").content.decode()
    with bank.acting_as("job"):
        jobs.build()
    assert built(bank) == [("2026-09-30", True)]
    with bank.acting_as("job"):
        jobs.build()
    assert built(bank) == [("2026-09-30", True)], "where nothing has changed nothing is computed"
    page = su.get("/insight/").content.decode()
    assert "Computed on" in page and "Computing begins by itself" not in page and "every 3s" not in page
    assert doctor(bank) == ("ok", "computed as of 2026-09-30")


def test_what_is_being_computed_says_where_it_is_and_what_was_killed_says_so(bank: Bank, people: object, as_person: Log) -> None:
    su, at = as_person("su"), datetime.now(UTC)
    with bank.connected("job") as holding:
        holding.execute("select pg_advisory_lock(hashtext(%s))", [runs.LOCK])
        with runs.noted(at) as noted:
            noted.step("holding_month")
            shown = su.get("/insight/?part=computing").content.decode()
            assert "Being computed" in shown and "holding_month" in shown and "every 3s" in shown and "<html" not in shown
        holding.execute("insert into insight_buildrun (state, step, steps, failure, is_new, started_at) values ('running', 'value', 3, '', false, now())")  # fmt: skip
    assert "it was broken off" in su.get("/insight/?part=computing").content.decode()
    with runs.noted(at) as noted:
        noted.done(None, is_new=True)
    assert "it was broken off" not in su.get("/insight/?part=computing").content.decode()


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        (duckdb.OutOfMemoryException("4 GB"), "ZHIKE_MEMORY"), (OSError(28, "No space left on device"), "the disk is full"),
        (ValueError("6228480012345678901"), "a fault that the log tells of"),
    ],
)  # fmt: skip
def test_a_failure_says_why_and_nothing_of_anybody(bank: Bank, people: object, as_person: Log, wrong: Exception, said: str) -> None:
    with pytest.raises(type(wrong)), runs.noted(datetime.now(UTC)):
        raise wrong
    page = as_person("su").get("/insight/?part=computing").content.decode()
    assert said in page and str(wrong) not in page


def test_a_worker_that_stops_leaves_the_computation_to_the_next_one(bank: Bank, people: object, as_person: Log) -> None:
    with pytest.raises(Interrupted), runs.noted(datetime.now(UTC)):
        raise Interrupted
    assert "Computing begins by itself" in as_person("su").get("/insight/?part=computing").content.decode()


def test_a_bank_may_compute_when_it_likes(fresh_bank: Bank) -> None:
    with fresh_bank.acting_as("job"):
        kept, settings.BUILD_AFTER_LOAD = settings.BUILD_AFTER_LOAD, False
        try:
            drain(REACTIONS)
        finally:
            settings.BUILD_AFTER_LOAD = kept
    assert waiting(fresh_bank) == []
