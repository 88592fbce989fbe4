"""The mix of business: customers' months added up by line of business, tier, size and trade (S38). Few rows, so that a page of a large bank reads no customer."""

from __future__ import annotations

import ibis

from zhike.insight.exact import MONEY
from zhike.insight.marts.matrix import RETAIL

CORPORATE = ("company", "unincorporated")
SMALL = ("small", "micro")
FARMING = "A"  # the section of GB/T 4754 for agriculture, forestry, stock-raising and fishing
MEASURES = ("aum", "lum", "revenue", "contribution")


def classified(customer_month: ibis.Table, customer: ibis.Table, customer_states: ibis.Table) -> ibis.Table:
    """One row per customer and month: line of business, the tier that applied in the month, whether a small firm, whether in agriculture."""
    who = customer.select(
        member_id=customer["party_id"],
        line=ibis.cases((customer["kind"].isin(RETAIL), "retail"), (customer["kind"].isin(CORPORATE), "corporate"), else_="other"),
        is_small=customer["size_class"].isin(SMALL).fill_null(False),
        is_farming=customer["industry"].startswith(FARMING).fill_null(False),
    )
    stood = customer_states.select(state_id="party_id", state_month="month", tier="tier_effective")
    rows = customer_month.select("party_id", "month", *MEASURES)
    rows = rows.left_join(who, rows["party_id"] == who["member_id"])
    rows = rows.left_join(stood, [rows["party_id"] == stood["state_id"], rows["month"] == stood["state_month"]])
    return rows.select(
        "party_id", "month", *MEASURES, line=rows["line"].fill_null("other"), tier=rows["tier"].fill_null(""),
        is_small=rows["is_small"].fill_null(False), is_farming=rows["is_farming"].fill_null(False),
    )  # fmt: skip


def mix_month(customer_month: ibis.Table, customer: ibis.Table, customer_states: ibis.Table) -> ibis.Table:
    """One row per month, line of business, tier, size and trade: what those customers hold, owe and bring."""
    rows = classified(customer_month, customer, customer_states)
    return rows.group_by("month", "line", "tier", "is_small", "is_farming").agg(
        **{name: rows[name].sum().cast(MONEY) for name in MEASURES}, count_customers=rows["party_id"].count().cast("int64")
    )
