"""Balances by month: intervals of days, cut at the months' ends (§3.1, decision 7)."""

from __future__ import annotations

import ibis

from zhike.insight.exact import MONEY, ZERO, filled
from zhike.insight.staging.texts import UNITS


def holding_change(balance: ibis.Table, posted_balance: ibis.Table, position: ibis.Table, opening: ibis.Table) -> ibis.Table:
    """One row per account, line and change of balance since the first month to be computed, with what was before it. An account with positions is worth them."""
    in_units = position.select("account").union(opening.filter(opening["line"] != "").select("account")).distinct()
    later = balance.union(posted_balance).anti_join(in_units, "account").union(position).union(opening)
    line = ibis.window(group_by=[later["account"], later["line"]], order_by=[later["date"], later["known"]])
    return later.mutate(
        next_date=later["date"].lead().over(line), amount_before=filled(later["amount"].lag().over(line)),
        units_before=later["units"].lag().over(line), known_before=later["known"].lag().over(line),
    )  # fmt: skip


def holding_month(holding_change: ibis.Table, account: ibis.Table, months: ibis.Table) -> ibis.Table:
    """One row per account, line (product held in units) and month with a balance in it: opening, closing, Σ of days; of units what was bought and sold (`moved`).

    An account holds nothing from its closing on. Amounts are in the account's currency."""
    closed = account.filter(account["is_closed"] & account["closed_date"].notnull()).select("account", "closed_date")
    rows = holding_change.left_join(closed, "account").drop("account_right")
    far = ibis.date(9999, 12, 31)
    rows = rows.mutate(until=ibis.least(rows["next_date"].fill_null(far), rows["closed_date"].fill_null(far)))
    cut = rows.join(months, [rows["date"] < months["end_date"], rows["until"] > months["start_date"]])
    days = ibis.least(cut["until"], cut["end_date"]).delta(ibis.greatest(cut["date"], cut["start_date"]), unit="day").cast("int64")
    is_last = cut["until"] >= cut["end_date"]
    is_new = (cut["date"] >= cut["start_date"]) & cut["known"].notnull()
    bought = ((cut["units"] - cut["units_before"].fill_null(0)) * cut["nav"]).cast(MONEY)
    change = cut["amount"] - cut["amount_before"]
    month = cut.group_by("account", "line", "month", "start_date", "end_date", "is_base").agg(
        currency=cut["currency"].max(), day_sum=(cut["amount"] * days).sum().cast(MONEY),
        closing=ibis.ifelse(is_last, cut["amount"], ZERO).sum().cast(MONEY), units=ibis.ifelse(is_last, cut["units"], ibis.null(UNITS)).max(),
        nav=ibis.ifelse(is_last, cut["nav"], ibis.null(UNITS)).max(), changed=ibis.ifelse(is_new, change, ZERO).sum().cast(MONEY),
        moved=ibis.ifelse(is_new, bought.fill_null(change), ZERO).sum().cast(MONEY),
    )  # fmt: skip
    before = ibis.window(group_by=[month["account"], month["line"]], order_by=month["month"])
    month = month.mutate(opening=filled(month["closing"].lag().over(before)))
    month = month.mutate(moved=month["moved"] + (month["closing"] - month["opening"] - month["changed"]))
    return month.filter(~month["is_base"]).drop("is_base", "changed", "start_date", "end_date")


def opening_of(holding_month: ibis.Table, base: ibis.Table) -> ibis.Table:
    """One row per account and line as the month before ended: what the months to be computed begin with."""
    rows = holding_month.join(base, "month")
    return rows.select(
        "account", "line", "currency", date=rows["last_date"], amount=rows["closing"], units=rows["units"], nav=rows["nav"],
        known=ibis.null("int32"),
    )  # fmt: skip
