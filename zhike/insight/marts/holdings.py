"""Balances by month: intervals of days, cut at the months' ends (§3.1, decision 7)."""

from __future__ import annotations

import ibis

from zhike.insight.exact import MONEY, ZERO, filled
from zhike.insight.staging.texts import UNITS


def balance_change(balance: ibis.Table, posted_balance: ibis.Table, position: ibis.Table, opening: ibis.Table) -> ibis.Table:
    """One row per account without positions and change of its balance since the first month to be computed, in force until `next_date`."""
    in_units = position.select("account").union(opening.filter(opening["line"] != "").select("account")).distinct()
    rows = balance.union(posted_balance).anti_join(in_units, "account").union(opening.filter(opening["line"] == ""))
    later = ibis.window(group_by=rows["account"], order_by=[rows["date"], rows["known"]])
    return rows.select(
        "account", "line", "currency", "date", "amount", "units", "nav", "known", next_date=rows["date"].lead().over(later), priced=ZERO
    )


def position_change(position: ibis.Table, opening: ibis.Table) -> ibis.Table:
    """One row per account, product held in units and change of its value, in force until `next_date`. `priced`: what of the change is price."""
    rows = position.union(opening.filter(opening["line"] != ""))
    line = ibis.window(group_by=[rows["account"], rows["line"]], order_by=[rows["date"], rows["known"]])
    rows = rows.mutate(
        next_date=rows["date"].lead().over(line), amount_before=filled(rows["amount"].lag().over(line)),
        units_before=rows["units"].lag().over(line).fill_null(0),
    )  # fmt: skip
    change = rows["amount"] - rows["amount_before"]
    bought = ((rows["units"] - rows["units_before"]) * rows["nav"]).cast(MONEY).fill_null(change)
    return rows.select(
        "account", "line", "currency", "date", "amount", "units", "nav", "known", "next_date", priced=(change - bought).cast(MONEY)
    )


def holding_month(balance_change: ibis.Table, position_change: ibis.Table, account: ibis.Table, months: ibis.Table) -> ibis.Table:
    """One row per account, line (product held in units) and month with a balance in it: opening, closing, Σ of days; of units what was bought and sold (`moved`).

    An account holds nothing from its closing on. Amounts are in the account's currency."""
    closed = account.filter(account["is_closed"] & account["closed_date"].notnull()).select("account", "closed_date")
    rows = balance_change.union(position_change).left_join(closed, "account").drop("account_right")
    far = ibis.date(9999, 12, 31)
    rows = rows.mutate(until=ibis.least(rows["next_date"].fill_null(far), rows["closed_date"].fill_null(far)))
    computed = months.filter(~months["is_base"]).select("month", "start_date", "end_date")
    cut = rows.join(computed, [rows["date"] < computed["end_date"], rows["until"] >= computed["start_date"]])
    days = ibis.least(cut["until"], cut["end_date"]).delta(ibis.greatest(cut["date"], cut["start_date"]), unit="day").cast("int64")
    is_in = cut["until"] > cut["start_date"]  # what ended with the month before is known to this one only as its opening
    is_first, is_last = cut["date"] < cut["start_date"], cut["until"] >= cut["end_date"]
    is_new = is_in & ~is_first & cut["known"].notnull()
    month = cut.group_by("account", "line", "month").agg(
        currency=cut["currency"].max(), day_sum=ibis.ifelse(is_in, cut["amount"] * days, ZERO).sum().cast(MONEY),
        closing=ibis.ifelse(is_last, cut["amount"], ZERO).sum().cast(MONEY), units=ibis.ifelse(is_last, cut["units"], ibis.null(UNITS)).max(),
        nav=ibis.ifelse(is_last, cut["nav"], ibis.null(UNITS)).max(), opening=ibis.ifelse(is_first, cut["amount"], ZERO).sum().cast(MONEY),
        priced=ibis.ifelse(is_new, cut["priced"], ZERO).sum().cast(MONEY), until=cut["until"].max(), start_date=cut["start_date"].max(),
    )  # fmt: skip
    month = month.filter(month["until"] > month["start_date"])
    moved = (month["closing"] - month["opening"] - month["priced"]).cast(MONEY)
    return month.select("account", "line", "month", "currency", "day_sum", "closing", "units", "nav", "opening", moved=moved)


def opening_of(holding_month: ibis.Table, base: ibis.Table) -> ibis.Table:
    """One row per account and line as the month before ended: what the months to be computed begin with."""
    rows = holding_month.join(base, "month")
    return rows.select(
        "account", "line", "currency", date=rows["last_date"], amount=rows["closing"], units=rows["units"], nav=rows["nav"],
        known=ibis.null("int32"),
    )  # fmt: skip
