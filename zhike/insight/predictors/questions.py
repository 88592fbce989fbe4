"""What is asked about the future: of whom, how far ahead, what counts as having happened (S40, S59, S107, S108; domain §3.6).

A question is declared over one table with a row per customer: fields of the profile as they were known on the as-of day under their own names, and
what was known at the end of the horizon under `later_…` (`outcomes.py`). `as_of` and `end` are the two days. Nothing that begins with `later_` may
be learned from.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from types import MappingProxyType

import ibis
from django.utils.functional import Promise
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _
from ibis.expr.types import BooleanValue, Table, Value

from zhike.insight.settings_rules import Churn

Words = str | Promise
MONTHS = 3  # that most questions look ahead
LARGE_SHARE, LARGE_AMOUNT = 0.3, 50_000  # of a large outflow, in CNY: what leaves in one month, as a share of what was there
ANSWER_SHARE, ANSWER_AMOUNT = 0.1, 10_000  # new money that answers a contact
LATE_DAYS = 30  # from so many days on a loan counts as overdue


@dataclass(frozen=True)
class Terms:
    """What questions lean on: thresholds of decline and tiers that the bank has set, the lowest first, and the days that are asked about."""

    churn: Churn = field(default_factory=Churn)
    tiers: Sequence[str] = ()
    as_of: date = date.min  # the two days, for conditions that compare with today
    end: date = date.min


Says = Callable[[Table, Terms], BooleanValue]


@dataclass(frozen=True)
class Question:
    """One question. `population`: of whom it is asked; `target`: what happened, empty where it cannot be told; `rule`: a plain figure that ranks
    (higher: likelier), the baseline and what is shown while no version is approved; `learned_from`: a part of the population that alone can teach;
    `left_out`: fields that would tell the answer rather than foretell it; `is_bad`: whether it is something to prevent; `suggests`: the product
    families that whoever acts on it would offer; `at_end`: fields of the profile that the target asks at the end of the horizon, there under `then_…`."""

    name: str
    title: Words
    meaning: Words
    population: Says
    target: Says
    rule: Callable[[Table], Value]
    horizon_months: int = MONTHS
    learned_from: Says | None = None
    left_out: frozenset[str] = frozenset()
    is_bad: bool = True
    suggests: tuple[str, ...] = ()
    at_end: frozenset[str] = frozenset()


def _is_customer(t: Table, _terms: Terms | None = None) -> BooleanValue:
    return (t["status"] == "customer") & (t["accounts_open"].fill_null(0) > 0)


def _amount(value: Value) -> Value:
    return value.cast("float64").fill_null(0.0)


def fall(now: Value, before: Value) -> Value:
    """How far `now` is below `before`, as a share of it; empty where there was nothing before."""
    usual = before.cast("float64")
    return ibis.ifelse(usual > 0, 1 - now.cast("float64") / usual, ibis.null("float64"))


def _below_quarter(t: Table) -> Value:
    return fall(t["aum_month_average"], t["aum_3m_average"]).fill_null(0.0)


def _quiet(t: Table, last: str, on: str, terms: Terms) -> BooleanValue:
    return (t[on].delta(t[last], unit="day") >= terms.churn.dormant_days).fill_null(True)


def _has_declined(t: Table, terms: Terms) -> BooleanValue:
    before, now = _amount(t["aum_3m_average"]), _amount(t["later_aum_month_average"])
    return (now <= before * (1 - float(terms.churn.severe_share))) & (before - now >= float(terms.churn.decline_amount)) & _is_known(t)


def _is_known(t: Table) -> BooleanValue:
    """True, or empty for whom nothing is known at the end: merged or deleted since."""
    return ibis.ifelse(t["later_status"].notnull(), True, ibis.null("boolean"))


def _has_left(t: Table, _terms: Terms) -> BooleanValue:
    gone = (t["later_status"] == "former") | (t["later_accounts_open"].fill_null(0) == 0) | t["later_left_date"].notnull()
    return gone & _is_known(t)


def rank_of(tier: Value, tiers: Sequence[str]) -> Value:
    """The place of a tier, the lowest 0; empty for one that the scheme does not have."""
    if not tiers:
        return ibis.null("int64")
    return ibis.cases(*((tier == key, place) for place, key in enumerate(tiers)), else_=ibis.null("int64"))


def _fell(t: Table, terms: Terms) -> BooleanValue:
    return (rank_of(t["later_tier_effective"], terms.tiers) < rank_of(t["tier_effective"], terms.tiers)) & _is_known(t)


def _next_product(family: str, title: Words, rule: Callable[[Table], Value], *suggests: str) -> Question:
    held = f"holds_{family}"
    return Question(
        f"next_product_{family}",
        title,
        format_lazy("{}: {}", title, _("does not hold one today and does within three months")),
        population=lambda t, _terms: _is_customer(t) & ~t[held].fill_null(False) & (t["kind"] == "individual"),
        target=lambda t, _terms: t[f"later_{held}"] & _is_known(t),
        rule=rule,
        left_out=frozenset({held}),
        is_bad=False,
        suggests=suggests,
    )


QUESTIONS: Mapping[str, Question] = MappingProxyType({
    one.name: one
    for one in (
        Question(
            "leaving_decline", _("Leaving: money goes"),
            _("The average of the third month from now is half or more below that of the last three months, and by ten thousand yuan or more"),
            population=lambda t, terms: _is_customer(t) & (_amount(t["aum_3m_average"]) >= float(terms.churn.decline_amount)),
            target=_has_declined, rule=_below_quarter,
        ),
        Question(
            "leaving_closing", _("Leaving: accounts closed"), _("Within three months every account is closed"),
            population=_is_customer, target=_has_left, rule=_below_quarter,
        ),
        Question(
            "dormant", _("Falling asleep"), _("Begins transactions today and in three months has begun none for half a year"),
            population=lambda t, terms: _is_customer(t) & ~_quiet(t, "last_initiated_date", "as_of", terms),
            target=lambda t, terms: _quiet(t, "later_last_initiated_date", "end", terms) & _is_known(t),
            rule=lambda t: t["as_of"].delta(t["last_initiated_date"], unit="day").cast("float64").fill_null(0.0),
        ),
        Question(
            "large_outflow", _("Large outflow"), _("In one of the next three months thirty per cent of the money here leaves"),
            population=lambda t, _terms: _is_customer(t) & (_amount(t["aum"]) >= LARGE_AMOUNT),
            target=lambda t, _terms: (_amount(t["later_nnm_low"]) <= -LARGE_SHARE * _amount(t["aum"])) & _is_known(t),
            rule=lambda t: _amount(t["maturing_90d"]) / (_amount(t["aum"]) + 1.0),
        ),
        Question(
            "tier_fall", _("Fall of a tier"), _("In three months in a lower tier than today"),
            population=lambda t, terms: _is_customer(t) & (rank_of(t["tier_effective"], terms.tiers) > 0), target=_fell,
            rule=lambda t: t["tier_watch"].fill_null(False).cast("float64") + _below_quarter(t),
        ),
        Question(
            "response_to_contact", _("Answer to a contact"),
            _("Of those contacted in a month, who opens an account or brings a tenth of new money within three months"),
            population=_is_customer, learned_from=lambda t, _terms: t["as_of"].delta(t["last_contact_date"], unit="day") < 31,
            target=lambda t, _terms: ((t["later_last_opened_date"] > t["as_of"]).fill_null(False)
                | (_amount(t["later_nnm_sum"]) >= ibis.greatest(ibis.literal(float(ANSWER_AMOUNT)), ANSWER_SHARE * _amount(t["aum"])))) & _is_known(t),
            rule=lambda t: _amount(t["salary_average"]), is_bad=False,
        ),
        Question(
            "overdue", _("Loan overdue"), _("A loan that is paid on time today is thirty days late within three months"),
            population=lambda t, _terms: (_amount(t["lum"]) > 0) & (t["overdue_days"].fill_null(0) == 0),
            target=lambda t, _terms: (t["later_overdue_days"].fill_null(0) >= LATE_DAYS) & _is_known(t),
            rule=lambda t: _amount(t["lum"]) / (_amount(t["aum_3m_average"]) + 1000.0),
        ),
        _next_product("term", _("Next: a term deposit"), lambda t: _amount(t["demand_deposits"]), "time_deposit", "cd", "structured_deposit", "call_deposit"),
        _next_product("wealth", _("Next: a wealth product"), lambda t: _amount(t["deposits"]), "wealth_product", "trust"),
        _next_product("fund", _("Next: a fund"), lambda t: _amount(t["investments"]), "fund", "bond"),
        _next_product("insurance", _("Next: an insurance"), lambda t: _amount(t["deposits"]), "insurance"),
        _next_product("mortgage", _("Next: a mortgage"), lambda t: _amount(t["salary_average"]), "mortgage"),
        _next_product("loan", _("Next: another loan"), lambda t: _amount(t["salary_average"]), "consumer_loan", "business_loan", "farmer_loan"),
        _next_product("credit_card", _("Next: a credit card"), lambda t: _amount(t["spent_12m"]), "credit_card"),
    )
})  # fmt: skip


def title_of(name: str) -> str:
    """What a predictor is called, in the reader's language; its name where it is shipped no more."""
    return str(TITLES.get(name, name))


# Predictors that say an amount and not a chance are declared where they are learned.
TITLES: Mapping[str, Words] = MappingProxyType(
    {**{name: one.title for name, one in QUESTIONS.items()}, "lifetime_value": _("Lifetime value")}
)
