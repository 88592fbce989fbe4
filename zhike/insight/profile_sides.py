"""Fields of the profile: of which product sides she is a customer, and which is her main one (S21: 负债类, 资产类, 中间类).

A side is told by the daily average of twelve months in CNY, not by what it earns: the months keep one margin of all accounts together.
"""

from __future__ import annotations

from types import MappingProxyType

from django.utils.translation import gettext_lazy as _

from zhike.insight.profile_field import ProfileField, choice, flag, money
from zhike.insight.profile_held import INVESTED

SIDES_HELD = _("Business by product side")
# In the order in which equal sides are taken.
SIDES = MappingProxyType(
    {"liability": _("Deposit business"), "asset": _("Loans and cards"), "intermediary": _("Investments and fee business")}
)
FLAGS = MappingProxyType({
    "liability": "is_liability_customer", "asset": "is_asset_customer", "intermediary": "is_intermediary_customer",
})  # fmt: skip

OF_SIDES: tuple[ProfileField, ...] = (
    money("investments_12m_average", _("Investments, average of 12 months"), INVESTED, "customer_month.aum_sum − deposits_sum", _("Daily average of 12 months")),
    flag("is_liability_customer", _("Deposit customer"), SIDES_HELD, "customer_month.deposits_sum", _("Held deposits in 12 months (S21)")),
    flag("is_asset_customer", _("Loan customer"), SIDES_HELD, "customer_month.lum_sum, card.side", _("Owed loans in 12 months, or has a credit card (S21)")),
    flag("is_intermediary_customer", _("Investment and fee customer"), SIDES_HELD, "customer_month.aum_sum − deposits_sum, fees, takings; payroll_agreement", _("Held wealth products, funds, insurance or metals in 12 months, paid fees, took money by the bank's terminals, or pays salaries through the bank (S21)")),
    choice("main_side", _("Main side"), SIDES_HELD, "customer_month", SIDES, _("Of her sides the one with the highest daily average of 12 months in CNY; of equal ones the first in the order deposits, loans, investments; empty where she is a customer of none (S21)")),
)  # fmt: skip
