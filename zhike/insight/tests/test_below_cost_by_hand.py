"""Ten customers below marginal cost, worked out again by plain arithmetic from the files as they landed: no expression of the build is used.

What is set (rates, costs, thresholds) is the only thing both share. Each step is rounded to the fen, half away from zero, as §3 has it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from zhike.insight.settings_rules import Settings, of
from zhike.insight.terms import interpolated, loss_rate
from zhike.insight.tests.computed import Computed, computed

__all__ = ["computed"]

D, CENT, NONE = Decimal, Decimal("0.01"), Decimal(0)
SET = Settings()
MONTHS = [date(2026, 7, 1), date(2026, 8, 1), date(2026, 9, 1)]
Row = Mapping[str, Any]


def rounded(amount: Decimal) -> Decimal:
    return amount.quantize(CENT, ROUND_HALF_UP)


def after(month: date) -> date:
    return (month + timedelta(days=31)).replace(day=1)


@dataclass
class Files:
    """The landed files of the sample bank, of each key the last version."""

    computed: Computed
    read: dict[str, list[Row]] = field(default_factory=dict)

    def rows(self, feed: str) -> list[Row]:
        """Every line of a feed that the checks let pass, in the order in which it came."""
        if feed not in self.read:
            with self.computed.open() as engine:
                result = engine.execute(f"select *, filename from landed_{feed} order by filename, _line")
                names = [column[0] for column in result.description]
                self.read[feed] = [dict(zip(names, row, strict=True)) for row in result.fetchall()]
        return self.read[feed]

    def last(self, feed: str, *key: str) -> dict[tuple[str, ...], Row]:
        return {tuple(row[name] for name in key): row for row in self.rows(feed)}

    def rate_on(self, currency: str, day: date) -> Decimal:
        if currency == "CNY":
            return D(1)
        known = [
            row
            for row in self.rows("rates")
            if row["kind"] == "fx" and row["rate_key"] == f"{currency}/CNY" and row["rate_date"] <= str(day)
        ]
        return D(max(known, key=lambda row: row["rate_date"])["rate"]) if known else SET.currency.rate[currency]

    def price_on(self, term: int, day: date) -> Decimal:
        """What the curve of a day says; before the first one that was delivered, that one."""
        every = [row for row in self.rows("rates") if row["kind"] == "ftp"]
        day = max(day, date.fromisoformat(min(row["rate_date"] for row in every)))
        known = [row for row in every if row["rate_date"] <= str(day)]
        latest = max(row["rate_date"] for row in known)
        return interpolated({int(row["rate_key"][4:-1]): D(row["rate"]) for row in known if row["rate_date"] == latest}, term)


@dataclass
class Worth:
    """What one customer earned and cost, part by part."""

    margin: Decimal = NONE
    commission: Decimal = NONE
    fees: Decimal = NONE
    waived: Decimal = NONE
    direct: Decimal = NONE
    acts: Decimal = NONE
    counter: Decimal = NONE
    accounts: Decimal = NONE
    relation: Decimal = NONE
    loss: Decimal = NONE

    @property
    def variable(self) -> Decimal:
        return self.acts + self.accounts + self.relation

    @property
    def marginal(self) -> Decimal:
        return self.margin + self.commission + self.fees - self.direct - self.variable - self.loss


def by_hand(files: Files, customer: str) -> Worth:
    """Three months of one customer."""
    worth = Worth()
    accounts = [row for row in files.last("accounts", "account_key").values() if row["party_key"] == customer]
    for month in MONTHS:
        for account in accounts:
            add_account(files, worth, account, month)
        add_acts(files, worth, {row["account_key"] for row in accounts}, customer, month)
        add_fees(files, worth, customer, month)
        worth.relation += rounded(SET.costs.customer * of(SET.costs.variable, "customer"))
        if has_manager(files, customer):
            worth.relation += rounded(SET.costs.managed * of(SET.costs.variable, "managed"))
    return worth


def add_account(files: Files, worth: Worth, account: Row, month: date) -> None:
    """Margin, commission, expected loss and variable cost of an account's lines in a month."""
    products, end = files.last("products", "product_key"), after(month)
    closed = date.fromisoformat(account["closed_date"]) if account["status"] == "closed" and account["closed_date"] else date.max
    for line, days in held(files, account["account_key"], month, min(end, closed)).items():
        own = products.get((account["product_key"],), {})
        product = products.get((line,), own) if line else own
        family = product.get("family") or "demand_deposit"
        sums: dict[str, Decimal] = defaultdict(Decimal)
        for currency, amount in days:
            sums[currency] += amount
        currency, total = next(iter(sums.items()))
        day_sum = rounded(total * files.rate_on(currency, end - timedelta(days=1)))
        add_price(files, worth, account, own, family, day_sum, end - timedelta(days=1))
        if closed > month:
            worth.accounts += rounded(of(SET.costs.account, family) * of(SET.costs.variable, "account"))


