"""How persons live month by month: they earn, spend, save, borrow, meet events, grow, sleep and leave.

One rule keeps every demand account from going below zero without any clipping afterwards: what leaves in a month is taken from what was
there on its first day, or directly from a credit booked earlier in the same month (a matured deposit, a loan paid out). So the order of
days inside the month does not matter. All money is whole fen; arrays hold one chunk of persons.
"""

from __future__ import annotations

import numpy as np

from zhike.samplebank.borrowing import Borrowing
from zhike.samplebank.calendar_cn import SPRING_FESTIVAL
from zhike.samplebank.fate import Fate
from zhike.samplebank.flows import Flows, Log
from zhike.samplebank.people import Flags, People
from zhike.samplebank.plan import Chance, Floats, Ints, Plan
from zhike.samplebank.savings import Deposits, Portfolio

EVENTS = ("wedding", "child", "home_purchase", "home_sale", "job_change", "retirement", "inheritance", "moved", "complaint", "complaint_bad", "contact", "rival_offer", "outage_hit")  # fmt: skip
EVENT_NO = {name: number for number, name in enumerate(EVENTS)}
_SEASON = {1: 1.08, 2: 0.95, 3: 0.94, 4: 0.96, 5: 1.03, 6: 1.06, 7: 1.05, 8: 1.04, 9: 0.97, 10: 1.05, 11: 1.2, 12: 1.04}


def season(plan: Plan, month: int) -> float:
    """Spending against the yearly mean: Spring Festival, 618, summer, National Day and 11.11 stand out."""
    day = plan.month_start(month)
    return 1.32 if SPRING_FESTIVAL.get(day.year, 2) == day.month else _SEASON[day.month]


