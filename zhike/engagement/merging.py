"""Set-based taking of the interactions feed."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from zhike.core import merging
from zhike.core.merging import Cursor, Merged, Shape, Stage
from zhike.parties.merging import note_origins

INTERACTION = Shape(
    table="engagement_interaction",
    key="s.interaction_key",
    columns={
        "party_id": "s.party_id", "at": "s.at", "channel": "s.channel", "direction": "coalesce(s.direction, '')", "employee_id": "s.staff_no_id",
        "purpose": "coalesce(s.purpose, '')", "outcome": "coalesce(s.outcome, '')", "subject": "coalesce(s.subject, '')",
        "text": "coalesce(s.text, '')", "seconds": "s.seconds",
    },
)  # fmt: skip


def merge_interactions(cursor: Cursor, stage: Stage) -> Merged:
    """Take contacts delivered by other systems."""
    note_origins(cursor, stage, INTERACTION, {"party_id": "party_home"})
    return merging.journal(cursor, stage, INTERACTION, "source, external_key")


def take_back(cursor: Cursor, *, source: str, since: date, batch_ids: Sequence[int]) -> None:
    """Forget the contacts those batches brought, so that they can be replayed."""
    merging.take_back_journal(cursor, table=INTERACTION.table, source=source, batch_ids=batch_ids)
