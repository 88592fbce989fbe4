"""What the worker does about duplicates: looks for them every night."""

from __future__ import annotations

from django.utils import timezone

from zhike.access.scope import system_viewer
from zhike.core.jobs import job
from zhike.duplicates import actions


@job(
    "duplicates.find", every="30 18 * * *", reason="all customers compared; a pair is seen by whom both are seen by"
)  # half past two at night in China
def find() -> None:
    """Compare all customers again; pairs that somebody has decided about stay as they are."""
    actions.find(actor=system_viewer("duplicates"), at=timezone.now())
