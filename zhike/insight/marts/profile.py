"""The profile: one row per customer and business date, put together of her months, her accounts and how she stands among others."""

from __future__ import annotations

from functools import reduce

import ibis
from ibis.expr.types import Value

from zhike.insight import exact, metrics, tiering
from zhike.insight.exact import MONEY, ZERO, average
from zhike.insight.marts.customer_months import BUCKETS, DAYS
from zhike.insight.marts.customer_state import ANY_STEP, Step
from zhike.insight.marts.profile_more import further, worst_class
from zhike.insight.marts.profile_sides import needs, sides
from zhike.insight.profile_expected import OF_EXPECTED
from zhike.insight.profile_fields import FIELDS
from zhike.insight.profile_network import OF_NETWORK
from zhike.insight.staging.texts import flag, keyed
from zhike.insight.terms import HOME, rfm_from

_SUMMED_12M = (
    "nnm", "mtm", "income", "fx", "inflow", "outflow", "own_in", "own_out", "salary", "spent", "contribution", "margin", "commission", "fees",
    "waived", "cost", "cost_variable", "counter_cost", "account_variable", "expected_loss", "marginal", "eva", "capital_days", "revenue",
    "initiated", "counter", "mobile", "online", "atm", "pos", "logins", "visits", "contacts", "acts_variable", "counter_variable", "takings",
)  # fmt: skip
# Where she stands in the month of the business date: field of the profile, column of `customer_states`.
_STANDING = {"tier": "tier", "tier_effective": "tier_effective", "tier_watch": "is_watched", "stage": "stage", "decline": "decline"}
_NOW = (
    "aum",
    "aum_opening",
    "lum",
    *BUCKETS,
    "count_accounts",
    "count_families",
    "nnm",
    "contribution",
    "mtm",
    "income",
    "lum_opening",
    "inflow",
    "outflow",
    "initiated",
    "logins",
)


_OF_NOW = (
    *(f"{name}_now" for name in _NOW),
    *(f"{name}_sum_month" for name in ("aum", "lum", "deposits")),
)  # to which earlier months give nothing
# What a customer's months are added up by; everything else is summed.
_LOWEST = ("aum_low_12m", "first_month")
_HIGHEST = ("aum_peak", "aum_high_12m", *DAYS)


def earlier_span(customer_month: ibis.Table, spans: ibis.Table) -> ibis.Table:
    """One row per customer with a month before that of the business date: what those months add up to. The next day finds it there."""
    t = customer_month.join(spans, "month").filter(lambda rows: ~rows["in_month"])
    found = {name: value for name, value in _of_a_month(t).items() if name not in _OF_NOW}
    t = t.select("party_id", **found)

    def over(name: str) -> Value:
        column = t[name]
        return column.min() if name in _LOWEST else column.max() if name in _HIGHEST else column.sum().cast(_kind(column))

    return t.group_by("party_id").agg(**{name: over(name) for name in found})


def customer_span(earlier_span: ibis.Table, customer_month: ibis.Table, spans: ibis.Table) -> ibis.Table:
    """One row per customer with a month: her months added up over month, quarter, year, twelve months."""
    t = customer_month.join(spans.filter(spans["in_month"]), "month")
    given = _of_a_month(t)
    now = t.select(now_id=t["party_id"], **{f"{name}_given": value for name, value in given.items()})
    both = earlier_span.outer_join(now, earlier_span["party_id"] == now["now_id"])

    def together(name: str) -> Value:
        other = both[f"{name}_given"]
        none = ZERO if other.type().is_decimal() else ibis.literal(0, "int64")
        if name in _OF_NOW:
            return other.fill_null(none).cast(_kind(other))
        one = both[name]
        if name in _LOWEST:
            return ibis.least(one.fill_null(other), other.fill_null(one))
        if name in _HIGHEST:
            return ibis.greatest(one.fill_null(other), other.fill_null(one))
        return (one.fill_null(none) + other.fill_null(none)).cast(_kind(other))

    return both.select(party_id=both["party_id"].fill_null(both["now_id"]), **{name: together(name) for name in given})


def _kind(column: Value) -> str:
    return MONEY if column.type().is_decimal() else "int64"


