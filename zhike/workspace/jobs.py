"""Background work of this area: large exports, and their files' end."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any, Protocol

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from zhike.access.actions import TooManyReveals
from zhike.access.scope import Viewer
from zhike.access.work import NotDone, Outcome, Task, kind
from zhike.core.jobs import job
from zhike.workspace import export_actions, prospect_exports, reveal_actions
from zhike.workspace.conditions import Refused


class Make(Protocol):
    """Writes a file for a viewer, of what was asked; how many customers are in it."""

    def __call__(self, viewer: Viewer, asked: Mapping[str, Any], path: Path, /, *, at: datetime, step: Callable[[int], None]) -> int: ...


@kind(export_actions.KIND)
def export(task: Task) -> Outcome:
    """Write the file of an export; it is fetched from the page of what she asked for."""
    return _written(
        task,
        export_actions.make,
        Refused,
        _("The conditions of this list can no longer be used. Open the list, put them right, export again."),
    )


@kind(prospect_exports.KIND)
def export_prospects(task: Task) -> Outcome:
    """Write the file of who is outside; it is fetched as an export of customers is."""
    return _written(task, prospect_exports.make, TooManyReveals, "", lambda count: ngettext("%(n)s path", "%(n)s paths", count))


@kind(reveal_actions.KIND)
def reveal_many(task: Task) -> Outcome:
    """Write an approved file with numbers in clear; it is fetched as an export is."""
    return _written(
        task, reveal_actions.make, TooManyReveals, _("So many numbers are not given to one person within a day. Try again tomorrow.")
    )


def _customers(count: int) -> str:
    return ngettext("%(n)s customer", "%(n)s customers", count)


def _written(task: Task, make: Make, refusal: type[Exception], said: str, lines: Callable[[int], str] = _customers) -> Outcome:
    """Make the file of a piece of work; of one that cannot be finished nothing is left, and of a `refusal` she is told."""
    at = timezone.now()
    path = export_actions.path_of(task.id, task.asked["form"])
    try:
        count = make(task.viewer, task.asked, path, at=at, step=task.step)
    except BaseException as wrong:
        path.unlink(missing_ok=True)
        if isinstance(wrong, refusal):
            raise NotDone(said) from wrong
        raise
    note = lines(count) % {"n": f"{count:,}"}
    return Outcome(reverse("export-file", args=[task.id]), note, at + export_actions.KEPT_FOR)


@job("workspace.clear_exports", every="17 * * * *", reason="files kept too long, by dates alone")
def clear_exports() -> None:
    """Delete files that nobody will fetch any more."""
    export_actions.clear()
