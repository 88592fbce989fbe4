"""Fields of the profile: what the stage of her life asks for (S33), by the rules of `settings_needs`, each with its reason."""

from __future__ import annotations

from types import MappingProxyType

from django.utils.translation import gettext_lazy as _

from zhike.insight.profile_field import ProfileField, choice, flag

NEEDS = _("Needs of a stage of life")
EDUCATION = MappingProxyType({
    "herself": _("of an age for school or studies"), "household": _("somebody in the household is of an age for school or studies"),
})  # fmt: skip
HOUSING = MappingProxyType({
    "salary": _("of an age to buy a home, with a regular salary and no mortgage here"),
    "household": _("of an age to buy a home, shares a household, no mortgage here"),
})  # fmt: skip
RETIREMENT = MappingProxyType({"ahead": _("retirement lies ahead"), "reached": _("of an age to be retired")})
_MEANING = _("Of private customers of full age whose date of birth is known; ages are set (S33)")
_HOUSEHOLD = _("Who is meant is not said; counts only who has the same unit and manager as she, so that whoever sees her sees both")

OF_NEEDS: tuple[ProfileField, ...] = (
    flag("needs_education", _("Need: education"), NEEDS, "customer.birth_date, household_key", _MEANING),
    choice("needs_education_why", _("Why education"), NEEDS, "customer.birth_date, household_key", EDUCATION, _HOUSEHOLD),
    flag("needs_housing", _("Need: housing"), NEEDS, "customer.birth_date, household_size; customer_month.salary, mortgage", _MEANING),
    choice("needs_housing_why", _("Why housing"), NEEDS, "customer.birth_date, household_size; customer_month.salary, mortgage", HOUSING),
    flag("needs_retirement", _("Need: retirement"), NEEDS, "customer.birth_date", _MEANING),
    choice("needs_retirement_why", _("Why retirement"), NEEDS, "customer.birth_date", RETIREMENT),
)  # fmt: skip
# What each is called on a customer's page, the field that says why, and its words.
SHOWN = (
    (_("Schooling"), "needs_education_why", EDUCATION), (_("Housing"), "needs_housing_why", HOUSING), (_("Retirement"), "needs_retirement_why", RETIREMENT),
)  # fmt: skip
