"""Work that a person waits for: asked for on a page, done by the worker in her name, followed on the page `work`.

An area names what does it in its `jobs.py`:

    @kind("workspace.export")
    def export(task: Task) -> Outcome: ...

and starts it with `start(actor=…, kind="workspace.export", …)`. The function runs with the rights and the scope that the person has
when it *begins*, on a connection of the web role: the wall around her customers stands in the background as it does on a page.
"""

from __future__ import annotations

import contextlib
import json
import logging
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import psycopg
from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.core.serializers.json import DjangoJSONEncoder
from django.db import OperationalError, connections, transaction
from django.db.models import F
from django.http import Http404
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from zhike.access.actions import record
from zhike.access.models import Person, Work
from zhike.access.scope import Viewer, entered, viewer_for
from zhike.core.connections import Process
from zhike.core.installing import connect
from zhike.core.jobs import Interrupted, is_stopping, later
from zhike.core.pages import error_number

log = logging.getLogger(__name__)

JOB = "access.work"
MOST_BEGUN = 3
REPORT_EVERY = 0.4  # seconds between two reports of how far it is


class Cancelled(Exception):
    """The person does not want it any more."""


class NotDone(Exception):
    """It cannot be done; `str()` says why and what to do, in words for the person who asked."""


@dataclass(frozen=True)
class Outcome:
    """What came of it: where the result is, what to say, until when it is kept, what takes it back by POST."""

    result_url: str = ""
    note: str = ""
    expires_at: datetime | None = None
    undo_url: str = ""


@dataclass
class Task:
    """A piece of work as the function that does it sees it."""

    id: int
    asked: Mapping[str, Any]
    viewer: Viewer
    reports: psycopg.Connection
    _reported: float = field(default=0.0)

    def step(self, done: int, total: int | None = None) -> None:
        """Say how far it is; call it often. Raises `Cancelled` or `Interrupted`, which the function lets pass."""
        if is_stopping():
            raise Interrupted
        now = time.monotonic()
        if now - self._reported < REPORT_EVERY:
            return
        self._reported = now
        told = self.reports.execute(
            "update access_work set done_count = %s, total_count = coalesce(%s, total_count) where id = %s returning cancel_asked_at", [done, total, self.id]
        ).fetchone()  # fmt: skip
        if told is None or told[0] is not None:
            raise Cancelled


Function = Callable[[Task], Outcome]


@dataclass(frozen=True)
class Kind:
    """What does a kind of work, and as which database role: `web` sees as the person does, `job` is for loading what a bank delivers."""

    function: Function
    process: Process


KINDS: dict[str, Kind] = {}


def kind(name: str, *, process: Process = "web") -> Callable[[Function], Function]:
    """Declares the function that does a kind of work (dotted: area.verb)."""

    def declare(function: Function) -> Function:
        KINDS[name] = Kind(function, process)
        return function

    return declare


@transaction.atomic
def start(*, actor: Viewer, at: datetime, kind: str, title: str, asked: Mapping[str, Any], total: int | None = None) -> Work:
    """Have something done in the background for the actor. `asked` is kept behind her own wall; the queue holds only the number."""
    row = Work.objects.create(
        person_id=actor.person_id or 0, kind=kind, title=title, asked=_plain(asked), total_count=total, asked_at=at,
        language=translation.get_language() or "en",
    )  # fmt: skip
    later(JOB, lock=f"work {row.pk}", work_id=row.pk)
    record(actor, "work.started", subject=("work", row.pk), after={"kind": kind, "title": title}, at=at)
    return row


@dataclass(frozen=True)
class Kept:
    """What was done at once and may be taken back by POST to `undo_url`."""

    id: int
    title: str
    note: str
    count: int
    undo_url: str


def keep_undo(*, actor: Viewer, at: datetime, kind: str, title: str, note: str, count: int, asked: Mapping[str, Any], undo: str) -> Kept:
    """Keep what was done at once and may be taken back: `undo` names the address that takes its number. The act itself writes the entry."""
    row = Work.objects.create(
        person_id=actor.person_id or 0, kind=kind, title=title, note=note, asked=_plain(asked), state=Work.State.DONE, done_count=count,
        total_count=count, asked_at=at, started_at=at, finished_at=at, language=translation.get_language() or "en",
    )  # fmt: skip
    row.undo_url = reverse(undo, args=[row.pk])
    row.save(update_fields=["undo_url"])
    return Kept(row.pk, title, note, count, row.undo_url)


def note_undone(*, actor: Viewer, at: datetime, work_id: int) -> None:
    """Note that it was taken back; once. Raises Http404 where it is not hers or was taken back already."""
    if not Work.objects.filter(pk=hers(actor, work_id).pk, undone_at=None).update(undone_at=at):
        raise Http404


