"""Writes of contacts with customers. `actor` must be entered."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from zhike.access.actions import record
from zhike.access.queries import employee_id_of
from zhike.access.scope import Viewer, require
from zhike.core.events import publish
from zhike.engagement.events import InteractionRecorded
from zhike.engagement.models import Interaction
from zhike.parties.queries import require_seen

OWN_SOURCE = "zhike"  # what was kept here, as against what a bank's system delivers
NO_BATCH = 0


class InTheFuture(Exception):
    """A contact that has not happened yet is a task, not a contact."""


@dataclass(frozen=True)
class Contact:
    """What is to be kept of a contact; codes as the feed `interactions` lists them, empty: not told."""

    at: datetime
    channel: str
    direction: str
    purpose: str = ""
    outcome: str = ""
    subject: str = ""
    text: str = ""
    seconds: int | None = None


@transaction.atomic
def record_interaction(*, actor: Viewer, at: datetime, party_id: int, contact: Contact) -> Interaction:
    """Keep a contact with a customer the actor sees, in her name (S116). Raises PartyNotSeen, `InTheFuture`."""
    require_seen(actor, party_id)
    require(actor, "interactions.write")
    if contact.at > at:
        raise InTheFuture
    row = Interaction.objects.create(
        party_id=party_id, employee_id=employee_id_of(actor), source=OWN_SOURCE, external_key=uuid.uuid4().hex, batch_id=NO_BATCH,
        at=contact.at, channel=contact.channel, direction=contact.direction, purpose=contact.purpose, outcome=contact.outcome,
        subject=contact.subject, text=contact.text, seconds=contact.seconds,
    )  # fmt: skip
    told = {"channel": contact.channel, "direction": contact.direction, "purpose": contact.purpose, "outcome": contact.outcome}
    record(actor, "engagement.interaction_recorded", subject=("interaction", row.pk), party_id=party_id, after=told, at=at)
    publish(InteractionRecorded(row.pk, party_id, contact.channel), party_id=party_id)
    return row
