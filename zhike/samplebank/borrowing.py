"""Loans and credit cards of persons: granted, used, repaid, overdue."""

from __future__ import annotations

import numpy as np

from zhike.samplebank.flows import Flows, Log
from zhike.samplebank.people import Flags, People
from zhike.samplebank.plan import Chance, Ints, Plan

LOAN_SLOT, CARD_SLOT = 60, 70
MORTGAGE, CONSUMER, BUSINESS = 0, 1, 2
RATE_PPM = (36_500, 48_000, 42_000)
TERM_MONTHS = (240, 36, 24)
INSTALMENT_DAY, CARD_DAY, GRANT_DAY = 20, 18, 10


def instalment(amount: Ints, kind: int) -> Ints:
    """Level monthly instalment in fen."""
    monthly, months = RATE_PPM[kind] / 12e6, TERM_MONTHS[kind]
    return np.ceil(amount * monthly / (1 - (1 + monthly) ** -months)).astype(np.int64)


class Borrowing:
    """One loan of each kind and one credit card per person."""

    def __init__(self, plan: Plan, chance: Chance, people: People, flows: Flows, here: Flags) -> None:
        self._chance, self._people, self._flows = chance, people, flows
        n = len(people.index)
        self.amount, self.balance = np.zeros((3, n), dtype=np.int64), np.zeros((3, n), dtype=np.int64)
        self.pay, self.granted, self.overdue = (np.zeros((3, n), dtype=np.int64) for _ in range(3))
        self.log = Log(("party", "slot", "month", "amount", "balance", "instalment", "granted", "overdue"))
        self._start(here)
        self.opening = self.balance.copy()
        wants = np.clip(0.30 - np.abs(people.age - 36) / 120, 0.03, 0.3) + 0.1 * (people.wealth > 20_000_000)
        self.has_card = here & (people.age >= 20) & (chance("credit card", people.index) < wants)
        self.limit = np.where(self.has_card, np.clip(people.income * 3 // 500_000 * 500_000, 500_000, 30_000_000), 0)
        self.card_debt = np.where(self.has_card, (people.income * 0.25 * chance("card debt", people.index)).astype(np.int64), 0)
        self.card_opening = self.card_debt.copy()

    def _start(self, here: Flags) -> None:
        p, u = self._people, self._chance
        grown = here & (p.age >= 25) & (p.tenure_days > 400)
        has = (
            grown & (p.age < 55) & (p.employed | p.trader) & (u("mortgage", p.index) < 0.16),
            grown & (p.age < 60) & p.employed & (u("consumer", p.index) < 0.06),
            grown & p.trader & (u("business", p.index) < 0.28),
        )
        times, months_ago = (70, 8, 14), np.minimum(p.tenure_days // 31, 100)
        for kind in range(3):
            amount = np.where(
                has[kind], (p.income * times[kind] * (0.5 + 0.6 * u(f"loan {kind}", p.index))).astype(np.int64) // 1_000_000 * 1_000_000, 0
            )
            age = 1 + (u(f"loan age {kind}", p.index) * np.minimum(months_ago, TERM_MONTHS[kind] - 6)).astype(np.int64)
            monthly = RATE_PPM[kind] / 12e6
            rest = ((1 + monthly) ** TERM_MONTHS[kind] - (1 + monthly) ** age) / ((1 + monthly) ** TERM_MONTHS[kind] - 1)
            self.amount[kind], self.granted[kind] = amount, -age
            self.balance[kind] = np.rint(amount * rest).astype(np.int64)
            self.pay[kind] = instalment(amount, kind)
            self._note(kind, -1, amount > 0)

    def _note(self, kind: int, month: int, who: Flags) -> None:
        self.log.add(
            who,
            self._people.index,
            LOAN_SLOT + kind,
            month,
            self.amount[kind],
            self.balance[kind],
            self.pay[kind],
            self.granted[kind],
            self.overdue[kind],
        )

    def due(self) -> Ints:
        """What must be paid in a month."""
        due: Ints = (self.pay * (self.balance > 0)).sum(axis=0)
        return due + self.card_debt if hasattr(self, "card_debt") else due

    def owes(self) -> Flags:
        """Whether a loan still runs."""
        owes: Flags = self.balance.max(axis=0) > 0
        return owes

    def has_mortgage(self) -> Flags:
        """Whether a mortgage was ever granted (its account slot is used once)."""
        had: Flags = self.amount[MORTGAGE] > 0
        return had

    def margin(self) -> Ints:
        """What the debts earn in a month, in fen, after funding."""
        margin: Ints = np.rint(self.balance.sum(axis=0) * 0.013 / 12 + self.card_debt * 0.004).astype(np.int64)
        return margin

    def grant_mortgage(self, month: int, who: Flags, amount: Ints, day: int) -> None:
        """Pay a mortgage out; its money passes through the demand account on the same day."""
        party = self._people.index
        self.amount[MORTGAGE] = np.where(who, amount, self.amount[MORTGAGE])
        self.balance[MORTGAGE] = np.where(who, amount, self.balance[MORTGAGE])
        self.pay[MORTGAGE] = np.where(who, instalment(amount, MORTGAGE), self.pay[MORTGAGE])
        self.granted[MORTGAGE] = np.where(who, month, self.granted[MORTGAGE])
        self._flows.add("loan_in", month, party, amount, day)
        self._flows.add("loan_out", month, party, amount, day, slot=LOAN_SLOT + MORTGAGE)
        self._note(MORTGAGE, month, amount > 0)

    def repay(self, month: int, active: Flags, funds: Ints) -> Ints:
        """Instalments and the card bill, as far as `funds` reach; what cannot be paid becomes overdue. Gives the debits."""
        party, debits = self._people.index, np.zeros_like(funds)
        for kind in range(3):
            due = active & (self.balance[kind] > 0) & (self.granted[kind] < month)
            interest = self.balance[kind] * RATE_PPM[kind] // 12_000_000
            full = np.minimum(self.pay[kind], self.balance[kind] + interest)
            pays = due & (full <= funds - debits)
            paid, principal = np.where(pays, full, 0), np.where(pays, full - interest, 0)
            self._flows.add("instalment", month, party, paid, INSTALMENT_DAY)
            self._flows.add("loan_principal", month, party, principal, INSTALMENT_DAY, slot=LOAN_SLOT + kind)
            self.balance[kind] -= principal
            self.overdue[kind] = np.where(due & ~pays, self.overdue[kind] + 1, np.where(pays, 0, self.overdue[kind]))
            self._note(kind, month, due)
            debits += paid
        bill = np.where(active, np.minimum(self.card_debt, np.maximum(funds - debits, 0) * 6 // 10), 0)
        self._flows.add("card_pay", month, party, bill, CARD_DAY)
        self._flows.add("card_credit", month, party, bill, CARD_DAY, slot=CARD_SLOT)
        self.card_debt = self.card_debt - bill
        return debits + bill

    def settle(self, month: int, funds: Ints) -> Ints:
        """A leaving customer pays the card off, as far as `funds` reach. Gives the debits."""
        bill = np.minimum(self.card_debt, funds)
        self._flows.add("card_pay", month, self._people.index, bill, CARD_DAY)
        self._flows.add("card_credit", month, self._people.index, bill, CARD_DAY, slot=CARD_SLOT)
        self.card_debt = self.card_debt - bill
        return bill

    def charge(self, month: int, active: Flags, wish: Ints) -> Ints:
        """Spend by credit card instead of from the account. Gives what was charged."""
        room = np.maximum(self.limit - self.card_debt, 0)
        amount = np.where(active & self.has_card, np.minimum(wish, room), 0)
        self._flows.add("card_spend", month, self._people.index, amount, 1, slot=CARD_SLOT, pieces=np.clip(amount // 40_000, 1, 5))
        self.card_debt = self.card_debt + amount
        return amount