@transaction.atomic
def cancel(*, actor: Viewer, at: datetime, work_id: int) -> None:
    """What waits is cancelled now, what runs at its next step. Raises Http404 where it is not hers."""
    row = hers(actor, work_id)
    if row.state == Work.State.WAITING:
        Work.objects.filter(pk=row.pk, state=Work.State.WAITING).update(state=Work.State.CANCELLED, cancel_asked_at=at, finished_at=at)
    elif row.state == Work.State.RUNNING:
        Work.objects.filter(pk=row.pk).update(cancel_asked_at=at)
    record(actor, "work.cancelled", subject=("work", row.pk), at=at)


@transaction.atomic
def retry(*, actor: Viewer, at: datetime, work_id: int) -> None:
    """Begin again what failed or was cancelled. Raises Http404 where it is not hers."""
    row = hers(actor, work_id)
    if row.state in (Work.State.FAILED, Work.State.CANCELLED):
        Work.objects.filter(pk=row.pk).update(
            state=Work.State.WAITING, begun=0, done_count=0, error="", cancel_asked_at=None, finished_at=None, started_at=None
        )
        later(JOB, lock=f"work {row.pk}", work_id=row.pk)
    record(actor, "work.tried_again", subject=("work", row.pk), at=at)


def hers(viewer: Viewer, work_id: int) -> Work:
    """A piece of work of the viewer herself. Raises Http404."""
    row = Work.objects.filter(pk=work_id, person_id=viewer.person_id or 0).first()
    if row is None:
        raise Http404
    return row


def perform(work_id: int) -> None:
    """Do a piece of work in the name of whoever asked for it; what the job `access.work` calls."""
    row = _begin(work_id)
    if row is None:
        return
    try:
        outcome = _done(row)
    except Cancelled:
        _end(row, Work.State.CANCELLED)
    except NotDone as wrong:
        _end(row, Work.State.FAILED, error=str(wrong))
    except (Interrupted, OperationalError):  # the worker stops, or the database was away: it is begun again
        Work.objects.filter(pk=row.pk).update(state=Work.State.WAITING)
        raise
    except (PermissionDenied, Http404):
        with translation.override(row.language):
            _end(row, Work.State.FAILED, error=_("This is no longer within your rights. Ask for it anew with what you see now."))
    except Exception:
        number = error_number()
        log.exception("work %s failed, number %s", row.pk, number)
        with translation.override(row.language):
            _end(row, Work.State.FAILED, error=_("It did not work out; the fault has the number %(number)s.") % {"number": number})
    else:
        _end(
            row, Work.State.DONE, note=outcome.note, result_url=outcome.result_url, expires_at=outcome.expires_at, undo_url=outcome.undo_url
        )


def _begin(work_id: int) -> Work | None:
    """The row, now running; None where there is nothing (more) to do."""
    at = timezone.now()
    waiting = Work.objects.filter(pk=work_id, state__in=(Work.State.WAITING, Work.State.RUNNING))
    if waiting.filter(begun__gte=MOST_BEGUN).update(state=Work.State.FAILED, finished_at=at, error=_INTERRUPTED):
        return None
    waiting.filter(cancel_asked_at__isnull=False).update(state=Work.State.CANCELLED, finished_at=at)
    waiting.update(state=Work.State.RUNNING, started_at=at, begun=F("begun") + 1)
    return Work.objects.filter(pk=work_id, state=Work.State.RUNNING).first()


_INTERRUPTED = "The program was stopped three times while this ran. Try again. / 运行中程序三次被停止，请重试。"


def _done(row: Work) -> Outcome:
    doing = KINDS[row.kind]
    person = Person.objects.select_related("employee__unit").get(pk=row.person_id)
    with (
        connect(settings.INSTALLATION.parameters("job")) as reports,
        _connected_as(doing.process),
        translation.override(row.language),
        entered(viewer_for(person)) as viewer,
    ):
        return doing.function(Task(row.pk, row.asked, viewer, reports))


def _end(row: Work, state: Work.State, **values: Any) -> None:
    Work.objects.filter(pk=row.pk).update(state=state, finished_at=timezone.now(), **values)
    if state == Work.State.DONE:
        Work.objects.filter(pk=row.pk, total_count__isnull=False).update(done_count=F("total_count"))


@contextlib.contextmanager
def _connected_as(process: Process) -> Iterator[None]:
    """Inside this block Django's one connection, in this thread, is that of another process's role."""
    usual = connections["default"]
    words = settings.INSTALLATION.parameters(process)
    other = usual.copy()
    other.settings_dict.update(USER=words["user"], PASSWORD=words.get("password", ""))
    other.settings_dict["OPTIONS"] = {key: value for key, value in other.settings_dict["OPTIONS"].items() if key != "pool"}
    connections["default"] = other
    try:
        yield
    finally:
        other.close()
        connections["default"] = usual


def _plain(asked: Mapping[str, Any]) -> Any:
    """The values as JSON carries them: dates and amounts as text."""
    return json.loads(json.dumps(asked, cls=DjangoJSONEncoder))
