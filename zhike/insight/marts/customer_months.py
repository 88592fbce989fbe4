"""Everything of a customer in a month: the ground that profile, tiers, stages and reports stand on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import reduce
from operator import add

import ibis
from ibis.expr.types import Value

from zhike.insight import exact, metrics
from zhike.insight.exact import MONEY, ZERO

AMOUNTS = (
    "aum_opening", "aum", "aum_sum", "lum_opening", "lum", "lum_sum", "nnm", "mtm", "income", "fx", "margin", "commission", "account_cost",
    "account_variable", "expected_loss", "capital_days",
)  # fmt: skip
BUCKETS = ("demand", "term", "wealth", "funds", "insurance", "mortgage", "card", "loan")
COUNTS = ("count_accounts", "count_families", "initiated", "counter", "mobile", "online", "atm", "pos", "logins", "visits", "contacts")
FLOWS = (
    "deposits_sum",
    "inflow",
    "outflow",
    "own_in",
    "own_out",
    "salary",
    "spent",
    "acts_cost",
    "acts_variable",
    "counter_cost",
    "counter_variable",
    "takings",
    "fees",
    "waived",
)
DAYS = ("last_initiated_date", "last_login_date", "last_contact_date", "last_salary_date")


@ibis.udf.scalar.builtin  # type: ignore[untyped-decorator]
def bit_count(number: int) -> int:  # type: ignore[empty-body]
    """How many bits of a whole number are set; both engines know it by this name."""


@ibis.udf.agg.builtin  # type: ignore[untyped-decorator]
def bit_or(number: int) -> int:  # type: ignore[empty-body]
    """Every bit that is set in any of some whole numbers."""


def value_part(account_value: ibis.Table, families: ibis.Table) -> ibis.Table:
    """One row per customer and month with an account: sums of what accounts are worth."""
    t = account_value.join(families.select("month", "family", "family_bit"), ["month", "family"])
    held = (t["aum"] != 0) | (t["lum"] != 0)
    sums: dict[str, Value] = {name: t[name].sum().cast(MONEY) for name in AMOUNTS}
    for bucket in BUCKETS:
        closing = t["lum"] if bucket in ("mortgage", "card", "loan") else t["aum"]
        sums[bucket] = ibis.ifelse(t["bucket"] == bucket, closing, ZERO).sum().cast(MONEY)
    # told from bits and from rows, since what is counted once however often it comes takes the engine as long as all sums together
    none = ibis.literal(0, "int64")
    whole = t.group_by("party_id", "month").agg(
        **sums, deposits_sum=ibis.ifelse(t["bucket"].isin(["demand", "term"]), t["aum_sum"], ZERO).sum().cast(MONEY),
        single=ibis.ifelse(held & (t["line"] == ""), 1, 0).sum(), bits=bit_or(ibis.ifelse(held, t["family_bit"], none)),
    )  # fmt: skip
    lines = account_value.filter(account_value["line"] != "", (account_value["aum"] != 0) | (account_value["lum"] != 0))
    several = lines.group_by("party_id", "month").agg(several=lines["account"].nunique())
    whole = whole.left_join(several, ["party_id", "month"]).drop("party_id_right", "month_right")
    return whole.mutate(
        count_accounts=whole["single"] + whole["several"].fill_null(0), count_families=bit_count(whole["bits"]).cast("int64")
    ).drop("single", "several", "bits")


def flow_part(flow: ibis.Table, account: ibis.Table, exchange: ibis.Table, channels: ibis.Table) -> ibis.Table:
    """One row per customer and month with postings: money in and out of deposits, what the customer began, through which channel, at which cost; of
    sources that deliver no fees, what was charged."""
    t = flow.join(account.select("account", "party_id", "side", "currency", "posts_fees"), "account")
    t = t.join(exchange.select("month", "currency", "rate_close"), ["month", "currency"]).join(channels, ["month", "channel"])
    cny = exact.times(t["amount"], t["rate_close"])
    is_deposit = t["side"] == "liability"

    def amount(condition: Value) -> Value:
        return ibis.ifelse(condition, cny, ZERO).sum().cast(MONEY)

    def acts(*channel: str) -> Value:
        return ibis.ifelse(t["is_initiated"] & t["channel"].isin(channel), t["count"], 0).sum()

    is_in, is_out = is_deposit & (t["direction"] == "credit"), is_deposit & (t["direction"] == "debit")
    is_salary = is_in & t["code"].isin(["salary", "pension"])
    return t.group_by("party_id", "month").agg(
        inflow=amount(is_in), outflow=amount(is_out), own_in=amount(is_in & t["is_own"]), own_out=amount(is_out & t["is_own"]),
        salary=amount(is_salary), spent=amount(t["code"].isin(["card", "consumption", "purchase"]) & (t["direction"] == "debit")),
        initiated=ibis.ifelse(t["is_initiated"], t["count"], 0).sum(), counter=acts("counter", "branch_visit"), mobile=acts("mobile_app", "wechat"),
        online=acts("online_bank"), atm=acts("atm"), pos=acts("pos"), fees=amount(t["posts_fees"] & t["code"].isin(["fee", "penalty_interest"]) & (t["direction"] == "debit")),
        last_initiated_date=ibis.ifelse(t["is_initiated"], t["last_date"], ibis.null("date")).max(),
        last_salary_date=ibis.ifelse(is_salary, t["last_date"], ibis.null("date")).max(), **_cost_of_acts(t, "counter", "branch_visit"),
    )  # fmt: skip


def act_part(event: ibis.Table, contact: ibis.Table, keys: ibis.Table, channels: ibis.Table) -> ibis.Table:
    """One row per customer and month with log-ins, visits or contacts, and what those cost that are not postings."""
    both = event.union(contact)
    t = both.join(keys, [both["source"] == keys["source"], both["party_key"] == keys["external_key"]]).join(channels, ["month", "channel"])
    is_login, is_visit = t["kind"].isin(["login", "browse"]), t["kind"] == "counter_visit"
    none = ibis.null("date")
    return t.group_by("party_id", "month").agg(
        logins=ibis.ifelse(is_login, t["count"], 0).sum(), visits=ibis.ifelse(is_visit, t["count"], 0).sum(),
        contacts=ibis.ifelse(t["kind"] == "contact", t["count"], 0).sum(),
        last_login_date=ibis.ifelse(is_login, t["last_date"], none).max(),
        last_contact_date=ibis.ifelse(t["kind"] == "contact", t["last_date"], none).max(), **_cost_of_acts(t, "counter", "branch_visit", "visit"),
    )  # fmt: skip


def _cost_of_acts(t: ibis.Table, *counters: str) -> dict[str, Value]:
    """What acts cost and what of it varies, rounded once in a month, and both of those that somebody behind a counter or on a visit did."""
    cost, varies, is_counter = t["act_fen"] * t["count"], t["act_varies"] * t["count"], t["channel"].isin(counters)

    def of_counter(whole: Value) -> Value:
        return ibis.ifelse(is_counter, whole, 0).sum()

    return {
        "acts_cost": exact.money(cost.sum()), "acts_variable": _in_money(varies.sum()),
        "counter_cost": exact.money(of_counter(cost)), "counter_variable": _in_money(of_counter(varies)),
    }  # fmt: skip


def _in_money(millionths: Value) -> Value:
    return exact.money(exact.zk_divided(millionths, 10_000))


def fee_part(fee: ibis.Table, takings: ibis.Table, shop: ibis.Table, keys: ibis.Table, months: ibis.Table) -> ibis.Table:
    """One row per customer and month with fees charged or waived; what merchants pay for their takings counts too."""
    own = fee.join(keys, [fee["source"] == keys["source"], fee["party_key"] == keys["external_key"]])
    shops = takings.join(shop, ["source", "merchant_key"])
    paid = shops.join(keys, [shops["source"] == keys["source"], shops["party_key"] == keys["external_key"]])
    rows = own.select("party_id", "month", "fees", "waived", takings=ibis.null(MONEY)).union(
        paid.select("party_id", "month", fees=paid["fees"].cast(MONEY), waived=ibis.null(MONEY), takings=paid["amount"].cast(MONEY))
    )
    rows = rows.semi_join(months, "month")
    return rows.group_by("party_id", "month").agg(
        fees=rows["fees"].sum().cast(MONEY), waived=rows["waived"].sum().cast(MONEY), takings=rows["takings"].sum().cast(MONEY)
    )


def customer_month(
    value_part: ibis.Table, flow_part: ibis.Table, act_part: ibis.Table, fee_part: ibis.Table, customer: ibis.Table, months: ibis.Table
) -> ibis.Table:
    """One row per customer and month with anything in it: what she has, how it moved, what she earns the bank, costs it and does (§3.1–§3.8)."""
    whole = _together((value_part, flow_part, act_part, fee_part))
    whole = whole.join(_of_every_customer(months), "month").left_join(customer.select("party_id", "staff_no"), "party_id")
    return _worth(whole.drop("party_id_right"))


def _of_every_customer(months: ibis.Table) -> ibis.Table:
    """One row per month to be computed: what keeping a customer costs in it, what being managed adds, the rates that hold."""
    t = months.filter(~months["is_base"])
    t = t.mutate(
        base_cost=metrics.for_days(t["customer_cost"], t["days"], t["days_of_month"]),
        managed=metrics.for_days(t["managed_cost"], t["days"], t["days_of_month"]),
    )
    return t.select(
        "month", "tax", "hurdle", "direct", "base_cost", "managed", base_variable=exact.times(t["base_cost"], t["customer_variable"]),
        managed_more=exact.times(t["managed"], t["managed_variable"]),
    )  # fmt: skip


def _worth(t: ibis.Table) -> ibis.Table:
    """What is derived from a month's sums: cost, contribution, EVA."""
    is_managed = t["staff_no"].notnull()
    t = t.mutate(
        direct_cost=exact.times(t["fees"], t["direct"]),
        cost=t["acts_cost"] + t["account_cost"] + t["base_cost"] + ibis.ifelse(is_managed, t["managed"], ZERO),
        cost_variable=t["acts_variable"] + t["account_variable"] + t["base_variable"] + ibis.ifelse(is_managed, t["managed_more"], ZERO),
    )
    t = t.mutate(revenue=metrics.revenue(t["margin"], t["commission"], t["fees"], t["direct_cost"]))
    t = t.mutate(
        before_tax=metrics.before_tax(t["revenue"], t["cost"], t["expected_loss"]),
        marginal=metrics.marginal(t["revenue"], t["cost_variable"], t["expected_loss"]),
    )
    t = t.mutate(contribution=metrics.contribution(t["before_tax"], t["tax"]))
    t = t.mutate(eva=metrics.eva(t["contribution"], t["capital_days"], t["hurdle"]))
    derived = ("direct_cost", "cost", "cost_variable", "revenue", "before_tax", "marginal", "contribution", "eva")
    return t.select("party_id", "month", *AMOUNTS, *BUCKETS, *FLOWS, *COUNTS, *DAYS, *derived)


