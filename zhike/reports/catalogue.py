"""The catalogue of reports: dimensions and measures over columns of the marts. `f` is a month of a customer or of an account, `p` her profile of the
business date, `u` the units above hers. What the marts do not hold is no dimension here; a choice that the profile gains becomes one by itself."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import ROUND_HALF_UP, Decimal
from types import MappingProxyType
from typing import Literal

from django.utils.translation import gettext_lazy as _

from zhike.core.pages import Words
from zhike.insight.profile_field import ProfileField
from zhike.insight.profile_fields import FIELDS
from zhike.products.labels import FAMILIES
from zhike.reports.rules import Bands, Value

Grain = Literal["customer", "account"]
Shape = Literal["money", "count", "rate", "number"]
YEAR = 365
NO_WORDS: Mapping[str, Words] = MappingProxyType({})

TIME, ORGANISATION, CUSTOMER, PRODUCT = _("Time"), _("Organisation"), _("Customer"), _("Product")
HOLDINGS, GROWTH, WORTH, RATIOS, PEOPLE = _("Holdings"), _("Growth"), _("Customer value"), _("Ratios"), _("Customers and activity")
BUSINESS_LINES = MappingProxyType(
    {"retail": _("Personal banking"), "corporate": _("Corporate banking"), "institutional": _("Institutional banking")}
)
BUCKETS = MappingProxyType({
    "demand": _("Demand deposits"), "term": _("Term deposits"), "wealth": _("Wealth products"), "funds": _("Funds and bonds"),
    "insurance": _("Insurance and metals"), "mortgage": _("Mortgages"), "card": _("Credit cards"), "loan": _("Other loans"),
})  # fmt: skip
YES_NO = MappingProxyType({"true": _("Yes"), "false": _("No")})


@dataclass(frozen=True)
class Dimension:
    """By what sums are parted. `sql` gives the member as text; `{as_of}` in it is the business date. `grain` account: only what accounts know can be
    parted by it. `words`: what members are called; `named`: which names of the database they bear; `bands`: members are numbers of bands.
    `is_ordered`: members have an order of their own; else the largest comes first."""

    key: str
    title: Words
    group: Words
    sql: str
    grain: Grain = "customer"
    words: Mapping[str, Words] = field(default_factory=lambda: NO_WORDS)
    named: Literal["", "unit", "staff", "group", "control_group"] = ""
    bands: Bands | None = None
    is_time: bool = False
    is_ordered: bool = False
    needs: str = ""  # a field of the profile that an old one may lack


def _unit(key: str, title: Words) -> Dimension:
    return Dimension(key, title, ORGANISATION, f"nullif(u.{key}, '')", named="unit")


def _band(key: str, title: Words, value: str, bands: Bands, needs: str) -> Dimension:
    return Dimension(key, title, CUSTOMER, bands.case(value), bands=bands, is_ordered=True, needs=needs)


AGE = Bands((18, 26, 36, 46, 56, 66))
AUM = Bands((10_000, 50_000, 200_000, 1_000_000, 6_000_000), "money")  # lower edges in CNY (§2.5)
TENURE = Bands((1, 3, 5, 10, 20))
TENTHS = Bands(tuple(range(11, 101, 10)))

_OWN: tuple[Dimension, ...] = (
    Dimension("month", _("Month"), TIME, "strftime(f.month, '%Y-%m-%d')", is_time=True, is_ordered=True),
    Dimension("quarter", _("Quarter"), TIME, "strftime(date_trunc('quarter', f.month), '%Y-%m-%d')", is_time=True, is_ordered=True),
    Dimension("year", _("Year"), TIME, "strftime(date_trunc('year', f.month), '%Y-%m-%d')", is_time=True, is_ordered=True),
    Dimension("unit_region", _("Region of the unit"), ORGANISATION, "nullif(u.unit_region, '')"),
    _unit("branch", _("Branch")), _unit("sub_branch", _("Sub-branch")), _unit("outlet", _("Outlet")), _unit("unit", _("Managing unit")),
    Dimension("rm", _("Relationship manager"), ORGANISATION, "nullif(p.staff_no, '')", named="staff", needs="staff_no"),
    Dimension("business_line", _("Business line"), CUSTOMER,
              "case when p.kind in ('individual', 'sole_trader') then 'retail' when p.kind in ('company', 'unincorporated') then 'corporate' when p.kind is not null then 'institutional' end",
              words=BUSINESS_LINES, is_ordered=True, needs="kind"),
    _band("value_band", _("Value band (AUM)"), "p.aum", AUM, "aum"),
    _band("age_band", _("Age"), "datesub('year', p.birth_date, {as_of})", AGE, "birth_date"),
    _band("tenure", _("Years as a customer"), "datesub('year', p.since_date, {as_of})", TENURE, "since_date"),
    _band("value_tenth", _("Percentile of contribution"), "p.value_percentile", TENTHS, "value_percentile"),
    Dimension("household", _("Household"), CUSTOMER, "nullif(p.household_key, '')", named="group", needs="household_key"),
    Dimension("control_group", _("Group by control"), CUSTOMER, "nullif(p.control_group_key, '')", named="control_group", needs="control_group_key"),
    Dimension("product_line", _("Product line"), PRODUCT, "f.bucket", "account", BUCKETS, is_ordered=True),
    Dimension("family", _("Product family"), PRODUCT, "f.family", "account", FAMILIES),
    Dimension("currency", _("Currency"), PRODUCT, "f.currency", "account"),
)  # fmt: skip
# They are dimensions under names of their own; what is expected takes a right of its own, which reports do not ask for.
_NOT_DIMENSIONS = {"unit_key", "staff_no", "household_key", "control_group_key", "next_product"}
_FEW = {"rfm_r", "rfm_f", "rfm_m", "families_held", "household_size"}  # numbers with few values


def _of_field(one: ProfileField) -> Dimension | None:
    """A field of the profile as a dimension; None: it has too many values."""
    if one.key in _NOT_DIMENSIONS:
        return None
    if one.type == "choice":
        return Dimension(one.key, one.label, one.group, f"nullif(p.{one.key}, '')", words=one.choices, is_ordered=True, needs=one.key)
    if one.type == "flag":
        return Dimension(one.key, one.label, one.group, f"cast(p.{one.key} as varchar)", words=YES_NO, is_ordered=True, needs=one.key)
    if one.type == "text":
        return Dimension(one.key, one.label, one.group, f"nullif(p.{one.key}, '')", needs=one.key)
    return (
        Dimension(one.key, one.label, one.group, f"cast(p.{one.key} as varchar)", is_ordered=True, needs=one.key)
        if one.key in _FEW
        else None
    )


_OF_FIELDS = [found for found in map(_of_field, FIELDS) if found is not None]
DIMENSIONS: Mapping[str, Dimension] = {one.key: one for one in (*_OWN, *_OF_FIELDS)}


@dataclass(frozen=True)
class Sum:
    """What is added up for a measure. `how`: of all months, of the last month of the period, or customers of that month; `customer`, `account`: of
    which column of each grain, empty where it is not known there."""

    how: Literal["all", "last", "people"]
    customer: str = ""
    account: str = ""

    def of(self, grain: Grain) -> str:
        """The column, or "" where this grain does not know it."""
        return self.customer if grain == "customer" else self.account


def _all(column: str, account: bool = False) -> Sum:
    return Sum("all", f"f.{column}", f"f.{column}" if account else "")


def _last(column: str) -> Sum:
    return Sum("last", f"f.{column}", f"f.{column}")


def _held(*buckets: str) -> Sum:
    names = ", ".join(f"'{bucket}'" for bucket in buckets)
    return Sum("last", " + ".join(f"f.{bucket}" for bucket in buckets), f"case when f.bucket in ({names}) then f.aum + f.lum else 0 end")


SUMS: Mapping[str, Sum] = {
    "aum": _last("aum"), "lum": _last("lum"), "deposits": _held("demand", "term"),
    **{bucket: _held(bucket) for bucket in BUCKETS},
    "aum_sum": _all("aum_sum", True), "lum_sum": _all("lum_sum", True),
    "deposits_sum": Sum("all", "f.deposits_sum", "case when f.bucket in ('demand', 'term') then f.aum_sum else 0 end"),
    "aum_growth": Sum("all", "f.aum - f.aum_opening", "f.aum - f.aum_opening"), "lum_growth": Sum("all", "f.lum - f.lum_opening", "f.lum - f.lum_opening"),
    **{name: _all(name, True) for name in ("nnm", "mtm", "income", "fx", "margin", "commission", "account_cost", "expected_loss", "capital_days")},
    **{name: _all(name) for name in ("fees", "revenue", "cost", "cost_variable", "contribution", "marginal", "eva", "inflow", "outflow", "salary", "before_tax")},
    **{name: _all(name) for name in ("initiated", "counter", "logins", "contacts")},
    "families": Sum("last", "f.count_families"),
    "customers": Sum("people", "true", "true"), "holders": Sum("people", "f.aum > 0", "f.aum > 0"), "lossy": Sum("people", "f.marginal < 0"),
}  # fmt: skip

Made = Callable[[Sequence[Decimal], int], Decimal | None]  # sums, days of the period → the measure


def _plain(sums: Sequence[Decimal], _days: int) -> Decimal | None:
    return sums[0]


def _average(sums: Sequence[Decimal], days: int) -> Decimal | None:
    return divided(sums[0], Decimal(days), 2)


def _ratio(sums: Sequence[Decimal], _days: int) -> Decimal | None:
    return divided(sums[0], sums[1], 6)


def _each(sums: Sequence[Decimal], _days: int) -> Decimal | None:
    return divided(sums[0], sums[1], 2)


def _raroc(sums: Sequence[Decimal], _days: int) -> Decimal | None:
    """Contribution of the period ÷ average capital, as a yearly rate (§3.3)."""
    return divided(sums[0] * YEAR, sums[1], 6)


def _stability(sums: Sequence[Decimal], days: int) -> Decimal | None:
    average = divided(sums[0], Decimal(days), 2)
    return None if average is None else divided(average, sums[1], 6)


def divided(number: Decimal, by: Decimal, places: int) -> Decimal | None:
    """The one division of a measure, at the edge (decision 9), half up; empty where there is nothing to divide by."""
    return (number / by).quantize(Decimal(1).scaleb(-places), ROUND_HALF_UP) if by > 0 else None


@dataclass(frozen=True)
class Measure:
    """What is counted: out of which sums, how it is read."""

    key: str
    title: Words
    group: Words
    sums: tuple[str, ...]
    shape: Shape = "money"
    made: Made = _plain
    meaning: Words = ""

    def knows(self, grain: Grain) -> bool:
        """Whether this grain has what it is made of."""
        return all(SUMS[name].of(grain) for name in self.sums)


def _money(key: str, title: Words, group: Words, meaning: Words = "") -> Measure:
    return Measure(key, title, group, (key,), meaning=meaning)


def _count(key: str, title: Words, group: Words, meaning: Words = "") -> Measure:
    return Measure(key, title, group, (key,), "count", meaning=meaning)


_END = _("At the end of the period")
_DAILY = _("Daily average of the period")
MEASURES: Mapping[str, Measure] = {
    one.key: one
    for one in (
        _money("aum", _("AUM"), HOLDINGS, _END), Measure("aum_average", _("AUM, daily average"), HOLDINGS, ("aum_sum",), made=_average, meaning=_DAILY),
        _money("deposits", _("Deposits"), HOLDINGS, _END),
        Measure("deposits_average", _("Deposits, daily average"), HOLDINGS, ("deposits_sum",), made=_average, meaning=_DAILY),
        *(_money(key, title, HOLDINGS, _END) for key, title in BUCKETS.items()),
        _money("lum", _("Loans"), HOLDINGS, _END), Measure("lum_average", _("Loans, daily average"), HOLDINGS, ("lum_sum",), made=_average, meaning=_DAILY),
        _money("aum_growth", _("Growth of AUM"), GROWTH, _("Time point against time point")), _money("nnm", _("Net new money"), GROWTH), _money("mtm", _("Market effect"), GROWTH),
        _money("income", _("Interest"), GROWTH), _money("fx", _("Exchange rates"), GROWTH), _money("lum_growth", _("Growth of loans"), GROWTH),
        _money("inflow", _("Money in"), GROWTH), _money("outflow", _("Money out"), GROWTH), _money("salary", _("Salary"), GROWTH),
        _money("revenue", _("Revenue"), WORTH), _money("margin", _("FTP margin"), WORTH), _money("commission", _("Commission"), WORTH), _money("fees", _("Fees"), WORTH),
        _money("cost", _("Cost to serve"), WORTH), _money("account_cost", _("Cost of accounts"), WORTH), _money("expected_loss", _("Expected loss"), WORTH),
        _money("contribution", _("Contribution"), WORTH), _money("marginal", _("Contribution before fixed cost"), WORTH), _money("eva", "EVA", WORTH),
        Measure("raroc", "RAROC", RATIOS, ("contribution", "capital_days"), "rate", _raroc, _("Contribution on economic capital, as a yearly rate")),
        Measure("cost_income", _("Cost-income ratio"), RATIOS, ("cost", "revenue"), "rate", _ratio),
        Measure("term_share", _("Share of term deposits"), RATIOS, ("term", "deposits"), "rate", _ratio),
        Measure("stability", _("Stability of deposits"), RATIOS, ("deposits_sum", "deposits"), "rate", _stability, _("Daily average against the balance at the end (S125)")),
        Measure("aum_each", _("AUM per customer"), RATIOS, ("aum", "customers"), made=_each),
        Measure("eva_each", _("EVA per customer"), RATIOS, ("eva", "customers"), made=_each),
        Measure("families_each", _("Product families per customer"), RATIOS, ("families", "customers"), "number", _each),
        _count("customers", _("Customers"), PEOPLE, _("With an account or an act in the last month of the period")), _count("holders", _("Customers with AUM"), PEOPLE),
        _count("lossy", _("Customers below marginal cost"), PEOPLE, _("In the last month of the period (S27)")),
        _count("initiated", _("Own transactions"), PEOPLE), _count("counter", _("At the counter"), PEOPLE), _count("logins", _("Log-ins"), PEOPLE), _count("contacts", _("Contacts"), PEOPLE),
    )
}  # fmt: skip


def grain_of(dimensions: Sequence[str]) -> Grain:
    """By what a report is counted: by account as soon as one of its dimensions is one of accounts."""
    return "account" if any(DIMENSIONS[name].grain == "account" for name in dimensions) else "customer"


def value_of(measure: Measure, sums: Mapping[str, Value], days: int) -> Value:
    """A measure out of its sums; empty where one of them is."""
    parts = [sums[name] for name in measure.sums]
    if any(part is None for part in parts):
        return None
    made = measure.made([Decimal(part) for part in parts if part is not None], days)
    return int(made) if made is not None and measure.shape == "count" else made
