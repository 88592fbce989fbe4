"""What happened on accounts and with customers, typed and added up as far as nobody asks for less. Staged file by file and kept."""

from __future__ import annotations

import ibis

from zhike.insight.exact import MONEY
from zhike.insight.staging.texts import UNITS, amount, day, day_of, flag, keyed, month_of, units


def balance(raw_balances: ibis.Table) -> ibis.Table:
    """One row per account and day with a new balance: in force until the next one."""
    rows = raw_balances.select(
        account=keyed(raw_balances["_source"], raw_balances["account_key"]), line=ibis.literal(""), currency=raw_balances["currency"],
        date=day(raw_balances["balance_date"]), amount=amount(raw_balances["balance"]), units=ibis.null(UNITS), nav=ibis.null(UNITS),
        known=raw_balances["_order"],
    )  # fmt: skip
    return rows.filter(rows["date"].notnull(), rows["amount"].notnull())


def posted_balance(raw_transactions: ibis.Table) -> ibis.Table:
    """One row per account and day with postings, of sources that deliver no balances: the balance after the last line of the day."""
    rows = raw_transactions.select(
        "_line", account=keyed(raw_transactions["_source"], raw_transactions["account_key"]), line=ibis.literal(""),
        currency=raw_transactions["currency"], date=day(raw_transactions["booking_date"]), amount=amount(raw_transactions["balance_after"]),
        units=ibis.null(UNITS), nav=ibis.null(UNITS), known=raw_transactions["_order"],
    )  # fmt: skip
    rows = rows.filter(rows["date"].notnull(), rows["amount"].notnull())
    last = ibis.window(group_by=[rows["account"], rows["currency"], rows["date"]], order_by=[rows["known"].desc(), rows["_line"].desc()])
    return rows.mutate(_place=ibis.row_number().over(last)).filter(lambda t: t["_place"] == 0).drop("_place", "_line")


def position(raw_positions: ibis.Table) -> ibis.Table:
    """One row per account, product held in units (`line`) and day with a new value: in force until the next one."""
    rows = raw_positions.select(
        account=keyed(raw_positions["_source"], raw_positions["account_key"]), line=raw_positions["product_key"],
        currency=raw_positions["currency"], date=day(raw_positions["position_date"]), amount=amount(raw_positions["market_value"]),
        units=units(raw_positions["units"]), nav=units(raw_positions["nav"]), known=raw_positions["_order"],
    )  # fmt: skip
    return rows.filter(rows["date"].notnull(), rows["amount"].notnull())


def flow(raw_transactions: ibis.Table) -> ibis.Table:
    """One row per account, month and sort of posting: how many, how much, the last day."""
    rows = raw_transactions.mutate(date=day(raw_transactions["booking_date"]), value=amount(raw_transactions["amount"]))
    rows = rows.filter(rows["date"].notnull(), rows["value"].notnull())
    sorts = rows.group_by(
        source=rows["_source"], account_key=rows["account_key"], month=month_of(rows["date"]), code=rows["code"].fill_null(""),
        direction=rows["direction"], channel=rows["channel"].fill_null("other"), is_own=flag(rows["is_own_transfer"]),
        is_initiated=flag(rows["is_customer_initiated"]),
    ).agg(count=rows.count(), amount=rows["value"].sum().cast(MONEY), last_date=rows["date"].max())  # fmt: skip
    return sorts.mutate(account=keyed(sorts["source"], sorts["account_key"])).drop("source", "account_key")


def event(raw_channel_events: ibis.Table) -> ibis.Table:
    """One row per customer's key, month, channel and sort: log-ins and visits."""
    return _acts(raw_channel_events, raw_channel_events["kind"])


def contact(raw_interactions: ibis.Table) -> ibis.Table:
    """One row per customer's key, month and channel: calls, visits, messages."""
    return _acts(raw_interactions, ibis.literal("contact"))


def _acts(raw: ibis.Table, kind: ibis.Value) -> ibis.Table:
    rows = raw.mutate(date=day_of(raw["at"]), sort=kind)
    rows = rows.filter(rows["date"].notnull())
    return rows.group_by(
        source=rows["_source"], party_key=rows["party_key"], month=month_of(rows["date"]), channel=rows["channel"], kind=rows["sort"]
    ).agg(count=rows.count(), last_date=rows["date"].max())


def fee(raw_fees: ibis.Table) -> ibis.Table:
    """One row per customer's key and month: fees charged and waived."""
    rows = raw_fees.mutate(date=day(raw_fees["fee_date"]), paid=amount(raw_fees["amount"]), left=amount(raw_fees["waived"]))
    rows = rows.filter(rows["date"].notnull(), rows["paid"].notnull())
    return rows.group_by(source=rows["_source"], party_key=rows["party_key"], month=month_of(rows["date"])).agg(
        fees=rows["paid"].sum().cast(MONEY), waived=rows["left"].sum().cast(MONEY)
    )


def takings(raw_merchant_volumes: ibis.Table) -> ibis.Table:
    """One row per merchant and month: what was taken and what the merchant paid for it."""
    rows = raw_merchant_volumes
    return rows.select(
        source=rows["_source"], merchant_key=rows["merchant_key"], month=month_of(day(rows["month"])), amount=amount(rows["amount"]),
        fees=amount(rows["fee"]).fill_null(0),
    ).filter(lambda t: t["month"].notnull())  # fmt: skip


def posted_rate(raw_rates: ibis.Table) -> ibis.Table:
    """One row per kind, key and day: exchange rates and the FTP curve, as delivered."""
    rows = raw_rates.select(
        kind=raw_rates["kind"], rate_key=raw_rates["rate_key"], date=day(raw_rates["rate_date"]), rate=units(raw_rates["rate"]),
        known=raw_rates["_order"],
    )  # fmt: skip
    return rows.filter(rows["kind"].isin(["fx", "ftp"]), rows["date"].notnull(), rows["rate"].notnull())
