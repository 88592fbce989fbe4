"""What the worker does for privacy by itself."""

from __future__ import annotations

from django.urls import reverse
from django.utils import timezone

from zhike.access.scope import system_viewer
from zhike.access.work import NotDone, Outcome, Task, kind
from zhike.core.jobs import job
from zhike.privacy import deleting, labels, retention
from zhike.privacy.actions import RequestRefused


@kind(deleting.KIND, process="job")
def delete(task: Task) -> Outcome:
    """Carry an approved deletion out; as the job role, since what goes stands in tables and files that no page reaches."""
    steps = iter(range(1, 1_000_000))
    request_id = task.asked["request_id"]
    try:
        row = deleting.carry_out(
            actor=task.viewer, at=timezone.now(), request_id=request_id, text=task.asked["text"], step=lambda _what: task.step(next(steps))
        )
    except RequestRefused as wrong:
        raise NotDone(str(labels.REFUSALS[wrong.reason])) from wrong
    note = str(labels.MEASURES[row.outcome["measure"]]) if row.outcome else ""
    return Outcome(reverse("privacy-request", args=[request_id]), note)


@job("privacy.retention", every="10 19 * * *", reason="the retention schedule, of all customers")
def run_retention() -> None:
    """Forget what the schedule says; at night where the bank is."""
    retention.run(actor=system_viewer("retention"), at=timezone.now())
