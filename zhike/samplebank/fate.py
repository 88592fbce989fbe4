"""Why and when customers leave: monthly hazards made of named causes, each of which also leaves its mark in the feeds."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from zhike.samplebank.flows import Log
from zhike.samplebank.people import Flags, People
from zhike.samplebank.plan import Chance, Floats, Ints, Plan

REASONS = ("none", "drift", "rival_rate", "complaint", "salary_stop", "outage", "moved", "small")
_FADING_ACTIVITY = np.array([1.0, 0.65, 0.4, 0.2, 0.1])
NEVER = 10_000


class Fate:
    """Who begins to leave when, and the hidden truth about everybody, month by month.

    A leaver fades for two to four months (spending, log-ins and balances fall, salary may stop) and then closes; who still owes
    money, and one in four of the others, stays as a sleeper instead.
    """

    def __init__(self, plan: Plan, chance: Chance, people: People, owes: Flags) -> None:
        n = len(people.index)
        self._plan, self._chance, self._people = plan, chance, people
        self.started = np.full(n, NEVER, dtype=np.int64)
        self.ends = np.full(n, NEVER, dtype=np.int64)
        self.reason = np.zeros(n, dtype=np.int64)
        self.sleeps = np.zeros(n, dtype=bool)
        self.salary_stopped = np.zeros(n, dtype=bool)
        self._upset = np.zeros(n)  # what a badly handled complaint, a lost salary or an outage adds, fading with time
        self._salary_pull = np.zeros(n)
        self._outage_pull = np.zeros(n)
        self.born_asleep = (people.joined < 0) & ~owes & (chance("asleep", people.index) < 0.11) & (people.wealth < 3_000_000)
        self.truth = Log(("party", "month", "hazard_ppm", "response_ppm", "contribution", "future_contribution", "reason", "state"))

    def fading(self, month: int) -> Flags:
        return (self.started < month) & (month < self.ends)

    def drains(self, month: int) -> Flags:
        """In the second month of fading, products are sold."""
        return self.started + 2 == month

    def closing(self, month: int) -> Flags:
        return (self.ends == month) & ~self.sleeps

    def gone(self, month: int) -> Flags:
        return (self.ends < month) & ~self.sleeps

    def asleep(self, month: int) -> Flags:
        return self.born_asleep | (self.sleeps & (self.ends <= month))

    def salary_withdrawn(self, month: int) -> Flags:
        """Leavers have their salary or pension moved after the first fading month."""
        return (self.started + 1 < month) | self.born_asleep

    def activity(self, month: int) -> Floats:
        """Share of the usual activity: 1 for those who stay, falling for leavers, 0 for sleepers."""
        steps = np.clip(month - self.started, 0, 4)
        return np.where(self.asleep(month), 0.0, _FADING_ACTIVITY[steps])

    def decide(
        self, month: int, active: Flags, assets: Ints, contribution: Ints, rival: Flags, owes: Flags, event: Callable[..., None]
    ) -> None:
        """Draw complaints, contacts and offers of this month, then who begins to fade; writes down the truth."""
        p, index = self._people, self._people.index
        awake = active & ~self.asleep(month)
        contacted = self._contacts(month, awake, assets, event)
        causes = self._causes(month, awake, assets, rival, event)
        hazard = sum(causes.values(), start=np.zeros(len(index)))
        hazard = np.clip(hazard * np.where(owes, 0.3, 1.0), 0, 0.6)
        eased = hazard * np.where(contacted, 1 - p.persuadable, 1.0)
        begins = awake & (self.started == NEVER) & (self._chance("begins", index, month) < eased)
        self._begin(month, begins, causes, owes)
        event("moved", month, begins & (self.reason == REASONS.index("moved")), 11)
        loyal = np.where(self.started == NEVER, np.clip(hazard * 0.4 + 0.004, 0, 0.3), 0.45)
        future = contribution * (1 - (1 - loyal) ** 12) / loyal
        state = np.where(self.asleep(month), 3, np.where(self.started <= month, np.where(self.ends <= month, 2, 1), 0))
        present = (p.joined <= month) & ~self.gone(month)
        self.truth.add(
            present,
            index,
            month,
            np.rint(np.where(awake, hazard, 0) * 1e6),
            np.rint(hazard * p.persuadable * 1e6),
            contribution,
            np.rint(future),
            self.reason,
            state,
        )

    def _contacts(self, month: int, awake: Flags, assets: Ints, event: Callable[..., None]) -> Flags:
        often = np.where(assets > 100_000_000, 0.4, np.where(assets > 20_000_000, 0.22, np.where(assets > 5_000_000, 0.11, 0.015)))
        contacted = awake & (self._chance("contacted", self._people.index, month) < often)
        event("contact", month, contacted, 3 + (self._chance("contact day", self._people.index, month) * 24).astype(np.int64))
        return contacted

    def _causes(self, month: int, awake: Flags, assets: Ints, rival: Flags, event: Callable[..., None]) -> dict[str, Floats]:
        p, index, plan = self._people, self._people.index, self._plan
        outage = (month == plan.outage_month) & awake & (self._chance("outage hit", index) < 0.55 * p.digital)
        event("outage_hit", month, outage, 18)
        complains = awake & (self._chance("complains", index, month) < np.where(outage, 0.03, 0.0016) + 0.0015 * (assets > 20_000_000))
        badly = complains & (self._chance("badly", index, month) < 0.38)
        event("complaint", month, complains & ~badly, 19)
        event("complaint_bad", month, badly, 19)
        self._upset = self._upset * 0.5 + 0.28 * badly
        self._salary_pull = self._salary_pull * 0.6 + 0.24 * self.salary_stopped
        self._outage_pull = self._outage_pull * 0.4 + 0.018 * outage
        offered = awake & (month in plan.competitor_months) & (p.outlet % 3 == 0) & (p.rate_sensitive > 0.5) & (assets > 2_000_000)
        event("rival_offer", month, offered | rival, 15)
        young = np.where(p.joined >= 0, 1.5, np.where(p.tenure_days < 1100, 1.35, 0.9))
        return {
            "drift": 0.0042 * young * np.where(assets > 20_000_000, 0.6, 1.0),
            "rival_rate": np.where(offered, 0.03 * p.rate_sensitive, 0) + np.where(rival, 0.2, 0),
            "complaint": self._upset,
            "salary_stop": self._salary_pull,
            "outage": self._outage_pull,
            "moved": np.where(p.age < 45, 0.0007, 0.0003),
            "small": np.where(assets < 100_000, 0.012, 0.0),
        }

    def _begin(self, month: int, begins: Flags, causes: dict[str, Floats], owes: Flags) -> None:
        index = self._people.index
        total = np.maximum(sum(causes.values(), start=np.zeros(len(index))), 1e-12)
        draw, edge = self._chance("reason", index, month) * total, np.zeros(len(index))
        for name, weight in causes.items():
            hit = begins & (draw >= edge) & (draw < edge + weight)
            self.reason[hit] = REASONS.index(name)
            edge = edge + weight
        lasting = 3 + (self._chance("fades", index) * 3).astype(np.int64)
        self.started = np.where(begins, month, self.started)
        self.ends = np.where(begins, month + lasting, self.ends)
        self.sleeps |= begins & (owes | (self._chance("sleeps", index) < 0.25))
