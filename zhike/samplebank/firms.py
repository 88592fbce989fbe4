"""How companies, institutions and banks live: takings, purchases, supply chains, payrolls, taxes, loans, and some leave.

The same rule as for persons: what leaves in a month was there on its first day; takings are set so that next month's payroll is.
"""

from __future__ import annotations

import numpy as np

from zhike.samplebank.flows import Flows, Log
from zhike.samplebank.people import Flags
from zhike.samplebank.plan import Chance, Ints, Plan

NEVER = 10_000
LOAN_RATE_PPM = 39_500


class Firms:
    """All firms at once. `payroll[employer, month, day]` is what their employees were paid, in fen."""

    def __init__(self, plan: Plan, chance: Chance, payroll: Ints) -> None:
        self.plan, self.chance, self.payroll = plan, chance, payroll
        self.index = np.arange(plan.firms.start, plan.firms.stop, dtype=np.int64)
        self.number = self.index - plan.firms.start
        n = len(self.index)
        self.company = self.index < plan.cuts[2]
        monthly = np.zeros((n, plan.months), dtype=np.int64)
        monthly[: plan.employers] = payroll.sum(axis=2)
        self.monthly_pay = monthly
        size = np.where(self.company, 1.0, 3.0) * np.exp(1.35 * chance.normal("firm size", self.index))
        self.revenue = np.maximum((16_000_000 * size).astype(np.int64), monthly.max(axis=1, initial=0) * 3)
        cushion = (self.revenue * (0.6 + 2.4 * chance("firm cushion", self.index))).astype(np.int64)
        self.balance = np.maximum(cushion, monthly[:, 0] * 2)
        self.opening = self.balance.copy()
        self.supplier = np.where(self.company & (chance("has supplier", self.index) < 0.55), self._partner("supplier"), -1)
        self.loan = np.where(self.company & (chance("firm loan", self.index) < 0.16), self.revenue * 4 // 10_000_000 * 10_000_000, 0)
        self.overdue_from = np.where(
            (self.loan > 0) & (chance("firm overdue", self.index) < 0.03),
            (chance("overdue when", self.index) * plan.months).astype(np.int64),
            NEVER,
        )
        leaves = (
            (self.number >= plan.employers) & self.company & (self.loan == 0) & (chance("firm leaves", self.index) < 0.005 * plan.months)
        )
        self.started = np.where(leaves, (chance("firm when", self.index) * plan.months).astype(np.int64), NEVER)
        self.ends = np.where(leaves, self.started + 4, NEVER)
        calm = self.started == NEVER
        self.deposit = np.where(calm & (chance("firm deposit", self.index) < 0.3), self.revenue // 2 // 10_000_000 * 10_000_000, 0)
        self.margin = np.where(calm & self.company & (chance("firm margin", self.index) < 0.12), self.revenue // 10 // 100_000 * 100_000, 0)
        self.flows = Flows()
        self.truth = Log(("party", "month", "hazard_ppm", "response_ppm", "contribution", "future_contribution", "reason", "state"))

    def _partner(self, what: str) -> Ints:
        """A larger company of the bank, usually one of a few hubs."""
        companies = self.plan.cuts[2] - self.plan.firms.start
        found = (companies * self.chance(what, self.index) ** 2.5).astype(np.int64)
        return np.where(found == self.number, (found + 1) % companies, found)

    def run(self) -> None:
        """Live through all months."""
        for month in range(self.plan.months):
            self._month(month)

    def _u(self, what: str, month: int) -> Ints:
        return self.chance(what, self.index, month)  # type: ignore[return-value]

    def _month(self, month: int) -> None:
        here = self.ends > month
        closing = self.ends == month
        strength = np.where(month > self.started, np.maximum(1 - 0.3 * (month - self.started), 0.1), 1.0)
        funds = np.where(here, self.balance, 0)
        debits = self._pay_out(month, here, funds)
        credits = self._supplies(month, here, funds, debits)
        credits += self._take_in(month, here, strength, debits, credits)
        drained = np.where(here & (month > self.started), np.maximum(funds - debits[0], 0) * 5 // 10, 0)
        self.flows.add("leave_out", month, self.index, drained, 17)
        self.balance += credits - debits[0] - drained
        self.flows.add("close_out", month, self.index, np.where(closing, self.balance, 0), 20)
        self.balance = np.where(closing, 0, self.balance)
        self._note(month, here)

    def _pay_out(self, month: int, here: Flags, funds: Ints) -> list[Ints]:
        """Salaries on their days, tax, purchases, loan interest. Gives a list of one array, which later steps add to."""
        paid = np.where(here, self.monthly_pay[:, month], 0)
        employers, days = np.nonzero(self.payroll[:, month, :])
        self.flows.add("payroll_out", month, self.index[employers], self.payroll[employers, month, days], days.astype(np.int64))
        interest = np.where(here & (self.loan > 0) & (month < self.overdue_from), self.loan * LOAN_RATE_PPM // 12_000_000, 0)
        interest = np.where(interest <= funds - paid, interest, 0)
        self.flows.add("instalment", month, self.index, interest, 20)
        left = np.maximum(funds - paid - interest, 0)
        tax = np.where(here, np.minimum(self.revenue * 3 // 100, left // 5), 0)
        self.flows.add("tax", month, self.index, tax, 14)
        bought = np.where(
            here, np.minimum((self.revenue * (0.25 + 0.35 * self._u("firm buys", month))).astype(np.int64), (left - tax) * 5 // 10), 0
        )
        self.flows.add("firm_out", month, self.index, bought, 1, pieces=np.clip(bought // 3_000_000, 1, 9))
        return [paid + interest + tax + bought]

    def _supplies(self, month: int, here: Flags, funds: Ints, debits: list[Ints]) -> Ints:
        """Payments along the supply chain: both sides are customers, so both books show them."""
        left = np.maximum(funds - debits[0], 0)
        alive = here & (self.supplier >= 0) & (self.ends[np.maximum(self.supplier, 0)] > month)
        amount = np.where(
            alive, np.minimum((self.revenue * (0.1 + 0.2 * self._u("supply", month))).astype(np.int64), left * 6 // 10) // 100 * 100, 0
        )
        day = 3 + (self._u("supply day", month) * 24).astype(np.int64)
        target = np.maximum(self.supplier, 0)
        self.flows.add("supply_out", month, self.index, amount, day, other=target)
        self.flows.add("supply_in", month, self.index[target], amount, day, other=self.number)
        debits[0] = debits[0] + amount
        credits = np.zeros_like(self.balance)
        np.add.at(credits, target, amount)
        return credits

    def _take_in(self, month: int, here: Flags, strength: Ints, debits: list[Ints], credits: Ints) -> Ints:
        """Takings follow what went out and the firm's strength, and at least keep next month's payroll covered."""
        normal = (debits[0] * (0.86 + 0.3 * self._u("takings", month)) * strength).astype(np.int64)
        coming = self.monthly_pay[:, min(month + 1, self.plan.months - 1)]
        needed = coming * 13 // 10 - (self.balance - debits[0] + credits)
        takings = np.where(here, np.maximum(normal - credits, np.maximum(needed, 0)), 0)
        self.flows.add("firm_in", month, self.index, takings, 1, pieces=np.clip(takings // 4_000_000, 1, 7))
        quarter = self.plan.month_start(month).month % 3 == 0
        interest = np.where(here, self.balance * 5 // 40_000, 0) * quarter
        self.flows.add("interest", month, self.index, interest, 21)
        return takings + interest

    def _note(self, month: int, here: Flags) -> None:
        contribution = np.rint((self.balance * 0.015 + self.loan * 0.013) / 12 + self.revenue * 0.0002 - 8_000).astype(np.int64)
        hazard = np.where(self.started <= month, 450_000, 5_000)
        loyal = hazard / 1e6
        future = np.rint(contribution * (1 - (1 - loyal) ** 12) / loyal)
        reason = np.where(self.started <= month, np.where(self.chance("firm reason", self.index) < 0.6, 2, 1), 0)
        self.truth.add(here, self.index, month, hazard, hazard // 4, contribution, future, reason, (self.started <= month).astype(np.int64))
