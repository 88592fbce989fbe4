"""What the worker does for notes by itself."""

from __future__ import annotations

from django.utils import timezone

from zhike.core.jobs import job
from zhike.engagement import note_actions


@job("engagement.forget_orphans", every="30 18 * * *", reason="files that no note has")
def forget_orphans() -> None:
    """Remove files that no note has; at night where the bank is."""
    note_actions.forget_orphans(at=timezone.now())
