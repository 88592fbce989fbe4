"""The words people read for product families. A family without a word is shown as the bank delivered it."""

from __future__ import annotations

from collections.abc import Mapping

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

Words = str | Promise

FAMILIES: Mapping[str, Words] = {
    "demand_deposit": _("Demand deposit"), "call_deposit": _("Call deposit"), "time_deposit": _("Time deposit"), "cd": _("Certificate of deposit"),
    "structured_deposit": _("Structured deposit"), "margin": _("Margin deposit"), "mortgage": _("Mortgage"), "business_loan": _("Business loan"),
    "consumer_loan": _("Consumer loan"), "farmer_loan": _("Farmer's loan"), "credit_card": _("Credit card"), "working_capital": _("Working capital loan"),
    "fixed_asset_loan": _("Fixed asset loan"), "project_finance": _("Project finance"), "trade_finance": _("Trade finance"), "discount": _("Bill discounting"),
    "wealth_product": _("Wealth product"), "fund": _("Fund"), "insurance": _("Insurance"), "bond": _("Bond"), "precious_metal": _("Precious metal"),
    "trust": _("Trust"), "custody": _("Custody"), "debit_card": _("Debit card"), "e_banking": _("E-banking"), "payroll": _("Payroll service"),
    "merchant": _("Merchant service"), "settlement": _("Settlement service"), "guarantee": _("Guarantee"), "letter_of_credit": _("Letter of credit"),
    "loan": _("Loan"),
}  # fmt: skip
