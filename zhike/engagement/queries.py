"""Reads of contacts with customers. The first argument is the viewer."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.db import connection
from django.db.models import QuerySet

from zhike.access.scope import Viewer, require, seen_where
from zhike.engagement.models import Interaction


def interactions(viewer: Viewer, party_id: int, *, channel: str = "") -> QuerySet[Interaction]:
    """The contacts of a customer, unordered, with who was on the bank's side; one channel only where asked."""
    rows = Interaction.objects.seen_by(viewer).filter(party=party_id).select_related("employee")
    return rows.filter(channel=channel) if channel else rows


def interaction(viewer: Viewer, interaction_id: int) -> Interaction | None:
    """One contact, with who was on the bank's side; None: not there, or its customer is not seen. Needs interactions.read."""
    require(viewer, "interactions.read")
    return Interaction.objects.seen_by(viewer).select_related("employee").filter(pk=interaction_id).first()


def channels(viewer: Viewer, party_id: int) -> list[str]:
    """The channels on which there was contact."""
    rows = Interaction.objects.seen_by(viewer).filter(party=party_id).order_by("channel")
    return list(rows.values_list("channel", flat=True).distinct())


def last_contact(viewer: Viewer, party_id: int) -> tuple[datetime, str] | None:
    """When and on which channel the customer was last in contact; None: never, or not for this viewer (interactions.read)."""
    if not viewer.may("interactions.read"):
        return None
    return Interaction.objects.seen_by(viewer).filter(party=party_id).order_by("-at", "-pk").values_list("at", "channel").first()


def last_contacts(viewer: Viewer, ids: Sequence[int]) -> dict[int, datetime]:
    """When each of these customers was last in contact, for a page of a list. Empty without interactions.read."""
    if not viewer.may("interactions.read"):
        return {}
    where = seen_where(viewer)
    with connection.cursor() as cursor:
        cursor.execute(_LAST_CONTACTS.format(seen=where.sql), {**where.values, "ids": list(ids)})
        return dict(cursor.fetchall())


_LAST_CONTACTS = """
select p.id, i.at from parties_party p cross join lateral (
    select at from engagement_interaction where party_id = p.id order by at desc limit 1) i
where p.id = any(%(ids)s) and {seen}
"""
