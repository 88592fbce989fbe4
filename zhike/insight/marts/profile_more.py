"""Columns of the profile that follow from what others of it are made of: growth, shares, channels, dues, services."""

from __future__ import annotations

from functools import reduce

import ibis
from ibis.expr.types import Value

from zhike.insight import exact
from zhike.insight.exact import ZERO, average

MILLION = 1_000_000
MOST = 9_999 * MILLION  # a growth beyond it says nothing more, and fits its column
_CHANNELS = ("mobile", "online", "counter", "atm", "pos")
_WORST = ("pass", "special_mention", "substandard", "doubtful", "loss")


def worst_class(five_class: Value) -> Value:
    """The rank of a loan's class, 0 without one: the worst of several is the highest."""
    return ibis.cases(*((five_class == name, place) for place, name in enumerate(_WORST, 1)), else_=0)


def growth(now: Value, before: Value) -> Value:
    """(now − before) ÷ before; empty where nothing was there before."""
    return bounded(now - before, before)


def of_count(part: Value, whole: Value) -> Value:
    """A part of a count; empty of nothing."""
    return _bounded(part.cast("int64"), whole.cast("int64"))


def bounded(part: Value, whole: Value) -> Value:
    """A part of an amount, at most 9,999-fold either way; empty where the whole is nothing or less."""
    return _bounded(exact.fen(part), exact.fen(whole))


def _bounded(part: Value, whole: Value) -> Value:
    """Both as whole numbers. The least of something and nothing is something, so nothing is told first."""
    found = exact.zk_divided(part * MILLION, ibis.ifelse(whole > 0, whole, 1))
    return ibis.ifelse(whole > 0, exact.rate(ibis.greatest(ibis.least(found, MOST), -MOST)), ibis.null(exact.RATE))


def further(t: ibis.Table) -> dict[str, Value]:
    """Every field of `profile_further` over the joined row of a customer."""
    return {**_growth(t), **_moves(t), **_acts(t), **_services(t)}


def _growth(t: ibis.Table) -> dict[str, Value]:
    deposits, aum = t["demand_now"] + t["term_now"], t["aum_now"]
    below = exact.positive(t["aum_peak"] - aum)
    return {
        "aum_growth_1m": growth(aum, t["aum_opening_now"]), "aum_growth_3m": growth(aum, t["opening_3m"]), "aum_growth_6m": growth(aum, t["opening_6m"]),
        "aum_growth_12m": growth(aum, t["opening_12m"]), "aum_low_12m": t["aum_low_12m"], "aum_high_12m": t["aum_high_12m"],
        "aum_swing_12m": bounded(t["aum_high_12m"] - t["aum_low_12m"], average(t["aum_sum_12m"], t["days_12m"])), "aum_below_peak": bounded(below, t["aum_peak"]),
        "deposits_3m_average": average(t["deposits_sum_3m"], t["days_3m"]), "deposits_12m_average": average(t["deposits_sum_12m"], t["days_12m"]),
        "deposits_share": bounded(deposits, aum), "investments_share": bounded(aum - deposits, aum), "wealth_share": bounded(t["wealth_now"], aum),
        "lum_12m_average": average(t["lum_sum_12m"], t["days_12m"]), "lum_change_month": t["lum_now"] - t["lum_opening_now"],
        "lum_change_12m": t["lum_now"] - t["lum_opening_12m"], "mortgages": t["mortgage_now"], "card_debt": t["card_now"], "other_loans": t["loan_now"],
        "five_class": ibis.cases(*((t["class_rank"] == place, name) for place, name in enumerate(_WORST, 1)), else_=ibis.null("string")),
    }  # fmt: skip


def _moves(t: ibis.Table) -> dict[str, Value]:
    same = ("own_in_12m", "spent_12m", "takings_12m", "contribution_quarter", "contribution_year", "commission_12m", "revenue_12m", "waived_12m", "counter_cost_12m")  # fmt: skip
    return {
        **{name: t[name] for name in same}, "inflow_month": t["inflow_now"], "outflow_month": t["outflow_now"], "exchange_12m": t["fx_12m"],
        "salary_months": t["months_salary"], "salary_average": average(t["salary_12m"], t["months_salary"]),
        "cost_income_12m": bounded(t["cost_12m"], t["revenue_12m"]), "fee_share_12m": bounded(t["fees_12m"] + t["commission_12m"], t["revenue_12m"]),
        "capital_12m": average(t["capital_days_12m"], t["days_12m"]),
    }  # fmt: skip


def _acts(t: ibis.Table) -> dict[str, Value]:
    same = ("mobile_12m", "online_12m", "atm_12m", "pos_12m", "visits_12m", "logins_3m", "contacts_12m", "last_contact_date")
    most = reduce(ibis.greatest, (t[f"{name}_12m"] for name in _CHANNELS))
    main = ibis.cases(*((t[f"{name}_12m"] >= most, name) for name in _CHANNELS), else_=ibis.null("string"))
    return {
        **{name: t[name] for name in same}, "initiated_month": t["initiated_now"], "logins_month": t["logins_now"], "active_months_12m": t["months_active"],
        "initiated_change_3m": of_count(t["initiated_3m"] - t["initiated_before_3m"], t["initiated_before_3m"]),
        "digital_share_12m": of_count(t["mobile_12m"] + t["online_12m"], t["initiated_12m"]), "main_channel": ibis.ifelse(most > 0, main, ibis.null("string")),
    }  # fmt: skip


def _services(t: ibis.Table) -> dict[str, Value]:
    dues = (
        "maturing_30d", "maturing_12m", "maturing_count_90d", "next_loan_date", "loans_ending_12m", "first_opened_date", "last_closed_date", "opened_12m",
        "closed_12m", "currencies_held", "holds_foreign", "last_complaint_date",
    )  # fmt: skip
    counts = ("debit_cards", "credit_cards", "loans_running", "standing_orders", "complaints_12m", "complaints_open")
    return {
        **{name: t[name] for name in dues}, **{name: t[name].fill_null(0) for name in counts}, "card_limit": t["card_limit"].fill_null(ZERO),
        "card_use": bounded(t["card_now"], t["card_limit"].fill_null(ZERO)), "credit_lines": t["credit_lines"].fill_null(ZERO),
        "line_use": bounded(t["lines_used"].fill_null(ZERO), t["credit_lines"].fill_null(ZERO)), "pays_salaries": t["payrolls"].fill_null(0) > 0,
    }  # fmt: skip
