"""Accounts with their product, their customer and what matters for their price."""

from __future__ import annotations

from decimal import Decimal

import ibis

from zhike.insight.exact import RATE, millionths, zk_divided
from zhike.insight.exact import rate as as_rate
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
    raw_accounts: ibis.Table, raw_account_roles: ibis.Table, product: ibis.Table, loan: ibis.Table, keys: ibis.Table, delivered: ibis.Table,
    contract_days: ibis.Table, contract_curve: ibis.Table, clock: ibis.Table,
) -> ibis.Table:  # fmt: skip
    """One row per account whose customer is known: the main holder, else the first owner among its roles (decision 11).

    An account without a product is a demand deposit. `term` are months from 1 to 60, 0 where nothing says it. A loan that is only
    repaid from an account says nothing about its price. `posts_fees`: its source says what was charged in postings alone. `contract_ftp`: of what has a term, the price
    of money on the day on which it began (§3.3)."""
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
    typed = rows.select(
        "account", "party_id", "product_key", "currency", "unit_key", "five_class", side=rows["side"].fill_null("liability"),
        family=rows["family"].fill_null("demand_deposit"), is_closed=(rows["status"] == "closed").fill_null(False),
        opened_date=day(rows["opened_date"]), closed_date=day(rows["closed_date"]), maturity_date=day(rows["maturity_date"]),
        principal=amount(rows["principal"]), overdue_days=rows["overdue_days"].fill_null(0),
        rate=ibis.coalesce(rows["own_rate"], own_loan_rate, rows["product_rate"], none),
        term=ibis.greatest(0, ibis.least(zk_divided(days * 12, ibis.literal(365, type="int64")), MOST_TERM)),
        posts_fees=~rows["has_fees"].fill_null(False), begun_date=day(rows["start_date"]).fill_null(day(rows["opened_date"])),
    )  # fmt: skip
    return _priced(typed, contract_days, contract_curve, clock)


def _priced(t: ibis.Table, contract_days: ibis.Table, contract_curve: ibis.Table, clock: ibis.Table) -> ibis.Table:
    """With the price of money that held when a deposit for a term or a loan began."""
    t = t.cross_join(clock.select("as_of", "priced_from"))
    is_for_a_term = (t["term"] > 0) & t["side"].isin(["liability", "asset"])
    known = ibis.greatest(ibis.least(t["begun_date"], t["as_of"]), t["priced_from"])
    t = t.mutate(begun_date=ibis.ifelse(is_for_a_term & t["begun_date"].notnull(), known, ibis.null("date")))
    t = t.left_join(contract_days, "begun_date").drop("begun_date_right", "as_of", "priced_from")
    return t.left_join(contract_curve, ["curve", "term"]).drop("curve", "curve_right", "term_right", "begun_date")


def joint_holder(raw_account_roles: ibis.Table, account: ibis.Table, keys: ibis.Table, clock: ibis.Table) -> ibis.Table:
    """One row per account with several holders on the business date and holder: which part of it is hers, as from where to where it reaches (0 to 1).

    Parts as delivered, brought to one where they are not; equal ones where any holder has none. The parts of an amount are differences of
    rounded ones, so that they always add up to it."""
    known = known_last(raw_account_roles, "account_roles").filter(lambda t: t["role"].isin(["owner", "joint_holder"]))
    known = known.cross_join(clock.select("as_of"))
    begun = known.filter(day(known["from_date"]).isnull() | (day(known["from_date"]) <= known["as_of"]))
    now = begun.filter(day(begun["to_date"]).isnull() | (day(begun["to_date"]) > begun["as_of"]))
    now = now.mutate(account=keyed(now["_source"], now["account_key"]), part=millionths(rate(now["share"])))
    mine = now.join(keys, [now["_source"] == keys["source"], now["party_key"] == keys["external_key"]])
    said = mine.select("account", "party_id", "part").semi_join(account, "account")
    main = account.select("account", "party_id", part=ibis.null("int64"))  # of every account: who is alone goes below
    each = said.union(main).group_by("account", "party_id").agg(part=lambda t: t["part"].max())
    of_account = ibis.window(group_by=each["account"])
    each = each.mutate(holders=each.count().over(of_account), is_said=(each["part"].fill_null(0) > 0).cast("int64").min().over(of_account))
    each = each.filter(each["holders"] > 1)
    each = each.mutate(part=ibis.ifelse(each["is_said"] == 1, each["part"], 1))
    of_account, so_far = ibis.window(group_by=each["account"]), ibis.cumulative_window(group_by=each["account"], order_by=each["party_id"])
    each = each.mutate(upto=each["part"].sum().over(so_far), whole=each["part"].sum().over(of_account))
    return each.select(
        "account", "party_id", from_share=as_rate(zk_divided((each["upto"] - each["part"]).cast("int64") * 1_000_000, each["whole"].cast("int64"))),
        to_share=as_rate(zk_divided(each["upto"].cast("int64") * 1_000_000, each["whole"].cast("int64"))),
    )  # fmt: skip


def owned(account: ibis.Table, joint_holder: ibis.Table, clock: ibis.Table) -> ibis.Table:
    """One row per account and whoever it counts for: its main holder, or each of its holders where the setting says so (§2.4)."""
    shared = joint_holder.cross_join(clock.select("joint_shared")).filter(lambda t: t["joint_shared"])
    shared = shared.select(holder_of=shared["account"], holder_id=shared["party_id"])
    rows = account.left_join(shared, account["account"] == shared["holder_of"])
    return rows.mutate(party_id=rows["holder_id"].fill_null(rows["party_id"])).drop("holder_of", "holder_id")


def shop(raw_merchants: ibis.Table) -> ibis.Table:
    """One row per merchant: whose it is."""
    rows = known_last(raw_merchants, "merchants")
    return rows.select(source=rows["_source"], merchant_key=rows["merchant_key"], party_key=rows["party_key"])
