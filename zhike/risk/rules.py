"""Who may be offered what, decided from values (R50–R56, R59): no Django, no clock.

`suitable` is asked for one customer and one product; `zhike.risk.gate` says the same in SQL for many at once, and a test holds the two together.
"""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Literal

from zhike.insight.settings_rules import INVESTMENTS, Suitability, of

# Products with uncertain return, and insurance (R51). Deposits, loans and services are none.
FAMILIES = (*INVESTMENTS, "structured_deposit")
IN_PERSON = "counter"  # the place of an assessment at the outlet

Code = Literal[
    "no_investment", "not_assessed", "expired", "not_rated", "too_risky", "first_elsewhere", "not_qualified", "proof_expired", "at_outlet", "aged",
    "aged_unpractised",
]  # fmt: skip
RULES: dict[Code, str] = {
    "no_investment": "R51", "not_assessed": "R54", "expired": "R54", "not_rated": "R50", "too_risky": "R53", "first_elsewhere": "R55",
    "not_qualified": "R59", "proof_expired": "R59", "at_outlet": "R55", "aged": "R56", "aged_unpractised": "R56",
}  # fmt: skip
REFUSALS: frozenset[Code] = frozenset(
    {"not_assessed", "expired", "not_rated", "too_risky", "first_elsewhere", "not_qualified", "proof_expired"}
)


@dataclass(frozen=True)
class Investor:
    """What is known of a customer on the day that is asked about. `level` C1–C5, empty: never assessed; `ends`: as the file says, exclusive;
    `was_in_person`: assessed at the outlet at least once up to now; `qualified_by` counts with its `evidence` only."""

    is_person: bool = True
    birth_date: date | None = None
    level: str = ""
    assessed: date | None = None
    ends: date | None = None
    was_in_person: bool = False
    experience_years: int | None = None
    is_professional: bool = False
    qualified_by: str = ""
    qualified_on: date | None = None
    evidence: str = ""
    is_remote_agreed: bool = False


@dataclass(frozen=True)
class Offer:
    """A product as it is on that day. `level` R1–R5, the higher of issuer's and seller's (R50), empty: nobody has rated it."""

    family: str
    level: str = ""
    is_agency: bool = False
    is_private: bool = False
    asset_kind: str = ""
    least: Decimal | None = None


@dataclass(frozen=True)
class Answer:
    """What speaks against an offer, and what it needs. Nothing may be suggested that is not `allowed`."""

    codes: tuple[Code, ...] = ()

    @property
    def allowed(self) -> bool:
        """Whether it may be offered at all."""
        return REFUSALS.isdisjoint(self.codes)

    @property
    def refusals(self) -> tuple[Code, ...]:
        """Why it may not."""
        return tuple(code for code in self.codes if code in REFUSALS)

    @property
    def needs_second_person(self) -> bool:
        """Whether a second person must approve, and the customer be called back (R56)."""
        return not {"aged", "aged_unpractised"}.isdisjoint(self.codes)

    @property
    def needs_outlet(self) -> bool:
        """Whether it may be sold at the outlet only (R55)."""
        return "at_outlet" in self.codes


def suitable(customer: Investor, product: Offer, on: date, terms: Suitability) -> Answer:
    """Whether a product may be offered to a customer on a day, with every reason, under the settings of that day.

    The professional investor is spared what protects the ordinary one only: outlet and care for the aged; matching and validity hold for all (R51).
    """
    if product.family not in FAMILIES:
        return Answer(("no_investment",))
    codes = (*_assessment(customer, on, terms), *_matching(customer, product, on, terms), *_first(customer, product, terms))
    codes = (*codes, *_private(customer, product, on, terms))
    return Answer(codes if customer.is_professional else (*codes, *_care(customer, product, on, terms)))


def easiest(customer: Investor, products: Iterable[Offer], on: date, terms: Suitability) -> tuple[Offer, Answer] | None:
    """Of several products the one against which least speaks, the least risky first, with what speaks against it or what it needs: where it may not be
    offered, none of them may. None: there is no product."""
    held = [(one, suitable(customer, one, on, terms)) for one in products]
    return min(held, key=lambda pair: (len(pair[1].refusals), len(pair[1].codes), pair[0].level or "R9", pair[0].family), default=None)


def _assessment(customer: Investor, on: date, terms: Suitability) -> Iterator[Code]:
    until = valid_until(customer, terms)
    if not is_assessed(customer, on) or until is None:
        yield "not_assessed"
    elif on >= until:
        yield "expired"


def _matching(customer: Investor, product: Offer, on: date, terms: Suitability) -> Iterator[Code]:
    if not product.level:
        yield "not_rated"
    elif is_assessed(customer, on) and number(product.level) > highest(customer.level, terms):
        yield "too_risky"


def _first(customer: Investor, product: Offer, terms: Suitability) -> Iterator[Code]:
    asked = terms.first_in_person == "all" or (terms.first_in_person == "own" and not product.is_agency)
    if product.family == "wealth_product" and asked and customer.level and not customer.was_in_person:
        yield "first_elsewhere"


def _private(customer: Investor, product: Offer, on: date, terms: Suitability) -> Iterator[Code]:
    if not product.is_private:
        return
    proven = customer.qualified_on
    if not customer.qualified_by or not customer.evidence or proven is None or proven > on:
        yield "not_qualified"
    elif on >= after_months(proven, terms.qualified_months):
        yield "proof_expired"


def _care(customer: Investor, product: Offer, on: date, terms: Suitability) -> Iterator[Code]:
    level = number(product.level) if product.level else 0
    if level >= terms.high_level and not customer.is_remote_agreed:
        yield "at_outlet"
    if not is_aged(customer, on, terms):
        return
    if level >= terms.high_level:
        yield "aged"
    elif level >= terms.care_level and (customer.experience_years or 0) < terms.experience_years:
        yield "aged_unpractised"


def is_assessed(customer: Investor, on: date) -> bool:
    """Whether there is an assessment of that day or before."""
    return bool(customer.level) and customer.assessed is not None and customer.assessed <= on


def valid_until(customer: Investor, terms: Suitability) -> date | None:
    """The first day on which the assessment no longer counts: twelve months after it (R54), or earlier where the file says so. None: never assessed."""
    if customer.assessed is None:
        return None
    longest = after_months(customer.assessed, terms.valid_months)
    return min(longest, customer.ends) if customer.ends else longest


def ends_soon(customer: Investor, on: date, terms: Suitability) -> bool:
    """Whether a valid assessment ends within the days of warning (R54)."""
    until = valid_until(customer, terms)
    return until is not None and on < until <= on + timedelta(days=terms.warn_days)


def highest(level: str, terms: Suitability) -> int:
    """The highest number of R that a level C may be offered (R53); 0 for a level that the settings do not know."""
    return terms.matching.get(level, 0)


def is_aged(customer: Investor, on: date, terms: Suitability) -> bool:
    """Whether a person has reached the age from which special care is due (R56); so is treated whose day of birth nobody knows."""
    if not customer.is_person:
        return False
    return customer.birth_date is None or on >= after_months(customer.birth_date, 12 * terms.aged_from)


def least_amount(product: Offer, terms: Suitability) -> Decimal | None:
    """What must be put in at least: of a private product the higher of its own and that of what it invests in (R59). None: no least sum."""
    if not product.is_private:
        return product.least
    return max(of(terms.private_least, product.asset_kind), product.least or Decimal(0))


def number(level: str) -> int:
    """3 of R3 or C3."""
    return int(level[1:])


def after_months(day: date, months: int) -> date:
    """The same day so many months later; the last of a month that is shorter."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))
