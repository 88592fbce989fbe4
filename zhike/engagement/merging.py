"""Set-based taking of what happened on channels: contacts, and events summed up by customer, day and channel."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from django.conf import settings

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


CHANNEL_DAY = Shape(table="engagement_channelday", key="s.party_key", columns={"party_id": "s.party_id"})
_DAY = "(s.at at time zone %(zone)s)::date"
_KEY = "hashtextextended(s.event_key, 0)"
_SUM_UP = f"""
    with put as (
        insert into engagement_channelday (party_id, day, channel, last_at, kinds, details, keys, seconds, source, external_key, batch_id)
        select s.party_id, {_DAY}, s.channel, max(s.at), array_agg(s.kind), coalesce(array_agg(distinct s.detail) filter (where s.detail is not null), '{{{{}}}}'),
            array_agg({_KEY}), sum(s.seconds), %(source)s, s.party_key, %(batch_id)s
        from {{stage}} s {{unless}} group by 1, 2, 3, s.party_key returning cardinality(keys) as events)
    select coalesce(sum(events), 0) from put
"""
_UNLESS_KNOWN = f"""
    where not exists (select 1 from engagement_channelday t where t.party_id = s.party_id and t.day = {_DAY} and t.day >= %(first)s
        and t.source = %(source)s and {_KEY} = any(t.keys))
"""
_OVERLAP = "select exists (select from engagement_channelday t where t.source = %(source)s and t.day >= %(first)s)"


def merge_channel_events(cursor: Cursor, stage: Stage) -> Merged:
    """Take log-ins, visits, browsing. Events are held against those known only where a day of theirs was told of before."""
    note_origins(cursor, stage, CHANNEL_DAY, {"party_id": "party_home"})
    values = {**stage.params, "zone": settings.TIME_ZONE}
    cursor.execute(f"select count(*), min({_DAY}) from {stage.table} s", values)
    rows, first = cursor.fetchone()
    values["first"] = first
    cursor.execute(_OVERLAP, values)
    (is_known,) = cursor.fetchone()
    cursor.execute(_SUM_UP.format(stage=stage.table, unless=_UNLESS_KNOWN if is_known else ""), values)
    loaded = int(cursor.fetchone()[0])
    return Merged(loaded, int(rows) - loaded)


def take_back(cursor: Cursor, *, source: str, since: date, batch_ids: Sequence[int]) -> None:
    """Forget the contacts and events those batches brought, so that they can be replayed."""
    for shape in (INTERACTION, CHANNEL_DAY):
        merging.take_back_journal(cursor, table=shape.table, source=source, batch_ids=batch_ids)
