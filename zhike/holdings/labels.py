"""The words people read for the codes that holdings carry. A code without a word is shown as the bank delivered it."""

from __future__ import annotations

from collections.abc import Mapping

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from zhike.products.labels import FAMILIES

__all__ = ["FAMILIES"]

Words = str | Promise

GROUPS: Mapping[str, Words] = {
    "deposits": _("Deposits"), "wealth": _("Wealth products"), "funds": _("Funds and bonds"), "insurance": _("Insurance and metals"),
    "loans": _("Loans"), "services": _("Services"),
}  # fmt: skip
CURRENCIES: tuple[str, ...] = ("CNY", "USD", "EUR", "HKD", "JPY", "GBP", "AUD", "CAD", "CHF", "SGD", "CZK")
KINDS_OF_POSTING: Mapping[str, Words] = {
    "salary": _("Salary"), "transfer": _("Transfer"), "cash": _("Cash"), "card": _("Card payment"), "interest": pgettext_lazy("posting", "Interest"),
    "fee": _("Fee"), "household": _("Household bills"), "insurance": _("Insurance"), "loan": _("Loan"), "loan_repayment": _("Loan repayment"),
    "repayment": _("Repayment"), "pension": _("Pension"), "penalty_interest": _("Penalty interest"), "leasing": _("Leasing"),
    "consumption": _("Purchase"), "purchase": _("Purchase"), "wealth": _("Wealth product"), "fund": _("Fund"), "tax": _("Tax"),
    "deposit": _("Deposit"), "withdrawal": _("Withdrawal"), "bill": _("Bill"), "card_repayment": _("Card repayment"), "rent": _("Rent"), "utilities": _("Utilities"), "merchant": _("Merchant takings"),
    "social_security": _("Social security"), "time_deposit": _("Time deposit"), "investment": _("Investment"), "mortgage": _("Mortgage"),
}  # fmt: skip
CHANNELS: Mapping[str, Words] = {
    "counter": _("Counter"), "atm": _("ATM"), "mobile_app": _("Mobile app"), "online_bank": _("Online bank"), "phone": _("Telephone"),
    "email": _("E-mail"), "sms": _("SMS"), "wechat": _("WeChat"), "visit": _("Visit"), "branch_visit": _("Branch visit"), "letter": _("Letter"),
    "system": _("System"), "pos": _("POS"), "other": _("Other"),
}  # fmt: skip
LOAN_STATES: Mapping[str, Words] = {
    "running": _("Loan is running"), "running_overdue": _("Overdue"), "finished": _("Paid off"), "finished_unpaid": _("Ended unpaid"),
}  # fmt: skip
FIVE_CLASSES: Mapping[str, Words] = {
    "pass": pgettext_lazy("loan class", "Pass"), "special_mention": _("Special mention"), "substandard": _("Substandard"),
    "doubtful": _("Doubtful"), "loss": pgettext_lazy("loan class", "Loss"),
}  # fmt: skip
CARD_STATES: Mapping[str, Words] = {
    "active": _("Card is active"),
    "inactive": _("Not activated"),
    "blocked": _("Blocked"),
    "closed": _("Closed"),
}
CARD_SIDES: Mapping[str, Words] = {"debit": _("Debit card"), "credit": _("Credit card")}
FREQUENCIES: Mapping[str, Words] = {"monthly": _("monthly"), "weekly": _("weekly"), "quarterly": _("quarterly"), "yearly": _("yearly")}
ACCOUNT_CLASSES: Mapping[str, Words] = {
    "I": _("Class I"), "II": _("Class II"), "III": _("Class III"), "basic": _("Basic account"), "general": _("General account"),
}  # fmt: skip


def word(words: Mapping[str, Words], code: str | None) -> Words:
    """The word for a code, or the code."""
    return words.get(code or "", code or "")
