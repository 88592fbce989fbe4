"""Service teams, decided without a database: the posts of a team, which of them a pattern wants filled, and which are missing.

Patterns (S43, S44): 1+1+N is one relationship manager, one wealth adviser and a service team; 3-to-1 a manager, a fund manager and an adviser for
foreign exchange around one customer; 4-to-1 the same with a wealth assistant.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

LEAD = "lead"  # answers for the customer: one at a time
POSTS = (LEAD, "wealth_adviser", "fund_manager", "fx_adviser", "product", "credit", "wealth_assistant", "assistant", "back_up", "service")
PATTERNS: Mapping[str, tuple[str, ...]] = {
    "1+1+N": (LEAD, "wealth_adviser", "service"),
    "3-to-1": (LEAD, "fund_manager", "fx_adviser"),
    "4-to-1": (LEAD, "fund_manager", "fx_adviser", "wealth_assistant"),
    "free": (LEAD,),
}


@dataclass(frozen=True)
class Held:
    """A post that somebody has in [from_at, until_at); without `until_at` for as long as the team is."""

    person_id: int
    post: str
    from_at: datetime
    until_at: datetime | None

    def overlaps(self, other: Held) -> bool:
        """Whether there is an instant at which both are held."""
        return (other.until_at is None or self.from_at < other.until_at) and (self.until_at is None or other.from_at < self.until_at)


def missing(pattern: str, filled: Iterable[str]) -> list[str]:
    """The posts that a pattern wants and nobody has, in the pattern's order; an unknown pattern wants a lead only."""
    has = set(filled)
    return [post for post in PATTERNS.get(pattern, PATTERNS["free"]) if post not in has]


def refusal(wanted: Held, held: Iterable[Held]) -> str:
    """Why somebody cannot have a post beside those held: "there" (she has it then already), "lead" (somebody else leads then), or ""."""
    for one in held:
        if one.post == wanted.post and one.overlaps(wanted) and (one.person_id == wanted.person_id or wanted.post == LEAD):
            return "there" if one.person_id == wanted.person_id else "lead"
    return ""
