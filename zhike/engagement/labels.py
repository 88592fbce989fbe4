"""The words people read for the codes that contacts carry. A code without a word is shown as the bank delivered it."""

from __future__ import annotations

from collections.abc import Mapping

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

Words = str | Promise

CHANNELS: Mapping[str, Words] = {
    "counter": _("Counter"), "atm": _("ATM"), "mobile_app": _("Mobile app"), "online_bank": _("Online bank"), "phone": _("Telephone"),
    "email": _("E-mail"), "sms": _("SMS"), "wechat": _("WeChat"), "visit": _("Visit"), "branch_visit": _("Branch visit"),
    "letter": _("Letter"), "system": _("System"), "pos": _("POS"), "other": _("Other"),
}  # fmt: skip
PURPOSES: Mapping[str, Words] = {
    "care": _("Keeping in touch"), "maturity": _("Falls due"), "sales": _("Offer"), "complaint_follow_up": _("After a complaint"),
    "enquiry": _("Enquiry"), "service": _("Service"), "collection": _("Overdue payment"), "visit": _("Visit"),
}  # fmt: skip
OUTCOMES: Mapping[str, Words] = {
    "reached": _("Reached"), "no_answer": _("No answer"), "intent": _("Interested"), "refused": _("Declined"), "agreed": _("Agreed"),
    "done": pgettext_lazy("outcome of a contact", "Done"), "delivered": _("Delivered"), "failed": _("Not delivered"),
}  # fmt: skip

EVENTS: Mapping[str, Words] = {
    "login": _("Log-in"), "login_failed": _("Failed log-in"), "browse": _("Browsing"), "counter_visit": _("At the counter"), "call": pgettext_lazy("on a channel", "Call"),
    "withdrawal": _("Cash withdrawal"), "deposit": _("Cash deposit"),
}  # fmt: skip

FROM_CUSTOMER = _("from the customer")
NOTE = _("Note")


def word(words: Mapping[str, Words], code: str) -> Words:
    """The word for a code, or the code."""
    return words.get(code, code)
