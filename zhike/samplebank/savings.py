"""Deposits with a term and investments of persons: opened, matured, renewed, moved, sold."""

from __future__ import annotations

import numpy as np

from zhike.samplebank.catalogue import POSITION_CHOICES, TERMS, deposit_rate_ppm, price_paths
from zhike.samplebank.flows import Flows, Log
from zhike.samplebank.people import Flags, People
from zhike.samplebank.plan import Chance, Ints, Plan

DEPOSIT_SLOT, DEPOSIT_CHAIN, DEPOSIT_LINES = 10, 16, 3  # account slot of the first deposit, successors per line, lines per person
POSITION_SLOT = 80
THOUSAND = 100_000  # a thousand yuan in fen
RENEWED, TO_RIVAL, TO_DEMAND, BROKEN = 1, 2, 3, 4
CASHED_DAY = 8


class Deposits:
    """Up to three lines of deposits per person; each renewal is a new account in the same line."""

    def __init__(self, plan: Plan, chance: Chance, people: People, flows: Flows, here: Flags) -> None:
        self._plan, self._chance, self._people, self._flows = plan, chance, people, flows
        shape = (DEPOSIT_LINES, len(people.index))
        self.principal, self.opened = np.zeros(shape, dtype=np.int64), np.zeros(shape, dtype=np.int64)
        self.day, self.term, self.chain = (
            np.full(shape, 5, dtype=np.int64),
            np.full(shape, 12, dtype=np.int64),
            np.zeros(shape, dtype=np.int64),
        )
        self.family, self.rate = np.zeros(shape, dtype=np.int64), np.zeros(shape, dtype=np.int64)
        self.log = Log(("party", "slot", "family", "principal", "month", "day", "term", "rate_ppm", "close_month", "close_day", "outcome"))
        self._start(here)

    def total(self) -> Ints:
        """Principal on deposit, per person, in fen."""
        total: Ints = self.principal.sum(axis=0)
        return total

    def _start(self, here: Flags) -> None:
        p = self._people
        saves = (
            here
            & (p.wealth > 1_000_000)
            & (self._chance("saver", p.index) < np.clip(0.12 + np.log10(p.wealth / 1e6 + 1) * 0.25 + p.age / 300, 0, 0.85))
        )
        share = np.where(saves, 0.3 + 0.45 * self._chance("deposit share", p.index), 0.0)
        for line, part in enumerate((0.6, 0.25, 0.15)):
            amount = (p.wealth * share * part).astype(np.int64) // THOUSAND * THOUSAND
            amount = np.where(amount >= 3 * THOUSAND, amount, 0)
            self._choose(line, amount > 0, amount, 0)
            since = 1 + (self._chance(f"deposit age {line}", p.index) * self.term[line]).astype(np.int64)
            self.opened[line] = -np.minimum(since, np.maximum(p.tenure_days // 31, 1))

    def _choose(self, line: int, who: Flags, amount: Ints, month: int) -> None:
        """Choose term, family, rate and day for new deposits in this line."""
        u = self._chance(f"term {line}", self._people.index, month)
        term = np.array(TERMS)[1:][np.searchsorted([0.12, 0.27, 0.62, 0.77, 0.96], u)]
        v = self._chance(f"family {line}", self._people.index, month)
        yuan = amount // 100
        family = np.select([(yuan >= 200_000) & (v < 0.45), (yuan >= 10_000) & (v > 0.93), (yuan >= 50_000) & (v > 0.88)], [1, 2, 3], 0)
        term = np.where(family == 3, 1, term)
        rate = np.select([family == k for k in range(4)], [deposit_rate_ppm(k, term) for k in range(4)])
        self.principal[line] = np.where(who, amount, self.principal[line])
        self.opened[line] = np.where(who, month, self.opened[line])
        self.term[line], self.family[line] = np.where(who, term, self.term[line]), np.where(who, family, self.family[line])
        self.rate[line] = np.where(who, rate, self.rate[line])
        self.day[line] = np.where(
            who, 3 + (self._chance(f"deposit day {line}", self._people.index, month) * 22).astype(np.int64), self.day[line]
        )

    def _slot(self, line: int) -> Ints:
        return DEPOSIT_SLOT + line * DEPOSIT_CHAIN + self.chain[line]

    def _end(self, line: int, month: int, who: Flags, day: Ints | int, outcome: Ints | int, interest: Ints) -> Ints:
        """Pay principal and interest back to the demand account and write the deposit down. Gives what was credited."""
        party, slot = self._people.index, self._slot(line)
        paid = np.where(who, self.principal[line] + interest, 0)
        self._flows.add("td_interest", month, party, np.where(who, interest, 0), day, slot=slot)
        self._flows.add("td_out", month, party, paid, day, slot=slot)
        self._flows.add("deposit_back", month, party, paid, day)
        self._note(line, who, month, day, outcome)
        self.principal[line] = np.where(who, 0, self.principal[line])
        return paid

    def _note(self, line: int, who: Flags, close_month: int, close_day: Ints | int, outcome: Ints | int) -> None:
        self.log.add(
            who, self._people.index, self._slot(line), self.family[line], self.principal[line], self.opened[line], self.day[line],
            self.term[line], self.rate[line], close_month, close_day, outcome,
        )  # fmt: skip

    def _open(self, line: int, month: int, amount: Ints, day: Ints | None = None) -> None:
        who = amount > 0
        self.chain[line] += who & (self.chain[line] >= 0)
        self._choose(line, who, amount, month)
        if day is not None:
            self.day[line] = np.where(who, day, self.day[line])
        self._flows.add("deposit_new", month, self._people.index, amount, self.day[line])
        self._flows.add("td_in", month, self._people.index, amount, self.day[line], slot=self._slot(line))

    def mature(self, month: int, active: Flags, fading: Flags) -> tuple[Ints, Ints, Flags]:
        """Matured deposits: renewed, left on demand, or carried to a competitor. Gives credits, debits and who went to a rival."""
        p = self._people
        credits, debits, rival = np.zeros_like(p.wealth), np.zeros_like(p.wealth), np.zeros(len(p.index), dtype=bool)
        outbid = (month in self._plan.competitor_months) & (p.outlet % 3 == 0)
        for line in range(DEPOSIT_LINES):
            due = active & (self.principal[line] > 0) & (self.opened[line] + self.term[line] == month)
            if not due.any():
                continue
            interest = self.principal[line] * self.rate[line] * self.term[line] // 12_000_000
            u = self._chance(f"matures {line}", p.index, month)
            leaves = due & (fading | (u < np.where(outbid, 0.65 * p.rate_sensitive, 0.05 * p.rate_sensitive)))
            renews = due & ~leaves & (u > 0.28) & (self.chain[line] < DEPOSIT_CHAIN - 1)
            principal, day = self.principal[line].copy(), self.day[line].copy()
            paid = self._end(line, month, due, day, np.where(leaves, TO_RIVAL, np.where(renews, RENEWED, TO_DEMAND)), interest)
            out = np.where(leaves, paid, 0)
            self._flows.add("rival_out", month, p.index, out, day + 1)
            again = np.where(renews, principal, 0)
            self._open(line, month, again, day)
            credits += paid
            debits += out + again
            rival |= leaves & ~fading
        return credits, debits, rival

    def save(self, month: int, surplus: Ints) -> Ints:
        """Put part of the surplus into a free line. Gives the debits."""
        p = self._people
        willing = (surplus > 5 * THOUSAND) & (self._chance("saves", p.index, month) < 0.22 + p.age / 400)
        debits, done = np.zeros_like(surplus), np.zeros(len(p.index), dtype=bool)
        for line in range(DEPOSIT_LINES):
            free = willing & ~done & (self.principal[line] == 0) & (self.chain[line] < DEPOSIT_CHAIN - 1)
            amount = np.where(free, surplus * 8 // 10 // THOUSAND * THOUSAND, 0)
            self._open(line, month, amount)
            debits += amount
            done |= free
        return debits

    def break_all(self, month: int, who: Flags) -> Ints:
        """A leaving customer cashes everything early, at the demand rate. Gives the credits."""
        credits = np.zeros_like(self._people.wealth)
        for line in range(DEPOSIT_LINES):
            broken = who & (self.principal[line] > 0)
            credits += self._end(line, month, broken, CASHED_DAY, BROKEN, self.principal[line] // 2000)
        return credits

    def finish(self) -> None:
        """Write down the deposits that still run."""
        for line in range(DEPOSIT_LINES):
            self._note(line, self.principal[line] > 0, -1, -1, 0)


class Portfolio:
    """Five holdings per person (see POSITION_CHOICES), valued with the bank's published prices."""

    def __init__(self, plan: Plan, chance: Chance, people: People, flows: Flows, here: Flags) -> None:
        self._chance, self._people, self._flows = chance, people, flows
        self._prices = price_paths(plan, chance)
        n = len(people.index)
        self.product = np.stack(
            [np.array(c)[(chance(f"product {s}", people.index) * len(c)).astype(np.int64)] for s, c in enumerate(POSITION_CHOICES)]
        )
        self.units, self.cost = np.zeros((5, n), dtype=np.int64), np.zeros((5, n), dtype=np.int64)
        self._sold = np.zeros((5, n), dtype=bool)
        self.log = Log(("party", "slot", "month", "product", "units", "nav", "cost"))
        self._start(here)
        self.mark(-1, here)

    def cost_total(self) -> Ints:
        """What was paid for the holdings, per person, in fen."""
        total: Ints = self.cost.sum(axis=0)
        return total

    def _start(self, here: Flags) -> None:
        p = self._people
        appetite = np.select([p.wealth < 5_000_000, p.wealth < 20_000_000, p.wealth < 100_000_000], [0.05, 0.26, 0.5], 0.78)
        for slot, (eager, share) in enumerate(((1.0, 0.16), (0.45, 0.12), (0.6, 0.05), (0.25, 0.03), (0.7, 0.06))):
            owns = here & (p.wealth > 200_000) & (self._chance(f"owns {slot}", p.index) < appetite * eager)
            amount = (p.wealth * share * (0.5 + self._chance(f"share {slot}", p.index))).astype(np.int64) // 10_000 * 10_000
            self._add(slot, 0, np.where(owns, amount, 0))

    def _price(self, slot: int, column: int) -> Ints:
        price: Ints = self._prices[self.product[slot], column]
        return price

    def _add(self, slot: int, column: int, amount: Ints) -> None:
        self.units[slot] += amount * 1_000_000 // self._price(slot, column)
        self.cost[slot] += amount

    def buy(self, month: int, surplus: Ints) -> Ints:
        """Buy into one holding with part of the surplus, at the last published price. Gives the debits."""
        p = self._people
        wants = (surplus > THOUSAND) & (self._chance("invests", p.index, month) < 0.22)
        choice = np.searchsorted([0.5, 0.66, 0.84, 0.9], self._chance("invests in", p.index, month))
        debits = np.zeros_like(surplus)
        for slot in range(5):
            amount = np.where(wants & (choice == slot), surplus * 6 // 10 // 10_000 * 10_000, 0)
            self._add(slot, month, amount)
            self._flows.add("premium" if slot == 4 else "wealth_buy", month, p.index, amount, 11, other=self.product[slot])
            debits += amount
        return debits

    def redeem(self, month: int, who: Flags) -> Ints:
        """Sell everything at the last published price. Gives the credits."""
        credits = np.zeros_like(self._people.wealth)
        for slot in range(5):
            value = np.where(who, self.units[slot] * self._price(slot, month) // 1_000_000, 0)
            self._flows.add("wealth_back", month, self._people.index, value, CASHED_DAY, other=self.product[slot])
            self._sold[slot] |= who & (self.units[slot] > 0)
            self.units[slot], self.cost[slot] = np.where(who, 0, self.units[slot]), np.where(who, 0, self.cost[slot])
            credits += value
        return credits

    def mark(self, month: int, who: Flags) -> None:
        """Write the holdings down with the price at the end of `month` (-1: the opening)."""
        for slot in range(5):
            shown = who & ((self.units[slot] > 0) | self._sold[slot])
            price = self._price(slot, month + 1)
            self.log.add(
                shown, self._people.index, POSITION_SLOT + slot, month, self.product[slot], self.units[slot], price, self.cost[slot]
            )
            self._sold[slot] &= ~who
