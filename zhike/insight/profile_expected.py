"""Fields of the profile: what is expected of the customer (S24). Each is what the predictor in use said last before the business date; empty where nothing was
said, and of whoever refused automated decisions (R23). Nothing is ever learned from them."""

from __future__ import annotations

from types import MappingProxyType

from django.utils.translation import gettext_lazy as _

from zhike.insight.profile_field import ProfileField, choice, day, money, rate

EXPECTED = _("What is expected")
NEXT = MappingProxyType({
    "term": _("A term deposit"), "wealth": _("A wealth product"), "fund": _("A fund"), "insurance": _("An insurance"), "mortgage": _("A mortgage"),
    "loan": _("Another loan"), "credit_card": _("A credit card"),
})  # fmt: skip

OF_EXPECTED: tuple[ProfileField, ...] = (
    day("chances_date", _("Expected as of"), EXPECTED, "expected.chances_date", _("The month end on which this was said; where not everything is of one day, the earliest")),
    money("lifetime_value", _("Lifetime value"), EXPECTED, "expected.lifetime_value", _("What she is expected to contribute in the next three years, discounted (§3.4)")),
    rate("chance_of_leaving", _("Chance of leaving"), EXPECTED, "expected.chance_of_leaving", _("Within three months: that her money goes or that she closes her accounts, whichever is likelier")),
    rate("chance_of_overdue", _("Chance of a loan overdue"), EXPECTED, "expected.chance_of_overdue", _("Thirty days late within three months; of loans that are paid on time today")),
    choice("next_product", _("Likeliest next product"), EXPECTED, "expected.next_product", NEXT, _("Of those that she does not hold; whether it may be offered to her is asked elsewhere")),
    rate("chance_of_next_product", _("Chance of it"), EXPECTED, "expected.chance_of_next_product", _("That she takes the likeliest next product within three months")),
)  # fmt: skip
KEYS = frozenset(field.key for field in OF_EXPECTED)
