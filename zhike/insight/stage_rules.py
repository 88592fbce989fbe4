"""Stages of a relation, value × potential, decline and retention (S31, S32, domain §3.5, §3.6): one customer's figures in, words out.

Pure: no Django, no clock. Every threshold is a dated setting. `staging_of_life.py` says the same for all customers at once.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

from zhike.insight.settings_rules import Churn, Matrix, Stages

Stage = Literal["exploring", "growing", "mature", "declining"]
STAGES: tuple[Stage, ...] = ("exploring", "growing", "mature", "declining")
Cell = Literal["symbiotic", "nurturing", "standardised", "sustaining"]
CELLS: tuple[Cell, ...] = ("symbiotic", "nurturing", "standardised", "sustaining")
State = Literal["lost", "severe", "decline", "tier_loss", "dormant", "activity", "steady"]
STATES: tuple[State, ...] = ("lost", "severe", "decline", "tier_loss", "dormant", "activity", "steady")  # the gravest first
NONE = Decimal(0)


@dataclass(frozen=True)
class Month:
    """A customer in a month: average AUM and product families now and `compare_months` ago, and for how many months she has been one."""

    aum: Decimal
    aum_before: Decimal
    families: int
    families_before: int
    tenure: int


@dataclass(frozen=True)
class Life:
    """The stage that holds, what the months since say instead (the stage itself: nothing else), and how many in a row say so."""

    stage: Stage
    says: Stage
    run: int


def stage_of(month: Month, rules: Stages) -> Stage:
    """What a month by itself says (考察期 / 成长期 / 成熟期 / 退化期). New and shallow is exploring, whatever the money does."""
    if month.tenure < rules.explore_months and month.families < rules.explore_families:
        return "exploring"
    if month.aum_before > 0 and month.aum <= month.aum_before * (1 - rules.decline_share):
        return "declining"
    if month.families > month.families_before or (month.aum > 0 and month.aum >= month.aum_before * (1 + rules.growth_share)):
        return "growing"
    return "mature"


def live(before: Life | None, month: Month, rules: Stages) -> Life:
    """The stage after a month. It changes only after `hold_months` in a row have said the same other stage, so that noise moves nobody."""
    says = stage_of(month, rules)
    if before is None:
        return Life(says, says, 0)
    if says == before.stage:
        return Life(says, says, 0)
    run = before.run + 1 if says == before.says else 1
    return Life(says, says, 0) if run >= rules.hold_months else Life(before.stage, says, run)


def is_high(less: int, others: int, cut: Decimal, margin: Decimal, was_high: bool | None) -> bool:
    """Whether a figure is high among its group: `less` of `others` (the group without her) are smaller.

    From the cut on, for whom nothing was said before; who was high stays so down to `margin` below it, who was not until `margin` above.
    """
    at = cut if was_high is None else cut - margin if was_high else min(cut + margin, Decimal(1))
    return others > 0 and less >= at * others


def cell_of(is_value_high: bool, is_potential_high: bool) -> Cell:
    """The strategy of §3.5: 共生级, 培养型, 定式化, and 维持型 for the corner that the source lost."""
    if is_value_high:
        return "symbiotic" if is_potential_high else "sustaining"
    return "nurturing" if is_potential_high else "standardised"


def cells(values: Sequence[Decimal], potentials: Sequence[Decimal], before: Sequence[Cell | None], rules: Matrix) -> list[Cell]:
    """The cell of each customer of one business line and region, by her place among the others."""
    return [
        cell_of(
            is_high(_less(values, value), len(values) - 1, rules.value_high, rules.margin, None if was is None else was in ("symbiotic", "sustaining")),
            is_high(
                _less(potentials, potential), len(values) - 1, rules.potential_high, rules.margin,
                None if was is None else was in ("symbiotic", "nurturing"),
            ),
        )
        for value, potential, was in zip(values, potentials, before, strict=True)
    ]  # fmt: skip


def _less(among: Sequence[Decimal], value: Decimal) -> int:
    return sum(1 for one in among if one < value)


@dataclass(frozen=True)
class Lately:
    """What decline is told from. `aum`: month averages, the latest last; `peak` the highest month ever seen; `acts` customer-initiated
    transactions of the last `activity_days` and of as many days before; `quiet_days` since the last one (None: never any)."""

    aum: Sequence[Decimal]
    peak: Decimal
    acts: int = 0
    acts_before: int = 0
    quiet_days: int | None = 0
    is_closed: bool = False
    has_lost_tier: bool = False


def states_of(lately: Lately, rules: Churn) -> list[State]:
    """Every state of §3.6 that a customer is in, the gravest first; steady where there is none.

    The averages compared with are those of the months before the present one. Lost: all accounts closed, or for `lost_months` in a row below
    `lost_share` of her peak or below `lost_amount`; who never had that much has lost nothing.
    """
    found = {
        "lost": _is_lost(lately, rules),
        "severe": _is_below(lately.aum, rules.severe_months, rules.severe_share),
        "decline": _is_below(lately.aum, rules.decline_months, rules.decline_share, rules.decline_amount),
        "tier_loss": lately.has_lost_tier,
        "dormant": lately.quiet_days is None or lately.quiet_days >= rules.dormant_days,
        "activity": lately.acts_before > 0 and lately.acts <= lately.acts_before * (1 - rules.activity_share),
    }
    return [state for state in STATES if found.get(state)] or ["steady"]


def _is_below(aum: Sequence[Decimal], months: int, share: Decimal, amount: Decimal = NONE) -> bool:
    """Whether the last month is a `share` and an `amount` below the average of up to `months` before it. Multiplied out: nothing is divided."""
    before = aum[-1 - months : -1]
    total, now = sum(before, NONE), aum[-1] if aum else NONE
    if not before or total <= 0:
        return False
    return now * len(before) <= total * (1 - share) and total - now * len(before) >= amount * len(before)


def _is_lost(lately: Lately, rules: Churn) -> bool:
    if lately.is_closed:
        return True
    months = lately.aum[-rules.lost_months :]
    if len(months) < rules.lost_months or lately.peak < rules.lost_amount:
        return False
    return all(one < rules.lost_amount or one < lately.peak * rules.lost_share for one in months)


@dataclass(frozen=True)
class Kept:
    """Retention of a group over a period, by head and by AUM, as the sums that are divided at the edge (decision 9).

    `start`: customers active at its start; `both`: of those, active at its end; `aum_start`, and `aum_kept` = Σ min(end, start).
    """

    start: int
    both: int
    aum_start: Decimal
    aum_kept: Decimal

    @property
    def by_head(self) -> Decimal | None:
        """Share of customers kept; churn is what is missing to one. None: there was nobody."""
        return Decimal(self.both) / self.start if self.start else None

    @property
    def by_aum(self) -> Decimal | None:
        """Share of AUM kept: what the same customers brought since counts for nothing."""
        return self.aum_kept / self.aum_start if self.aum_start else None


@dataclass(frozen=True)
class Between:
    """A customer at both ends of a period. `is_excluded`: dead, merged away, or closed by the bank: neither kept nor lost (§3.6)."""

    was_active: bool
    is_active: bool
    aum_start: Decimal
    aum_end: Decimal
    is_excluded: bool = False


def retention(customers: Sequence[Between]) -> Kept:
    """How many of those active at the start, and how much of their AUM, are still there."""
    counted = [one for one in customers if one.was_active and not one.is_excluded]
    return Kept(
        len(counted), sum(one.is_active for one in counted), sum((one.aum_start for one in counted), NONE),
        sum((min(one.aum_start, one.aum_end) for one in counted), NONE),
    )  # fmt: skip
