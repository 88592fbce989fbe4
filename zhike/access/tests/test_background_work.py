"""What people wait for is done in their name, goes on after a crash, and is nobody else's to see."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from datetime import timedelta

import pytest
from django.db import connection, transaction
from django.test import Client
from django.utils import timezone

from zhike.access import work
from zhike.access.models import Session, Work
from zhike.access.scope import Viewer, entered
from zhike.access.tests.conftest import PASSWORD, SmallBank, refused
from zhike.core.jobs import Workshop, later, rescue
from zhike.parties.models import Party

SEEN: list[tuple[object, ...]] = []


@work.kind("test.count_hers")
def count_hers(task: work.Task) -> work.Outcome:
    with connection.cursor() as cursor:
        cursor.execute("select count(*) from parties_party")  # without a condition: what the wall alone lets through
        SEEN.append((cursor.fetchone()[0], Party.objects.seen_by(task.viewer).count()))
    task.step(1, 2)
    return work.Outcome(note="counted", result_url="/customers/")


@work.kind("test.refuse")
def refuse(task: work.Task) -> work.Outcome:
    raise work.NotDone(f"not with {task.asked['what']}")


@work.kind("test.break")
def break_down(task: work.Task) -> work.Outcome:
    raise ZeroDivisionError


@work.kind("test.be_cancelled")
def be_cancelled(task: work.Task) -> work.Outcome:
    task.reports.execute("update access_work set cancel_asked_at = now() where id = %s", [task.id])  # she presses the button meanwhile
    task.step(1)
    raise AssertionError("a cancelled task takes no further step")


@pytest.fixture
def lin(small_bank: SmallBank) -> Viewer:
    """林知远, who looks after the customers 101 and 106."""
    return small_bank.viewer("relationship_manager", "E11")


def asked_for(actor: Viewer, kind: str, **asked: str) -> int:
    with entered(actor):
        key: int = work.start(actor=actor, at=timezone.now(), kind=kind, title="a title", asked=asked).pk
        return key


def done(small_bank: SmallBank, key: int) -> Work:
    """The work after a worker has done what waited."""
    with small_bank.bank.acting_as("job"):
        Workshop().work_off()
        return Work.objects.get(pk=key)


def test_it_is_done_with_her_scope_behind_her_wall(small_bank: SmallBank, lin: Viewer) -> None:
    SEEN.clear()
    row = done(small_bank, asked_for(lin, "test.count_hers"))
    assert (row.state, row.note, row.result_url, row.begun) == ("done", "counted", "/customers/", 1)
    assert (row.done_count, row.total_count) == (2, 2)
    assert SEEN == [(2, 2)]


def test_scope_that_she_lost_meanwhile_is_honoured(small_bank: SmallBank, lin: Viewer) -> None:
    SEEN.clear()
    key = asked_for(lin, "test.count_hers")
    with small_bank.bank.connected("job") as job:
        job.execute("update parties_party set rm_ids = '{}' where id = 106")
    done(small_bank, key)
    assert SEEN == [(1, 1)]


def test_what_cannot_be_done_says_why_and_what_breaks_has_a_number(small_bank: SmallBank, lin: Viewer) -> None:
    refused_, broken = asked_for(lin, "test.refuse", what="this file"), asked_for(lin, "test.break")
    first, second = done(small_bank, refused_), done(small_bank, broken)
    assert (first.state, first.error) == ("failed", "not with this file")
    assert second.state == "failed" and "number" in second.error


def test_what_waits_is_cancelled_now_and_what_runs_at_its_next_step(small_bank: SmallBank, lin: Viewer) -> None:
    waiting, running = asked_for(lin, "test.count_hers"), asked_for(lin, "test.be_cancelled")
    SEEN.clear()
    with entered(lin):
        work.cancel(actor=lin, at=timezone.now(), work_id=waiting)
    assert [done(small_bank, key).state for key in (waiting, running)] == ["cancelled", "cancelled"]
    assert SEEN == []
    with entered(lin):
        work.retry(actor=lin, at=timezone.now(), work_id=waiting)
    assert done(small_bank, waiting).state == "done"


def test_nobody_else_sees_it_not_even_an_administrator(small_bank: SmallBank, lin: Viewer) -> None:
    key = asked_for(lin, "test.refuse", what="a secret wish")
    gao = small_bank.viewer("administrator")
    clients = {login: Client() for login in (lin.login, gao.login)}
    for login, client in clients.items():
        assert client.post("/login/", {"login": login, "password": PASSWORD}).status_code == 302
    shown = {login: client.get("/asked/").content.decode() for login, client in clients.items()}
    assert "a title" in shown[lin.login] and "a title" not in shown[gao.login]
    assert {login: client.get(f"/asked/{key}/").status_code for login, client in clients.items()} == {lin.login: 200, gao.login: 404}
    with entered(gao):
        assert list(Work.objects.all()) == []


def test_a_request_may_add_a_job_and_nothing_else(small_bank: SmallBank) -> None:
    with small_bank.bank.connected("web") as web:
        assert web.execute("select core_defer_job('test.nothing', '{}', null, null, null) > 0").fetchone() == (True,)
        for statement in (
            "select * from procrastinate_jobs",
            "delete from procrastinate_jobs",
            "insert into procrastinate_jobs default values",
        ):
            assert refused(web, statement)
    with small_bank.bank.connected("read") as read:
        assert refused(read, "select * from procrastinate_jobs")
        assert refused(read, "select core_defer_job('test.nothing', '{}', null, null, null)")


def test_a_job_is_asked_for_with_its_act_or_not_at_all(small_bank: SmallBank) -> None:
    with small_bank.bank.acting_as("job"):
        with pytest.raises(transaction.TransactionManagementError):
            later("test.nothing")
        with transaction.atomic():
            later("test.nothing", once="only one")
            assert later("test.nothing", once="only one") == 0
            transaction.set_rollback(True)
    assert count(small_bank, "select count(*) from procrastinate_jobs") == 0


def count(small_bank: SmallBank, statement: str) -> int:
    with small_bank.bank.connected("job") as job:
        row = job.execute(statement).fetchone()
        assert row is not None
        found: int = row[0]
        return found


def test_the_jobs_of_a_dead_worker_are_begun_again_but_not_for_ever(small_bank: SmallBank) -> None:
    half = "insert into procrastinate_jobs (queue_name, task_name, status, attempts) values ('default', 'test.nothing', 'doing', {})"
    with small_bank.bank.connected("job") as job:
        job.execute(half.format(0))
        job.execute(half.format(4))
    with small_bank.bank.acting_as("job"):
        assert rescue() == 2
        assert rescue() == 0
    assert count(small_bank, "select count(*) from procrastinate_jobs where status = 'todo' and attempts = 1") == 1
    assert count(small_bank, "select count(*) from procrastinate_jobs where status = 'failed'") == 1


def test_work_that_was_interrupted_three_times_is_given_up_in_words(small_bank: SmallBank, lin: Viewer) -> None:
    key = asked_for(lin, "test.count_hers")
    with small_bank.bank.acting_as("job"):
        Work.objects.filter(pk=key).update(state="running", begun=3)
    row = done(small_bank, key)
    assert row.state == "failed" and row.error


def test_the_worker_does_jobs_beside_events_and_stops_when_asked(small_bank: SmallBank) -> None:
    with small_bank.bank.connected("job") as job:
        job.execute(
            "insert into access_session (session_key, session_data, expire_date) values ('old', '', %s)",
            [timezone.now() - timedelta(days=1)],
        )
        job.execute("select core_defer_job('access.work', '{\"work_id\": 1}', null, null, null)")
    environment = {**os.environ, **small_bank.bank.run.environment(small_bank.bank.name), "ZHIKE_PROCESS": "job"}
    process = subprocess.Popen(
        [sys.executable, "-m", "zhike.cli", "worker"], env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
    )
    try:
        until = time.monotonic() + 30
        waits = "select count(*) from procrastinate_jobs where status in ('todo', 'doing')"
        while time.monotonic() < until and (count(small_bank, waits) or Session.objects.filter(session_key="old").exists()):
            time.sleep(0.2)
        assert count(small_bank, waits) == 0
        assert count(small_bank, "select count(*) from access_session where session_key = 'old'") == 0, "made up for at the start"
        process.send_signal(signal.SIGTERM)
        assert process.wait(15) == 0
    finally:
        process.kill()
        said = process.communicate()[0].decode()
    assert "Traceback" not in said, said
