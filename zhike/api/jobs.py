"""What the worker does for the API by itself."""

from __future__ import annotations

from datetime import timedelta

from django.db import transaction
from django.utils import timezone

from zhike.access.scope import entered, system_viewer
from zhike.api.actions import clear_kept
from zhike.api.calls import JOB, alone, send_due, send_later
from zhike.core.jobs import job

COME_BACK = timedelta(seconds=5)  # while somebody else is sending


@job("api.clear_kept", every="25 * * * *", reason="answers kept for a day")
def forget_keys() -> None:
    """Forget the Idempotency-Keys of requests older than 24 hours."""
    with entered(system_viewer("worker")):
        clear_kept(at=timezone.now())


@job(JOB, tries=2, reason="events for a subscription: names of acts and keys, as an administrator subscribed to them")
def send(subscription_id: int) -> None:
    """Send what is due for a subscription, and come back when more is."""
    with alone(subscription_id) as is_alone:
        following = send_due(subscription_id, timezone.now()) if is_alone else timezone.now() + COME_BACK
    if following is not None:
        with transaction.atomic():
            send_later(subscription_id, following)
