"""The words people read for the codes that parties carry. A code without a word is shown as the bank delivered it."""

from __future__ import annotations

from collections.abc import Mapping

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

Words = str | Promise

KIND_ICONS: Mapping[str, str] = {
    "individual": "user", "sole_trader": "building-store", "company": "building", "financial_institution": "building-bank",
    "institution": "certificate", "unincorporated": "sitemap",
}  # fmt: skip
SEX: Mapping[str, Words] = {"female": _("Female"), "male": _("Male")}
MARITAL: Mapping[str, Words] = {"single": _("Single"), "married": _("Married"), "divorced": _("Divorced"), "widowed": _("Widowed")}
SIZE: Mapping[str, Words] = {
    "large": _("Large"),
    "medium": _("Medium"),
    "small": pgettext_lazy("company size", "Small"),
    "micro": _("Micro"),
}
ID_TYPES: Mapping[str, Words] = {
    "resident_id": _("Resident ID"), "uscc": _("Credit code"), "passport": _("Passport"), "hk_macao_pass": _("Hong Kong and Macao pass"),
    "taiwan_pass": _("Taiwan pass"), "residence_permit": _("Residence permit"), "foreigner_card": _("Foreigner's residence card"),
    "military_id": _("Military ID"), "household_register": _("Household register"), "lei": _("LEI"),
    "organisation_code": _("Organisation code"), "birth_number": _("Birth number"), "other": _("Other document"),
}  # fmt: skip
CONTACT_PURPOSES: Mapping[str, Words] = {
    "main": _("usual"), "home": _("home"), "work": _("at work"), "statement": _("statements"), "registered": _("registered"),
    "office": _("office"), "spare": _("spare"), "emergency": _("emergency"),
}  # fmt: skip
RELATIONS: Mapping[str, Words] = {
    "spouse": _("Spouse"), "parent": _("Parent"), "child": _("Child"), "sibling": _("Sibling"), "relative": _("Relative"), "friend": _("Friend"),
    "legal_rep": _("Legal representative"), "represented_by": _("Legally represents"), "actual_controller": _("Actual controller"),
    "controlled_by": _("Controls"), "shareholder": _("Shareholder"), "shareholding": _("Holds shares in"),
    "beneficial_owner": _("Beneficial owner"), "owned_beneficially_by": _("Beneficially owns"), "executive": _("Executive"),
    "managed_by": _("Executive of"), "finance_contact": _("Finance contact"), "finance_of": _("Finance contact of"),
    "employer": _("Employer"), "employee": _("Employee"), "guarantor": _("Guarantor"), "guaranteed": _("Guaranteed"),
    "co_borrower": _("Co-borrower"), "referrer": _("Referred by"), "referred": _("Referred to us"), "parent_company": _("Parent company"),
    "subsidiary": _("Subsidiary"), "supplier": _("Supplier"), "buyer": _("Buyer"), "agent": _("Agent"), "principal": _("Principal"),
    "owns_business": _("Owns the business"), "owned_by": _("Business owner"), "branch_of": _("Branch of"), "has_branch": _("Has the branch"),
}  # fmt: skip
# Who matters most to whoever looks after a customer, first: who decides and owns, then family, then the rest; staff of a company last.
NEAREST: tuple[str, ...] = (
    "legal_rep", "actual_controller", "beneficial_owner", "shareholder", "executive", "finance_contact", "owned_by", "owns_business", "spouse",
    "child", "parent", "represented_by", "controlled_by", "shareholding", "parent_company", "subsidiary",
)  # fmt: skip
FAREST = "employee"
FIELDS: Mapping[str, Words] = {
    "name": _("Full name"), "short_name": _("Short name"), "kind": _("Kind"), "status": _("Status"), "customer_no": _("Customer number"),
    "sex": _("Sex"), "birth_date": _("Born"), "nationality": _("Nationality"), "occupation": _("Occupation"), "employer_name": _("Works at"),
    "education": _("Education"), "marital_status": _("Marital status"), "income_band": _("Monthly income"), "region": _("Region"),
    "industry": _("Industry"), "size_class": _("Size"), "registered_capital": _("Registered capital"), "established_date": _("Established"),
    "unit_id": _("Managing unit"), "opening_unit_id": _("Opening unit"), "since_date": _("Customer since"), "left_date": _("Left the bank"),
    "is_staff": _("Member of staff"), "is_related_party": _("Related party of the bank"), "lead_source": _("Came through"),
}  # fmt: skip
CODED: Mapping[str, Mapping[str, Words]] = {"sex": SEX, "marital_status": MARITAL, "size_class": SIZE}


