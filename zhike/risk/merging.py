"""Set-based taking of the feed of risk profiles."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from zhike.core.merging import Cursor, Merged, Shape, Stage, interval, take_back_interval
from zhike.parties.merging import note_origins

PROFILE = Shape(
    table="risk_profile",
    key="s.party_key || '|' || s.assessed_date",
    columns={
        "party_id": "s.party_id", "level": "s.level", "assessed_date": "s.assessed_date", "valid_to_date": "s.valid_to_date",
        "method": "coalesce(s.method, '')", "place": "coalesce(s.place, '')", "experience_years": "s.experience_years",
        "investor_type": "coalesce(s.investor_type, 'ordinary')", "qualified_by": "coalesce(s.qualified_by, '')",
        "qualified_date": "s.qualified_date", "evidence": "coalesce(s.evidence, '')", "is_remote_agreed": "coalesce(s.is_remote_agreed, false)",
    },
)  # fmt: skip


def merge_risk_profiles(cursor: Cursor, stage: Stage) -> Merged:
    """Take assessments. One that is told differently later is a correction: what was known before stays as an ended version."""
    note_origins(cursor, stage, PROFILE, {"party_id": "party_home"})
    return interval(cursor, stage, PROFILE)


def take_back(cursor: Cursor, *, source: str, since: date, batch_ids: Sequence[int]) -> None:
    """Undo what batches of `source` from `since` on did, so that they can be replayed (decision 4)."""
    take_back_interval(cursor, table=PROFILE.table, source=source, since=since)