def add_price(files: Files, worth: Worth, account: Row, product: Row, family: str, day_sum: Decimal, day: date) -> None:
    side = product.get("side") or "liability"
    loan = next((row for row in files.last("loans", "loan_key").values() if row["account_key"] == account["account_key"]), {})
    rate = D(account["rate"] or (loan.get("rate") if side == "asset" else None) or product.get("rate") or 0)
    base = D(of(SET.interest.base, family))
    if side in ("liability", "asset"):
        term, begun = months_of(account, product), account["start_date"] or account["opened_date"]
        price = files.price_on(term or of(SET.transfer.term, family), date.fromisoformat(begun) if term and begun else day)
        worth.margin += rounded(day_sum * (price - rate if side == "liability" else rate - price) / base)
    else:
        worth.commission += rounded(day_sum * of(SET.fees.commission, family) / 365)
    if side == "asset":
        overdue = int(loan.get("overdue_days") or 0)
        worth.loss += rounded(max(day_sum, NONE) * loss_rate(SET, family, overdue) / 365)


def months_of(account: Row, product: Row) -> int:
    """The term of a contract in whole months, the nearest one; 0 where nothing says it."""
    days = int(product.get("term_days") or 0)
    if account["maturity_date"] and account["start_date"]:
        days = (date.fromisoformat(account["maturity_date"]) - date.fromisoformat(account["start_date"])).days
    return min(int((D(days) * 12 / 365).quantize(D(1), ROUND_HALF_UP)), 60)


def held(files: Files, account: str, month: date, end: date) -> dict[str, list[tuple[str, Decimal]]]:
    """What stood on each line at the end of every day of a month; an account with positions is worth them."""
    changes: dict[str, dict[str, tuple[str, Decimal]]] = defaultdict(dict)
    for row in files.rows("positions"):
        if row["account_key"] == account:
            changes[row["product_key"]][row["position_date"]] = (row["currency"], D(row["market_value"]))
    for row in files.rows("balances") if not changes else ():
        if row["account_key"] == account:
            changes[""][row["balance_date"]] = (row["currency"], D(row["balance"]))
    found: dict[str, list[tuple[str, Decimal]]] = defaultdict(list)
    for line, known in changes.items():
        for back in range((end - month).days):
            until = [day for day in known if day <= str(month + timedelta(days=back))]
            if until:
                found[line].append(known[max(until)])
    return found


def add_acts(files: Files, worth: Worth, accounts: set[str], customer: str, month: date) -> None:
    """The variable part of what postings cost and of what log-ins, visits and contacts cost, each rounded once a month."""
    channels: dict[bool, list[str]] = {True: [], False: []}  # of postings, of everything else
    for row in files.rows("transactions"):
        if row["account_key"] in accounts and row["booking_date"][:7] == str(month)[:7]:
            channels[True].append(row["channel"] or "other")
    for feed in ("channel_events", "interactions"):
        for row in files.rows(feed):
            if row["party_key"] == customer and row["at"][:7] == str(month)[:7]:
                channels[False].append(row["channel"])
    for are_postings, acts in channels.items():
        counters = ("counter", "branch_visit") if are_postings else ("counter", "branch_visit", "visit")
        worth.acts += rounded(sum((varies(channel) for channel in acts), NONE))
        worth.counter += rounded(sum((varies(channel) for channel in acts if channel in counters), NONE))


