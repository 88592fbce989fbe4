"""Columns of the profile: product sides (S21) and needs of a stage of life (S33), over the joined row of a customer."""

from __future__ import annotations

from functools import reduce

import ibis
from ibis.expr.types import BooleanValue, Value

from zhike.insight.exact import ZERO, average, positive
from zhike.insight.profile_sides import FLAGS, SIDES

PRIVATE = ("individual", "sole_trader")
NONE = ibis.literal(-1, type="decimal(18,2)")  # below every average that counts


def sides(t: ibis.Table) -> dict[str, Value]:
    """Of which sides she is a customer, and which is her main one. Averages below nothing count as nothing."""
    deposits, loans = average(t["deposits_sum_12m"], t["days_12m"]), average(t["lum_sum_12m"], t["days_12m"])
    invested = average(t["aum_sum_12m"], t["days_12m"]) - deposits
    return {"investments_12m_average": invested, **told(deposits, loans, invested, has_card(t), uses_services(t))}


def has_card(t: ibis.Table) -> BooleanValue:
    """Whether a credit card of hers is open, by its account or by the register of cards."""
    return (t["holds_credit_card"].fill_null(False)) | (t["credit_cards"].fill_null(0) > 0)


def uses_services(t: ibis.Table) -> BooleanValue:
    """Whether fees were paid in twelve months, money was taken by the bank's terminals, or salaries are paid through the bank."""
    return (t["fees_12m"] > 0) | (t["takings_12m"] > 0) | (t["payrolls"].fill_null(0) > 0)


def told(deposits: Value, loans: Value, invested: Value, has_card: Value, uses_services: Value) -> dict[str, Value]:
    """The three sides and the main one, from daily averages and from what has no balance."""
    is_of = {"liability": deposits > 0, "asset": (loans > 0) | has_card, "intermediary": (invested > 0) | uses_services}
    held = dict(zip(SIDES, (deposits, loans, invested), strict=True))
    placed = {side: ibis.ifelse(is_of[side], positive(held[side]), NONE) for side in SIDES}
    most = reduce(ibis.greatest, placed.values())
    main = ibis.cases(*((amount >= most, side) for side, amount in placed.items()), else_=ibis.null("string"))
    return {**{FLAGS[side]: is_of[side] for side in SIDES}, "main_side": ibis.ifelse(most >= ZERO, main, ibis.null("string"))}


def near_the_young(customer: ibis.Table, clock: ibis.Table) -> ibis.Table:
    """One row per customer past the age of school in whose household somebody is of that age and looked after by the same unit and manager."""
    t = customer.filter(customer["household_key"].notnull(), customer["birth_date"].notnull(), customer["status"] != "former")
    t = t.select(
        "party_id", "household_key", "birth_date",
        looked_after=t["unit_key"].fill_null("") + ibis.literal("|") + t["staff_no"].fill_null(""),
    ).cross_join(clock.select("school_until", "school_after"))  # fmt: skip
    young = t.filter(t["birth_date"] > t["school_after"], t["birth_date"] <= t["school_until"])
    homes = young.select("household_key", "looked_after").distinct()
    older = t.filter(t["birth_date"] <= t["school_after"]).select("party_id", "household_key", "looked_after")
    return older.semi_join(homes, ["household_key", "looked_after"]).select("party_id", is_near_young=ibis.literal(True))


def needs(t: ibis.Table) -> dict[str, Value]:
    """Each need and why. Empty of organisations, of former customers, of whose date of birth is not known."""
    born = t["birth_date"]
    known = t["kind"].isin(PRIVATE) & (t["status"] != "former") & born.notnull()
    adult = born <= t["adult_until"]
    may_buy = (
        adult
        & (born <= t["housing_until"])
        & (born > t["housing_after"])
        & ~t["holds_mortgage"].fill_null(False)
        & (t["mortgage_now"] == 0)
    )
    why = {
        "needs_education": ibis.cases(
            (adult & (born > t["school_after"]) & (born <= t["school_until"]), "herself"), (adult & t["is_near_young"].fill_null(False), "household"),
            else_=ibis.null("string"),
        ),
        "needs_housing": ibis.cases(
            (may_buy & (t["months_salary"] >= t["housing_salary_months"]), "salary"), (may_buy & (t["household_size"].fill_null(0) > 1), "household"),
            else_=ibis.null("string"),
        ),
        "needs_retirement": ibis.cases(
            (adult & (born <= t["retired_until"]), "reached"), (adult & (born <= t["ahead_until"]), "ahead"), else_=ibis.null("string")
        ),
    }  # fmt: skip
    found: dict[str, Value] = {}
    for key, reason in why.items():
        found[key] = ibis.ifelse(known, reason.notnull(), ibis.null("boolean"))
        found[f"{key}_why"] = ibis.ifelse(known, reason, ibis.null("string"))
    return found
