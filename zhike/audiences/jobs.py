"""What the worker does about segments: keeps each of them, every night and after the bank's files."""

from __future__ import annotations

from django.utils import timezone

from zhike.audiences import keeping
from zhike.audiences.actions import KEEP
from zhike.core.jobs import job

WHY = "a segment's owner stands in its statement with her scope and rights; what is kept stands behind the wall of customers"


@job(
    "audiences.keep_every", every="20 20 * * *", reason="asks for each segment by itself, no customer"
)  # twenty past four at night in China
def keep_every() -> None:
    """Have every segment kept for the new day."""
    keeping.keep_every()


@job(KEEP, reason=WHY)
def keep(audience_id: int) -> None:
    """Keep one segment as of today."""
    keeping.keep(at=timezone.now(), on=timezone.localdate(), audience_id=audience_id)
