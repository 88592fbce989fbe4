"""Suitability in words: levels, reasons, what proves a qualified investor."""

from __future__ import annotations

from collections.abc import Mapping

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from zhike.core import dates
from zhike.core.words import language
from zhike.insight.settings_rules import Suitability
from zhike.risk.rules import Code, Investor, Offer, highest, valid_until

Words = str | Promise

CUSTOMERS: Mapping[str, Words] = {
    "C1": gettext_lazy("cautious"), "C2": gettext_lazy("steady"), "C3": gettext_lazy("balanced"), "C4": gettext_lazy("growth"),
    "C5": gettext_lazy("aggressive"),
}  # fmt: skip
PRODUCTS: Mapping[str, Words] = {
    "R1": gettext_lazy("low risk"), "R2": gettext_lazy("low to medium risk"), "R3": gettext_lazy("medium risk"), "R4": gettext_lazy("medium to high risk"),
    "R5": gettext_lazy("high risk"),
}  # fmt: skip
QUALIFIED: Mapping[str, Words] = {
    "experience_and_assets": gettext_lazy("by experience and net assets"), "assets": gettext_lazy("by the family's financial assets"),
    "income": gettext_lazy("by income"),
}  # fmt: skip
PLACES: Mapping[str, Words] = {
    "counter": gettext_lazy("at the outlet"), "mobile_app": gettext_lazy("in the mobile app"), "online_bank": gettext_lazy("in the online bank"),
    "phone": gettext_lazy("by telephone"),
}  # fmt: skip


def reason(code: Code, customer: Investor, product: Offer, terms: Suitability) -> str:
    """One reason as a sentence about this customer and this product."""
    until = valid_until(customer, terms)
    words = {
        "level": customer.level, "word": CUSTOMERS.get(customer.level, ""), "risk": product.level, "most": f"R{highest(customer.level, terms)}",
        "until": dates.full_day(until, language()), "proven": dates.full_day(customer.qualified_on, language()),
        "months": terms.qualified_months, "age": terms.aged_from, "years": terms.experience_years,
    }  # fmt: skip
    return str(SENTENCES[code]) % words


def reason_of_family(code: Code, customer: Investor, least: Offer, terms: Suitability) -> str:
    """One reason as a sentence about this customer and a family of products, `least` being the one of it against which least speaks."""
    if code != "too_risky":
        return reason(code, customer, least, terms)
    words = {
        "level": customer.level,
        "word": CUSTOMERS.get(customer.level, ""),
        "risk": least.level,
        "most": f"R{highest(customer.level, terms)}",
    }
    if highest(customer.level, terms) == 0:
        return _("With %(level)s (%(word)s) she may be offered no product that has a risk.") % words
    return _("What is on sale has %(risk)s or more; with %(level)s (%(word)s) she may be offered up to %(most)s.") % words


SENTENCES: Mapping[Code, Words] = {
    "no_investment": gettext_lazy("It is no investment product and no insurance: nothing of this applies."),
    "not_assessed": gettext_lazy("She has never answered the risk questionnaire. She answers it herself; nobody does it for her."),
    "expired": gettext_lazy("Her assessment ended on %(until)s. She has to answer the questionnaire anew."),
    "not_rated": gettext_lazy("Neither the issuer nor the bank has said what risk the product has."),
    "too_risky": gettext_lazy("The product is %(risk)s; with %(level)s (%(word)s) she may be offered up to %(most)s."),
    "first_elsewhere": gettext_lazy("Before the first wealth product of the bank she is assessed in person at an outlet; so far she never was."),
    "not_qualified": gettext_lazy("It is for qualified investors only, and nothing proves that she is one."),
    "proof_expired": gettext_lazy("It is for qualified investors only; what proved it on %(proven)s counts for %(months)s months."),
    "at_outlet": gettext_lazy("From this level on it is sold at the outlet, unless she agreed in writing to buy elsewhere."),
    "aged": gettext_lazy("She is %(age)s or older, or nobody knows her age: a second person approves, and she is called back."),
    "aged_unpractised": gettext_lazy(
        "She is %(age)s or older, or nobody knows her age, and has invested for less than %(years)s years: a second person approves, and she is called back."
    ),
}  # fmt: skip


def assessed_how(place: str) -> str:
    """Where somebody was assessed; a place that has no word as the bank's file says it."""
    return str(PLACES.get(place, place)) or _("place unknown")
