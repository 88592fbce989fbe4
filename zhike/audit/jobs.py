"""Background work of this area."""

from __future__ import annotations

from django.utils import timezone

from zhike.audit import unusual
from zhike.core.jobs import job


@job("audit.find_unusual", every="13 * * * *", reason="the whole audit, for those who read it")
def find_unusual() -> None:
    """Look for unusual access of today and yesterday."""
    unusual.find(at=timezone.now(), today=timezone.localdate())
