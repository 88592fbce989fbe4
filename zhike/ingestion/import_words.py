"""The words of the import's pages: why a file or a row is not taken, what a column may fill, what rows would do."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from zhike.access.scope import Viewer
from zhike.core.words import language
from zhike.ingestion.import_columns import KEY, KIND, NAME, NEW, TAGS, targets

REFUSED: Mapping[str, Promise] = {
    "missing": gettext_lazy("Choose a file first."), "empty": gettext_lazy("There is nothing in this file but heads, or nothing at all."),
    "too_large": gettext_lazy("The file is too large. Divide it, or have it loaded as a feed."), "too_many_rows": gettext_lazy("At most 50,000 rows at once. Divide the file."),
    "not_a_table": gettext_lazy("This is neither a CSV file nor a workbook. Save it as CSV or XLSX and bring it again."),
    "locked": gettext_lazy("The workbook has a password. Save it without one and bring it again."),
    "no_heads": gettext_lazy("The first row must say what the columns are: at most 100 of them."),
}  # fmt: skip
FAULTS: Mapping[str, Promise] = {
    "no_such_customer": gettext_lazy("no customer of yours has this number"), "no_customer": gettext_lazy("no customer number"), "twice_in_file": gettext_lazy("this customer stands in the file twice"),
    "broken_characters": gettext_lazy("characters that cannot be read"), "too_many_cells": gettext_lazy("more cells than heads"), "not_for_kind": gettext_lazy("not for this kind of customer"),
    "too_long": gettext_lazy("too long"), "not_a_number": gettext_lazy("not a number"), "too_fine": gettext_lazy("too many decimals"), "not_a_date": gettext_lazy("not a date"),
    "no_such_day": gettext_lazy("there is no such day"), "not_a_choice": gettext_lazy("not one of the choices"), "not_a_link": gettext_lazy("not a web address"),
    "secret": gettext_lazy("passwords and codes are kept nowhere"), "card_number": gettext_lazy("card numbers are kept nowhere"), "id_number": gettext_lazy("ID numbers belong to documents"),
    "no_name": gettext_lazy("neither a customer number nor a name"), "not_mobile": gettext_lazy("not a telephone number"), "not_email": gettext_lazy("not an e-mail address"),
    "not_id_no": gettext_lazy("not an ID number or credit code"),
    "there": gettext_lazy("left out: is a customer already"), "alike": gettext_lazy("left out: looks like a customer who is there"), "twin": gettext_lazy("left out: looks like a row above"),
}  # fmt: skip
MATCHED: Mapping[str, Promise] = {
    "id_no": gettext_lazy("the same ID number"), "contact": gettext_lazy("the same number or address"), "name": gettext_lazy("the same name"),
}  # fmt: skip
MODES: Mapping[str, Promise] = {
    "both": gettext_lazy("Make new, change known"), "create": gettext_lazy("Only make new ones"), "update": gettext_lazy("Only change known ones"),
}  # fmt: skip
POLICIES: Mapping[str, Promise] = {
    "skip": gettext_lazy("Leave them out"), "create": gettext_lazy("Make them anyway"), "update": gettext_lazy("Change the one they look like"),
}  # fmt: skip
DOES: Mapping[str, Promise] = {
    "create": gettext_lazy("new"), "update": gettext_lazy("changed"), "skip": gettext_lazy("left out"), "refuse": gettext_lazy("refused"),
}  # fmt: skip
_FILLS: Mapping[str, Promise] = {
    KEY: gettext_lazy("Customer number (finds the customer)"), TAGS: gettext_lazy("Tags"), NAME: gettext_lazy("Name"), KIND: gettext_lazy("Kind: person, company …"),
    f"{NEW}mobile": gettext_lazy("Mobile phone"), f"{NEW}email": gettext_lazy("E-mail"), f"{NEW}id_no": gettext_lazy("ID number or credit code"), f"{NEW}sex": gettext_lazy("Sex"),
    f"{NEW}birth_date": gettext_lazy("Born"), f"{NEW}occupation": gettext_lazy("Occupation"), f"{NEW}employer_name": gettext_lazy("Works at"), f"{NEW}region": gettext_lazy("Region"),
    f"{NEW}industry": gettext_lazy("Industry"), f"{NEW}lead_source": gettext_lazy("Came through"),
}  # fmt: skip
Options = Sequence[tuple[str, Sequence[tuple[str, str]]]]


def why(reason: str) -> str:
    """A reason as people read it; one without words as it is."""
    return str(FAULTS.get(reason, reason))


def options(viewer: Viewer) -> Options:
    """What a column may fill, in groups."""
    groups: dict[str, list[tuple[str, str]]] = {}
    for name, one in targets(viewer).items():
        group = _("What is known") if one else _("Who is new") if name.startswith(NEW) else _("Every row")
        groups.setdefault(group, []).append((name, one.label(language()) if one else str(_FILLS[name])))
    return list(groups.items())
