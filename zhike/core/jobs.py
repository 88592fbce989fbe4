"""Background work: a queue inside PostgreSQL, worked off by `zhike worker` beside the events (decision 17).

A *job* is the name of a function and a few keys, written in the transaction of the act that wants it and done after its commit. An area
writes its own in `<area>/jobs.py`, which the worker finds by that name:

    @job("workspace.clear_files", every="15 * * * *", reason="files kept too long, by dates alone")
    def clear_files() -> None: ...

    later("access.work", lock=f"work {key}", work_id=key)

The job role sees all rows, so every job says for whom it looks, or why it may look for nobody (`tests/test_second_wall.py`).
Arguments are keys: what a job needs to know of a customer it reads itself. A job may be begun twice (a killed worker's is begun again),
so it must bear that. `core_defer_job` of migration 0002 is the only way in for the web; the tables of the queue are the job role's.
"""

from __future__ import annotations

import asyncio
import json
import logging
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import procrastinate
from django.conf import settings
from django.db import connection, transaction
from django.utils.module_loading import autodiscover_modules
from procrastinate.contrib.django import DjangoApp
from procrastinate.jobs import Job as QueuedJob
from procrastinate.retry import BaseRetryStrategy, RetryDecision
from procrastinate.worker import Worker

log = logging.getLogger(__name__)

AT_ONCE = 2  # jobs that one worker does side by side
HEARTBEAT = 5.0  # seconds between two signs of life of a worker
DEAD_AFTER = 20.0  # seconds without one, after which its jobs are given to others
MOST_BEGUN = 5  # times a job is begun at all, killed workers included
MISSED_FOR = 24 * 3600  # seconds back to which a scheduled job that nobody did in time is made up for, once
_STOPPING = threading.Event()


class Interrupted(Exception):
    """The worker is to stop: the job is begun again by the next one, from its beginning or where it left off."""


@dataclass(frozen=True)
class Job:
    """A function that the worker calls with keys. `tries`: how often an error may begin it again; `every`: a cron line in UTC, or none.
    `viewer`: whose scope and rights it works with; `reason`: why it works with none but the job role's, which sees all rows."""

    name: str
    function: Callable[..., None]
    tries: int = 3
    every: str = ""
    viewer: str = ""
    reason: str = ""


JOBS: dict[str, Job] = {}


def job(
    name: str, *, tries: int = 3, every: str = "", viewer: str = "", reason: str = ""
) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Declares a function as the job `name` (dotted: area.verb). `every`: it is scheduled, once for all workers, and takes no keys. Either
    `viewer` or `reason`: for whom it looks at customers, or why for nobody."""

    def declare(function: Callable[..., None]) -> Callable[..., None]:
        if name in JOBS and JOBS[name].function is not function:
            raise ValueError(f"there are two jobs named {name}")
        JOBS[name] = Job(name, function, tries, every, viewer, reason)
        return function

    return declare


def later(name: str, *, lock: str = "", once: str = "", at: datetime | None = None, **keys: int | str) -> int:
    """Have a job done after this transaction; its number. Without a transaction this raises.

    `lock`: jobs with the same one are done one after the other. `once`: nothing is added while one of that name waits (0 comes back).
    `at`: not before.
    """
    if not connection.in_atomic_block:
        raise transaction.TransactionManagementError("a job is asked for inside the transaction of its act")
    with connection.cursor() as cursor:
        cursor.execute("select core_defer_job(%s, %s, %s, %s, %s)", [name, json.dumps(keys), lock or None, once or None, at])
        row = cursor.fetchone()
    return int(row[0] or 0)


def is_stopping() -> bool:
    """Whether the worker is to stop: a long job looks now and then, and raises `Interrupted`."""
    return _STOPPING.is_set()


class _Again(BaseRetryStrategy):
    """An error begins a job again after 5, 10, 20 … seconds, as often as it declares; an interruption at once, and always."""

    def __init__(self, tries: int) -> None:
        self.tries = tries

    def get_retry_decision(self, *, exception: BaseException, job: QueuedJob) -> RetryDecision | None:
        """None: it has failed for good."""
        if isinstance(exception, Interrupted):
            return RetryDecision(retry_in={"seconds": 0})
        if job.attempts + 1 >= self.tries:
            return None
        return RetryDecision(retry_in={"seconds": 5 * 2**job.attempts})


def _scheduled(function: Callable[..., None]) -> Callable[..., None]:
    def run(timestamp: int) -> None:
        function()

    return run


def application(parameters: Mapping[str, str]) -> procrastinate.App:
    """Every declared job, on a connection pool of its own."""
    connector = procrastinate.PsycopgConnector(kwargs=dict(parameters), min_size=1, max_size=AT_ONCE + 3)
    app = DjangoApp(connector=connector, periodic_defaults={"max_delay": MISSED_FOR})
    for one in JOBS.values():
        again = _Again(one.tries)
        if one.every:
            task = app.task(name=one.name, retry=again, queueing_lock=one.name)(_scheduled(one.function))
            app.periodic(cron=one.every)(task)
        else:
            app.task(name=one.name, retry=again)(one.function)
    return app


class Workshop:
    """Does jobs in a thread of its own until told to stop. One that has stopped is not started again."""

    def __init__(self) -> None:
        autodiscover_modules("jobs")
        _STOPPING.clear()
        self._worker: Worker | None = None
        self._thread = threading.Thread(target=self._run, name="jobs", daemon=True)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    @property
    def has_fallen(self) -> bool:
        """Whether it ended without having been told to."""
        return not self._thread.is_alive() and not _STOPPING.is_set()

    def stop(self, seconds: float) -> None:
        """Take no further job and wait for those at hand; what does not end in time is begun again by the next worker."""
        _STOPPING.set()
        if self._worker is not None:
            self._worker.stop()  # type: ignore[no-untyped-call]
        self._thread.join(seconds)

    def _run(self) -> None:
        try:
            asyncio.run(self._work(wait=True))
        except Exception:
            log.exception("the workshop ended by itself")

    async def _work(self, *, wait: bool) -> None:
        app = application(settings.INSTALLATION.parameters("job"))
        async with app.open_async():
            self._worker = Worker(
                app, name="zhike", concurrency=AT_ONCE, wait=wait, install_signal_handlers=False, delete_jobs="successful",
                update_heartbeat_interval=HEARTBEAT, stalled_worker_timeout=DEAD_AFTER, **_middleware(app),
            )  # fmt: skip
            if not _STOPPING.is_set():
                await self._worker.run()  # type: ignore[no-untyped-call]

    def work_off(self) -> None:
        """Do what waits now, in this thread, and return: for tests and for commands that cannot leave it to a worker."""
        asyncio.run(self._work(wait=False))


def _middleware(app: procrastinate.App) -> dict[str, Any]:
    return {"task_middleware": app.worker_defaults.get("task_middleware")}


def rescue() -> int:
    """Give the jobs of dead workers to living ones, or end them where they were begun too often; how many they were."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(_RESCUE, {"dead_after": DEAD_AFTER, "most": MOST_BEGUN})
        return len(cursor.fetchall())


_RESCUE = """
with lost as (
    select j.id, j.attempts from procrastinate_jobs j left join procrastinate_workers w on w.id = j.worker_id
    where j.status = 'doing' and (w.id is null or w.last_heartbeat < now() - %(dead_after)s * interval '1 second')
    for update of j skip locked)
select case when attempts + 1 < %(most)s then procrastinate_retry_job_v2(id, now(), null, null, null)
            else procrastinate_finish_job_v1(id, 'failed', false) end
from lost
"""
