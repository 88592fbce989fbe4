"""Pure decisions about holdings: which family belongs to which group, where a maturity stands on the ladder, what a month end is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Literal

Group = Literal["deposits", "wealth", "funds", "insurance", "loans", "services"]

GROUPS: tuple[Group, ...] = ("deposits", "wealth", "funds", "insurance", "loans", "services")
TOKENS: Mapping[Group, str] = {"deposits": "c1", "wealth": "c2", "funds": "c3", "insurance": "c4", "loans": "c6", "services": "c7"}
ASSETS: frozenset[Group] = frozenset({"deposits", "wealth", "funds", "insurance"})  # what adds up to assets under management

_FAMILIES: Mapping[str, Group] = {
    "demand_deposit": "deposits", "call_deposit": "deposits", "time_deposit": "deposits", "cd": "deposits", "structured_deposit": "deposits",
    "margin": "deposits", "wealth_product": "wealth", "trust": "wealth", "fund": "funds", "bond": "funds", "custody": "funds",
    "insurance": "insurance", "precious_metal": "insurance",
}  # fmt: skip

# Kinds of postings that move money between products a customer holds here: neither in nor out.
WITHIN: tuple[str, ...] = ("deposit", "wealth")

LARGE = Decimal("50000")  # a posting of this and more stands on a customer's timeline, in whatever currency (default)

LADDER_DAYS, NEAR_DAYS, URGENT_DAYS = 365, 90, 14


def group_of(side: str | None, family: str | None) -> Group:
    """The group a product stands in on a page: by balance-sheet side, then family (S21). Without a product it is a deposit."""
    if side == "asset":
        return "loans"
    if side is None or side == "liability":
        return _FAMILIES.get(family or "", "deposits")
    return _FAMILIES.get(family or "", "services")


@dataclass(frozen=True)
class Rung:
    """Where a maturity stands on a ladder of twelve months: `x` from 0 (today) to 1, `days` left where near enough to be said."""

    x: float
    days: int | None
    tone: Literal["bad", "warn", ""]

    @property
    def at(self) -> str:
        """Its place on a drawing 132 wide, the dot kept inside."""
        return f"{4 + self.x * 124:.1f}"

    @property
    def words_at(self) -> str:
        """Where the days left stand beside it."""
        return f"{12 + self.x * 124:.1f}"


def rung(maturity: date | None, today: date) -> Rung | None:
    """The rung of a maturity; None without one, when it is past or more than twelve months away."""
    if maturity is None:
        return None
    days = (maturity - today).days
    if not 0 <= days <= LADDER_DAYS:
        return None
    tone: Literal["bad", "warn", ""] = "bad" if days <= URGENT_DAYS else "warn" if days <= NEAR_DAYS else ""
    return Rung(days / LADDER_DAYS, days if days <= NEAR_DAYS else None, tone)


def month_ends(until: date, count: int) -> list[date]:
    """The last `count` month ends up to `until`, oldest first; `until` itself stands for its unfinished month."""
    ends, first = [until], until.replace(day=1)
    while len(ends) < count:
        end = first - timedelta(days=1)
        ends.append(end)
        first = end.replace(day=1)
    return ends[::-1]


def months_until(last: date, count: int) -> list[date]:
    """The first days of the `count` months that end with the month of `last`, oldest first."""
    return [end.replace(day=1) for end in month_ends(last, count)]


def share(part: Decimal, whole: Decimal) -> Decimal | None:
    """`part` of `whole` as 0…1; None where there is nothing to divide by."""
    return part / whole if whole > 0 else None
