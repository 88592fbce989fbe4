"""What the worker does for privacy by itself."""

from __future__ import annotations

from django.utils import timezone

from zhike.access.scope import system_viewer
from zhike.core.jobs import job
from zhike.privacy import retention


@job("privacy.retention", every="10 19 * * *", reason="the retention schedule, of all customers")
def run_retention() -> None:
    """Forget what the schedule says; at night where the bank is."""
    retention.run(actor=system_viewer("retention"), at=timezone.now())
