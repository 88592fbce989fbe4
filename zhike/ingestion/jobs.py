"""What the worker does for ingestion: takes a table that somebody brought."""

from __future__ import annotations

from collections.abc import Iterator

from django.urls import reverse
from django.utils.translation import gettext as _

from zhike.access.work import Outcome, Task, kind
from zhike.ingestion import importing


@kind(importing.KIND)
def take(task: Task) -> Outcome:
    """Take an import in the name of whoever brought it; what is refused can be fetched from its page."""
    brought = importing.take(task.viewer, int(task.asked["import_id"]), _steps(task))
    said = {"changed": brought.count_changed, "unchanged": brought.count_unchanged, "rejected": brought.count_rejected}
    note = _("%(changed)s changed, %(unchanged)s known already, %(rejected)s refused") % said
    return Outcome(result_url=reverse("import-rejects", args=[brought.pk]) if brought.count_rejected else "", note=note)


def _steps(task: Task) -> Iterator[int]:
    done = 0
    while True:
        done += importing.CHUNK
        task.step(done)
        yield done
