"""What the worker does for the API by itself."""

from __future__ import annotations

from django.utils import timezone

from zhike.access.scope import entered, system_viewer
from zhike.api.actions import clear_kept
from zhike.core.jobs import job


@job("api.clear_kept", every="25 * * * *")
def forget_keys() -> None:
    """Forget the Idempotency-Keys of requests older than 24 hours."""
    with entered(system_viewer("worker")):
        clear_kept(at=timezone.now())