def _of_a_month(t: ibis.Table) -> dict[str, Value]:
    """What a customer's month gives to each of the sums, lowest and highest over the spans that it is part of."""

    def over(span: str, column: str) -> Value:
        return ibis.ifelse(t[span], t[column], ZERO if t[column].type().is_decimal() else 0)

    def counted(condition: Value) -> Value:
        return ibis.ifelse(condition, 1, 0).cast("int64")

    none = ibis.null(MONEY)
    return {
        **{f"{name}_now": over("in_month", name) for name in _NOW}, **{f"{name}_12m": over("in_12m", name) for name in _SUMMED_12M},
        **{f"{name}_sum_{span}": over(f"in_{span}", f"{name}_sum") for name in ("aum", "lum", "deposits") for span in ("month", "quarter", "year", "12m")},
        **{f"{name}_{span}": over(f"in_{span}", name) for name in ("nnm", "mtm", "contribution") for span in ("quarter", "year")},
        "aum_sum_last": over("is_last_full", "aum_sum"), "aum_sum_3m": over("in_full3", "aum_sum"), "initiated_3m": over("in_full3", "initiated"),
        "initiated_rfm": over("in_rfm", "initiated"), "initiated_before_3m": over("in_before3", "initiated"),
        "opening_quarter": over("starts_quarter", "aum_opening"), "opening_year": over("starts_year", "aum_opening"),
        "opening_12m": over("starts_12m", "aum_opening"), "aum_peak": t["aum"], "opening_3m": over("starts_3m", "aum_opening"),
        "opening_6m": over("starts_6m", "aum_opening"), "lum_opening_12m": over("starts_12m", "lum_opening"),
        "deposits_sum_3m": over("in_full3", "deposits_sum"), "logins_3m": over("in_full3", "logins"),
        "aum_low_12m": ibis.ifelse(t["in_12m"], t["aum"], none), "aum_high_12m": ibis.ifelse(t["in_12m"], t["aum"], none),
        "months_active": counted(t["in_12m"] & (t["initiated"] > 0)), "months_salary": counted(t["in_12m"] & (t["salary"] > 0)),
        "first_month": t["month"], **{name: t[name] for name in DAYS},
    }  # fmt: skip


def customer_accounts(owned: ibis.Table, account_value: ibis.Table, clock: ibis.Table) -> ibis.Table:
    """One row per customer with an account: what she holds on the business date, what falls due, when the last one was opened."""
    now = account_value.join(clock.select("month", "as_of"), "month")
    held = now.group_by("account", "party_id").agg(amount=(now["aum"] + now["lum"]).sum().cast(MONEY))
    t = owned.left_join(held, ["account", "party_id"]).drop("account_right", "party_id_right").cross_join(clock.select("as_of"))
    is_open = ~t["is_closed"]
    has = is_open & (exact.filled(t["amount"]) != 0)
    is_due = is_open & t["amount"].notnull() & (t["maturity_date"] >= t["as_of"])
    due, loan_due = is_due & (t["side"] != "asset"), is_due & (t["side"] == "asset")
    days = t["maturity_date"].delta(t["as_of"], unit="day")
    soon, none = due & (days <= 90), ibis.null("date")

    def within_a_year(date: Value) -> Value:
        """How many fell in the 365 days up to the business date."""
        return ((date <= t["as_of"]) & (t["as_of"].delta(date, unit="day") < 365)).fill_null(False).sum().cast("int64")

    def falling(condition: Value) -> Value:
        return ibis.ifelse(condition, exact.filled(t["amount"]), ZERO).sum().cast(MONEY)

    def holds(*family: str) -> Value:
        return (has & t["family"].isin(family)).any()

    one = t.group_by("party_id").agg(
        accounts_open=is_open.sum().cast("int64"), families_held=t["family"].nunique(where=has), overdue_days=ibis.ifelse(is_open, t["overdue_days"], 0).max(),
        holds_term=holds("time_deposit", "cd", "structured_deposit", "call_deposit"), holds_wealth=holds("wealth_product", "trust"), holds_fund=holds("fund", "bond"),
        holds_insurance=holds("insurance"), holds_mortgage=holds("mortgage"), holds_credit_card=(is_open & (t["family"] == "credit_card")).any(),
        holds_loan=(has & (t["side"] == "asset") & ~t["family"].isin(["mortgage", "credit_card"])).any(),
        next_maturity_date=ibis.ifelse(due, t["maturity_date"], none).min(), next_loan_date=ibis.ifelse(loan_due, t["maturity_date"], none).min(),
        maturing_90d=falling(soon), maturing_30d=falling(due & (days <= 30)), maturing_12m=falling(due & (days <= 365)),
        loans_ending_12m=falling(loan_due & (days <= 365)), maturing_count_90d=soon.fill_null(False).sum().cast("int64"),
        first_opened_date=t["opened_date"].min(), last_opened_date=t["opened_date"].max(),
        last_closed_date=ibis.ifelse(t["is_closed"], t["closed_date"], none).max(), opened_12m=within_a_year(t["opened_date"]),
        closed_12m=within_a_year(ibis.ifelse(t["is_closed"], t["closed_date"], none)), currencies_held=t["currency"].nunique(where=has),
        holds_foreign=(has & (t["currency"] != HOME)).any(), class_rank=ibis.ifelse(is_open, worst_class(t["five_class"]), 0).max(),
    )  # fmt: skip
    next_due = t.join(one.select("party_id", "next_maturity_date"), "party_id").filter(due_on_the_next)
    amount = next_due.group_by("party_id").agg(next_maturity_amount=next_due["amount"].sum().cast(MONEY))
    return one.left_join(amount, "party_id").drop("party_id_right")


