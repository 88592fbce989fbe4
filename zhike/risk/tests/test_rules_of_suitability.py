"""Who may be offered what: worked cases of each rule, what always holds, and the same in SQL (R50–R56, R59)."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from zhike.insight.settings_rules import Suitability
from zhike.risk.rules import (
    FAMILIES,
    Investor,
    Offer,
    after_months,
    ends_soon,
    least_amount,
    suitable,
    valid_until,
)

TERMS = Suitability()
ON = date(2026, 3, 31)
WANG = Investor(True, date(1980, 5, 1), "C3", date(2025, 9, 1), None, was_in_person=True, experience_years=4)
LI = replace(WANG, birth_date=date(1955, 5, 1), level="C5")
FUND = Offer("fund", "R3", is_agency=True)
PRIVATE = Offer("wealth_product", "R3", is_private=True, asset_kind="mixed", least=Decimal(500_000))
QUALIFIED = replace(WANG, qualified_by="assets", qualified_on=date(2026, 1, 1), evidence="proof 12")


@pytest.mark.parametrize(
    ("level", "most"),
    [("C1", "R1"), ("C2", "R2"), ("C3", "R3"), ("C4", "R4"), ("C5", "R5")],
)
def test_each_level_of_customer_is_offered_her_own_level_and_below(level: str, most: str) -> None:
    customer = replace(WANG, level=level)
    allowed = [r for r in ("R1", "R2", "R3", "R4", "R5") if suitable(customer, replace(FUND, level=r), ON, TERMS).allowed]
    assert allowed == [r for r in ("R1", "R2", "R3", "R4", "R5") if r <= most]


@pytest.mark.parametrize(
    ("customer", "product", "codes"),
    [
        (WANG, FUND, ()),
        (WANG, Offer("time_deposit"), ("no_investment",)),
        (Investor(birth_date=date(1980, 5, 1)), FUND, ("not_assessed",)),
        (replace(WANG, assessed=date(2026, 4, 1)), FUND, ("not_assessed",)),
        (replace(WANG, assessed=date(2025, 3, 31)), FUND, ("expired",)),
        (replace(WANG, assessed=date(2025, 4, 1)), FUND, ()),
        (replace(WANG, ends=ON), FUND, ("expired",)),
        (WANG, Offer("insurance"), ("not_rated",)),
        (WANG, replace(FUND, level="R4"), ("too_risky", "at_outlet")),
        (replace(WANG, assessed=date(2024, 1, 1)), replace(FUND, level="R5"), ("expired", "too_risky", "at_outlet")),
        (replace(WANG, was_in_person=False), FUND, ()),
        (replace(WANG, was_in_person=False), Offer("wealth_product", "R1"), ("first_elsewhere",)),
        (replace(WANG, was_in_person=False), Offer("wealth_product", "R1", is_agency=True), ()),
        (replace(WANG, level="C4"), replace(FUND, level="R4"), ("at_outlet",)),
        (replace(WANG, level="C4", is_remote_agreed=True), replace(FUND, level="R4"), ()),
        (LI, replace(FUND, level="R2"), ()),
        (LI, FUND, ()),
        (replace(LI, experience_years=1), FUND, ("aged_unpractised",)),
        (replace(LI, experience_years=None), FUND, ("aged_unpractised",)),
        (LI, replace(FUND, level="R4"), ("at_outlet", "aged")),
        (replace(LI, is_professional=True), replace(FUND, level="R5"), ()),
        (replace(LI, level="C4", is_professional=True), replace(FUND, level="R5"), ("too_risky",)),
        (replace(LI, birth_date=None, is_person=False), replace(FUND, level="R4"), ("at_outlet",)),
        (replace(WANG, birth_date=None, level="C4"), replace(FUND, level="R4"), ("at_outlet", "aged")),
        (WANG, PRIVATE, ("not_qualified",)),
        (QUALIFIED, PRIVATE, ()),
        (replace(QUALIFIED, evidence=""), PRIVATE, ("not_qualified",)),
        (replace(QUALIFIED, qualified_on=date(2026, 4, 1)), PRIVATE, ("not_qualified",)),
        (replace(QUALIFIED, qualified_on=date(2025, 3, 31)), PRIVATE, ("proof_expired",)),
    ],
)
def test_each_case_has_its_reasons(customer: Investor, product: Offer, codes: tuple[str, ...]) -> None:
    assert suitable(customer, product, ON, TERMS).codes == codes


def test_sixty_five_begins_on_the_birthday() -> None:
    born = replace(LI, birth_date=date(1961, 3, 31), experience_years=0)
    assert suitable(born, FUND, date(2026, 3, 30), TERMS).codes == ()
    assert suitable(born, FUND, date(2026, 3, 31), TERMS).needs_second_person


def test_an_assessment_lasts_twelve_months_to_the_day_and_its_end_is_said_thirty_days_before() -> None:
    assert valid_until(replace(WANG, assessed=date(2024, 2, 29)), TERMS) == date(2025, 2, 28)
    assert valid_until(replace(WANG, assessed=date(2025, 9, 1), ends=date(2027, 1, 1)), TERMS) == date(2026, 9, 1)
    end = date(2026, 9, 1)
    assert [ends_soon(WANG, end - timedelta(days=days), TERMS) for days in (31, 30, 1, 0)] == [False, True, True, False]


def test_a_private_product_has_a_least_sum_by_what_it_invests_in() -> None:
    kinds = {"fixed_income": 300_000, "mixed": 500_000, "equity": 1_000_000, "derivative": 1_000_000, "": 1_000_000}
    assert {kind: least_amount(replace(PRIVATE, asset_kind=kind), TERMS) for kind in kinds} == {
        **kinds, "fixed_income": Decimal(500_000),
    }  # fmt: skip
    assert least_amount(replace(PRIVATE, asset_kind="fixed_income", least=None), TERMS) == Decimal(300_000)
    assert least_amount(Offer("fund", "R1", least=Decimal(10)), TERMS) == Decimal(10)


def test_what_a_bank_sets_holds() -> None:
    strict = replace(TERMS, matching={"C3": 2}, valid_months=6, first_in_person="none", aged_from=40, care_level=1, experience_years=9)
    assert suitable(WANG, FUND, ON, strict).codes == ("expired", "too_risky", "aged_unpractised")
    assert suitable(replace(WANG, level="C9"), Offer("fund", "R1"), ON, strict).refusals == ("expired", "too_risky")


DAYS = st.dates(date(2024, 1, 1), date(2027, 12, 31))
LEVELS = st.sampled_from(["C1", "C2", "C3", "C4", "C5"])
INVESTORS = st.builds(
    Investor, is_person=st.booleans(), birth_date=st.none() | st.dates(date(1930, 1, 1), date(2005, 1, 1)), level=LEVELS | st.just(""), assessed=DAYS | st.none(),
    ends=st.none() | DAYS, was_in_person=st.booleans(), experience_years=st.none() | st.integers(0, 30), is_professional=st.booleans(),
    qualified_by=st.sampled_from(["", "assets", "income"]), qualified_on=st.none() | DAYS, evidence=st.sampled_from(["", "proof"]), is_remote_agreed=st.booleans(),
)  # fmt: skip
OFFERS = st.builds(
    Offer, family=st.sampled_from([*FAMILIES, "mortgage"]), level=st.sampled_from(["", "R1", "R2", "R3", "R4", "R5"]), is_agency=st.booleans(),
    is_private=st.booleans(), asset_kind=st.sampled_from(["", "mixed"]), least=st.none(),
)  # fmt: skip


@given(INVESTORS, OFFERS, DAYS, st.integers(1, 4))
def test_a_higher_level_is_never_more_allowed(customer: Investor, product: Offer, on: date, up: int) -> None:
    if (
        product.level
        and int(product.level[1]) + up <= 5
        and suitable(customer, replace(product, level=f"R{int(product.level[1]) + up}"), on, TERMS).allowed
    ):
        assert suitable(customer, product, on, TERMS).allowed


@given(INVESTORS, OFFERS, DAYS)
def test_nothing_is_allowed_on_an_assessment_that_is_over_or_to_come(customer: Investor, product: Offer, on: date) -> None:
    until = valid_until(customer, TERMS)
    if product.family in FAMILIES and (until is None or on >= until or customer.assessed is None or customer.assessed > on):
        assert not suitable(customer, product, on, TERMS).allowed


@given(INVESTORS, OFFERS, DAYS)
def test_to_know_less_of_somebody_never_allows_more(customer: Investor, product: Offer, on: date) -> None:
    answer = suitable(customer, product, on, TERMS)
    for less in (
        {"level": ""},
        {"assessed": None},
        {"was_in_person": False},
        {"qualified_by": ""},
        {"evidence": ""},
        {"qualified_on": None},
    ):
        assert answer.allowed or not suitable(replace(customer, **less), product, on, TERMS).allowed
    assert suitable(replace(customer, birth_date=None), product, on, TERMS).needs_second_person >= answer.needs_second_person


@given(st.dates(date(1900, 1, 1), date(2100, 1, 1)), st.integers(0, 1200))
@settings(max_examples=200)
def test_months_later_is_the_same_day_or_the_last_of_the_month(day: date, months: int) -> None:
    later = after_months(day, months)
    assert (later.year * 12 + later.month) - (day.year * 12 + day.month) == months
    assert later.day == day.day or (later.day < day.day and (later + timedelta(days=1)).day == 1)
