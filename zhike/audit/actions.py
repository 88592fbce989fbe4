"""Writes of this area. Looking at the audit is an act of its own: each leaves an entry."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import transaction
from django.http import Http404

from zhike.access.actions import record
from zhike.access.auditing import RIGHT
from zhike.access.scope import Viewer, require
from zhike.audit.models import Unusual


class ReviewRefused(Exception):
    """A review cannot be kept; `reason` is note (there is none), yourself (she did it herself) or done (somebody was first)."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


def note_reading(
    *, actor: Viewer, act: str, at: datetime, party_id: int | None = None, subject: tuple[str, object] | None = None,
    asked: Mapping[str, Any] | None = None,
) -> None:  # fmt: skip
    """Record that somebody looked into the audit: what for, on whom. Raises PermissionDenied without audit.read."""
    require(actor, RIGHT)
    record(actor, f"audit.{act}", subject=subject, party_id=party_id, after=asked or None, at=at)


@transaction.atomic
def review(*, actor: Viewer, at: datetime, unusual_id: int, note: str, is_explained: bool) -> Unusual:
    """Keep what somebody found out about unusual access. Raises Http404, PermissionDenied, ReviewRefused."""
    require(actor, RIGHT)
    row = Unusual.objects.select_for_update().filter(pk=unusual_id).first()
    if row is None:
        raise Http404
    if row.person_id == actor.person_id:
        raise ReviewRefused("yourself")
    if row.reviewed_at is not None:
        raise ReviewRefused("done")
    if not note.strip():
        raise ReviewRefused("note")
    row.reviewed_at, row.reviewed_by, row.reviewed_name, row.note, row.is_explained = (
        at,
        actor.person_id,
        actor.name,
        note.strip()[:2000],
        is_explained,
    )
    row.save(update_fields=["reviewed_at", "reviewed_by", "reviewed_name", "note", "is_explained"])
    after = {"kind": row.kind, "day": row.day, "person": row.person_id, "is_explained": is_explained, "note": row.note}
    record(actor, "audit.reviewed", subject=("unusual", row.pk), after=after, at=at)
    return row