class Life:
    """The simulation of one chunk. Call `run()` once; the results are `flows`, `events`, `opening`, and those of the parts."""

    def __init__(self, plan: Plan, chance: Chance, people: People) -> None:
        self.plan, self.chance, self.people = plan, chance, people
        n = len(people.index)
        self.flows = Flows()
        self.events = Log(("party", "month", "event", "day", "value"))
        self.employed, self.employer = people.employed.copy(), people.employer.copy()
        self.pension_here = ~people.employed & ~people.trader & (people.age >= 55) & (chance("pension here", people.index) < 0.62)
        self.single = people.marital == 0
        self.desire = (people.income * (0.56 + 0.36 * chance("thrift", people.index))).astype(np.int64)
        self.renter = ~people.couple & (people.age < 38) & (chance("renter", people.index) < 0.3)
        self.rent = np.where(self.renter, (people.income * 0.24).astype(np.int64) // 10000 * 10000, 0)
        here = people.joined < 0
        self.deposits = Deposits(plan, chance, people, self.flows, here)
        self.portfolio = Portfolio(plan, chance, people, self.flows, here)
        self.borrowing = Borrowing(plan, chance, people, self.flows, here)
        demand = people.wealth - self.deposits.total() - self.portfolio.cost_total()
        least = (self.desire * (0.5 + chance("cushion", people.index))).astype(np.int64) + 3 * self.borrowing.due()
        self.balance: Ints = np.where(here, np.maximum(demand, least), 0)
        self.target = np.maximum(demand, least)
        self.opening = self.balance.copy()
        self.fate = Fate(plan, chance, people, self.borrowing.owes())
        saves_dollars = here & (people.wealth > 20_000_000) & (chance("dollars", people.index) < 0.12)
        self.dollars = np.where(saves_dollars, (people.wealth * 0.01 * chance("dollar sum", people.index)).astype(np.int64) // 100 * 100, 0)
        self.spent: Ints = np.zeros(n, dtype=np.int64)

    def run(self) -> None:
        """Live through all months."""
        for month in range(self.plan.months):
            self._month(month)
        self.deposits.finish()
        self.dollars[self.fate.ends < self.plan.months] = 0  # who leaves never had any: dollar accounts do not move

    def _u(self, what: str, month: int) -> Floats:
        return self.chance(what, self.people.index, month)

    def _event(self, name: str, month: int, who: Flags, day: Ints | int = 12, value: Ints | int = 0) -> None:
        self.events.add(who, self.people.index, month, EVENT_NO[name], day, value)

    def _month(self, month: int) -> None:
        p, fate = self.people, self.fate
        here = (p.joined < month) & ~fate.gone(month)
        closing = fate.closing(month) & here
        active = here & ~closing
        credits, debits = np.zeros_like(self.balance), np.zeros_like(self.balance)
        funds = np.where(active, self.balance, 0)
        activity = fate.activity(month)
        self._life_events(month, active, funds, credits, debits)
        credits += self._earn(month, active, activity)
        debits += self.borrowing.repay(month, active, funds - debits)
        debits += self._spend(month, active, activity, np.maximum(funds - debits, 0))
        matured, moved_out, rival = self.deposits.mature(month, active, fate.fading(month))
        credits += matured
        debits += moved_out
        credits += self.portfolio.redeem(month, active & fate.drains(month))
        debits += self._part_with(month, active, np.maximum(funds - debits, 0))
        debits += self._save(month, active & (activity >= 1.0), np.maximum(funds - debits, 0))
        self.portfolio.mark(month, here)
        self.balance += credits - debits
        self._close(month, closing)
        self._join(month)
        self._decide(month, active, rival)

    def _life_events(self, month: int, active: Flags, funds: Ints, credits: Ints, debits: Ints) -> None:
        p = self.people
        wedding = active & self.single & (p.age < 40) & (self._u("wedding", month) < 0.006)
        cost = np.where(wedding, (funds * 0.35).astype(np.int64), 0)
        self.flows.add("wedding", month, p.index, cost, 16, pieces=2)
        debits += cost
        self.single &= ~wedding
        self._event("wedding", month, wedding)
        child = active & ~self.single & (p.age >= 24) & (p.age < 42) & (self._u("child", month) < 0.006)
        self.desire = np.where(child, self.desire * 118 // 100, self.desire)
        self._event("child", month, child)
        self._home(month, active, funds, credits, debits)
        for name, chance, low, span in (("home_sale", 0.0004, 70e6, 150e6), ("inheritance", 0.0004, 12e6, 80e6)):
            lucky = active & (p.age > 30) & (self._u(name, month) < chance)
            amount = np.where(lucky, np.rint(low + span * self._u(name + " sum", month) ** 2).astype(np.int64) // 100000 * 100000, 0)
            self.flows.add("house_sale" if name == "home_sale" else name, month, p.index, amount, 14)
            credits += amount
            self._event(name, month, lucky, 14, amount)
        retiring = active & self.employed & (p.age >= np.where(p.female, 55, 60)) & (self._u("retires", month) < 0.15)
        retiring |= active & self.employed & (np.abs(p.age - np.where(p.female, 55, 60)) <= 1) & (self._u("retires", month) < 0.03)
        self.employed &= ~retiring
        self.pension_here |= retiring & (self._u("pension stays", month) < 0.7)
        self._event("retirement", month, retiring)
        self._jobs(month, active)

    def _home(self, month: int, active: Flags, funds: Ints, credits: Ints, debits: Ints) -> None:
        p = self.people
        buys = (
            active
            & (p.age >= 25)
            & (p.age < 50)
            & ~self.borrowing.has_mortgage()
            & (self.fate.activity(month) >= 1)
            & (funds > 6_000_000)
            & (self._u("home", month) < 0.006)
        )
        own = np.where(buys, funds * 6 // 10 // 10000 * 10000, 0)
        loan = np.where(buys, np.minimum(own * 2, p.income * 90) // 100000 * 100000, 0)
        self.borrowing.grant_mortgage(month, buys, loan, 10)
        self.flows.add("house_down", month, p.index, own + loan, 10)
        credits += loan
        debits += own + loan
        self._event("home_purchase", month, buys, 10, loan)

    def _jobs(self, month: int, active: Flags) -> None:
        changes = active & self.employed & (self._u("job", month) < 0.006)
        was_here = self.employer >= 0
        stays = self._u("new job here", month) < 0.42
        new = (self.plan.employers * self._u("new employer", month)).astype(np.int64)
        self.employer = np.where(changes, np.where(stays, new, -1), self.employer)
        self._event("job_change", month, changes, 12, self.employer)
        self.fate.salary_stopped = changes & was_here & ~stays

    def _earn(self, month: int, active: Flags, activity: Floats) -> Ints:
        """Salary, pension, takings; who is paid elsewhere brings money over from the other bank. Gives the credits."""
        p, f = self.people, self.flows
        wobble = 0.97 + 0.06 * self._u("salary", month)
        salary = np.where(
            active & self.employed & (self.employer >= 0) & ~self.fate.salary_withdrawn(month), (p.income * wobble).astype(np.int64), 0
        )
        f.add("salary", month, p.index, salary, p.payday, other=self.employer)
        bonus_month = season(self.plan, month) > 1.3
        bonus = (salary * (0.4 + 1.8 * self._u("bonus", month))).astype(np.int64) * bonus_month
        f.add("bonus", month, p.index, bonus, np.maximum(p.payday - 3, 2), other=self.employer)
        pension = np.where(active & self.pension_here & ~self.fate.salary_withdrawn(month), p.income, 0)
        f.add("pension", month, p.index, pension, 15)
        takings = np.where(
            active & p.trader,
            (p.income * 1.4 * (0.7 + 0.6 * self._u("takings", month)) * season(self.plan, month) * activity).astype(np.int64),
            0,
        )
        pieces = np.clip(takings // 200_000, 2, 8)
        f.add("business_in", month, p.index, takings, 3, pieces=pieces)
        elsewhere = active & (salary == 0) & (pension == 0) & ~p.trader & (self._u("brings", month) < 0.85 * activity)
        need = np.maximum(self.desire + self.borrowing.due() - np.maximum(self.balance - self.target, 0), 0)
        brought = np.where(elsewhere, (need * (0.6 + 0.8 * self._u("brings sum", month)) * activity).astype(np.int64) // 1000 * 1000, 0)
        f.add("own_in", month, p.index, brought, 2 + (self._u("brings day", month) * 24).astype(np.int64))
        gifts = np.where(
            active & (self._u("gift in", month) < 0.25 * activity),
            5000 + (60_000 * self._u("gift sum", month) ** 3).astype(np.int64) // 100 * 100,
            0,
        )
        f.add("gift_in", month, p.index, gifts, 4 + (self._u("gift day", month) * 23).astype(np.int64))
        quarter = self.plan.month_start(month).month % 3 == 0
        interest = np.where(active, (self.balance * 0.0005 / 4).astype(np.int64), 0) * quarter
        f.add("interest", month, p.index, interest, 21)
        return salary + bonus + pension + takings + brought + gifts + interest

    def _spend(self, month: int, active: Flags, activity: Floats, funds: Ints) -> Ints:
        """Rent, bills, cash, purchases and gifts, at most nine tenths of `funds`. Gives the debits."""
        p, f = self.people, self.flows
        left = funds * 9 // 10
        rent = np.where(active & (self.rent <= left) & (activity > 0.5), self.rent, 0)
        left = left - rent
        f.add("rent", month, p.index, rent, 3)
        bills = np.where(active & (activity > 0.3), np.minimum((9_000 + 42_000 * self._u("bills", month)).astype(np.int64), left // 3), 0)
        f.add("utility", month, p.index, bills, 6, pieces=np.where(bills > 20_000, 2, 1))
        left = left - bills
        wish = self.desire * season(self.plan, month) * activity * (0.8 + 0.4 * self._u("spend", month)) - rent - bills
        wish = np.clip(wish, 0, left).astype(np.int64)
        cash = np.where((self._u("cash", month) < 0.45 * (1.3 - p.digital)), wish * 4 // 10 // 10000 * 10000, 0)
        f.add("cash_out", month, p.index, cash, 5 + (self._u("cash day", month) * 20).astype(np.int64))
        gift = np.where(self._u("gift out", month) < 0.22, wish // 8 // 100 * 100, 0)
        f.add("gift_out", month, p.index, gift, 3 + (self._u("gift out day", month) * 24).astype(np.int64))
        trade = np.where(p.trader, (wish * 0.55).astype(np.int64), 0)
        f.add("purchase_out", month, p.index, trade, 2, pieces=np.clip(trade // 500_000, 1, 4), other=-3)
        by_card = self.borrowing.charge(month, active, (wish * 0.5).astype(np.int64))
        spend = np.maximum(wish - cash - gift - trade - by_card, 0)
        often = np.clip((spend // 20_000) * (0.4 + 0.9 * p.digital), 1, 11).astype(np.int64)
        f.add("spend", month, p.index, spend, 1, pieces=often)
        self.spent = rent + bills + cash + gift + trade + spend
        return self.spent

    def _part_with(self, month: int, active: Flags, funds: Ints) -> Ints:
        """Money that goes to the customer's account at another bank: the surplus of some, most of it of those who are leaving."""
        p = self.people
        reserve = np.where(self.borrowing.owes(), 6 * self.borrowing.due(), 0)  # who owes keeps the instalments
        leaving = np.where(
            active & self.fate.fading(month),
            (np.maximum(funds - reserve, 0) * (0.35 + 0.3 * self._u("drain", month))).astype(np.int64) // 10000 * 10000,
            0,
        )
        self.flows.add("leave_out", month, p.index, leaving, 8 + (self._u("drain day", month) * 16).astype(np.int64))
        over = funds - leaving - self.target * 5 // 4
        sweeps = active & (over > 50_000) & (self._u("sweeps", month) < 0.45)
        out = np.where(sweeps, np.maximum(over, 0) * 6 // 10 // 10000 * 10000, 0)
        self.flows.add("own_out", month, p.index, out, 6 + (self._u("sweep day", month) * 20).astype(np.int64))
        return leaving + out

    def _save(self, month: int, active: Flags, funds: Ints) -> Ints:
        """The surplus above the customer's habit goes into deposits and products. Gives the debits."""
        surplus = np.where(active, np.maximum(funds - self.target * 11 // 10, 0), 0)
        in_deposit = self.deposits.save(month, surplus)
        return in_deposit + self.portfolio.buy(month, surplus - in_deposit)

    def _close(self, month: int, closing: Flags) -> None:
        """The last month: deposits and products are cashed on the 8th, everything goes out on the 20th, the accounts are closed."""
        if not closing.any():
            return
        p = self.people
        back = self.deposits.break_all(month, closing) + self.portfolio.redeem(month, closing)
        self.portfolio.mark(month, closing)
        bill = self.borrowing.settle(month, np.where(closing, self.balance + back, 0))
        out = np.where(closing, self.balance + back - bill, 0)
        self.flows.add("close_out", month, p.index, out, 20)
        self.balance = np.where(closing, 0, self.balance)

    def _join(self, month: int) -> None:
        p = self.people
        new = p.joined == month
        first = np.where(new, np.maximum(self.target * 4 // 10, 5_000), 0)
        large = first > 2_000_000
        self.flows.add("first_in", month, p.index, np.where(large, 0, first), p.join_day)
        self.flows.add("own_in", month, p.index, np.where(large, first, 0), p.join_day)
        self.balance = np.where(new, first, self.balance)

    def _decide(self, month: int, active: Flags, rival: Flags) -> None:
        """Complaints, contacts, offers of competitors, and from them who begins to leave."""
        assets = self.balance + self.deposits.total() + self.portfolio.cost_total()
        contribution = (
            self.balance * 0.014 + self.deposits.total() * 0.006 + self.portfolio.cost_total() * 0.0045
        ) / 12 + self.spent * 0.0008
        contribution = contribution + self.borrowing.margin() - 250.0 - 12.0 * (self.people.digital < 0.3) * 10
        self.fate.decide(month, active, assets, np.rint(contribution).astype(np.int64), rival, self.borrowing.owes(), self._event)