# Sections of GB/T 4754, the first letter of an industry code.
INDUSTRIES: Mapping[str, Words] = {
    "A": _("Agriculture, forestry, fishing"), "B": _("Mining"), "C": _("Manufacturing"), "D": _("Electricity, heat, gas and water"),
    "E": _("Construction"), "F": _("Wholesale and retail"), "G": _("Transport, storage and post"), "H": _("Hotels and catering"),
    "I": _("Information and software"), "J": _("Finance"), "K": _("Real estate"), "L": _("Leasing and business services"),
    "M": _("Research and technical services"), "N": _("Water, environment, public facilities"), "O": _("Household and repair services"),
    "P": _("Education of people"), "Q": _("Health and social work"), "R": _("Culture, sports and entertainment"),
    "S": _("Public administration and organisations"), "T": _("International organisations"),
}  # fmt: skip


def industry(code: str) -> str:
    """An industry code with its section in words: Manufacturing · C3484; what is no such code is shown as delivered."""
    section = INDUSTRIES.get(code[:1]) if code[1:].isdigit() or len(code) == 1 else None
    return f"{section} · {code}" if section else code


def word(words: Mapping[str, Words], code: str) -> Words:
    """The word for a code, or the code."""
    return words.get(code, code)


# --- what Zhike owns --------------------------------------------------------------------------------------------------------------------
FIELD_TYPES: Mapping[str, Words] = {
    "text": _("Text, one line"), "long_text": _("Text, several lines"), "number": _("Number"), "money": _("Amount of money"), "date": _("Day"),
    "yes_no": _("Yes or no"), "choice": _("One of several"), "choices": _("Any of several"), "customer": _("Another customer"), "link": _("Link"),
}  # fmt: skip
FIELD_GROUPS: Mapping[str, Words] = {
    "needs": _("Needs"), "preferences": _("Preferences and hobbies"), "contact": _("How and when to contact"),
    "background": _("Background"), "origin": _("How the customer came to us"), "other": _("Further facts"),
}  # fmt: skip
REFUSALS: Mapping[str, Words] = {
    "required": _("This must not be empty."),
    "too_long": _("This is too long. Shorten it, or keep it as a note."),
    "not_a_number": _("This is no number. Write digits, such as 1200 or 50万."),
    "too_fine": _("Too many decimals: money has two, other numbers at most six."),
    "not_a_date": _("This is no day. Write it as 2026-11-22."),
    "no_such_day": _("There is no such day in the calendar."),
    "not_a_choice": _("This is none of the choices. Choose again."),
    "not_a_customer": _("This is no customer you see. Search by name or number."),
    "not_a_link": _("This is no address of a page. It begins with https://."),
    "card_number": _("This holds a card number. Card numbers are not kept here; take it out."),
    "secret": _("This holds something that authenticates the customer. It is kept nowhere; take it out."),
    "id_number": _("This holds an ID number. It belongs to the documents; take it out here."),
}  # fmt: skip

# --- consents (R20, R22, R24, R37) ----------------------------------------------------------------------------------------------------------
CONSENT_PURPOSES: Mapping[str, Words] = {
    "service": _("Service messages"), "marketing": _("Marketing"), "profiling": _("Personal recommendations"), "sharing": _("Passing on to others"),
    "sensitive": _("Sensitive data"), "credit_query": _("Query at the credit bureau"), "abroad": _("Sending abroad"), "research": _("Surveys and research"),
}  # fmt: skip
CONSENT_CHANNELS: Mapping[str, Words] = {
    "": _("every way"), "phone": _("Telephone"), "sms": _("SMS"), "wechat": _("WeChat"), "email": _("E-mail"), "mobile_app": _("Mobile app"),
    "letter": _("Letter"), "visit": _("Visit"), "counter": _("Counter"), "atm": _("ATM"), "online_bank": _("Online bank"),
    "branch_visit": _("Branch visit"), "system": _("System"), "pos": _("POS"), "other": _("Other way"),
}  # fmt: skip
CONSENT_ANSWERS: Mapping[str, Words] = {
    "given": _("Agreed"), "withdrawn": pgettext_lazy("consent", "Refused"), "expired": _("Expired"), "unknown": _("Not asked"),
}  # fmt: skip
CONSENT_REFUSALS: Mapping[str, Words] = {
    **REFUSALS,
    "no_evidence": _("Say how it can be proven: the number of the form, the recording, who was there."),
    "no_version": _("Say which version of the notice the customer read."),
    "past": _("This day has passed; consent ends on a day to come."),
}  # fmt: skip
RESTRICTION_REFUSALS: Mapping[str, Words] = {
    **REFUSALS,
    "no_reason": _("Say why, in a few words."),
    "past": _("This day has passed; a restriction ends on a day to come."),
    "restricted_already": _("This customer is restricted so already."),
    "not_a_choice": _("Only “do not contact” may be about one way. For the others choose every way."),
}  # fmt: skip


def channel(code: str) -> Words:
    """The word for the way a consent is about."""
    return word(CONSENT_CHANNELS, code)