def due_on_the_next(t: ibis.Table) -> Value:
    """Whether an account falls due on its customer's next maturity."""
    return ~t["is_closed"] & (t["side"] != "asset") & (t["maturity_date"] == t["next_maturity_date"])


def early_acts(raw_transactions: ibis.Table, account: ibis.Table, *, step: Step = ANY_STEP) -> ibis.Table:
    """One row per customer with acts in the month in which the days of RFM begin, but before them: how many, each once. Months know no days, so that
    this one is read again."""
    first = rfm_from(step.end, step.settings_on(step.end))
    t = raw_transactions
    # days are landed as ISO writes them: text tells which came first, and a file's own statistics answer
    early = t.filter(
        t["booking_date"] >= first.replace(day=1).isoformat(), t["booking_date"] < first.isoformat(), flag(t["is_customer_initiated"])
    )
    once = early.select("_source", "transaction_key", "account_key").distinct()
    once = once.select(account=keyed(once["_source"], once["account_key"]))
    rows = once.join(account.select("account", "party_id"), "account")
    return rows.group_by("party_id").agg(early=rows.count().cast("int64"))


def rfm(customer: ibis.Table, customer_span: ibis.Table, early_acts: ibis.Table, clock: ibis.Table) -> ibis.Table:
    """One row per customer: scores 1 to 5 for recency, frequency (of the last 365 days) and money, and the percentile of contribution; equal values
    have equal scores (§3.2)."""
    mine = customer.filter(customer["status"] == "customer").select("party_id")
    t = mine.left_join(customer_span, "party_id").drop("party_id_right").cross_join(clock.select("as_of", "groups", "month_days"))
    t = t.left_join(early_acts, "party_id").drop("party_id_right")
    never = ibis.date(1900, 1, 1)
    t = t.select(
        "party_id", "groups", recent=t["last_initiated_date"].fill_null(never), often=t["initiated_rfm"].fill_null(0) - t["early"].fill_null(0),
        much=exact.filled(average(t["aum_sum_month"], t["month_days"])), worth=exact.filled(t["contribution_12m"]),
    )  # fmt: skip
    places = {name: ibis.rank().over(ibis.window(order_by=t[name])).cast("int64") for name in ("recent", "often", "much", "worth")}
    t = t.mutate(**{f"place_{name}": place for name, place in places.items()}, count=t["party_id"].count().over(ibis.window()))
    return t.select(
        "party_id", rfm_r=metrics.score(t["place_recent"], t["count"], t["groups"]), rfm_f=metrics.score(t["place_often"], t["count"], t["groups"]),
        rfm_m=metrics.score(t["place_much"], t["count"], t["groups"]), value_percentile=metrics.score(t["place_worth"], t["count"], ibis.literal(100)),
        recent=t["recent"], often=t["often"], much=t["much"],
    )  # fmt: skip


