"""Ten questions that bankers ask, as conditions: what the builder is held to, in all three compilers and in a browser."""

from __future__ import annotations

from typing import Any


def check(field: str, op: str, value: Any = None) -> dict[str, Any]:
    """One line."""
    return {"field": field, "op": op, **({} if value is None else {"value": value})}


def has(relation: str, where: list[dict[str, Any]], **counts: int) -> dict[str, Any]:
    """How many related rows fit all of these."""
    return {"has": relation, **(counts or {"at_least": 1}), "where": {"all": where}}


def days(n: int) -> dict[str, Any]:
    """So many days."""
    return {"n": n, "unit": "days"}


QUESTIONS: dict[str, dict[str, Any]] = {
    "Who keeps 200,000 with us on average, has no card, and lives with somebody who pays off a mortgage?": {"all": [
        check("profile_aum_month_average", "at_least", "200000"), has("card", [], at_least=0, at_most=0),
        has("household_member", [check("profile_holds_mortgage", "is", True)]),
    ]},
    "Whose money falls due within ninety days while nobody has talked to them for a month?": {"all": [
        check("next_maturity_date", "within_next", days(90)),
        {"any": [check("last_contact", "more_than_ago", {"n": 1, "unit": "months"}), check("last_contact", "unknown")]},
    ]},
    "Who costs us more than they bring, though they have been here for five years?": {"all": [
        check("profile_is_below_cost", "is", True), check("years_with_us", "at_least", "5"),
    ]},
    "Who has taken money away within a year and has become quiet?": {"all": [
        check("profile_aum_change_12m", "at_most", "-20000"), check("profile_initiated_3m", "at_most", "2"),
    ]},
    "Who is paid here and holds no wealth product?": {"all": [
        check("profile_salary_12m", "more_than", "0"), check("profile_holds_wealth", "is", False),
    ]},
    "Which of the best tenth have nobody who looks after them?": {"all": [
        check("profile_value_percentile", "more_than", "90"), {"any": [check("rm", "unknown"), check("profile_last_login_date", "unknown")]},
    ]},
    "Which women over fifty-five keep nearly everything in term deposits?": {"all": [
        check("sex", "in", ["female"]), check("age", "more_than", "55"), check("profile_term_share", "at_least", "80"),
    ]},
    "Who keeps most of their wealth elsewhere, and enough here to be worth a visit?": {"all": [
        check("profile_wallet_band", "in", ["small", "half"]), check("profile_aum_month_average", "between", ["50000", "1000000"]),
    ]},
    "Who holds wealth products with a risk profile that has run out or is not known?": {"all": [
        check("profile_holds_wealth", "is", True),
        {"any": [check("profile_risk_valid_to", "before", "2026-11-25"), check("profile_risk_level", "unknown")]},
    ]},
    "Which good customers have a birthday within two months, and not a single loan, nor anybody at home who has one?": {"all": [
        check("birthday", "within_next", days(60)), check("profile_rfm_m", "at_least", "4"),
        {"none": [has("loan", []), has("household_member", [has("loan", [])])]},
    ]},
}  # fmt: skip
