"""Customers' months added up by whatever they belong to."""

from __future__ import annotations

from collections.abc import Sequence

import ibis
from ibis.expr.types import Value

from zhike.insight.exact import MONEY
from zhike.insight.marts.customer_months import AMOUNTS, BUCKETS, FLOWS

ADDED = (*AMOUNTS, *BUCKETS, *FLOWS, "direct_cost", "cost", "cost_variable", "revenue", "before_tax", "marginal", "contribution", "eva")
COUNTED = ("initiated", "counter", "logins", "contacts")


BELONGS = ("unit_key", "staff_no", "control_group_key")
NUMBERS = ("count_customers", "count_holding", "count_families", "count_opening", "count_retained", "count_below_cost")


def belonging_month(customer_month: ibis.Table, customer: ibis.Table) -> ibis.Table:
    """One row per unit, manager and group that customers belong to together, and month: of a bank few, so that what is added up by any of them is read once.

    Who belongs nowhere is under an empty key, so that every roll-up adds up to the bank."""
    return _added_up(customer_month, customer, BELONGS)


def household_month(customer_month: ibis.Table, customer: ibis.Table) -> ibis.Table:
    """One row per household and month; everybody without one together."""
    return _added_up(customer_month, customer, ("household_key",)).rename(key="household_key")


def _added_up(months: ibis.Table, customer: ibis.Table, keys: Sequence[str]) -> ibis.Table:
    whose = customer.select(member_id=customer["party_id"], **{key: customer[key] for key in keys})
    rows = months.left_join(whose, months["party_id"] == whose["member_id"])
    rows = rows.mutate(**{key: rows[key].fill_null("") for key in keys})
    has_aum = rows["aum"] > 0
    kept = ibis.least(rows["aum"], rows["aum_opening"])
    return rows.group_by(*keys, "month").agg(
        **_sums(rows), count_customers=rows["party_id"].count().cast("int64"), count_holding=has_aum.sum().cast("int64"),
        count_families=rows["count_families"].sum().cast("int64"), count_opening=(rows["aum_opening"] > 0).sum().cast("int64"),
        count_retained=((rows["aum_opening"] > 0) & has_aum).sum().cast("int64"),
        aum_retained=ibis.ifelse(kept > 0, kept, ibis.literal(0)).sum().cast(MONEY),
        count_below_cost=(rows["marginal"] < 0).sum().cast("int64"),
    )  # fmt: skip


def _sums(rows: ibis.Table) -> dict[str, Value]:
    return {name: rows[name].sum().cast(MONEY) for name in ADDED} | {name: rows[name].sum().cast("int64") for name in COUNTED}


def _rolled_up(rows: ibis.Table, key: Value) -> ibis.Table:
    """Sums by one of what customers belong to, and month."""
    numbers = {name: rows[name].sum().cast("int64") for name in NUMBERS}
    return rows.group_by(key.name("key"), "month").agg(**_sums(rows), **numbers, aum_retained=rows["aum_retained"].sum().cast(MONEY))


def bank_month(belonging_month: ibis.Table) -> ibis.Table:
    """One row per month: the whole bank."""
    return _rolled_up(belonging_month, ibis.literal(""))


def unit_month(belonging_month: ibis.Table) -> ibis.Table:
    """One row per managing unit and month."""
    return _rolled_up(belonging_month, belonging_month["unit_key"])


def manager_month(belonging_month: ibis.Table) -> ibis.Table:
    """One row per main relationship manager and month."""
    return _rolled_up(belonging_month, belonging_month["staff_no"])


def group_month(belonging_month: ibis.Table) -> ibis.Table:
    """One row per group of companies under one control and month; everybody without one together."""
    return _rolled_up(belonging_month, belonging_month["control_group_key"])


def family_month(account_value: ibis.Table) -> ibis.Table:
    """One row per product family and month: what is held, earned and lost on it."""
    names = (
        "aum",
        "aum_sum",
        "lum",
        "lum_sum",
        "nnm",
        "mtm",
        "income",
        "fx",
        "margin",
        "commission",
        "account_cost",
        "expected_loss",
        "capital_days",
    )
    t = account_value
    sums = t.group_by("family", "month").agg(
        **{name: t[name].sum().cast(MONEY) for name in names}, single=ibis.ifelse(t["line"] == "", 1, 0).sum()
    )
    # who is counted once however often she comes is counted apart: beside sums it takes the engine longer than all of them
    whose = t.select("family", "month", "party_id").distinct()
    customers = whose.group_by("family", "month").agg(count_customers=whose.count())
    lines = t.filter(t["line"] != "")
    several = lines.group_by("family", "month").agg(several=lines["account"].nunique())
    rows = sums.join(customers, ["family", "month"]).left_join(several, ["family", "month"]).drop("family_right", "month_right")
    return rows.select("family", "month", *names, "count_customers", count_accounts=rows["single"] + rows["several"].fill_null(0))


def concentration(profile: ibis.Table) -> ibis.Table:
    """One row per hundredth of customers by contribution: how many, how much contribution and AUM (S29)."""
    t = profile.filter(profile["status"] == "customer")
    return t.group_by("value_percentile").agg(
        count_customers=t.count(), contribution=t["contribution_12m"].sum().cast(MONEY), aum=t["aum"].sum().cast(MONEY),
        count_below_cost=t["is_below_cost"].sum().cast("int64"),
    )  # fmt: skip