def rfm_threshold(rfm: ibis.Table) -> ibis.Table:
    """One row per score: where it begins, as it was for this business date (§3.2: frozen per run and stored)."""
    scores = (("r", "recent"), ("f", "often"), ("m", "much"))
    parts = [
        rfm.group_by(score=rfm[f"rfm_{letter}"])
        .agg(lowest=rfm[column].min().cast("string"), customers=rfm.count())
        .mutate(letter=ibis.literal(letter))
        for letter, column in scores
    ]
    return ibis.union(*parts)


def below_cost_reason(t: ibis.Table) -> Value:
    """Why a customer is below marginal cost (S27): the largest of what pulls her down; empty where she is not."""
    zero = ZERO
    loss = t["expected_loss_12m"]
    margin = exact.positive(zero - t["margin_12m"])
    counter, accounts, waived = t["counter_variable_12m"], t["account_variable_12m"], t["waived_12m"]
    channels = exact.positive(t["acts_variable_12m"] - counter)
    care = exact.positive(t["cost_variable_12m"] - t["acts_variable_12m"] - accounts)
    most = reduce(ibis.greatest, (loss, margin, counter, accounts, waived, channels, care))
    reason = ibis.cases(
        (loss >= most, "expected_loss"), (margin >= most, "negative_margin"), (counter >= most, "counter"), (waived >= most, "waived"),
        (accounts >= most, "accounts"), (care >= most, "care"), else_="channels",
    )  # fmt: skip
    return ibis.ifelse(t["marginal_12m"] < 0, reason, ibis.null("string"))


def wallet_band(t: ibis.Table) -> Value:
    """The band of the share of her assets that is here: what she moved to own accounts elsewhere stands for assets there (§3.8)."""
    elsewhere = exact.times(exact.positive(t["own_out_12m"] - t["own_in_12m"]), t["held_elsewhere"])
    share = exact.share(t["aum_now"], t["aum_now"] + elsewhere)
    band = ibis.cases((share >= t["almost_all"], "almost_all"), (share >= t["main"], "main"), (share >= t["half"], "half"), else_="small")
    return ibis.ifelse(t["aum_now"] > 0, band, ibis.null("string"))


def profile(
    customer: ibis.Table,
    customer_span: ibis.Table,
    customer_accounts: ibis.Table,
    rfm: ibis.Table,
    customer_states: ibis.Table,
    tiers_given: ibis.Table,
    customer_cell: ibis.Table,
    services: ibis.Table,
    network: ibis.Table,
    expected: ibis.Table,
    near_the_young: ibis.Table,
    clock: ibis.Table,
) -> ibis.Table:
    """One row per customer: every field of the catalogue as of the business date."""
    t = customer.left_join(customer_span, "party_id").drop("party_id_right")
    t = t.left_join(customer_accounts, "party_id").drop("party_id_right").left_join(rfm, "party_id").drop("party_id_right")
    t = t.left_join(services, "party_id").drop("party_id_right").left_join(network, "party_id").drop("party_id_right")
    t = t.left_join(expected, "party_id").drop("party_id_right")
    t = t.left_join(near_the_young, "party_id").drop("party_id_right")
    t = t.left_join(customer_states.semi_join(clock, "month").select("party_id", *_STANDING.values()), "party_id").drop("party_id_right")
    given = tiering.given_on(tiers_given.cross_join(clock.select("as_of")), lambda rows: rows["as_of"])
    t = t.left_join(given, t["party_id"] == given["given_id"]).drop("given_id")
    t = (
        t.left_join(customer_cell.select("party_id", matrix_cell="cell", matrix_cell_before="cell_before"), "party_id")
        .drop("party_id_right")
        .cross_join(clock)
    )
    names = [name for name in customer_span.columns if name != "party_id" and t[name].type().is_decimal()]
    t = t.mutate(**{name: exact.filled(t[name]) for name in names})
    t = t.mutate(**{name: t[name].fill_null(0) for name in customer_span.columns if t[name].type().is_integer() and name != "party_id"})
    said = {
        **_who(t),
        **_held(t),
        **_worth(t),
        **{key: t[column] for key, column in _STANDING.items()},
        **further(t),
        **sides(t),
        **needs(t),
    }
    said |= {name: t[name] for name in ("matrix_cell", "matrix_cell_before")}
    said |= {field.key: t[field.key] for field in (*OF_NETWORK, *OF_EXPECTED)}
    said["tier_service"] = ibis.coalesce(t["given"], t["tier_effective"])
    return t.select("party_id", **{field.key: said[field.key].cast(_KIND[field.type]) for field in FIELDS})


