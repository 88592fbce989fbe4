"""What feeds, their modes and check figures are called on pages."""

from __future__ import annotations

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

FEED_NAMES: dict[str, str | Promise] = {
    "organisation": gettext_lazy("Organisation"), "employees": gettext_lazy("Employees"), "parties": gettext_lazy("Parties"),
    "identifiers": gettext_lazy("Identity documents"), "contact_points": gettext_lazy("Contact points"),
    "rm_assignments": gettext_lazy("RM assignments"), "relationships": gettext_lazy("Relationships"),
    "party_groups": gettext_lazy("Households and groups"), "consents": gettext_lazy("Consents"), "products": gettext_lazy("Products"),
    "rates": gettext_lazy("Rates"), "accounts": gettext_lazy("Accounts"), "account_roles": gettext_lazy("Roles on accounts"),
    "balances": gettext_lazy("Balances"), "positions": gettext_lazy("Positions"), "transactions": gettext_lazy("Transactions"),
    "loans": gettext_lazy("Loans"), "credit_lines": gettext_lazy("Credit lines"), "guarantees": gettext_lazy("Guarantees"),
    "cards": gettext_lazy("Cards"), "standing_orders": gettext_lazy("Standing orders"),
    "payroll_agreements": gettext_lazy("Payroll agreements"), "payroll_details": gettext_lazy("Payroll payments"),
    "merchants": gettext_lazy("Merchants"), "merchant_volumes": gettext_lazy("Merchant volumes"), "fees": gettext_lazy("Fees"),
    "channel_events": gettext_lazy("Channel events"), "risk_profiles": gettext_lazy("Risk profiles"),
    "interactions": gettext_lazy("Contact records"), "cases": gettext_lazy("Cases"), "calendar": gettext_lazy("Calendar"),
}  # fmt: skip

MODES: dict[str, str | Promise] = {
    "full": gettext_lazy("full"), "changed": gettext_lazy("changed rows"), "incremental": gettext_lazy("incremental"),
}  # fmt: skip

REASON_TITLES: dict[str, str | Promise] = {
    "bad_encoding": gettext_lazy("Characters cannot be read"), "bad_character": gettext_lazy("Forbidden character"),
    "bad_quotes": gettext_lazy("Open quotation mark"), "wrong_column_count": gettext_lazy("Wrong number of columns"),
    "cut_line": gettext_lazy("Last line cut off"), "repeated_header": gettext_lazy("Header repeated"),
    "broken_message": gettext_lazy("Message cannot be read"), "missing_value": gettext_lazy("Value missing"),
    "bad_date": gettext_lazy("Not a date"), "bad_instant": gettext_lazy("Not a date with time"), "bad_number": gettext_lazy("Not a number"),
    "bad_flag": gettext_lazy("Neither yes nor no"), "unknown_code": gettext_lazy("Unknown code"), "future_date": gettext_lazy("Date in the future"),
    "date_order": gettext_lazy("Dates in the wrong order"), "duplicate_key": gettext_lazy("Key occurs twice"),
    "conflicting_key": gettext_lazy("Key occurs twice with other content"), "negative_amount": gettext_lazy("Negative amount"),
    "one_of": gettext_lazy("Not exactly one filled"), "invalid_id": gettext_lazy("Identity number does not check"),
    "invalid_phone": gettext_lazy("Impossible phone number"), "invalid_email": gettext_lazy("Impossible e-mail"),
    "invalid_account_no": gettext_lazy("Account number does not check"), "invalid_card_no": gettext_lazy("Card number does not check"),
    "rounded": gettext_lazy("Rounded"), "unknown_parent": gettext_lazy("Refers to something unknown"),
}  # fmt: skip

# What a check figure that is no number says of a file or of columns.
FIGURE_WORDS: dict[str, str | Promise] = {
    "named": gettext_lazy("named"), "not named": gettext_lazy("not named"), "present": gettext_lazy("present"),
    "missing": gettext_lazy("missing"), "none": gettext_lazy("none"),
}  # fmt: skip


def check_name(name: str) -> str:
    """A check figure in words: `rows:parties.txt` → rows of parties.txt."""
    kind, _colon, what = name.partition(":")
    what = what.replace(":", " · ")
    words = {
        "rows": _("rows of %(what)s"), "bytes": _("size of %(what)s"), "md5": _("checksum of %(what)s"), "sum": _("sum of %(what)s"),
        "control": _("control file: %(what)s"), "file": _("file %(what)s"), "unknown_file": _("file the layout does not know: %(what)s"),
        "unmapped_columns": _("columns of %(what)s that the layout does not name"), "missing_columns": _("columns missing in %(what)s"),
        "forbidden_columns": _("columns of %(what)s that may not be kept (R30)"),
    }  # fmt: skip
    return words[kind] % {"what": what} if kind in words else name
