"""Fields of the profile: who the customer is and who looks after her."""

from __future__ import annotations

from types import MappingProxyType

from django.utils.translation import gettext_lazy as _

from zhike.insight.profile_field import ProfileField, choice, day, flag, number

GROUP = _("Who the customer is")
KINDS = MappingProxyType({
    "individual": _("Individual"), "sole_trader": _("Sole trader"), "company": _("Company"),
    "financial_institution": _("Financial institution"), "institution": _("Government or institution"),
    "unincorporated": _("Branch without legal personality"),
})  # fmt: skip
STATES = MappingProxyType({"customer": _("Customer"), "prospect": _("Prospect"), "former": _("Former customer")})
SEXES = MappingProxyType({"female": _("Female"), "male": _("Male")})
MARITAL = MappingProxyType({"single": _("Single"), "married": _("Married"), "divorced": _("Divorced"), "widowed": _("Widowed")})
SIZES = MappingProxyType({"large": _("Large"), "medium": _("Medium"), "small": _("Small"), "micro": _("Micro")})
RISKS = MappingProxyType({f"C{n}": f"C{n}" for n in range(1, 6)})


def _text(key: str, label: object, source: str) -> ProfileField:
    return ProfileField(key, "text", label, GROUP, source, level="C1")  # type: ignore[arg-type]


WHO: tuple[ProfileField, ...] = (
    choice("kind", _("Kind of customer"), GROUP, "customer.kind", KINDS, level="C1"),
    choice("status", _("Status"), GROUP, "customer.status", STATES, level="C1"),
    choice("sex", _("Sex"), GROUP, "customer.sex", SEXES, level="C1"),
    day("birth_date", _("Date of birth"), GROUP, "customer.birth_date"),
    _text("region", _("Region"), "customer.region"),
    _text("education", _("Education"), "customer.education"),
    choice("marital_status", _("Marital status"), GROUP, "customer.marital_status", MARITAL, level="C1"),
    _text("income_band", _("Income band"), "customer.income_band"),
    _text("industry", _("Industry"), "customer.industry"),
    choice("size_class", _("Size of the company"), GROUP, "customer.size_class", SIZES, level="C1"),
    day("since_date", _("Customer since"), GROUP, "customer.since_date"),
    day("left_date", _("Left on"), GROUP, "customer.left_date"),
    flag("is_staff", _("Own employee"), GROUP, "customer.is_staff"),
    _text("unit_key", _("Managing unit"), "customer.unit_key"),
    _text("staff_no", _("Main relationship manager"), "customer.staff_no"),
    _text("household_key", _("Household"), "customer.household_key"),
    number("household_size", _("Members of the household"), GROUP, "customer.household_size", _("Members who are customers; empty: no household known")),
    _text("control_group_key", _("Group by control"), "customer.control_group_key"),
    choice("risk_level", _("Risk profile"), GROUP, "customer.risk_level", RISKS, _("C1 to C5 of the last assessment"), level="C2"),
    day("risk_valid_to", _("Risk profile valid until"), GROUP, "customer.risk_valid_to"),
)  # fmt: skip
