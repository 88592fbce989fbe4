"""Reading one value of a condition: each shape strictly, with a fault said in words."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _

from zhike.core.conditions.days import FIRST_DAY, LAST_DAY, MOST, PERIODS, UNITS, Span
from zhike.core.conditions.fields import Field
from zhike.core.conditions.kinds import Shape
from zhike.core.conditions.trees import LONGEST_TEXT, MOST_VALUES, Value

_AMOUNT = re.compile(r"-?\d{1,18}(\.\d{1,6})?")
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")
_MONTH_DAY = re.compile(r"(\d{2})-(\d{2})")


class Fault(ValueError):
    """What is wrong with one value, in the reader's language."""


def value_of(shape: Shape, given: Any, field: Field) -> Value:
    """A value of this shape. Raises Fault."""
    return _READERS[shape](given, field)


def _nothing(given: Any, _field: Field) -> None:
    if given is not None:
        raise Fault(_("nothing is compared here, leave the value out"))


def _text(given: Any, _field: Field) -> str:
    if not isinstance(given, str) or not given.strip():
        raise Fault(_("write what to look for"))
    if len(given) > LONGEST_TEXT:
        raise Fault(_("at most %(n)s characters") % {"n": LONGEST_TEXT})
    if any(unicodedata.category(character) in ("Cc", "Cs") for character in given):
        raise Fault(_("a character that cannot be looked for is in it"))
    return given


def _amount(given: Any, _field: Field) -> Decimal:
    text = str(given) if isinstance(given, int) and not isinstance(given, bool) else given
    if not isinstance(text, str) or not _AMOUNT.fullmatch(text) or not text.isascii():
        raise Fault(_("write a number, such as 500000 or 0.5"))
    return Decimal(text)


def _amounts(given: Any, field: Field) -> tuple[Decimal, Decimal]:
    first, last = (_amount(part, field) for part in _two(given))
    if first > last:
        raise Fault(_("the first number is above the second"))
    return first, last


def _day(given: Any, _field: Field) -> date:
    try:
        day = date.fromisoformat(given) if isinstance(given, str) and _DAY.fullmatch(given) else None
    except ValueError:
        raise Fault(_("there is no such day: %(day)s") % {"day": given}) from None
    if day is None:
        raise Fault(_("write a day as 2026-11-25"))
    if not FIRST_DAY <= day <= LAST_DAY:
        raise Fault(_("a day between %(first)s and %(last)s") % {"first": FIRST_DAY.year, "last": LAST_DAY.year})
    return day


def _days(given: Any, field: Field) -> tuple[date, date]:
    first, last = (_day(part, field) for part in _two(given))
    if first > last:
        raise Fault(_("the first day is after the second"))
    return first, last


def _month_days(given: Any, _field: Field) -> tuple[str, ...]:
    for part in _two(given):
        found = _MONTH_DAY.fullmatch(part) if isinstance(part, str) else None
        try:
            date(2000, int(found[1]), int(found[2])) if found else None
        except ValueError:
            found = None
        if not found:
            raise Fault(_("write month and day as 03-08"))
    return tuple(given)


def _span(given: Any, _field: Field) -> Span:
    if not isinstance(given, dict) or set(given) != {"n", "unit"} or given["unit"] not in UNITS:
        raise Fault(_("write how many days, weeks, months or years"))
    n, unit = given["n"], given["unit"]
    if not isinstance(n, int) or isinstance(n, bool) or not 0 <= n <= MOST[unit]:
        raise Fault(_("a whole number from 0 to %(most)s") % {"most": MOST[unit]})
    return Span(n, unit)


def _period(given: Any, _field: Field) -> str:
    if not isinstance(given, str) or given not in PERIODS:
        raise Fault(_("choose a period, such as this month"))
    return given


def _keys(given: Any, field: Field) -> tuple[str, ...]:
    if not isinstance(given, list) or not given or not all(isinstance(key, str) for key in given):
        raise Fault(_("choose at least one"))
    if len(given) > MOST_VALUES:
        raise Fault(_("choose at most %(n)s") % {"n": MOST_VALUES})
    known = {choice.key for choice in field.choices()} if field.choices else set()
    missing = [key for key in given if key not in known]
    if missing:
        raise Fault(_("“%(key)s” is no longer among the choices") % {"key": missing[0][:60]})
    return tuple(dict.fromkeys(given))


def _flag(given: Any, _field: Field) -> bool:
    if not isinstance(given, bool):
        raise Fault(_("choose yes or no"))
    return given


def _two(given: Any) -> tuple[Any, Any]:
    if not isinstance(given, list) or len(given) != 2:
        raise Fault(_("fill in both, from and to"))
    return given[0], given[1]


_READERS: Mapping[Shape, Callable[[Any, Field], Value]] = {
    "": _nothing, "text": _text, "amount": _amount, "amounts": _amounts, "day": _day, "days": _days, "month_days": _month_days,
    "span": _span, "period": _period, "keys": _keys, "flag": _flag,
}  # fmt: skip
