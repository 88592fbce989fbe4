"""A customer list narrowed by a condition, as its page shows it: the condition in chips, or why it cannot be used."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from zhike.access.scope import Viewer
from zhike.workspace import conditions
from zhike.workspace.conditions import Chip, Refused, TookTooLong
from zhike.workspace.paging import KeyPage
from zhike.workspace.queries import CustomerList, ListAsked, customer_list

NOBODY = CustomerList((), KeyPage((), 1))


@dataclass(frozen=True)
class Narrowing:
    """How a condition narrows a list, as its page shows it. `faults`: why it cannot be used; `is_too_broad`: it took too long."""

    where: str = ""
    chips: Sequence[Chip] = field(default_factory=tuple)
    faults: Sequence[str] = field(default_factory=tuple)
    is_too_broad: bool = False


def narrowed_list(viewer: Viewer, asked: ListAsked) -> tuple[CustomerList, Narrowing]:
    """A page of the list, and its condition in words. A condition that cannot be used shows nobody, and says why."""
    if not asked.where:
        return customer_list(viewer, asked), Narrowing()
    try:
        chips = conditions.chips(viewer, conditions.read_for(viewer, asked.where))
    except Refused as refused:
        return NOBODY, Narrowing(asked.where, faults=[problem.text for problem in refused.problems])
    try:
        return customer_list(viewer, asked), Narrowing(asked.where, chips)
    except TookTooLong:
        return NOBODY, Narrowing(asked.where, chips, is_too_broad=True)
