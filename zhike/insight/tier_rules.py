"""Tiers by a bank's own rules (客户等级; S34, S35, domain §2.5): one customer's months in, tier, watch and the reason out.

Pure: no Django, no clock. A month's measure is known when the month is over; "applies in month m" is what holds for the customer in m.
`step` takes one month; `tiering.py` says the same for all customers at once, and a property test holds both to each other.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from itertools import pairwise
from typing import Literal

Up = Literal["next_month", "at_once"]
Down = Literal["last", "best", "one_step"]
Why = Literal["first", "kept", "up", "down"]


class BadScheme(ValueError):
    """A scheme that says nothing sensible; `field` names what is wrong, `reason` how."""

    def __init__(self, field: str, reason: str) -> None:
        super().__init__(f"{field}: {reason}")
        self.field, self.reason = field, reason


@dataclass(frozen=True)
class Rung:
    """A tier of the ladder: from which value of the measure it begins. `is_private`: the scheme's longer grace holds for it; `cost`: CNY a year
    that serving one customer of it costs; `title`: what the bank calls it, where it is none of the usual names."""

    key: str
    least: Decimal
    is_private: bool = False
    cost: Decimal = Decimal(0)
    title: str = ""


@dataclass(frozen=True)
class Scheme:
    """A ladder and how a customer moves on it.

    `rungs` ascend; the first is for everybody else, whatever its `least`. `up`: a month that reaches a tier gives it at once, or in the next
    month. `watch_after`: so many months in a row may be below before the watch mark (0: the first one gives it). `grace`: after so many months
    in a row below, the next one falls; `private_grace` for private tiers. `down`: to the tier of the last of these months, of the best of
    them, or one step. `review`: the months of the year in which customers are rated; none: every month.
    """

    rungs: tuple[Rung, ...]
    measure: str = "aum_month_average"
    up: Up = "next_month"
    watch_after: int = 0
    grace: int = 3
    private_grace: int = 3
    down: Down = "last"
    review: tuple[int, ...] = ()

    def __post_init__(self) -> None:
        if len(self.rungs) < 2:
            raise BadScheme("rungs", "too_few")
        if len({rung.key for rung in self.rungs}) < len(self.rungs) or not all(rung.key for rung in self.rungs):
            raise BadScheme("rungs", "names")
        if any(lower.least >= upper.least for lower, upper in pairwise(self.rungs[1:])):
            raise BadScheme("rungs", "not_rising")
        if self.grace < 1 or self.private_grace < self.grace:
            raise BadScheme("grace", "too_short")
        if not 0 <= self.watch_after <= self.grace:
            raise BadScheme("watch_after", "after_the_fall")
        if any(not 1 <= month <= 12 for month in self.review):
            raise BadScheme("review", "not_a_month")

    def of(self, value: Decimal) -> int:
        """The highest tier that a value reaches, as its place on the ladder."""
        return max((place for place, rung in enumerate(self.rungs) if place == 0 or value >= rung.least), default=0)

    def grace_of(self, place: int) -> int:
        """After how many months in a row below a tier falls."""
        return self.private_grace if self.rungs[place].is_private else self.grace

    def rates(self, month: date) -> bool:
        """Whether customers are rated by this month."""
        return not self.review or month.month in self.review


@dataclass(frozen=True)
class State:
    """Where a customer stands after a month: `computed` by its value, `effective` what applies in it (places on the ladder), `below` how many
    rated months in a row were below the effective tier, `best` the best of those, `was_rated` whether the month itself was rated."""

    computed: int
    effective: int
    below: int
    best: int
    is_watched: bool
    was_rated: bool
    why: Why

    def has_fallen(self, scheme: Scheme) -> bool:
        """Whether the next month falls."""
        return self.below >= scheme.grace_of(self.effective)


def step(before: State | None, value: Decimal, month: date, scheme: Scheme) -> State:
    """The state after `month` with this value of the measure. Without a state before, the month's own tier applies (a new customer)."""
    computed, rated = scheme.of(value), scheme.rates(month)
    if before is None:
        return State(computed, computed, 0, 0, False, rated, "first")
    effective, why = _applies(before, computed, scheme, rated)
    stays = effective == before.effective
    below, best = (before.below, before.best) if stays else (0, 0)
    if rated:
        below, best = (below + 1, max(best, computed)) if computed < effective else (0, 0)
    return State(computed, effective, below, best, below > scheme.watch_after, rated, why)


def _applies(before: State, computed: int, scheme: Scheme, rated: bool) -> tuple[int, Why]:
    """The tier of a month: what the months before decided, then what the month itself does where the scheme lifts at once."""
    effective = before.effective
    if before.has_fallen(scheme):
        effective = {"last": before.computed, "best": before.best, "one_step": before.effective - 1}[scheme.down]
    elif scheme.up == "next_month" and before.was_rated and before.computed > before.effective:
        effective = before.computed
    if scheme.up == "at_once" and rated and computed > effective:
        effective = computed
    if effective == before.effective:
        return effective, "kept"
    return effective, "up" if effective > before.effective else "down"


def over_months(values: Iterable[tuple[date, Decimal]], scheme: Scheme, start: State | None = None) -> list[State]:
    """One state for each month of a series without gaps, oldest first."""
    states: list[State] = []
    state = start
    for month, value in values:
        state = step(state, value, month, scheme)
        states.append(state)
    return states


@dataclass(frozen=True)
class Override:
    """A tier that somebody gave by hand, with approval: half-open [from_date, until_date)."""

    rung: str
    from_date: date
    until_date: date

    def holds(self, day: date) -> bool:
        return self.from_date <= day < self.until_date


def service_tier(effective: str, overrides: Sequence[Override], day: date) -> str:
    """The tier by which a customer is served: that of the override which began last, else the effective one. Computed and effective tier
    stay what they are (§2.5)."""
    held = [one for one in overrides if one.holds(day)]
    return max(held, key=lambda one: one.from_date).rung if held else effective
