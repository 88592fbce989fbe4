"""Accounts with their product, their customer and what matters for their price."""

from __future__ import annotations

from decimal import Decimal

import ibis

from zhike.insight.exact import RATE, zk_divided
from zhike.insight.sources import known_last
from zhike.insight.staging.texts import amount, day, keyed, rate, whole

MOST_TERM, MOST_OVERDUE = 60, 120


def product(raw_products: ibis.Table) -> ibis.Table:
    """One row per product."""
    rows = known_last(raw_products, "products")
    return rows.select(
        product_source=rows["_source"], product=rows["product_key"], side=rows["side"], family=rows["family"],
        product_term=whole(rows["term_days"]), product_rate=rate(rows["rate"]),
    )  # fmt: skip


def loan(raw_loans: ibis.Table) -> ibis.Table:
    """One row per account with a loan: of several the longest overdue and the highest rate count."""
    rows = known_last(raw_loans, "loans").filter(lambda t: t["account_key"].notnull())
    rows = rows.mutate(loan_account=keyed(rows["_source"], rows["account_key"]), due=whole(rows["overdue_days"]).fill_null(0))
    return rows.group_by("loan_account").agg(
        loan_rate=rate(rows["rate"]).max(), overdue_days=ibis.least(rows["due"].max(), MOST_OVERDUE), five_class=rows["five_class"].max()
    )


def account(
    raw_accounts: ibis.Table, raw_account_roles: ibis.Table, product: ibis.Table, loan: ibis.Table, keys: ibis.Table, delivered: ibis.Table
) -> ibis.Table:
    """One row per account whose customer is known: the main holder, else the first owner among its roles (decision 11).

    An account without a product is a demand deposit. `term` are months from 1 to 60, 0 where nothing says it. A loan that is only
    repaid from an account says nothing about its price. `posts_fees`: its source says what was charged in postings alone."""
    known = known_last(raw_accounts, "accounts")
    owners = known_last(raw_account_roles, "account_roles").filter(lambda t: t["role"] == "owner")
    owner = owners.group_by("_source", "account_key").agg(owner_key=owners["party_key"].min())
    rows = known.left_join(owner, ["_source", "account_key"]).drop("_source_right", "account_key_right")
    rows = rows.mutate(
        holder=rows["party_key"].fill_null(rows["owner_key"]),
        account=keyed(rows["_source"], rows["account_key"]),
        own_rate=rate(rows["rate"]),
    )
    rows = rows.join(keys, [rows["_source"] == keys["source"], rows["holder"] == keys["external_key"]])
    rows = rows.left_join(product, [rows["_source"] == product["product_source"], rows["product_key"] == product["product"]])
    rows = rows.left_join(loan, rows["account"] == loan["loan_account"])
    rows = rows.left_join(delivered, rows["_source"] == delivered["delivered_source"])
    own_loan_rate = ibis.ifelse(rows["side"] == "asset", rows["loan_rate"], ibis.null(RATE))
    days = day(rows["maturity_date"]).delta(day(rows["start_date"]), unit="day").cast("int64").fill_null(rows["product_term"]).fill_null(0)
    none = ibis.literal(Decimal(0), type=RATE)
    return rows.select(
        "account", "party_id", "product_key", "currency", "unit_key", "five_class", side=rows["side"].fill_null("liability"),
        family=rows["family"].fill_null("demand_deposit"), is_closed=(rows["status"] == "closed").fill_null(False),
        opened_date=day(rows["opened_date"]), closed_date=day(rows["closed_date"]), maturity_date=day(rows["maturity_date"]),
        principal=amount(rows["principal"]), overdue_days=rows["overdue_days"].fill_null(0),
        rate=ibis.coalesce(rows["own_rate"], own_loan_rate, rows["product_rate"], none),
        term=ibis.greatest(0, ibis.least(zk_divided(days * 12, ibis.literal(365, type="int64")), MOST_TERM)),
        posts_fees=~rows["has_fees"].fill_null(False),
    )  # fmt: skip


def shop(raw_merchants: ibis.Table) -> ibis.Table:
    """One row per merchant: whose it is."""
    rows = known_last(raw_merchants, "merchants")
    return rows.select(source=rows["_source"], merchant_key=rows["merchant_key"], party_key=rows["party_key"])
