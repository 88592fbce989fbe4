"""The words people read about requests over personal data."""

from __future__ import annotations

from collections.abc import Mapping

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

Words = str | Promise

FACTS: Mapping[str, Words] = {
    "purpose": _("What for"), "basis": _("On what legal basis (consent, contract, legal duty …)"), "data": _("Which data, of whom"), "kept_for": _("How long"),
    "occasion": _("What is assessed, and why now"), "necessity": _("Why it is necessary, and no more than that"), "risks": _("What it risks for those concerned"),
    "measures": _("What is done against it"), "receiver": _("To whom, and how to reach them"), "country": _("In which country (two letters, such as CN or SG)"), "way": _("Abroad: what allows it"),
    "until": _("Abroad: until when"), "place": _("Where (abroad: number and date of what allows it)"),
    "tables": _("Which tables (names of the data dictionary)"), "grade": _("Grade"), "field": _("Field of business of the central bank"),
    "owner": _("Who answers for it"), "monitoring": _("How it is watched"), "assessed": _("Last assessed on"),
    "what": _("Course of the incident"), "persons": _("How many are concerned"), "risk": _("How likely is harm, and which"),
}  # fmt: skip
CHOICES: Mapping[str, Mapping[str, Words]] = {
    "way": {
        "assessment": _("Security assessment of the authority"), "contract": _("Standard contract, filed"), "certificate": _("Certification"),
    },
    "grade": {"important": _("Important"), "core": _("Core")},
    "field": {
        "none": _("none of them"), "money_credit": _("Money and credit"), "prudential": _("Macro-prudential"), "cross_border": _("Cross-border renminbi"),
        "interbank": _("Interbank markets"), "statistics": _("Financial statistics"), "payments": _("Payments and clearing"), "currency": _("Currency in circulation"),
        "treasury": _("State treasury"), "credit_reference": _("Credit reference and rating"), "aml": _("Against money laundering"),
    },
}  # fmt: skip
REFUSALS: Mapping[str, Words] = {
    "not_a_choice": _("This is none of the choices. Choose again."),
    "not_a_date": _("Write a day, such as 2027-06-30."),
    "not_a_country": _("Write a country by its two letters, such as CN or SG."),
    "not_a_table": _("The data dictionary has no such table. Copy the names from there."),
    "no_words": _("Write it in a few words."),
    "too_long": _("This is too long. Shorten it to 1,000 characters."),
    "secret": _("This holds something that authenticates the customer. It is kept nowhere; take it out."),
    "id_number": _("This holds an ID number. It belongs to the documents; take it out here."),
    "card_number": _("This holds a card number. Card numbers are not kept here; take it out."),
    "no_identity": _("First say how you are sure who asks. Before that nothing is handed out."),
    "no_bundle": _("Such a request is answered in words, not with data."),
    "decided": _("This request is decided already."),
    "extended_already": _("It was extended once; a second time is not allowed."),
    "not_a_deletion": _("Only a request to delete is answered by a deletion."),
    "nothing_goes": _("Nothing may be deleted while a legal hold is in force or a complaint is open. Refuse the request with the reason, or wait."),
    "late": _("The last day has passed; only before it can more time be taken."),
}  # fmt: skip

STAYS: Mapping[str, Words] = {
    "hold": _("A legal hold keeps all of it."),
    "complaint": _("A complaint is open; until it is settled all of it is needed."),
    "running": _("Accounts or contracts go on. By the law against money laundering, identity data and transactions stay for ten years after their end."),
    "law": _("By the law against money laundering, identity data and transactions stay for ten years after the end of the relation."),
}  # fmt: skip
MEASURES: Mapping[str, Words] = {
    "none": _("Nothing may be deleted now."),
    "part": _("What no law keeps goes; the rest stays."),
    "whole": _("Everything goes; sums of balances and postings stay without a name."),
}
