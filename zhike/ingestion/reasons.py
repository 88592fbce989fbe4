"""Why a row was refused or doubted: each reason by name, with a sentence a bank's operator understands in both languages.

A *reject* keeps the row out; a *warning* lets it in and says so. A layout may change which (`[severity]`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _


@dataclass(frozen=True)
class Reason:
    """One reason: its default severity and its sentence, with the placeholders %(field)s and %(value)s."""

    code: str
    severity: Literal["reject", "warning"]
    sentence: str | Promise


_ALL = (
    Reason("bad_encoding", "reject", _("The line is not valid in the file's encoding.")),
    Reason("bad_character", "reject", _("The line contains a control character that no text may hold.")),
    Reason("bad_quotes", "reject", _("A quotation mark is opened and never closed.")),
    Reason("wrong_column_count", "reject", _("The line has not as many columns as the file should have.")),
    Reason("cut_line", "reject", _("The last line is cut off: the file may be incomplete.")),
    Reason("repeated_header", "reject", _("The line repeats the header.")),
    Reason("broken_message", "reject", _("The message cannot be read: %(value)s")),
    Reason("missing_value", "reject", _("%(field)s must be filled and is empty.")),
    Reason("bad_date", "reject", _("%(field)s is not a date in any of the agreed forms: %(value)s")),
    Reason("bad_instant", "reject", _("%(field)s is not a date with time: %(value)s")),
    Reason("bad_number", "reject", _("%(field)s is not a number in the agreed form, or too large: %(value)s")),
    Reason("bad_flag", "reject", _("%(field)s must be 1 or 0: %(value)s")),
    Reason("unknown_code", "reject", _("%(field)s has a code that is not in the list: %(value)s")),
    Reason("future_date", "reject", _("%(field)s lies after the batch date: %(value)s")),
    Reason("date_order", "reject", _("%(field)s lies before the date at which it should begin: %(value)s")),
    Reason("duplicate_key", "reject", _("The same key was already in this batch, with the same content.")),
    Reason("conflicting_key", "reject", _("The same key was already in this batch, with other content; the first line was taken.")),
    Reason("negative_amount", "reject", _("%(field)s may not be negative: %(value)s")),
    Reason("one_of", "reject", _("Exactly one of %(field)s must be filled.")),
    Reason("invalid_id", "reject", _("%(field)s is not a possible number of its kind (check digit, date or length): %(value)s")),
    Reason("invalid_phone", "warning", _("%(field)s is not a possible telephone number: %(value)s")),
    Reason("invalid_email", "warning", _("%(field)s is not a possible e-mail address: %(value)s")),
    Reason("invalid_account_no", "warning", _("%(field)s is not a possible account number (IBAN check): %(value)s")),
    Reason("invalid_card_no", "warning", _("%(field)s is not a possible card number (Luhn check): %(value)s")),
    Reason(
        "authentication_data",
        "reject",
        _(
            "%(field)s holds what authenticates somebody (PIN, password, card verification value or stripe). It was not kept; correct it at its source."
        ),
    ),
    Reason("rounded", "warning", _("%(field)s had more than two decimal places and was rounded: %(value)s")),
    Reason("unknown_parent", "reject", _("%(field)s names something that no file has brought: %(value)s")),
)
REASONS: Mapping[str, Reason] = {reason.code: reason for reason in _ALL}

# Faults of a protected value, found before it was sealed, by the kind of seal.
SEAL_REASONS: Mapping[str, str] = {
    "id_no": "invalid_id", "phone": "invalid_phone", "email": "invalid_email", "account_no": "invalid_account_no", "card_no": "invalid_card_no",
}  # fmt: skip


def sentence(code: str, field: str = "", value: str = "") -> str:
    """The sentence for a person, in the active language; an unknown code is shown as it is."""
    reason = REASONS.get(code)
    if reason is None:
        return code
    return str(reason.sentence) % {"field": field, "value": value}
