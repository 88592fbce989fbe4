"""What the registers hold, what of it leaves the country, and the clock of an incident. Pure (R20, R22, R26, R27, R28, R33, R34, E1)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, timedelta

from zhike.privacy.rules import COUNTRY

AUTHORITY_WITHIN = timedelta(hours=72)  # E1: GDPR 33; in China without delay (R27), for which this is the outer limit
INCIDENT, SHARING, IMPORTANT = "incident", "sharing", "important"
# kind → what an entry must say beside its title, in the order of the form.
FACTS: Mapping[str, tuple[str, ...]] = {
    "purpose": ("purpose", "basis", "data", "kept_for"),
    "assessment": ("occasion", "necessity", "risks", "measures"),  # R26: kept three years and longer: entries are closed, never deleted
    SHARING: ("receiver", "purpose", "data", "basis", "country", "way", "until", "place"),  # R22, R28
    IMPORTANT: ("tables", "grade", "field", "owner", "monitoring", "assessed"),  # R32, R33, R34: looked at again every year
    INCIDENT: ("what", "data", "persons", "risk", "measures"),
}
WAYS = ("assessment", "contract", "certificate")
"""How data may leave the country (PIPL 38, R28): the authority's security assessment, the standard contract, a certification."""
GRADES = ("important", "core")
"""Grades above the ordinary (R32, R34). What is important is told by the authorities' catalogues, so nothing is by itself."""
FIELDS = (
    "none", "money_credit", "prudential", "cross_border", "interbank", "statistics", "payments", "currency", "treasury", "credit_reference", "aml",
)  # fmt: skip
"""Fields of business that the central bank supervises: data of theirs are classed a second time (R33)."""
CHOICES: Mapping[str, tuple[str, ...]] = {"way": WAYS, "grade": GRADES, "field": FIELDS}
DATES = ("until", "assessed")
LONGEST = 2000


def needed(kind: str, facts: Mapping[str, str], *, home: str) -> tuple[str, ...]:
    """The facts that an entry must say. Of what stays in the country (`home`, ISO 3166-1 alpha-2) neither a way nor an end is asked."""
    stays = kind == SHARING and facts.get("country", "").strip().upper() in ("", home)
    return tuple(name for name in FACTS[kind] if not (stays and name in ("way", "until")))


def why_not(name: str, value: str) -> str:
    """Why a value cannot be kept for a fact: "" if it can, else not_a_choice, not_a_date or not_a_country."""
    if name in CHOICES:
        return "" if value in CHOICES[name] else "not_a_choice"
    if name in DATES:
        try:
            date.fromisoformat(value)
        except ValueError:
            return "not_a_date"
    if name == "country" and COUNTRY.fullmatch(value) is None:
        return "not_a_country"
    return ""


def authority_by(discovered: datetime) -> datetime:
    """The instant by which the authority must know of an incident (E1)."""
    return discovered + AUTHORITY_WITHIN


def hours_left(discovered: datetime, now: datetime) -> int:
    """Whole hours until then, rounded down; negative once it has passed."""
    return (authority_by(discovered) - now) // timedelta(hours=1)
