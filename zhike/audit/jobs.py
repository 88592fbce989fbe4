"""Background work of this area."""

from __future__ import annotations

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from zhike.access.work import Outcome, Task, kind
from zhike.audit import exporting, unusual
from zhike.core.jobs import job


@kind(exporting.KIND)
def export(task: Task) -> Outcome:
    """Write an approved export of the audit, with what its proposer may read now."""
    at = timezone.now()
    exporting.keep(exporting.as_csv(task.viewer, task.asked["told"], at=at), task.id)
    return Outcome(reverse("audit-export-file", args=[task.id]), _("Export of the audit"), at + exporting.KEPT_FOR)


@job("audit.find_unusual", every="13 * * * *", reason="the whole audit, for those who read it")
def find_unusual() -> None:
    """Look for unusual access of today and yesterday."""
    unusual.find(at=timezone.now(), today=timezone.localdate())
