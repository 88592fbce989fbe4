"""Customers' months added up by whatever they belong to: one function for every roll-up."""

from __future__ import annotations

import ibis
from ibis.expr.types import Value

from zhike.insight.exact import MONEY
from zhike.insight.marts.customer_months import AMOUNTS, BUCKETS, FLOWS

ADDED = (*AMOUNTS, *BUCKETS, *FLOWS, "direct_cost", "cost", "cost_variable", "revenue", "before_tax", "marginal", "contribution", "eva")
COUNTED = ("initiated", "counter", "logins", "contacts")


def rolled_up(months: ibis.Table, members: ibis.Table, key: str) -> ibis.Table:
    """Sums by `key` and month over customers' months; `members` says who belongs where (party_id, key). Who belongs nowhere is under an empty key,
    so that every roll-up adds up to the bank."""
    rows = months.left_join(
        members.select(member_id=members["party_id"], key=members[key].fill_null("")), months["party_id"] == members["party_id"]
    )
    rows = rows.mutate(key=rows["key"].fill_null(""))
    sums: dict[str, Value] = {name: rows[name].sum().cast(MONEY) for name in ADDED}
    counts: dict[str, Value] = {name: rows[name].sum().cast("int64") for name in COUNTED}
    has_aum = rows["aum"] > 0
    kept = ibis.least(rows["aum"], rows["aum_opening"])
    return rows.group_by("key", "month").agg(
        **sums, **counts, count_customers=rows["party_id"].count().cast("int64"), count_holding=has_aum.sum().cast("int64"),
        count_families=rows["count_families"].sum().cast("int64"), count_opening=(rows["aum_opening"] > 0).sum().cast("int64"),
        count_retained=((rows["aum_opening"] > 0) & has_aum).sum().cast("int64"),
        aum_retained=ibis.ifelse(kept > 0, kept, ibis.literal(0)).sum().cast(MONEY),
        count_below_cost=(rows["marginal"] < 0).sum().cast("int64"),
    )  # fmt: skip


def bank_month(customer_month: ibis.Table, customer: ibis.Table) -> ibis.Table:
    """One row per month: the whole bank."""
    return rolled_up(customer_month, customer.mutate(bank=ibis.literal("")), "bank")


def unit_month(customer_month: ibis.Table, customer: ibis.Table) -> ibis.Table:
    """One row per managing unit and month."""
    return rolled_up(customer_month, customer, "unit_key")


def manager_month(customer_month: ibis.Table, customer: ibis.Table) -> ibis.Table:
    """One row per main relationship manager and month."""
    return rolled_up(customer_month, customer, "staff_no")


def household_month(customer_month: ibis.Table, customer: ibis.Table) -> ibis.Table:
    """One row per household and month; everybody without one together."""
    return rolled_up(customer_month, customer, "household_key")


def group_month(customer_month: ibis.Table, customer: ibis.Table) -> ibis.Table:
    """One row per group of companies under one control and month; everybody without one together."""
    return rolled_up(customer_month, customer, "control_group_key")


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
