"""Settings in words: their groups, names, units and choices."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from typing import Literal

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from zhike.insight.dated import NotASetting, Plain
from zhike.insight.settings_rules import OTHERS
from zhike.products.labels import FAMILIES

Words = str | Promise
# Of a value: a fraction shown as percent, money in CNY, whole days, months or a count, a factor, or one of CHOICES.
Unit = Literal["percent", "money", "days", "months", "count", "factor", "base", "level", "choice"]

GROUPS: Mapping[str, tuple[Words, Words]] = {
    "averages": (_("Daily averages"), _("by how many days a sum is divided, and whose a joint account is")),
    "interest": (_("Year of interest"), _("360 or 365 days, by product family")),
    "transfer": (_("Transfer prices"), _("what money costs and earns inside the bank, by term")),
    "fees": (_("Fees and commissions"), _("what is earned beside interest, and what of it goes out again")),
    "costs": (_("Unit costs"), _("of an act by channel, an account, a customer; which part of each is variable")),
    "risk": (_("Expected loss"), _("probability of default and loss given default")),
    "capital": (_("Capital, hurdle and tax"), _("what RAROC and EVA are measured against")),
    "churn": (_("Decline, dormancy, loss"), _("from when a customer is said to go")),
    "rfm": (_("Recency, frequency, money"), _("how far back is counted, how many groups")),
    "holding": (_("Effective customers and cross-selling"), _("who counts as a customer who is really here")),
    "wallet": (_("Wallet"), _("how assets with other banks are estimated, as a band")),
    "currency": (_("Exchange rates"), _("one declared rate for every currency")),
    "stages": (_("Stages of the relation"), _("exploring, growing, mature, declining")),
    "matrix": (_("Value and potential"), _("where high begins, and how far past it one must be to change sides")),
    "suitability": (_("Suitability"), _("which risk may be offered to whom, how long an assessment lasts, when a second person is needed")),
    "needs": (_("Needs of a stage of life"), _("at which ages education, housing and retirement are said to be needed")),
    "mix": (_("Targets of the mix of business"), _("which share of business each line, the middle tiers and agriculture are to have")),
    "dependence": (
        _("Dependence on one group"),
        _("from which share of the bank on one group and its supply chain is called a dependence"),
    ),
}
FIELDS: Mapping[str, tuple[Words, Unit]] = {
    "averages.day_count": (_("Days of a month"), "choice"), "averages.joint": (_("Joint accounts"), "choice"),
    "averages.custody": (_("Securities' cash in custody"), "choice"), "interest.base": (_("Days of a year"), "base"),
    "transfer.source": (_("Curve"), "choice"), "transfer.day": (_("Deposits for a term and loans are priced by the curve"), "choice"), "transfer.curve": (_("Price of money for a term of"), "percent"),
    "transfer.term": (_("Months that money stays"), "months"), "fees.commission": (_("Commission a year on the balance"), "percent"),
    "fees.direct": (_("Part of fees that goes out again"), "percent"), "costs.act": (_("Cost of one act"), "money"),
    "costs.account": (_("Cost of an account a month"), "money"), "costs.customer": (_("Cost of a customer a month"), "money"),
    "costs.managed": (_("Cost of a managed customer a month"), "money"), "costs.variable": (_("Variable part of a cost"), "percent"),
    "risk.pd": (_("Probability of default, not overdue"), "percent"), "risk.band_from": (_("A band of overdue begins at"), "days"),
    "risk.pd_overdue": (_("Probability of default, overdue"), "percent"), "risk.lgd": (_("Loss given default"), "percent"),
    "risk.limit": (_("Part of an unused line that counts"), "percent"), "capital.rate": (_("Economic capital, of the exposure"), "percent"),
    "capital.hurdle": (_("Hurdle a year"), "percent"), "capital.tax": (_("Tax on profit"), "percent"),
    "churn.decline_share": (_("Decline: this far below the average"), "percent"), "churn.decline_months": (_("Decline: average of so many months"), "months"),
    "churn.decline_amount": (_("Decline: and at least this much"), "money"), "churn.severe_share": (_("Severe decline: this far below the average"), "percent"),
    "churn.severe_months": (_("Severe decline: average of so many months"), "months"), "churn.activity_share": (_("Fewer transactions: by this share"), "percent"),
    "churn.activity_days": (_("Fewer transactions: within"), "days"), "churn.dormant_days": (_("Dormant: no transaction for"), "days"),
    "churn.lost_share": (_("Lost: below this share of the highest month"), "percent"), "churn.lost_amount": (_("Lost: or below"), "money"),
    "churn.lost_months": (_("Lost: for so many months"), "months"), "rfm.days": (_("Counted back"), "days"), "rfm.groups": (_("Groups of equal size"), "count"),
    "rfm.never": (_("Recency of who never moved money"), "days"), "holding.effective_aum": (_("Effective from an AUM of"), "money"),
    "holding.active_days": (_("Or a transaction within"), "days"), "holding.families": (_("Cross-sold from so many families"), "count"),
    "wallet.days": (_("Transfers counted back"), "days"), "wallet.held_elsewhere": (_("Assets elsewhere for each yuan transferred"), "factor"),
    "wallet.low": (_("Lower end of the estimate"), "factor"), "wallet.high": (_("Upper end of the estimate"), "factor"),
    "wallet.bands": (_("A band begins at a share of"), "percent"), "currency.source": (_("Rates"), "choice"), "currency.rate": (_("CNY for one unit"), "factor"),
    "stages.explore_months": (_("Exploring for at most"), "months"), "stages.explore_families": (_("Exploring below so many families"), "count"),
    "stages.compare_months": (_("Compared with so long ago"), "months"), "stages.growth_share": (_("Growing: this much more"), "percent"),
    "stages.decline_share": (_("Declining: this much less"), "percent"), "stages.hold_months": (_("Changes after so many months in a row"), "months"),
    "matrix.value_high": (_("High value from the percentile"), "percent"), "matrix.potential_high": (_("High potential from the percentile"), "percent"),
    "matrix.margin": (_("Margin around both"), "percent"), "matrix.months": (_("Computed anew every"), "months"), "matrix.potential": (_("Potential is"), "choice"),
    "suitability.matching": (_("Highest level of risk for"), "level"), "suitability.valid_months": (_("An assessment lasts"), "months"),
    "suitability.warn_days": (_("Said before its end"), "days"), "suitability.first_in_person": (_("First assessment at the outlet"), "choice"),
    "suitability.high_level": (_("At the outlet, and with care for the aged, from level"), "level"), "suitability.aged_from": (_("Aged from"), "count"),
    "suitability.care_level": (_("Experience is weighed for the aged from level"), "level"), "suitability.experience_years": (_("Experienced from so many years"), "count"),
    "mix.line": (_("Share of all business"), "percent"), "mix.middle": (_("Share of the middle tiers in retail business"), "percent"),
    "dependence.share": (_("A dependence begins at a share of"), "percent"),
    "mix.more": (_("There is to be more: share of"), "percent"),
    "suitability.qualified_months": (_("Proof of a qualified investor lasts"), "months"), "suitability.private_least": (_("Least sum of a private product in"), "money"),
    "needs.school_from": (_("School or studies from the age of"), "count"),
    "needs.school_to": (_("School or studies up to the age of"), "count"), "needs.housing_from": (_("A home is bought from the age of"), "count"),
    "needs.housing_to": (_("A home is bought up to the age of"), "count"), "needs.housing_salary_months": (_("Regular salary: in so many of twelve months"), "count"),
    "needs.retirement_ahead": (_("Retirement lies ahead from the age of"), "count"), "needs.retirement_from": (_("Retired from the age of"), "count"),
}  # fmt: skip
_SOURCE: Mapping[str, Words] = {"feed": _("from the bank's files, these where there is none"), "setting": _("these alone")}
CHOICES: Mapping[str, Mapping[str, Words]] = {
    "averages.day_count": {"calendar": _("days of the calendar"), "thirty": _("always 30")},
    "averages.joint": {"main": _("all of it the main holder's"), "share": _("each holder's share")},
    "averages.custody": {"no": _("does not count as AUM"), "yes": _("counts as AUM")},
    "suitability.first_in_person": {
        "own": _("for the bank's own wealth products"),
        "all": _("for all wealth products"),
        "none": _("for none"),
    },
    "transfer.source": _SOURCE,
    "transfer.day": {"contract": _("of the day on which it began"), "month": _("of each month")},
    "currency.source": _SOURCE,
    "matrix.potential": {"wallet": _("what is held elsewhere, and salary"), "lifetime_value": _("the lifetime value said last")},
}
UNITS: Mapping[Unit, Words] = {
    "percent": "%", "money": _("CNY"), "days": _("days"), "months": _("months"), "count": "", "factor": "", "base": _("days"), "level": "", "choice": "",
}  # fmt: skip
CHANNELS: Mapping[str, Words] = {
    "counter": _("Counter"), "atm": _("ATM"), "mobile_app": _("Mobile app"), "online_bank": _("Online bank"), "phone": _("Telephone"),
    "email": _("E-mail"), "sms": _("SMS"), "wechat": _("WeChat"), "visit": _("Visit"), "branch_visit": _("Branch visit"), "letter": _("Letter"),
    "system": _("System"), "pos": _("POS"), "other": _("Other"),
}  # fmt: skip
_ENTRIES: Mapping[str, Words] = {
    **FAMILIES, **CHANNELS, OTHERS: _("all others"), "account": _("an account"), "customer": _("a customer"), "managed": _("a managed customer"),
    "early": _("overdue up to a month"), "late": _("overdue up to two months"), "serious": _("overdue up to three months"), "default": _("in default"),
    "small": _("small"), "half": _("a part"), "main": _("main bank"), "almost_all": _("almost all"),
    "corporate": _("Corporate banking"), "retail": _("Personal banking"), "small_firms": _("Small and micro firms"), "agriculture": _("Agriculture"),
    "deposits": _("Deposits"), "loans": _("Loans"), "revenue": _("Revenue"), "contribution": _("Contribution"),
    "fixed_income": _("fixed income"), "mixed": _("mixed assets"), "equity": _("shares"), "derivative": _("derivatives and commodities"),
}  # fmt: skip
LONGEST = 16  # characters of a typed value
MOST = {"percent": Decimal(1), "money": Decimal(1_000_000_000), "factor": Decimal(100_000)}
RANGES = {"days": (0, 9999), "months": (1, 600), "count": (1, 100), "base": (360, 366), "level": (1, 5)}


def unit_of(path: str) -> Unit:
    """In what a value is counted."""
    return FIELDS[".".join(path.split(".")[:2])][1]


def name_of(path: str) -> str:
    """A value's name: of its field, and of its entry where it is one of several."""
    parts = path.split(".", 2)
    name = str(FIELDS[".".join(parts[:2])][0])
    return name if len(parts) == 2 else f"{name} · {entry_word(path)}"


