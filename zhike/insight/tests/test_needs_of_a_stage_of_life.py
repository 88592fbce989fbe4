"""What the stage of a customer's life asks for (S33): schooling, a home, retirement; by age, household, mortgage and salary, and nothing else."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import closing
from datetime import date
from decimal import Decimal
from typing import Any

import ibis
import pytest

from zhike.insight import lineage
from zhike.insight.engines import DuckEngine
from zhike.insight.marts.profile_sides import near_the_young, needs
from zhike.insight.predictors.features import FEATURES
from zhike.insight.profile_needs import OF_NEEDS, SHOWN
from zhike.insight.settings_needs import LifeNeeds, born, years_before
from zhike.insight.tests.computed import LAST, Computed, computed

__all__ = ["computed"]

DAY = date(2026, 9, 30)
CUSTOMER = ibis.schema({
    "party_id": "int64", "kind": "string", "status": "string", "birth_date": "date", "household_key": "string", "household_size": "int32", "unit_key": "string",
    "staff_no": "string",
})  # fmt: skip
MORE = ibis.schema({**CUSTOMER, "holds_mortgage": "boolean", "mortgage_now": "decimal(18,2)", "months_salary": "int64", "housing_salary_months": "int64", "is_near_young": "boolean"})  # fmt: skip
USUAL: Mapping[str, Any] = {
    "party_id": 1, "kind": "individual", "status": "customer", "birth_date": None, "household_key": None, "household_size": None, "unit_key": "U1", "staff_no": None,
    "holds_mortgage": False, "mortgage_now": Decimal(0), "months_salary": 0, "housing_salary_months": 6, "is_near_young": None,
}  # fmt: skip


def aged(years: int, *, day: date = DAY) -> date:
    """The birth date of whoever has her birthday on that day."""
    return years_before(day, years)


def told(**facts: Any) -> dict[str, Any]:
    """What the build says of one customer with some facts."""
    days = born(DAY, LifeNeeds())
    schema = ibis.schema({**MORE, **dict.fromkeys(days, "date")})
    with closing(DuckEngine(threads=1)) as engine:
        engine.fill("people", schema, [tuple({**USUAL, **days, **facts}[name] for name in schema.names)])
        t = ibis.table(schema, name="people")
        columns = needs(t)
        return dict(zip(columns, engine.ask(t.select(**columns))[0], strict=True))


def why(**facts: Any) -> tuple[Any, Any, Any]:
    found = told(**facts)
    for key in ("needs_education", "needs_housing", "needs_retirement"):
        assert found[key] is (found[f"{key}_why"] is not None)
    return found["needs_education_why"], found["needs_housing_why"], found["needs_retirement_why"]


def near(*people: tuple[int, date | None, str | None, str, str | None]) -> set[int]:
    """Who has somebody of school age in her household, of (key, birth date, household, unit, manager)."""
    days = born(DAY, LifeNeeds())
    clock = ibis.schema(dict.fromkeys(("school_until", "school_after"), "date"))
    with closing(DuckEngine(threads=1)) as engine:
        engine.fill(
            "customer", CUSTOMER, [(key, "individual", "customer", birth, home, 2, unit, staff) for key, birth, home, unit, staff in people]
        )
        engine.fill("clock", clock, [tuple(days[name] for name in clock.names)])
        return {row[0] for row in engine.ask(near_the_young(ibis.table(CUSTOMER, name="customer"), ibis.table(clock, name="clock")))}


def test_a_mother_needs_money_for_school_and_so_does_a_student_herself() -> None:
    assert why(birth_date=aged(40), is_near_young=True)[0] == "household"
    assert why(birth_date=aged(20))[0] == "herself"
    assert why(birth_date=aged(23))[0] is None


def test_a_home_is_for_whoever_earns_or_shares_a_household_and_has_no_mortgage() -> None:
    assert why(birth_date=aged(30), months_salary=6)[1] == "salary"
    assert why(birth_date=aged(30), months_salary=5)[1] is None
    assert why(birth_date=aged(30), household_size=2)[1] == "household"
    assert why(birth_date=aged(30), months_salary=12, holds_mortgage=True)[1] is None
    assert why(birth_date=aged(30), months_salary=12, mortgage_now=Decimal(1))[1] is None
    assert why(birth_date=aged(46), months_salary=12)[1] is None


def test_retirement_lies_ahead_and_then_it_is_there_on_the_birthday_itself() -> None:
    assert [why(birth_date=aged(years))[2] for years in (49, 50, 59, 60, 90)] == [None, "ahead", "ahead", "reached", "reached"]
    assert why(birth_date=date(1966, 10, 1))[2] == "ahead"  # sixty tomorrow


def test_no_child_is_anybodys_target() -> None:
    assert why(birth_date=aged(12), is_near_young=True, months_salary=12, household_size=4) == (None, None, None)
    assert why(birth_date=date(2008, 10, 1))[0] is None and why(birth_date=aged(18))[0] == "herself"


@pytest.mark.parametrize(
    "facts", [{"kind": "company", "birth_date": aged(40)}, {"status": "former", "birth_date": aged(40)}, {"birth_date": None}]
)
def test_nothing_is_said_of_organisations_of_who_left_and_of_unknown_age(facts: dict[str, Any]) -> None:
    assert set(told(**facts).values()) == {None}


def test_a_child_counts_only_for_whom_the_same_unit_and_manager_look_after() -> None:
    child, mother = aged(12), aged(40)
    assert near((1, mother, "H1", "U1", "S1"), (2, child, "H1", "U1", "S1")) == {1}
    assert near((1, mother, "H1", "U1", None), (2, child, "H1", "U1", None)) == {1}
    assert near((1, mother, "H1", "U1", "S1"), (2, child, "H1", "U1", "S2")) == set()
    assert near((1, mother, "H1", "U1", "S1"), (2, child, "H1", "U2", "S1")) == set()
    assert near((1, mother, "H1", "U1", "S1"), (2, child, "H2", "U1", "S1")) == set()
    assert near((1, mother, None, "U1", "S1"), (2, child, None, "U1", "S1")) == set()
    assert near((1, mother, "H1", "U1", "S1"), (2, aged(2), "H1", "U1", "S1")) == set()
    assert near((1, mother, "H1", "U1", "S1"), (2, aged(23), "H1", "U1", "S1")) == set()


def test_whoever_is_born_on_the_29th_of_february_is_of_age_on_the_first_of_march() -> None:
    assert years_before(date(2026, 2, 28), 18) < date(2008, 2, 29) <= years_before(date(2026, 3, 1), 18)
    assert years_before(date(2028, 2, 29), 1) == date(2027, 2, 28)


def test_ages_that_are_set_move_the_days() -> None:
    usual, later = born(DAY, LifeNeeds()), born(DAY, LifeNeeds(retirement_from=65))
    assert (usual["retired_until"], later["retired_until"]) == (date(1966, 9, 30), date(1961, 9, 30))


def test_the_sample_bank_says_the_same_in_plain_sql(computed: Computed) -> None:
    age = f"datesub('year', birth_date, date '{LAST}')"
    known = "kind in ('individual', 'sole_trader') and status <> 'former' and birth_date is not null"
    retired = f"case when {known} then case when {age} >= 60 then 'reached' when {age} >= 50 then 'ahead' end end"
    assert computed.ask(f"select count(*) from profile where needs_retirement_why is distinct from {retired}") == [(0,)]
    # three months are known of this bank, so that no salary came in six of them
    housing = f"""case when {known} and {age} between 25 and 45 and not coalesce(holds_mortgage, false) and mortgages = 0 and household_size > 1 then 'household' end"""
    assert computed.ask(f"select count(*) from profile where needs_housing_why is distinct from {housing}") == [(0,)]
    assert computed.ask(f"select count(*) from profile where (needs_education_why = 'herself') and not ({age} between 18 and 22)") == [(0,)]
    assert computed.ask(f"select count(*) from profile where (needs_education is null) <> not coalesce({known}, false)") == [(0,)]
    for _title, key, _words in SHOWN:
        assert computed.ask(f"select count(*) > 0 from profile where {key} is not null") == [(True,)], key


def test_needs_are_made_of_age_household_mortgage_and_salary_alone_and_nothing_learns_from_them() -> None:
    table = lineage.tables()["profile"]
    made = {source for one in table.columns if one.name.startswith("needs_") for source in one.sources}
    assert made, "lineage names what they are made of"
    assert not {column for _table, column in made} & {"sex", "marital_status", "education", "region", "income_band"}
    assert {column for _table, column in made} >= {"birth_date", "household_size", "months_salary", "holds_mortgage"}
    keys = {field.key for field in OF_NEEDS}
    assert not keys & {key for one in FEATURES for key in one.made_of}
