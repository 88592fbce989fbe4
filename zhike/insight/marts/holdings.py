"""Balances by month: intervals of days, cut at the months' ends (§3.1, decision 7)."""

from __future__ import annotations

import ibis
from ibis.expr.types import Value

from zhike.insight.exact import MONEY, ZERO, filled
from zhike.insight.staging.texts import UNITS


def numbered(balance: ibis.Table, posted_balance: ibis.Table, position: ibis.Table, opening: ibis.Table, account: ibis.Table) -> ibis.Table:
    """One row per account with a balance and without positions: a number of this build alone, since sorting names takes twice as long, and its closing."""
    in_units = position.select("account").union(opening.filter(opening["line"] != "").select("account")).distinct()
    has = ibis.union(*(part.select("account") for part in (balance, posted_balance, opening)), distinct=True).anti_join(in_units, "account")
    rows = has.left_join(_closed(account), "account").drop("account_right")
    return rows.select("account", "closed_date", number=ibis.row_number().over(ibis.window(order_by=rows["account"])).cast("int32"))


def balance_change(balance: ibis.Table, posted_balance: ibis.Table, opening: ibis.Table, numbered: ibis.Table) -> ibis.Table:
    """One row per account without positions and change of its balance since the first month to be computed, in force until `next_date`."""
    parts = (balance, posted_balance, opening.filter(opening["line"] == ""))
    rows = ibis.union(*(part.select("account", "currency", "date", "amount", "known") for part in parts)).join(numbered, "account")
    later = ibis.window(group_by=rows["number"], order_by=[rows["date"], rows["known"]])
    return rows.select("number", "currency", "date", "amount", "closed_date", next_date=rows["date"].lead().over(later))


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


def holding_month(
    balance_change: ibis.Table, position_change: ibis.Table, numbered: ibis.Table, account: ibis.Table, months: ibis.Table
) -> ibis.Table:
    """One row per account, line (product held in units) and month with a balance in it: opening, closing, Σ of days; of units what was bought and sold (`moved`).

    An account holds nothing from its closing on. Amounts are in the account's currency."""
    positions = position_change.left_join(_closed(account), "account").drop("account_right")
    one, other = _cut(balance_change, months), _cut(positions, months)
    whole = one.group_by("number", "month").agg(**_sums(one))
    whole = whole.join(numbered.select("number", "account"), "number")
    is_new = other["is_in"] & ~other["is_first"] & other["known"].notnull()
    lines = other.group_by("account", "line", "month").agg(
        **_sums(other), units=ibis.ifelse(other["is_last"], other["units"], ibis.null(UNITS)).max(),
        nav=ibis.ifelse(other["is_last"], other["nav"], ibis.null(UNITS)).max(), priced=ibis.ifelse(is_new, other["priced"], ZERO).sum().cast(MONEY),
    )  # fmt: skip
    none = ibis.null(UNITS)
    whole = whole.mutate(line=ibis.literal(""), units=none, nav=none, priced=ZERO)
    # balances and positions are added up apart: there are hundreds of balances to a position, and they need only half of the columns
    month = whole.select(*lines.columns).union(lines)
    month = month.filter(month["until"] > month["month"])
    moved = (month["closing"] - month["opening"] - month["priced"]).cast(MONEY)
    return month.select("account", "line", "month", "currency", "day_sum", "closing", "units", "nav", "opening", moved=moved)


def _closed(account: ibis.Table) -> ibis.Table:
    """When accounts were closed."""
    return account.filter(account["is_closed"] & account["closed_date"].notnull()).select("account", "closed_date")


def _cut(rows: ibis.Table, months: ibis.Table) -> ibis.Table:
    """Changes cut at the ends of months: of each month its days, whether it was in force when the month began (`is_first`) and when it ended (`is_last`)."""
    far = ibis.date(9999, 12, 31)
    rows = rows.mutate(until=ibis.least(rows["next_date"].fill_null(far), rows["closed_date"].fill_null(far)))
    computed = months.filter(~months["is_base"]).select("month", "start_date", "end_date")
    cut = rows.join(computed, [rows["date"] < computed["end_date"], rows["until"] >= computed["start_date"]])
    days = ibis.least(cut["until"], cut["end_date"]).delta(ibis.greatest(cut["date"], cut["start_date"]), unit="day").cast("int64")
    return cut.mutate(
        days=days, is_in=cut["until"] > cut["start_date"],  # what ended with the month before is known to this one only as its opening
        is_first=cut["date"] < cut["start_date"], is_last=cut["until"] >= cut["end_date"],
    )  # fmt: skip


def _sums(cut: ibis.Table) -> dict[str, Value]:
    """What every month has, held in units or not."""
    return {
        "currency": cut["currency"].max(), "day_sum": ibis.ifelse(cut["is_in"], cut["amount"] * cut["days"], ZERO).sum().cast(MONEY),
        "closing": ibis.ifelse(cut["is_last"], cut["amount"], ZERO).sum().cast(MONEY),
        "opening": ibis.ifelse(cut["is_first"], cut["amount"], ZERO).sum().cast(MONEY), "until": cut["until"].max(),
    }  # fmt: skip


def opening_of(holding_month: ibis.Table, base: ibis.Table) -> ibis.Table:
    """One row per account and line as the month before ended: what the months to be computed begin with."""
    rows = holding_month.join(base, "month")
    return rows.select(
        "account", "line", "currency", date=rows["last_date"], amount=rows["closing"], units=rows["units"], nav=rows["nav"],
        known=ibis.null("int32"),
    )  # fmt: skip
