"""What a hand-over means beside what the source says (decision 45), kept true after every load by a few statements over those in force.

A hand-over ends the giver's assignments (`handed_date`) and writes its own for the receiver, under the source `own`. A file that still says what it
said before changes neither. Once the source names the receiver it is confirmed and the own row ends; once the source says something new, begun
after the hand-over, that holds and the hand-over is overtaken.
"""

from __future__ import annotations

from datetime import date

from zhike.core.merging import Cursor

_IN_FORCE = "from parties_handovercustomer c join parties_handover h on h.id = c.handover_id where c.state = 'in_force'"
_SAYS = (
    "a.party_id = c.party_id and a.role = c.role and a.source <> 'own' and a.valid_to is null and (a.to_date is null or a.to_date > %(at)s)"
)
# A row that a replay or a changed record wrote anew is the same old assignment.
_STILL = """
update parties_assignment a set handed_date = o.day, handover_id = o.id
from (select c.party_id, h.giver_id, h.id, h.done_date as day from parties_handovercustomer c join parties_handover h on h.id = c.handover_id
      where c.state in ('in_force', 'confirmed') and h.done_date is not null) o
where a.party_id = o.party_id and a.employee_id = o.giver_id and a.valid_to is null and a.from_date <= o.day and a.handed_date is null and a.source <> 'own'
"""
_SETTLE = f"""
with settled as (
    select c.id, c.party_id, c.handover_id,
        case when exists (select from parties_assignment a where {_SAYS} and a.employee_id = c.receiver_id) then 'confirmed' else 'overtaken' end as state
    {_IN_FORCE} and (
        exists (select from parties_assignment a where {_SAYS} and a.employee_id = c.receiver_id)
        or exists (select from parties_assignment a where {_SAYS} and a.employee_id <> c.receiver_id and a.from_date > h.done_date)
        )),
told as (update parties_handovercustomer c set state = s.state from settled s where c.id = s.id returning c.party_id, c.handover_id)
update parties_assignment a set valid_to = greatest(%(at)s, a.valid_from), to_date = greatest(%(at)s, a.from_date)
from told t where a.party_id = t.party_id and a.handover_id = t.handover_id and a.source = 'own' and a.handed_date is null and a.valid_to is null
"""  # noqa: S608 - constants above


def keep_handovers(cursor: Cursor, *, at: date) -> None:
    """End what hand-overs have ended where a load wrote it anew, and settle those that the source has confirmed or overtaken by `at`."""
    cursor.execute("select exists (select from parties_handovercustomer where state in ('in_force', 'confirmed'))")
    (is_any,) = cursor.fetchone()
    if is_any:
        cursor.execute(_STILL)
        cursor.execute(_SETTLE, {"at": at})
