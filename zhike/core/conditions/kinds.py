"""Which operators a field has by its kind, and what each takes as its value."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from zhike.core.pages import Words

# `instant` is a date that knows its time of day; `birthday` a date of which month and day count; `choice` one key of several, `set` many.
Kind = Literal["text", "number", "money", "date", "instant", "birthday", "choice", "set", "flag"]
Shape = Literal["text", "amount", "amounts", "day", "days", "month_days", "span", "period", "keys", "flag", ""]


@dataclass(frozen=True)
class Operator:
    """A way to hold a field against a value: its words in a menu, and the shape of the value."""

    name: str
    title: Words
    shape: Shape


_KNOWN = (Operator("known", _("is known"), ""), Operator("unknown", _("is unknown"), ""))
_TEXT = (
    Operator("contains", _("contains"), "text"), Operator("not_contains", _("does not contain"), "text"),
    Operator("starts", _("begins with"), "text"), Operator("is", pgettext_lazy("condition", "is"), "text"), Operator("is_not", _("is not"), "text"),
)  # fmt: skip
_AMOUNT = (
    Operator("at_least", _("at least"), "amount"), Operator("at_most", _("at most"), "amount"), Operator("more_than", _("more than"), "amount"),
    Operator("less_than", _("less than"), "amount"), Operator("between", pgettext_lazy("condition", "between"), "amounts"),
    Operator("is", pgettext_lazy("condition", "is"), "amount"),
)  # fmt: skip
_DAY = (
    Operator("within_next", _("within the next"), "span"), Operator("within_last", _("within the last"), "span"),
    Operator("more_than_ago", _("longer ago than"), "span"), Operator("more_than_ahead", _("further ahead than"), "span"),
    Operator("in", _("falls in"), "period"), Operator("on", _("on the day"), "day"), Operator("before", pgettext_lazy("day", "before"), "day"),
    Operator("since", _("on or after"), "day"), Operator("between", pgettext_lazy("condition", "between"), "days"),
)  # fmt: skip
_BIRTHDAY = (
    Operator("within_next", _("within the next"), "span"), Operator("in", _("falls in"), "period"),
    Operator("between", pgettext_lazy("condition", "between"), "month_days"),
)  # fmt: skip

OPERATORS: Mapping[Kind, tuple[Operator, ...]] = {
    "text": _TEXT + _KNOWN,
    "number": _AMOUNT + _KNOWN,
    "money": _AMOUNT + _KNOWN,
    "date": _DAY + _KNOWN,
    "instant": _DAY + _KNOWN,
    "birthday": _BIRTHDAY + _KNOWN,
    "choice": (Operator("in", _("is one of"), "keys"), Operator("not_in", _("is none of"), "keys"), *_KNOWN),
    "set": (
        Operator("any_of", _("has any of"), "keys"), Operator("all_of", _("has all of"), "keys"), Operator("none_of", _("has none of"), "keys"),
        Operator("known", _("has any at all"), ""), Operator("unknown", _("has none at all"), ""),
    ),
    "flag": (Operator("is", pgettext_lazy("condition", "is"), "flag"), *_KNOWN),
}  # fmt: skip


def operator(kind: Kind, name: str) -> Operator | None:
    """The operator of a kind by its name."""
    return next((one for one in OPERATORS[kind] if one.name == name), None)
