"""What is learned from: fields of the profile as they were known on the as-of day, and signs made of two or three of them.

Left out for good: who somebody is (keys, units, managers), and sex, age, family and region, which no score may rest on without a written reason
(domain §4.6). Dates become days before or after the as-of day. Amounts stay amounts; learners bend them themselves.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from types import MappingProxyType
from typing import Any

import ibis
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from ibis.expr.types import Table, Value

from zhike.insight import profile_expected
from zhike.insight.predictors.questions import Question, fall
from zhike.insight.profile_field import ProfileField
from zhike.insight.profile_fields import BY_KEY, FIELDS
from zhike.insight.profile_needs import OF_NEEDS
from zhike.insight.profile_sides import OF_SIDES

Words = str | Promise
AHEAD = frozenset({"next_maturity_date", "next_loan_date", "risk_valid_to"})  # days that lie after the as-of day
SENSITIVE = frozenset({"sex", "birth_date", "marital_status", "education", "region", "household_key", "household_size", "is_staff"}) | {
    field.key
    for field in OF_NEEDS  # told by age and household
}
FORETOLD = profile_expected.KEYS  # what was said once is never learned from, or chances would feed on themselves
FED_BACK = frozenset({"matrix_cell", "matrix_cell_before"})  # may be told by lifetime value; versions that learned from them still answer
_NO_FACT = frozenset({"network_date", "status", "left_date", "unit_key", "staff_no", "tier_service"})
_SAID_ALREADY = frozenset(field.key for field in OF_SIDES)  # by the averages that they are made of
# Of the year or quarter so far: they say as much about the day of the year as about the customer.
_SO_FAR = frozenset({
    "aum_quarter_average", "aum_year_average", "aum_year_start", "aum_change_year", "deposits_year_average", "lum_year_average", "nnm_year",
    "contribution_quarter", "contribution_year",
})  # fmt: skip
# Of the groups that a banker acts on, each with its words; the order is that of equal weights.
THEMES: Mapping[str, Words] = MappingProxyType({
    "money": _("Money here"), "flows": _("Money in and out"), "salary": _("Salary"), "activity": _("Activity"), "due": _("What falls due"),
    "loans": _("Loans"), "products": _("Products held"), "value": _("What she brings"), "contact": _("Contacts and complaints"), "relation": _("The relation"),
})  # fmt: skip


@dataclass(frozen=True)
class Feature:
    """One column that is learned from. `made_of`: the fields of the profile that it needs; `kind`: how its value is worded and bent; `value` says it for
    many at once, `of_row` the same for one customer's row (a test holds the two together); `choices`: of a code, the words whose places it holds."""

    key: str
    kind: str  # money, rate, number, days, flag, choice
    theme: str
    made_of: tuple[str, ...]
    value: Callable[[Table], Value]
    of_row: Callable[[Mapping[str, Any], date], float | None]
    label: Words
    choices: tuple[str, ...] = ()
    is_sign: bool = False


def _plain(field: ProfileField) -> Feature | None:
    """A field as it is; None for one that is not learned from."""
    key = field.key
    if key in FORETOLD | SENSITIVE | _NO_FACT | _SO_FAR | _SAID_ALREADY or field.type == "text":
        return None
    if field.type == "date":
        if key in AHEAD:
            return Feature(
                key,
                "days",
                _theme(key),
                (key,),
                lambda t: t[key].delta(t["as_of"], unit="day").cast("float64"),
                _days(key, -1),
                field.label,
            )
        return Feature(
            key, "days", _theme(key), (key,), lambda t: t["as_of"].delta(t[key], unit="day").cast("float64"), _days(key, 1), field.label
        )
    if field.type == "choice":
        words = tuple(field.choices)
        if not words:
            return None
        places = [(word, float(place)) for place, word in enumerate(words)]
        return Feature(key, "choice", _theme(key), (key,), lambda t: ibis.cases(*((t[key] == word, place) for word, place in places), else_=ibis.null("float64")), lambda row, _day: dict(places).get(row[key]), field.label, words)  # fmt: skip
    return Feature(key, field.type, _theme(key), (key,), lambda t: t[key].cast("float64"), lambda row, _day: _number(row[key]), field.label)


def _number(value: Any) -> float | None:
    return None if value is None else float(value)


def _days(key: str, sign: int) -> Callable[[Mapping[str, Any], date], float | None]:
    return lambda row, as_of: None if row[key] is None else float(sign * (as_of - row[key]).days)