_KIND = {
    "money": MONEY,
    "rate": "decimal(14,6)",
    "number": "int32",
    "date": "date",
    "flag": "boolean",
    "text": "string",
    "choice": "string",
}


def _who(t: ibis.Table) -> dict[str, Value]:
    names = (
        "kind", "status", "sex", "birth_date", "region", "education", "marital_status", "income_band", "industry", "size_class", "since_date",
        "left_date", "is_staff", "unit_key", "staff_no", "household_key", "household_size", "control_group_key", "risk_level", "risk_valid_to",
    )  # fmt: skip
    return {name: t[name] for name in names}


def _held(t: ibis.Table) -> dict[str, Value]:
    deposits = t["demand_now"] + t["term_now"]
    averages = {
        f"{name}_{span}_average": average(t[f"{column}_sum_{span}"], t[f"{span}_days"])
        for name, column in (("aum", "aum"), ("deposits", "deposits"), ("lum", "lum")) for span in ("month", "quarter", "year")
    }  # fmt: skip
    copied = (
        "accounts_open", "families_held", "holds_term", "holds_wealth", "holds_fund", "holds_insurance", "holds_mortgage", "holds_loan",
        "holds_credit_card", "next_maturity_date", "next_maturity_amount", "maturing_90d", "last_opened_date", "overdue_days", "aum_peak",
    )  # fmt: skip
    return {
        **averages, **{name: t[name] for name in copied}, "aum": t["aum_now"], "aum_12m_average": average(t["aum_sum_12m"], t["days_12m"]),
        "aum_3m_average": average(t["aum_sum_3m"], t["days_3m"]), "aum_last_month_average": average(t["aum_sum_last"], t["last_days"]),
        "aum_month_start": t["aum_opening_now"], "aum_year_start": t["opening_year"], "aum_year_ago": t["opening_12m"],
        "aum_change_month": t["aum_now"] - t["aum_opening_now"], "aum_change_year": t["aum_now"] - t["opening_year"],
        "aum_change_12m": t["aum_now"] - t["opening_12m"], "deposits": deposits, "demand_deposits": t["demand_now"], "term_deposits": t["term_now"],
        "term_share": exact.share(t["term_now"], deposits), "investments": t["aum_now"] - deposits, "wealth": t["wealth_now"],
        "funds": t["funds_now"], "insurance": t["insurance_now"], "lum": t["lum_now"],
        "is_cross_sold": (t["families_held"] >= t["families"]).fill_null(False),
    }  # fmt: skip


def _worth(t: ibis.Table) -> dict[str, Value]:
    same = (
        "rfm_r",
        "rfm_f",
        "rfm_m",
        "value_percentile",
        "last_initiated_date",
        "initiated_3m",
        "initiated_before_3m",
        "last_login_date",
        "last_salary_date",
    )
    twelve = (
        "nnm",
        "income",
        "inflow",
        "outflow",
        "own_out",
        "salary",
        "contribution",
        "margin",
        "fees",
        "cost",
        "expected_loss",
        "marginal",
        "eva",
        "initiated",
        "logins",
    )
    return {
        **{name: t[name] for name in same}, **{f"{name}_12m": t[f"{name}_12m"] for name in twelve}, "nnm_month": t["nnm_now"],
        "nnm_year": t["nnm_year"], "market_12m": t["mtm_12m"], "contribution_month": t["contribution_now"],
        "is_below_cost": t["marginal_12m"] < 0, "below_cost_reason": below_cost_reason(t),
        "raroc_12m": metrics.raroc(t["contribution_12m"], t["capital_days_12m"]), "counter_12m": t["counter_12m"] + t["visits_12m"],
        "wallet_band": wallet_band(t),
    }  # fmt: skip
