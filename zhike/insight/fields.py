"""What conditions may ask of a customer's profile: the fields of `profile_fields`, in PostgreSQL as of the last build, in the warehouse as of
its day. The first argument is the viewer.

What other areas say of a customer as it stands now (who she is, what she holds today) is theirs to say; the profile adds what is computed.
Their names begin with `profile_`, so that a field that another area adds one day does not stand in the way of what is kept in conditions.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from django.utils import timezone

from zhike.access.scope import Viewer
from zhike.core.conditions.fields import Choice, Choices, Field
from zhike.core.conditions.kinds import Kind
from zhike.core.conditions.rows import Row
from zhike.core.pages import Words
from zhike.insight.models import Profile
from zhike.insight.profile_expected import EXPECTED
from zhike.insight.profile_field import ProfileField, Type
from zhike.insight.profile_fields import FIELDS
from zhike.insight.profile_needs import NEEDS
from zhike.insight.profile_network import NETWORK
from zhike.insight.profile_sides import SIDES_HELD
from zhike.insight.profile_worth import FLOWS, VALUE
from zhike.insight.scheme_forms import title_of
from zhike.insight.schemes import scheme_on
from zhike.insight.tier_words import TIERS

AREA = "insight"
BEFORE = "profile_"
# Said by parties and holdings, as of this moment and in their words.
ELSEWHERE = frozenset({
    "kind", "status", "sex", "birth_date", "region", "education", "marital_status", "income_band", "industry", "size_class", "since_date", "left_date",
    "is_staff", "unit_key", "staff_no", "household_key", "household_size", "control_group_key", "deposits", "investments", "accounts_open", "families_held",
    "next_maturity_date", "next_maturity_amount",
})  # fmt: skip
_KINDS: Mapping[Type, Kind] = {"money": "money", "rate": "number", "number": "number", "date": "date", "flag": "flag", "text": "text"}
# What each takes besides seeing the customer: what came and went is of her postings, what she is worth is the bank's own reckoning, what is
# expected stands behind the right to chances; fees paid and salaries are in product sides and needs.
_RIGHTS: Mapping[Words, str] = {
    FLOWS: "transactions.read",
    NETWORK: "transactions.read",
    SIDES_HELD: "transactions.read",
    NEEDS: "transactions.read",
    VALUE: "insight.read",
    EXPECTED: "scores.read",
}

# A field looked up for one row; of many rows the profile is better joined once (`beside`).
LOOKED_UP = "(select q.{key} from insight_profile q where q.id = {row}.id)"
_LOOKED_UP = re.compile(re.escape(LOOKED_UP).replace(r"\{key\}", r"(\w+)").replace(r"\{row\}", "p"))


def beside(sql: str) -> tuple[str, str]:
    """SQL over the customers `p` that looks fields of the profile up, with the profile joined instead: what is to follow `from parties_party p`, and the
    SQL. PostgreSQL asks for each field of each row anew; ten of them over many customers take ten times as long as one join."""
    joined, count = _LOOKED_UP.subn(r"profile_beside.\1", sql)
    return ("left join insight_profile profile_beside on profile_beside.id = p.id", joined) if count else ("", sql)


def fields(viewer: Viewer) -> list[Field]:
    """The computed fields of a customer."""
    return _ALL


def reader(viewer: Viewer) -> Callable[[int], Mapping[str, Any]]:
    """What Python decides on in the place of PostgreSQL, under the name of the area: the profile's row, empty where there is none yet."""
    return lambda key: Profile.objects.seen_by(viewer).filter(pk=key).values().first() or {}


def right_to(known: ProfileField) -> str:
    """What a field takes besides seeing the customer; empty: nothing."""
    return "" if known.level == "C1" else _RIGHTS.get(known.group, "accounts.read")


def _field(known: ProfileField) -> Field:
    sql, scale = LOOKED_UP.format(key=known.key, row="{row}"), 100 if known.type == "rate" else 1
    kind: Kind = "choice" if known.choices else _KINDS.get(known.type, "text")
    return Field(
        f"{BEFORE}{known.key}", known.label, kind, f"{sql} * 100" if scale > 1 else sql, known.group, "" if known.type == "money" else known.unit, _choices(known),
        permission=right_to(known), protection="financial" if known.level == "C2" else "personal",
        description=known.meaning, value=_value(known.key, scale), column=_column(known.key, scale),
    )  # fmt: skip


def _choices(known: ProfileField) -> Choices | None:
    if known.choices is TIERS:
        return _tiers
    return (lambda: [Choice(key, words) for key, words in known.choices.items()]) if known.choices else None


def _tiers() -> list[Choice]:
    """The tiers of the scheme in force today, by the bank's own names."""
    return [Choice(rung.key, title_of(rung)) for rung in scheme_on(timezone.localdate()).rungs]


def _value(key: str, scale: int) -> Callable[[Row, date], Any]:
    def value(row: Row, _today: date) -> Any:
        found = row[AREA].get(key)
        return found * Decimal(scale) if scale > 1 and found is not None else found

    return value


def _column(key: str, scale: int) -> Callable[[Any, date], Any]:
    return lambda table, _today: table[key] * scale if scale > 1 else table[key]


_ALL = [_field(known) for known in FIELDS if known.key not in ELSEWHERE]
