"""Four eyes, decided without a database: when an act needs a second person, and who may be that person.

Who proposes never approves. An approver holds the permission that the proposal names and sees the unit that it was put to, at the moment of
her decision: a manager of the proposer's unit, of the next unit up, or somebody who sees the whole bank.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

Route = Literal["manager", "above", "bank"]  # of the proposer's unit, of the one above it, or only who sees the whole bank
State = Literal["proposed", "approved", "refused", "withdrawn", "expired"]
DECIDE = "approvals.decide"
SET = "approvals.set"
GIVE_RIGHTS = "people.approve"  # decides who may do what: whoever manages people and roles, and compliance


@dataclass(frozen=True)
class Need:
    """When an act of a kind needs approval: where it concerns more than `above` (rows, customers; 0: always), or never."""

    is_needed: bool
    above: int = 0

    def asks(self, amount: int) -> bool:
        """Whether an act that concerns `amount` needs a second person."""
        return self.is_needed and amount > self.above


@dataclass(frozen=True)
class Put:
    """What decides who may approve: who proposed, the unit it was put to (None: the whole bank's people alone), the permission."""

    proposer_id: int
    unit_id: int | None
    permission: str


def may_decide(put: Put, *, person_id: int | None, permissions: Collection[str], sees_all: bool, unit_ids: Collection[int]) -> bool:
    """Whether a person of this permissions and scope may approve or refuse; never whoever proposed it. The database decides the same again."""
    if person_id is None or person_id == put.proposer_id or put.permission not in permissions:
        return False
    return sees_all or (put.unit_id is not None and put.unit_id in unit_ids)


def is_open(state: str, deadline_at: datetime, now: datetime) -> bool:
    """Whether a proposal can still be decided; at its deadline it no longer can."""
    return state == "proposed" and now < deadline_at
