"""How conditions begin at the index of a declared field: the question put to its keys, which is never narrower than the check itself.

What a key is: `parties_declared_keys` of migration 0014. The check is asked besides, of the value; the two together are what it means.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal

from zhike.core.conditions.fields import Put
from zhike.core.conditions.meaning import folded, interval_of
from zhike.core.conditions.trees import Check
from zhike.parties.field_types import Definition

FIRST_DAY = date(2000, 1, 1)  # whose place is 0
LONGEST_WORD = 200
_END = Decimal(9) * 10**18  # what a place can hold
_SCALES = {"money": Decimal(100), "number": Decimal(1_000_000)}
Begins = Callable[[Check, date, Put], str]


def indexed(definition: Definition) -> Begins | None:
    """Where a condition on a declared field may begin; None while no index of it is there."""
    if not definition.has_index:
        return None
    key = f"k.field_id = {definition.index_id:d}"

    def begins(check: Check, today: date, put: Put) -> str:
        asked = _asked(definition, check, today, put)
        return f"{{row}}.id in (select k.of_party from parties_declaredkey k where {key}{asked})" if asked is not None else ""  # noqa: S608 - values travel apart

    return begins


def _asked(definition: Definition, check: Check, today: date, put: Put) -> str | None:
    """What is asked of the keys of a field, from `and` on; None: this check cannot begin there."""
    if check.op == "known":
        return ""
    if check.op in ("unknown", "not_in", "none_of", "is_not", "contains", "not_contains"):
        return None
    if definition.type in _SCALES:
        return _amounts(check, _SCALES[definition.type], put)
    if definition.type == "date":
        days = interval_of(check, today)
        bounds = ((">=", days.start), ("<", days.end))
        return "".join(f" and k.place {sign} {put((day - FIRST_DAY).days, 'bigint')}" for sign, day in bounds if day)
    if definition.type == "yes_no":
        return f" and k.place = {put(int(check.value is True), 'bigint')}"
    return _words(check, put)


def _amounts(check: Check, scale: Decimal, put: Put) -> str:
    """Rounded outwards: a key is exact to its scale only, and ends where its column does."""

    def place(amount: object, rounding: str) -> str:
        scaled = (Decimal(str(amount)) * scale).to_integral_value(rounding)
        return put(int(max(min(scaled, _END), -_END)), "bigint")

    least, most = check.value if isinstance(check.value, tuple) else (check.value, check.value)
    lower = f" and k.place >= {place(least, ROUND_FLOOR)}" if check.op in ("at_least", "more_than", "is", "between") else ""
    upper = f" and k.place <= {place(most, ROUND_CEILING)}" if check.op in ("at_most", "less_than", "is", "between") else ""
    return f"{lower}{upper} and k.place is not null"


def _words(check: Check, put: Put) -> str:
    if isinstance(check.value, tuple):
        words = [folded(str(word))[:LONGEST_WORD] for word in check.value]
        return f" and k.word = any({put(words[:1] if check.op == 'all_of' else words, 'text[]')})"
    word = folded(str(check.value))[:LONGEST_WORD]
    if check.op == "starts":
        return f" and k.word >= {put(word, 'text')} and k.word < {put(word + chr(0x10FFFF), 'text')}"
    return f" and k.word = {put(word, 'text')}"
