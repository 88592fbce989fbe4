"""Background work of this area: large exports, and their files' end."""

from __future__ import annotations

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from zhike.access.actions import TooManyReveals
from zhike.access.work import NotDone, Outcome, Task, kind
from zhike.core.jobs import job
from zhike.workspace import export_actions, reveal_actions
from zhike.workspace.conditions import Refused


@kind(export_actions.KIND)
def export(task: Task) -> Outcome:
    """Write the file of an export; it is fetched from the page of what she asked for."""
    at = timezone.now()
    path = export_actions.path_of(task.id, task.asked["form"])
    try:
        count = export_actions.make(task.viewer, task.asked, path, at=at, step=task.step)
    except BaseException as wrong:
        path.unlink(missing_ok=True)
        if isinstance(wrong, Refused):
            raise NotDone(_("The conditions of this list can no longer be used. Open the list, put them right, export again.")) from wrong
        raise
    note = ngettext("%(n)s customer", "%(n)s customers", count) % {"n": f"{count:,}"}
    return Outcome(reverse("export-file", args=[task.id]), note, at + export_actions.KEPT_FOR)


@kind(reveal_actions.KIND)
def reveal_many(task: Task) -> Outcome:
    """Write an approved file with numbers in clear; it is fetched as an export is."""
    at = timezone.now()
    path = export_actions.path_of(task.id, task.asked["form"])
    try:
        count = reveal_actions.make(task.viewer, task.asked, path, at=at, step=task.step)
    except BaseException as wrong:
        path.unlink(missing_ok=True)
        if isinstance(wrong, TooManyReveals):
            raise NotDone(_("So many numbers are not given to one person within a day. Try again tomorrow.")) from wrong
        raise
    note = ngettext("%(n)s customer", "%(n)s customers", count) % {"n": f"{count:,}"}
    return Outcome(reverse("export-file", args=[task.id]), note, at + export_actions.KEPT_FOR)


@job("workspace.clear_exports", every="17 * * * *", reason="files kept too long, by dates alone")
def clear_exports() -> None:
    """Delete files that nobody will fetch any more."""
    export_actions.clear()