_BY_WORD = (
    ("relation", ("network_", "outside_", "employer_", "staff_here", "guarantee")),
    ("contact", ("contact", "complaint")), ("salary", ("salar",)), ("due", ("maturing", "maturity")),
    ("loans", ("lum", "loan", "overdue", "mortgage", "card_", "credit_lines", "line_use", "five_class", "debt_share")),
    ("value", ("contribution", "margin", "fee", "cost", "eva", "raroc", "value", "revenue", "commission", "capital", "expected_loss", "waived")),
    ("flows", ("nnm", "flow", "own_in", "own_out", "spent", "takings", "market", "income", "exchange", "out_share")),
    ("activity", ("initiated", "login", "mobile", "online", "atm", "pos_", "visits", "counter", "digital", "channel", "rfm", "active")),
    ("products", ("holds", "families", "accounts", "opened", "closed", "currenc", "cards", "orders", "cross", "pays_")),
    ("relation", ("tier", "stage", "decline", "matrix", "since", "kind", "size", "risk", "wallet")),
)  # fmt: skip


def _theme(key: str) -> str:
    return next((theme for theme, parts in _BY_WORD if any(part in key for part in parts)), "money")


FARTHEST = 20.0  # a sign goes no further
Both = tuple[Callable[[Table], Value], Callable[[Mapping[str, Any], date], float | None]]


def _share(part: str, whole: str) -> Both:
    """What `part` is of `whole`; empty where there is nothing to compare with, which is learned as such and never as a number."""

    def share(t: Table) -> Value:
        some, of = t[part].cast("float64"), t[whole].cast("float64")
        return ibis.ifelse((of > 0) & some.notnull(), ibis.least(some / of, ibis.literal(FARTHEST)), ibis.null("float64"))

    def of_row(row: Mapping[str, Any], _day: date) -> float | None:
        some, of = _number(row[part]), _number(row[whole])
        return None if some is None or of is None or of <= 0 else min(some / of, FARTHEST)

    return share, of_row


def _falls(now: str, before: str, months: int = 1) -> Both:
    """How far `now` is below `before`; empty where there is nothing to compare with."""

    def falls(t: Table) -> Value:
        by = fall(t[now], t[before] / months)
        return ibis.ifelse(by.notnull(), ibis.greatest(by, ibis.literal(-FARTHEST)), ibis.null("float64"))

    def of_row(row: Mapping[str, Any], _day: date) -> float | None:
        some, usual = _number(row[now]), _number(row[before])
        return None if some is None or usual is None or usual <= 0 else max(1 - some / (usual / months), -FARTHEST)

    return falls, of_row


def _sign(key: str, made_of: tuple[str, ...], label: Words, both: Both) -> Feature:
    return Feature(key, "rate", _theme(key), made_of, *both, label, is_sign=True)


SIGNS: tuple[Feature, ...] = (
    _sign("aum_below_quarter", ("aum_month_average", "aum_3m_average"), _("Month's average below that of three months"), _falls("aum_month_average", "aum_3m_average")),
    _sign("aum_below_month", ("aum", "aum_month_average"), _("AUM below the month's average"), _falls("aum", "aum_month_average")),
    _sign("aum_below_year", ("aum_3m_average", "aum_12m_average"), _("Three months' average below that of twelve"), _falls("aum_3m_average", "aum_12m_average")),
    _sign("deposits_below_quarter", ("deposits_month_average", "deposits_3m_average"), _("Deposits, month's average below that of three months"), _falls("deposits_month_average", "deposits_3m_average")),
    _sign("out_share", ("outflow_month", "aum_3m_average"), _("Money out in the month, as a share of AUM"), _share("outflow_month", "aum_3m_average")),
    _sign("nnm_share", ("nnm_month", "aum_3m_average"), _("Net new money of the month, as a share of AUM"), _share("nnm_month", "aum_3m_average")),
    _sign("initiated_below_quarter", ("initiated_month", "initiated_3m"), _("Own transactions of the month below those of three months"), _falls("initiated_month", "initiated_3m", 3)),
    _sign("logins_below_quarter", ("logins_month", "logins_3m"), _("Log-ins of the month below those of three months"), _falls("logins_month", "logins_3m", 3)),
    _sign("maturing_share", ("maturing_90d", "aum"), _("Maturing within 90 days, as a share of AUM"), _share("maturing_90d", "aum")),
    _sign("debt_share", ("lum", "aum_3m_average"), _("Loans as a share of AUM"), _share("lum", "aum_3m_average")),
)  # fmt: skip
FEATURES: tuple[Feature, ...] = (*(one for one in map(_plain, FIELDS) if one), *SIGNS)
FEATURE: Mapping[str, Feature] = MappingProxyType({one.key: one for one in FEATURES})


def of_question(question: Question) -> tuple[Feature, ...]:
    """What a question is learned from: everything but what it leaves out and what was foretold itself."""
    return tuple(one for one in FEATURES if not (question.left_out | FED_BACK) & set(one.made_of))


def fields_of(features: Iterable[Feature]) -> frozenset[str]:
    """The fields of the profile that features are made of."""
    return frozenset(key for one in features for key in one.made_of if key in BY_KEY)