def varies(channel: str) -> Decimal:
    """What of an act's cost is variable."""
    return rounded(of(SET.costs.act, channel)) * of(SET.costs.variable, channel)


def add_fees(files: Files, worth: Worth, customer: str, month: date) -> None:
    shops = {row["merchant_key"] for row in files.last("merchants", "merchant_key").values() if row["party_key"] == customer}
    paid = NONE
    for row in files.rows("fees"):
        if row["party_key"] == customer and row["fee_date"][:7] == str(month)[:7]:
            paid += D(row["amount"])
            worth.waived += D(row["waived"] or 0)
    for row in files.rows("merchant_volumes") if shops else ():
        if row["merchant_key"] in shops and row["month"][:7] == str(month)[:7]:
            paid += D(row["fee"] or 0)
    worth.fees += paid
    worth.direct += rounded(paid * of(SET.fees.direct, "*"))


def has_manager(files: Files, customer: str) -> bool:
    """Whether she has a main manager on the last day."""
    known = files.last("rm_assignments", "party_key", "staff_no", "role", "from_date").values()
    return any(row["party_key"] == customer and row["role"] == "main" and not row["to_date"] for row in known)


SAID = "margin_12m, fees_12m, expected_loss_12m, marginal_12m, is_below_cost, below_cost_reason"


def said(computed: Computed, which: str) -> list[tuple[Any, ...]]:
    """What the profile says of some customers, by their keys in the files."""
    keys = f"{computed.home}/warehouse/marts/keys/{computed.snapshot().keys}.parquet"
    return computed.ask(
        f"select external_key, {SAID} from profile join read_parquet('{keys}') using (party_id) where source = 'zhike' and accounts_open > 0 {which}"
    )


def test_ten_who_bring_least_are_below_marginal_cost_by_hand_and_for_the_reason_that_is_said(computed: Computed) -> None:
    ten = said(computed, "order by marginal_12m, party_id limit 10")
    assert sum(1 for row in ten if row[5]) >= 9
    files = Files(computed)
    for customer, margin, fees, loss, marginal, is_below, reason in ten:
        hand = by_hand(files, customer)
        assert (hand.margin, hand.fees, hand.loss, hand.marginal) == (margin, fees, loss, marginal), customer
        assert (hand.marginal < 0, reason_of(hand) if hand.marginal < 0 else None) == (is_below, reason), customer


def test_so_are_those_with_wealth_products_fees_loans_and_money_of_other_currencies(computed: Computed) -> None:
    mixed = [
        *said(computed, "and wealth > 0 and fees_12m > 0 order by party_id limit 3"),
        *said(computed, "and funds > 0 order by party_id limit 2"),
        *said(computed, "and lum > 0 and term_deposits > 0 order by party_id limit 3"),
    ]
    files = Files(computed)
    assert len(mixed) >= 6
    for customer, margin, fees, loss, marginal, *_rest in mixed:
        hand = by_hand(files, customer)
        assert (hand.margin, hand.fees, hand.loss, hand.marginal) == (margin, fees, loss, marginal), customer


def reason_of(worth: Worth) -> str:
    """The largest of what pulls her down."""
    pulls = {
        "expected_loss": worth.loss, "negative_margin": max(-worth.margin, NONE), "counter": worth.counter, "waived": worth.waived, "accounts": worth.accounts,
        "channels": max(worth.acts - worth.counter, NONE), "care": worth.relation,
    }  # fmt: skip
    return max(pulls, key=lambda name: pulls[name])
