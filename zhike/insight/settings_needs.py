"""What is set for the needs of a stage of life (S33), and the days of birth that follow from it. Pure: no Django, no clock.

Of attributes that law protects nothing but age is used: neither sex nor marriage. Ages are whole years, both ends count.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

FULL_AGE = 18  # by law, so that it is no setting


@dataclass(frozen=True)
class LifeNeeds:
    """Needs are told of customers of full age alone, so that no child is anybody's target. Education: somebody of her household, or she herself, is
    between `school_from` and `school_to`. Housing: she is between `housing_from` and `housing_to`, has no mortgage here, and salary came in
    `housing_salary_months` of twelve months at least, or she shares a household. Retirement lies ahead from `retirement_ahead`, and is there
    from `retirement_from`."""

    school_from: int = 3
    school_to: int = 22
    housing_from: int = 25
    housing_to: int = 45
    housing_salary_months: int = 6
    retirement_ahead: int = 50
    retirement_from: int = 60


def years_before(day: date, years: int) -> date:
    """The last day of birth of whoever is so many years old on a day: of 29 February it is 28 February where that year has none."""
    try:
        return day.replace(year=day.year - years)
    except ValueError:
        return date(day.year - years, 2, 28)


def born(as_of: date, needs: LifeNeeds) -> Mapping[str, date]:
    """Days of birth by which ages are told on a day: `…_until` is the last one that is old enough, `…_after` the last one that is too old."""
    return {
        "adult_until": years_before(as_of, FULL_AGE),
        "school_until": years_before(as_of, needs.school_from),
        "school_after": years_before(as_of, needs.school_to + 1),
        "housing_until": years_before(as_of, needs.housing_from),
        "housing_after": years_before(as_of, needs.housing_to + 1),
        "ahead_until": years_before(as_of, needs.retirement_ahead),
        "retired_until": years_before(as_of, needs.retirement_from),
    }
