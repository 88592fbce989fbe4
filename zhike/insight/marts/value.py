"""What every account earns and costs in a month, in CNY."""

from __future__ import annotations

import ibis

from zhike.insight import exact, metrics
from zhike.insight.exact import MONEY, ZERO


def interest_income(flow: ibis.Table) -> ibis.Table:
    """One row per account and month with interest received."""
    rows = flow.filter(flow["code"] == "interest", flow["direction"] == "credit")
    return rows.group_by("account", "month").agg(interest=rows["amount"].sum().cast(MONEY))


def priced_holding(
    holding_month: ibis.Table, interest_income: ibis.Table, account: ibis.Table, months: ibis.Table, families: ibis.Table, curve: ibis.Table,
    losses: ibis.Table, exchange: ibis.Table, product: ibis.Table,
) -> ibis.Table:  # fmt: skip
    """One row per account, line and month with the rates that hold for it and its amounts in CNY."""
    rows = holding_month.join(account.drop("currency"), "account")
    held = product.select(line_product=product["product"], line_family=product["family"]).distinct(on="line_product")
    rows = rows.left_join(held, rows["line"] == held["line_product"])
    rows = rows.mutate(family=rows["line_family"].fill_null(rows["family"]))
    rows = rows.join(months.select("month", "days", "days_of_month", "start_date", "by_contract", "joint_shared"), "month")
    rows = rows.join(families.rename(group="side"), ["month", "family"])
    rows = rows.mutate(term=ibis.ifelse(rows["term"] > 0, rows["term"], rows["own_term"]))
    rows = rows.join(curve, ["month", "term"])
    rows = rows.mutate(ftp=ibis.ifelse(rows["by_contract"], rows["contract_ftp"].fill_null(rows["ftp"]), rows["ftp"]))
    rows = rows.left_join(losses, ["month", "family", "overdue_days"]).drop("month_right", "family_right", "overdue_days_right")
    rows = rows.join(exchange, ["month", "currency"])
    # an account is left with its first interest alone: the first line of an account takes it
    rows = rows.left_join(interest_income, ["account", "month"]).drop("account_right", "month_right")
    at_close = exact.times(rows["opening"], rows["rate_close"])
    return rows.mutate(
        opening_cny=exact.times(rows["opening"], rows["rate_open"]), closing_cny=exact.times(rows["closing"], rows["rate_close"]),
        day_sum_cny=exact.times(rows["day_sum"], rows["rate_close"]), fx=at_close - exact.times(rows["opening"], rows["rate_open"]),
        income=ibis.ifelse(rows["line"] == "", exact.times(exact.filled(rows["interest"]), rows["rate_close"]), ZERO),
        mtm=ibis.ifelse(
            rows["line"] == "", ZERO, exact.times(metrics.market_effect(rows["closing"] - rows["opening"], rows["moved"]), rows["rate_close"])
        ),
    )  # fmt: skip


def account_value(priced_holding: ibis.Table, joint_holder: ibis.Table) -> ibis.Table:
    """One row per account, line, month and whoever it counts for: assets or loans, how they moved, and what they earn and cost (§3.1, §3.3).

    It counts for its main holder, or by parts for each of its holders (§2.4): the parts of an amount add up to it."""
    t = priced_holding
    is_asset = t["group"].isin(["liability", "intermediary"])  # the customer's asset
    is_loan = t["group"] == "asset"
    is_open = ~(t["is_closed"] & (t["closed_date"] <= t["start_date"]))
    cost = ibis.ifelse(is_open, metrics.for_days(t["account_cost"], t["days"], t["days_of_month"]), ZERO)
    nnm = metrics.net_new_money(t["closing_cny"] - t["opening_cny"], t["fx"], t["income"], t["mtm"])

    def only(condition: ibis.Value, amount: ibis.Value) -> ibis.Value:
        return ibis.ifelse(condition, amount, ZERO)

    whole = t.select(
        "account", "line", "month", "party_id", "family", "bucket", "unit_key", "currency", "joint_shared",
        aum_opening=only(is_asset, t["opening_cny"]), aum=only(is_asset, t["closing_cny"]), aum_sum=only(is_asset, t["day_sum_cny"]),
        lum_opening=only(is_loan, t["opening_cny"]), lum=only(is_loan, t["closing_cny"]), lum_sum=only(is_loan, t["day_sum_cny"]),
        nnm=only(is_asset, nnm), mtm=only(is_asset, t["mtm"]), income=only(is_asset, t["income"]), fx=only(is_asset, t["fx"]),
        margin=metrics.margin(t["group"], t["day_sum_cny"], t["ftp"], t["rate"], t["base"]),
        commission=metrics.commission(t["group"], t["day_sum_cny"], t["commission"]),
        account_cost=cost, account_variable=exact.times(cost, t["account_variable"]),
        expected_loss=metrics.expected_loss(t["group"], t["day_sum_cny"], t["loss_rate"].fill_null(0)),
        capital_days=metrics.capital_days(t["day_sum_cny"], t["capital_rate"]),
    )  # fmt: skip
    return _by_holder(whole, joint_holder)


def _by_holder(t: ibis.Table, joint_holder: ibis.Table) -> ibis.Table:
    """What several hold together, by their parts. The last part reaches to one, so that nothing is lost by rounding."""
    parts = joint_holder.select(
        holder_of=joint_holder["account"],
        holder_id=joint_holder["party_id"],
        from_share=joint_holder["from_share"],
        to_share=joint_holder["to_share"],
    )
    rows = t.left_join(parts, [t["account"] == parts["holder_of"], t["joint_shared"]])

    def part(name: str) -> ibis.Value:
        mine = exact.times(rows[name], rows["to_share"]) - exact.times(rows[name], rows["from_share"])
        return ibis.ifelse(rows["holder_id"].isnull(), rows[name], mine).cast(MONEY)

    amounts = {name: part(name) for name in t.columns if t[name].type().is_decimal()}
    rows = rows.mutate(**amounts, party_id=rows["holder_id"].fill_null(rows["party_id"]))
    return rows.drop("holder_of", "holder_id", "from_share", "to_share", "joint_shared")