def entry_word(path: str) -> str:
    """What an entry of a mapping is for; terms of the curve in months, currencies by their code."""
    entry = path.split(".", 2)[2]
    if path.startswith("transfer.curve."):
        return f"{entry} {UNITS['months']}"
    return str(_ENTRIES.get(entry, entry))


def shown(path: str, value: Plain) -> str:
    """A value as it is read and typed: percents for fractions, without its unit."""
    if isinstance(value, Decimal):
        number = value * 100 if unit_of(path) == "percent" else value
        text = f"{number:f}"
        return text.rstrip("0").rstrip(".") if "." in text and unit_of(path) != "money" else text
    return str(value)


def in_words(path: str, value: Plain) -> str:
    """A value with its unit, or the words of a choice."""
    if path in CHOICES:
        return str(CHOICES[path].get(str(value), value))
    return f"{shown(path, value)} {UNITS[unit_of(path)]}".strip()


def entered(path: str, text: str) -> str:
    """What somebody typed, as it is kept. Raises NotASetting for what the value cannot be."""
    unit, text = unit_of(path), text.strip().replace(",", "").replace("%", "")
    if unit == "choice":
        if text not in CHOICES[path]:
            raise NotASetting(path)
        return text
    if unit in RANGES:
        low, high = RANGES[unit]
        if not (text.isascii() and text.isdigit() and len(text) <= LONGEST and low <= int(text) <= high):
            raise NotASetting(path)
        return str(int(text))
    return _number(path, text, unit)


def _number(path: str, text: str, unit: Unit) -> str:
    if len(text) > LONGEST or "e" in text.lower():  # 1e-999999 is a number with a million digits
        raise NotASetting(path)
    try:
        number = Decimal(text)
    except InvalidOperation as wrong:
        raise NotASetting(path) from wrong
    if not number.is_finite():
        raise NotASetting(path)
    kept = number / 100 if unit == "percent" else number
    if not 0 <= kept <= MOST[unit]:
        raise NotASetting(path)
    return f"{kept:f}"
