"""How a computation goes: waiting, running with the step it is at, done, failed and why. The build writes it past its own long transaction, so that
the home of insight shows it while it runs. No customer in it, and of what failed only the kind: the log of the worker has the rest."""

from __future__ import annotations

import errno
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime

import duckdb
import psycopg
from django.conf import settings
from django.db import connection
from django.utils import timezone

from zhike.access.scope import Viewer, require
from zhike.core.forgetting import lock_of_loads
from zhike.core.installing import connect
from zhike.core.jobs import Interrupted
from zhike.insight.build import NothingLanded
from zhike.insight.models import Build, BuildRun

LOCK = "insight build"
KEPT = 200  # runs that are remembered
State = BuildRun.State
# The lock of a running build as PostgreSQL lists it: a hash of 32 bits, widened to two words.
_HELD = """
select exists (select 1 from pg_locks where locktype = 'advisory' and granted and objsubid = 1
               and database = (select oid from pg_database where datname = current_database())
               and (classid::bigint << 32 | objid::bigint) = any(select hashtext(name)::bigint from unnest(%s::text[]) name))
"""
_WAIT = """
insert into insight_buildrun (state, step, steps, failure, is_new, started_at) values ('waiting', '', 0, '', false, %s)
on conflict (state) where state = 'waiting' do nothing
"""


@dataclass
class Noted:
    """What a run tells of itself while it goes."""

    line: psycopg.Connection
    id: int
    steps: int = 0

    def step(self, what: str) -> None:
        """It is at another step now."""
        self.steps += 1
        self.line.execute("update insight_buildrun set step = %s, steps = %s where id = %s", [what, self.steps, self.id])

    def done(self, day: date | None, *, is_new: bool) -> None:
        """It came to its end. `is_new`: False where there was nothing to compute."""
        self.line.execute(
            "update insight_buildrun set state = 'done', business_date = %s, is_new = %s, step = '', finished_at = %s where id = %s",
            [day, is_new, timezone.now(), self.id],
        )


@contextmanager
def noted(at: datetime) -> Iterator[Noted]:
    """Inside of this block, which holds the build's lock, a run is told; whatever it raises is kept as its failure."""
    with connect(settings.INSTALLATION.parameters("job")) as line:
        line.execute("update insight_buildrun set state = 'failed', failure = 'killed', finished_at = %s where state = 'running'", [at])
        row = line.execute(
            "insert into insight_buildrun (state, step, steps, failure, is_new, started_at) values ('running', '', 0, '', false, %s) returning id", [at]
        ).fetchone()  # fmt: skip
        assert row is not None
        line.execute("delete from insight_buildrun where state = 'waiting' or id <= %s", [row[0] - KEPT])
        one = Noted(line, row[0])
        try:
            yield one
        except NothingLanded:
            one.done(None, is_new=False)
            raise
        except Interrupted:
            line.execute("delete from insight_buildrun where id = %s", [one.id])
            line.execute(_WAIT, [at])
            raise
        except BaseException as wrong:
            line.execute(
                "update insight_buildrun set state = 'failed', failure = %s, finished_at = %s where id = %s",
                [kind_of(wrong), timezone.now(), one.id],
            )
            raise


def wait(at: datetime) -> None:
    """Write down that a run is asked for, where none waits yet."""
    with connection.cursor() as cursor:
        cursor.execute(_WAIT, [at])


def is_loading() -> bool:
    """Whether files of some source are being loaded."""
    folder = settings.HOME / "warehouse" / "landing"
    return folder.is_dir() and is_held([lock_of_loads(child.name) for child in folder.iterdir() if child.is_dir()])


def kind_of(wrong: BaseException) -> str:
    """Why a run failed, as one of `BuildRun.Failure`."""
    if isinstance(wrong, (duckdb.OutOfMemoryException, MemoryError)):
        return str(BuildRun.Failure.MEMORY)
    if (isinstance(wrong, OSError) and wrong.errno == errno.ENOSPC) or "No space left" in str(wrong):
        return str(BuildRun.Failure.DISK)
    if isinstance(wrong, (KeyboardInterrupt, SystemExit)):
        return str(BuildRun.Failure.KILLED)
    return str(BuildRun.Failure.OTHER)


def is_held(names: Sequence[str]) -> bool:
    """Whether somebody holds one of these locks now."""
    with connection.cursor() as cursor:
        cursor.execute(_HELD, [list(names)])
        return bool(cursor.fetchone()[0])


@dataclass(frozen=True)
class Status:
    """How it stands with computing. `shown`: what the pages show; `run`: the last one that is not a mere "nothing has changed"; `of_steps`: about
    how many steps one has; `loaded`: the last business date that landed."""

    shown: Build | None
    run: BuildRun | None
    loaded: date | None = None
    of_steps: int = 0

    @property
    def is_open(self) -> bool:
        """Whether something waits or runs."""
        return self.run is not None and self.run.state in (State.WAITING, State.RUNNING)

    @property
    def is_behind(self) -> bool:
        """Whether later data are loaded than are shown."""
        return bool(self.loaded and (self.shown is None or self.shown.business_date < self.loaded))


def status(viewer: Viewer, *, loaded: Callable[[], date | None], of_steps: int) -> Status:
    """How it stands, for whoever reads insight."""
    require(viewer, "insight.read")
    run = BuildRun.objects.exclude(state=State.DONE, is_new=False).order_by("-id").first()
    if run is not None and run.state == State.RUNNING and not is_held([LOCK]):
        run.state, run.failure = State.FAILED, BuildRun.Failure.KILLED  # its process is gone; the next run writes so
    return Status(Build.objects.filter(is_shown=True).first(), run, loaded(), of_steps)