_TYPES: Mapping[str, str] = {
    **dict.fromkeys((*AMOUNTS, *BUCKETS, *FLOWS), MONEY), **dict.fromkeys(COUNTS, "int64"), **dict.fromkeys(DAYS, "date"),
}  # fmt: skip


def _together(parts: Sequence[ibis.Table]) -> ibis.Table:
    """Every customer and month that any part knows, with every column: of amounts and counts that two parts have the sum, of days the later one."""
    whole, found = parts[0], {column: [column] for column in parts[0].columns if column in _TYPES}
    for number, part in enumerate(parts[1:]):
        mine = part.rename({f"{column}_{number}": column for column in part.columns})
        party, month = f"party_id_{number}", f"month_{number}"
        both = whole.outer_join(mine, [whole["party_id"] == mine[party], whole["month"] == mine[month]])
        whole = both.mutate(party_id=both["party_id"].fill_null(both[party]), month=both["month"].fill_null(both[month])).drop(party, month)
        for column in part.columns:
            if column in _TYPES:
                found.setdefault(column, []).append(f"{column}_{number}")
    return whole.select("party_id", "month", **{name: _joined([whole[one] for one in found[name]], kind) for name, kind in _TYPES.items()})


def _joined(values: Sequence[Value], kind: str) -> Value:
    """A column out of those of the parts."""
    if kind == "date":
        return reduce(_later, values)
    none = ZERO if kind == MONEY else ibis.literal(0, kind)
    return reduce(add, [value.fill_null(none) for value in values]).cast(kind)


def _later(one: Value, other: Value) -> Value:
    """The later of two days; where one is missing the other, on every engine."""
    return ibis.greatest(one.fill_null(other), other.fill_null(one))
