"""What the worker does for ingestion: takes a table that somebody brought, and forgets the files of long ago."""

from __future__ import annotations

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from zhike.access.work import NotDone, Outcome, Task, kind
from zhike.core.jobs import job
from zhike.ingestion import import_taking, importing


@kind(importing.KIND)
def take(task: Task) -> Outcome:
    """Take an import in the name of whoever brought it; what is refused can be fetched from its page."""
    try:
        brought = import_taking.take(task.viewer, int(task.asked["import_id"]), task.step)
    except importing.NotNow as gone:
        raise NotDone(_("The file of this import is no longer kept. Bring it again.")) from gone
    said = import_taking.counts(brought)
    note = _("%(created)s new, %(changed)s changed, %(unchanged)s known already, %(skipped)s left out, %(rejected)s refused") % said
    left = brought.count_rejected + brought.count_skipped
    result = reverse("import-rejects", args=[brought.pk]) if left else ""
    return Outcome(result_url=result, note=note, undo_url=reverse("import-undo", args=[brought.pk]))


@job("ingestion.purge_imports", every="25 18 * * *", reason="files kept too long, by dates alone")
def purge_imports() -> None:
    """Forget files that were brought longer ago than the bank keeps them; at night where the bank is."""
    importing.purge(at=timezone.now())
