"""Writes of this area: what a person keeps for herself. `actor` must be entered."""

from __future__ import annotations

from datetime import datetime

from django.db import connection, transaction
from django.utils import timezone

from zhike.access.actions import record
from zhike.access.scope import Viewer, require
from zhike.core import prepared
from zhike.parties.queries import require_seen


def remember_opened(*, at: datetime, party_id: int) -> bool:
    """Keep that who asks opened a customer she sees, for her own list and for the customer's (who looked); whether it is pinned."""
    with prepared.cursor() as cursor:
        cursor.execute(
            "select workspace_keep_opened(%(party)s::bigint, %(day)s::date, %(at)s::timestamptz)",
            {"party": party_id, "at": at, "day": timezone.localdate(at)},
        )
        return bool(cursor.fetchone()[0])


@transaction.atomic
def pin(*, actor: Viewer, at: datetime, party_id: int, pinned: bool) -> None:
    """Keep a customer at the top of one's search, or no longer. Raises PartyNotSeen, then PermissionDenied without customers.read."""
    require_seen(actor, party_id)
    require(actor, "customers.read")
    with connection.cursor() as cursor:
        cursor.execute(
            """insert into workspace_visit (person_id, party_id, opened_at, pinned_at) values (%(person)s, %(party)s, %(at)s, %(pinned)s)
               on conflict (person_id, party_id) do update set pinned_at = excluded.pinned_at""",
            {"person": actor.person_id, "party": party_id, "at": at, "pinned": at if pinned else None},
        )
    record(actor, "workspace.pinned" if pinned else "workspace.unpinned", subject=("party", party_id), party_id=party_id, at=at)


@transaction.atomic
def note_brief(*, actor: Viewer, at: datetime, party_id: int, is_pdf: bool) -> None:
    """Record that a brief of a customer was made: paper leaves the bank's walls. Raises PartyNotSeen."""
    require_seen(actor, party_id)
    record(actor, "customers.brief_made", subject=("party", party_id), party_id=party_id, reason="pdf" if is_pdf else "page", at=at)
