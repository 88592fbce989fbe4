"""The words in which a page says why two records look like one customer."""

from __future__ import annotations

from collections.abc import Mapping

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

Words = str | Promise

# feature → level → words; {left} and {right} are the two values, where both are names.
REASONS: Mapping[str, Mapping[str, Words]] = {
    "name": {
        "same": _("same name"), "sounds_same": _("names sound the same (%(left)s / %(right)s)"), "swapped": _("characters of the name swapped (%(left)s / %(right)s)"),
        "one_off": _("one character of the name differs (%(left)s / %(right)s)"), "sounds_alike": _("names sound alike (%(left)s / %(right)s)"),
        "same_family": _("same family name, other given name"), "differs": _("other name"),
    },
    "firm": {
        "same": _("same company name"), "same_core": _("same name but for place and legal form"), "contained": _("one name contains the other"),
        "alike": _("company names are alike"), "differs": _("other company name"),
    },
    "born": {
        "same": _("same birth date"), "swapped": _("day and month of birth swapped"), "one_off": _("one digit of the birth date differs"), "differs": _("other birth date"),
    },
    "id": {"same": _("same ID number"), "ends_alike": _("ID numbers end alike"), "differs": _("other ID number")},
    "phone": {"same": _("same telephone"), "ends_alike": _("telephones end alike"), "differs": _("other telephone")},
    "email": {"same": _("same e-mail"), "differs": _("other e-mail")},
    "place": {"same_address": _("same address"), "same_district": _("same district"), "differs": _("other district")},
    "sex": {"same": _("same sex"), "differs": _("other sex")},
    "employer": {"same": _("same employer"), "differs": _("other employer")},
    "industry": {"same": _("same industry"), "differs": _("other industry")},
    "unit": {"same": _("same outlet"), "differs": _("other outlet")},
}  # fmt: skip

NEEDS_CONTACTS = {
    "id": ("same", "ends_alike", "differs"),
    "phone": ("same", "ends_alike", "differs"),
    "email": ("same", "differs"),
    "place": ("same_address",),
}
"""What tells something about documents and ways to reach somebody: not said to whom they are closed (contacts.read)."""

MOVES: Mapping[str, Words] = {
    "parties_identifier": _("documents"), "parties_contactpoint": _("ways to reach"), "parties_relationship": _("relations"), "parties_groupmember": _("memberships"),
    "parties_assignment": _("managers"), "holdings_account": _("accounts"), "holdings_accountrole": _("roles on accounts"), "holdings_loan": _("loans"),
    "holdings_card": _("cards"), "holdings_payroll": _("payroll agreements"), "holdings_salary": _("salaries"), "engagement_interaction": _("contacts"),
    "parties_consent": _("consents"), "engagement_channelday": _("log-ins and visits"), "risk_profile": _("risk profiles"),
}  # fmt: skip
OTHER_MOVES = _("notes and entries of Zhike")
