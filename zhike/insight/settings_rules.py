"""Every setting that measures, tiers and stages need, as values with defaults: dated settings are these with some of them replaced.

Pure: no Django, no clock. Money is CNY, rates and shares are yearly fractions (0.0175 is 1.75 %) unless a line says otherwise. A mapping by
product family, channel or band has the entry `*` for whatever it does not name (`of`). Defaults are proposals for a Chinese city bank, to
be replaced by the bank's own figures; where a rule has a source it is named (domain §2.4, §3).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from types import MappingProxyType
from typing import TypeVar

from zhike.insight.settings_needs import LifeNeeds

Value = TypeVar("Value")
OTHERS = "*"


def of(values: Mapping[str, Value], name: str) -> Value:
    """The entry of a family, channel or band, or the one for all others."""
    return values[name] if name in values else values[OTHERS]


def _fixed(values: Mapping[str, Value]) -> Mapping[str, Value]:
    return MappingProxyType(dict(values))


def _decimals(**values: str) -> Mapping[str, Decimal]:
    return _fixed({OTHERS if name == "others" else name: Decimal(text) for name, text in values.items()})


DEPOSITS = ("demand_deposit", "call_deposit", "time_deposit", "cd", "structured_deposit", "margin")
INVESTMENTS = ("wealth_product", "fund", "insurance", "bond", "precious_metal", "trust")
LOANS = (
    "mortgage", "business_loan", "consumer_loan", "farmer_loan", "credit_card", "working_capital", "fixed_asset_loan", "project_finance",
    "trade_finance", "discount", "loan",
)  # fmt: skip


@dataclass(frozen=True)
class Averages:
    """How a daily average is made (§2.4, §3.1).

    `day_count`: "calendar" divides by the days of the period, "thirty" by 30 a month (CCB's published rule). `joint`: what of a joint
    account counts for whom: "main" all of it for the main holder, "share" each holder's part as delivered, equal parts where nothing is. All of it
    for each is no choice: customers would not add up to the bank. `custody`: whether securities' cash in custody counts as AUM.
    """

    day_count: str = "calendar"
    joint: str = "main"
    custody: str = "no"


@dataclass(frozen=True)
class Interest:
    """B of §3.3: what a year of interest is divided by, per family: 360 or 365."""

    base: Mapping[str, int] = field(
        default_factory=lambda: _fixed(
            {OTHERS: 360, "credit_card": 365, "consumer_loan": 360, "wealth_product": 365, "structured_deposit": 365}
        )
    )


@dataclass(frozen=True)
class Transfer:
    """Funds transfer pricing (FTP, §3.3).

    `source`: "feed" takes the curve of the feed `rates` (kind ftp, CNY-<n>M) as of the day and `curve` only where the feed has none;
    "setting" takes `curve` alone. `day`: whether a deposit for a term or a loan keeps the curve of the day on which it began ("contract") or takes that of
    each month ("month"), as money without a term always does. `curve`: the price of money by months of term. `term`: months that a family's money stays by
    experience, where the contract says none (0 in a contract counts as none).
    """

    source: str = "feed"
    day: str = "contract"
    curve: Mapping[str, Decimal] = field(
        default_factory=lambda: _fixed({
            "1": Decimal("0.0135"), "3": Decimal("0.0150"), "6": Decimal("0.0163"), "12": Decimal("0.0176"), "24": Decimal("0.0191"),
            "36": Decimal("0.0199"), "60": Decimal("0.0210"),
        })
    )  # fmt: skip
    term: Mapping[str, int] = field(
        default_factory=lambda: _fixed({
            OTHERS: 12, "demand_deposit": 6, "call_deposit": 1, "margin": 3, "credit_card": 3, "discount": 6, "working_capital": 12,
            "mortgage": 60, "fixed_asset_loan": 60, "project_finance": 60,
        })
    )  # fmt: skip


@dataclass(frozen=True)
class Fees:
    """What the bank earns and pays beside interest: `commission` a year on the balance of what it sells for others or manages, `direct` the
    part of fee income that goes straight out again (interchange, sales commission)."""

    commission: Mapping[str, Decimal] = field(
        default_factory=lambda: _decimals(
            others="0", wealth_product="0.0040", fund="0.0060", insurance="0.0050", trust="0.0080", precious_metal="0.0030", bond="0.0010"
        )
    )
    direct: Mapping[str, Decimal] = field(default_factory=lambda: _decimals(others="0.10"))


@dataclass(frozen=True)
class Costs:
    """Activity-based cost (§3.3): CNY for one act of a channel, for an account of a family a month, for a customer a month, and for having
    a relationship manager a month. `variable`: which part of each would not be spent without the customer; the rest is fixed and only
    allocated. Below marginal cost (S27) is: contribution before the fixed part < 0."""

    act: Mapping[str, Decimal] = field(
        default_factory=lambda: _decimals(
            others="0.10", counter="12.00", branch_visit="12.00", visit="180.00", phone="6.00", letter="3.00", atm="1.20", pos="0.15",
            online_bank="0.12", mobile_app="0.08", wechat="0.08", sms="0.05", email="0.02", system="0.02", other="1.00",
        )
    )  # fmt: skip
    account: Mapping[str, Decimal] = field(
        default_factory=lambda: _decimals(
            others="0.50", demand_deposit="0.60", time_deposit="0.30", cd="0.30", structured_deposit="1.50", wealth_product="1.50", fund="1.00",
            insurance="1.00", mortgage="18.00", consumer_loan="9.00", business_loan="30.00", farmer_loan="20.00", credit_card="6.00",
            working_capital="220.00", fixed_asset_loan="300.00", project_finance="900.00", trade_finance="150.00", discount="60.00",
        )
    )  # fmt: skip
    customer: Decimal = Decimal("1.20")
    managed: Decimal = Decimal("15.00")
    variable: Mapping[str, Decimal] = field(
        default_factory=lambda: _decimals(
            others="0.60", counter="0.35", branch_visit="0.35", visit="0.50", phone="0.70", atm="0.40", pos="0.90", online_bank="0.80",
            mobile_app="0.80", account="0.40", customer="0.25", managed="0.30",
        )
    )  # fmt: skip


@dataclass(frozen=True)
class Risk:
    """Expected loss = exposure × PD × LGD. `pd` of a loan that is not overdue by family, `pd_overdue` by band; a band begins at
    `band_from` days overdue. `limit`: the part of an unused credit line that counts as exposure."""

    pd: Mapping[str, Decimal] = field(
        default_factory=lambda: _decimals(
            others="0.020", mortgage="0.005", consumer_loan="0.025", business_loan="0.030", farmer_loan="0.025", credit_card="0.030",
            working_capital="0.020", fixed_asset_loan="0.018", project_finance="0.015", trade_finance="0.010", discount="0.002",
        )
    )  # fmt: skip
    band_from: Mapping[str, int] = field(default_factory=lambda: _fixed({"early": 1, "late": 31, "serious": 61, "default": 91}))
    pd_overdue: Mapping[str, Decimal] = field(default_factory=lambda: _decimals(early="0.08", late="0.25", serious="0.50", default="1"))
    lgd: Mapping[str, Decimal] = field(
        default_factory=lambda: _decimals(
            others="0.45",
            mortgage="0.20",
            consumer_loan="0.65",
            credit_card="0.75",
            business_loan="0.40",
            farmer_loan="0.50",
            discount="0.10",
        )
    )
    limit: Decimal = Decimal("0.10")


@dataclass(frozen=True)
class Capital:
    """Economic capital and what it must earn (§3.3): `rate` of exposure by family, `hurdle` a year, `tax` on profit."""

    rate: Mapping[str, Decimal] = field(
        default_factory=lambda: _decimals(
            others="0.08", mortgage="0.04", consumer_loan="0.06", credit_card="0.06", discount="0.02", demand_deposit="0.001",
            call_deposit="0.001", time_deposit="0.001", cd="0.001", structured_deposit="0.002", margin="0.001", wealth_product="0.002",
            fund="0.001", insurance="0.001", bond="0.001", precious_metal="0.001", trust="0.002",
        )
    )  # fmt: skip
    hurdle: Decimal = Decimal("0.11")
    tax: Decimal = Decimal("0.25")


@dataclass(frozen=True)
class Churn:
    """Thresholds of §3.6. Shares are of the figure compared with; `lost_share` is of the highest month."""

    decline_share: Decimal = Decimal("0.30")
    decline_months: int = 3
    decline_amount: Decimal = Decimal("10000")
    severe_share: Decimal = Decimal("0.50")
    severe_months: int = 6
    activity_share: Decimal = Decimal("0.30")
    activity_days: int = 90
    dormant_days: int = 180
    lost_share: Decimal = Decimal("0.01")
    lost_amount: Decimal = Decimal("100")
    lost_months: int = 3


@dataclass(frozen=True)
class Rfm:
    """§3.2: frequency counts `days` back, scores are `groups` of equal size; `never` stands for the recency of who never moved money."""

    days: int = 365
    groups: int = 5
    never: int = 9999


@dataclass(frozen=True)
class Holding:
    """§3.8: a customer is effective with AUM of at least `effective_aum` or a customer-initiated transaction within `active_days`;
    cross-sold with at least `families` product families."""

    effective_aum: Decimal = Decimal("1000")
    active_days: int = 90
    families: int = 3


@dataclass(frozen=True)
class Wallet:
    """§3.8: an estimate of assets with all banks, shown as a band only. Transfers to own accounts elsewhere count `days` back, each yuan of
    them stands for `held_elsewhere` of assets there; the estimate lies between `low` and `high` times itself; `bands` are lower edges of
    the share here."""

    days: int = 365
    held_elsewhere: Decimal = Decimal("1.50")
    low: Decimal = Decimal("0.70")
    high: Decimal = Decimal("1.50")
    bands: Mapping[str, Decimal] = field(default_factory=lambda: _decimals(small="0", half="0.30", main="0.60", almost_all="0.85"))


@dataclass(frozen=True)
class Currency:
    """At which rate other currencies become CNY: "feed" takes `rates` (kind fx, <code>/CNY) as of the day and `rate` where the feed has
    none; "setting" takes `rate` alone. One declared rate for balances and flows of a day (§2.4)."""

    source: str = "feed"
    rate: Mapping[str, Decimal] = field(
        default_factory=lambda: _decimals(
            USD="7.12", EUR="7.95", HKD="0.914", JPY="0.0476", GBP="9.10", AUD="4.65", CAD="5.15", CHF="8.20", SGD="5.40", CZK="0.30"
        )
    )


@dataclass(frozen=True)
class Stages:
    """When a stage of life begins and ends (S31). A relation is explored until `explore_months` or `explore_families` are reached, grows
    while its AUM is `growth_share` above that of `compare_months` ago or it took up a family since, and has gone back when it is
    `decline_share` below; a stage changes only after `hold_months` in a row say so."""

    explore_months: int = 6
    explore_families: int = 2
    compare_months: int = 6
    growth_share: Decimal = Decimal("0.20")
    decline_share: Decimal = Decimal("0.30")
    hold_months: int = 2


@dataclass(frozen=True)
class Matrix:
    """Cut-offs of value × potential as percentiles within business line and region (S32, §3.5): high from `value_high` and
    `potential_high` on; who is high stays so down to `margin` below, who is low until `margin` above. Recomputed every `months`.

    `potential`: "wallet" is what she seems to hold elsewhere and her salary; "lifetime_value" what she is expected to contribute, as it was said last at the end
    of the quarter, and the wallet for everybody of an end of which nothing was said."""

    value_high: Decimal = Decimal("0.80")
    potential_high: Decimal = Decimal("0.70")
    margin: Decimal = Decimal("0.05")
    months: int = 3
    potential: str = field(default="wallet", repr=False)  # a build knows it by the scorings that it reads


@dataclass(frozen=True)
class Suitability:
    """Who may be offered what (R50–R56, R59); read by the area `risk`, no figure of the profile depends on it.

    `matching`: the highest level of risk for each level of customer (R53). `valid_months`: how long an assessment lasts, `warn_days` before its end
    it is said (R54). `first_in_person`: for which wealth products the customer must have been assessed at the outlet once: "own" those the bank
    issues itself, "all" or "none" (R55). From `high_level` on a product is sold at the outlet (R55) and, to whoever is `aged_from` or older, with a
    second person and a call-back; to her from `care_level` on with less than `experience_years` of investing as well (R56). `qualified_months`: how
    long the proof of a qualified investor counts, `private_least` what she must put in at least by what is invested in (R59).
    """

    matching: Mapping[str, int] = field(default_factory=lambda: _fixed({"C1": 1, "C2": 2, "C3": 3, "C4": 4, "C5": 5}))
    valid_months: int = 12
    warn_days: int = 30
    first_in_person: str = "own"
    high_level: int = 4
    aged_from: int = 65
    care_level: int = 3
    experience_years: int = 2
    qualified_months: int = 12
    private_least: Mapping[str, Decimal] = field(
        default_factory=lambda: _decimals(others="1000000", fixed_income="300000", mixed="400000", equity="1000000", derivative="1000000")
    )


@dataclass(frozen=True)
class Mix:
    """Targets of the mix of business (S38); what is computed does not depend on them.

    `line`: the share of the whole that each line of business is to have, nought: no target. `middle`: the share that the tiers between the lowest and
    private banking are to have of retail business. `more`: of what there is to be more, small and micro firms as a share of corporate business and
    agriculture as a share of the whole; nought: only how it moves is told."""

    line: Mapping[str, Decimal] = field(default_factory=lambda: _decimals(corporate="0.40", retail="0.40", other="0.20"))
    middle: Decimal = Decimal("0.50")
    more: Mapping[str, Decimal] = field(default_factory=lambda: _decimals(small_firms="0", agriculture="0"))


@dataclass(frozen=True)
class Dependence:
    """From which share of the bank's deposits, loans, revenue or contribution on it depends on one group of companies and its supply chain (S39); nought
    asks nothing. What is computed does not depend on it."""

    share: Mapping[str, Decimal] = field(
        default_factory=lambda: _decimals(deposits="0.05", loans="0.05", revenue="0.05", contribution="0.05")
    )


@dataclass(frozen=True)
class Settings:
    """All of them as they hold on one day. `Settings()` are the defaults. What is left out of the text of one is what no figure of a month depends on:
    a build that compares two texts does not begin anew for it (`inputs.settings_digest`)."""

    averages: Averages = field(default_factory=Averages)
    interest: Interest = field(default_factory=Interest)
    transfer: Transfer = field(default_factory=Transfer)
    fees: Fees = field(default_factory=Fees)
    costs: Costs = field(default_factory=Costs)
    risk: Risk = field(default_factory=Risk)
    capital: Capital = field(default_factory=Capital)
    churn: Churn = field(default_factory=Churn)
    rfm: Rfm = field(default_factory=Rfm)
    holding: Holding = field(default_factory=Holding)
    wallet: Wallet = field(default_factory=Wallet)
    currency: Currency = field(default_factory=Currency)
    stages: Stages = field(default_factory=Stages)
    matrix: Matrix = field(default_factory=Matrix)
    suitability: Suitability = field(default_factory=Suitability)
    needs: LifeNeeds = field(default_factory=LifeNeeds)
    mix: Mix = field(default_factory=Mix, repr=False)
    dependence: Dependence = field(default_factory=Dependence, repr=False)
