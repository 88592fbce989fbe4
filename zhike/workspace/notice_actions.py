"""Writes of what a person wants to be told, and of how far she has looked."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction

from zhike.access.actions import record
from zhike.access.scope import Viewer
from zhike.workspace.models import NoticeChoice
from zhike.workspace.notices import KINDS


def look(*, actor: Viewer, at: datetime) -> None:
    """Note that she has looked at what the bell tells: no entry, nothing was done to anybody."""
    NoticeChoice.objects.update_or_create(person_id=actor.person_id or 0, defaults={"looked_at": at})


@transaction.atomic
def choose(*, actor: Viewer, at: datetime, wanted: Sequence[str]) -> None:
    """Keep which kinds of news she wants; what is unknown is ignored."""
    muted = [kind for kind in KINDS if kind not in wanted]
    NoticeChoice.objects.update_or_create(person_id=actor.person_id or 0, defaults={"muted": muted})
    record(actor, "notices.chosen", subject=("person", actor.person_id), after={"muted": muted}, at=at)
