"""What the worker does for parties by itself."""

from __future__ import annotations

from django.utils import timezone

from zhike.core.jobs import job
from zhike.parties import trash


@job("parties.purge_trash", every="40 18 * * *")
def purge_trash() -> None:
    """Forget what was deleted more than thirty days ago; at night where the bank is."""
    trash.purge(at=timezone.now())
