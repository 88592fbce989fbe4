"""What may be asked in the lab: of the as-of day the fields of the profile, of the end of the months the same ones and how far they moved.

Fields at the end are called `then_…`, moves `move_…` (amounts, counts and rates) and `part_…` (a move of an amount in per cent of what was there). Nothing
of them may be learned from.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

import ibis
from django.utils import timezone
from django.utils.functional import lazy
from django.utils.translation import gettext_lazy as _

from zhike.access.scope import Viewer
from zhike.core.conditions.expressions import Frame, expression
from zhike.core.conditions.fields import Catalogue, Choice, Choices, Field, gathered
from zhike.core.conditions.kinds import Kind
from zhike.core.conditions.trees import Check, Node, parts
from zhike.core.pages import Words
from zhike.insight.fields import right_to
from zhike.insight.predictors.features import FORETOLD, SENSITIVE
from zhike.insight.predictors.questions import rank_of
from zhike.insight.profile_field import ProfileField, Type
from zhike.insight.profile_fields import FIELDS
from zhike.insight.scheme_forms import title_of
from zhike.insight.schemes import scheme_on
from zhike.insight.tier_words import TIERS

THEN, MOVE, PART, RISE = "then_", "move_", "part_", "rise_"
AT_END, MOVED = _("At the end of the months"), _("What moved until then")
STEADY = SENSITIVE | {"kind", "since_date", "size_class", "industry"}  # who somebody is: nothing that happens to her
_KINDS: Mapping[Type, Kind] = {"money": "money", "rate": "number", "number": "number", "date": "date", "flag": "flag"}
Column = Callable[[Any, date], Any]
_in_words: Callable[[Words, Words], Words] = lazy(lambda words, label: str(words) % str(label), str)


@dataclass(frozen=True)
class Catalogues:
    """What one reader may ask: of whom, and what should have happened."""

    whom: Catalogue
    happens: Catalogue


def catalogues(viewer: Viewer) -> Catalogues:
    """For a viewer: what takes a right she lacks is closed to her."""
    tiers = [Choice(rung.key, title_of(rung)) for rung in scheme_on(timezone.localdate()).rungs]
    asked = [known for known in FIELDS if (known.choices or known.type in _KINDS) and known.key not in FORETOLD]
    now = [_field(known, tiers) for known in asked]
    later = [field for known in asked if known.key not in STEADY for field in _later(known, tiers)]
    happens = [*(one for one in later if one.group == MOVED), *(one for one in later if one.group != MOVED)]
    return Catalogues(gathered(now, may=viewer.may), gathered(happens, may=viewer.may))


def _field(known: ProfileField, tiers: Sequence[Choice]) -> Field:
    kind: Kind = "choice" if known.choices else _KINDS[known.type]
    return Field(
        known.key, known.label, kind, "", known.group, "" if known.type == "money" else known.unit, _choices(known, tiers), permission=right_to(known),
        protection="financial" if known.level == "C2" else "personal", description=known.meaning, column=_column(known.key, known.type),
    )  # fmt: skip


def _choices(known: ProfileField, tiers: Sequence[Choice]) -> Choices | None:
    if known.choices is TIERS:
        return lambda: tiers
    return (lambda: [Choice(key, words) for key, words in known.choices.items()]) if known.choices else None


def _column(key: str, kind: Type) -> Column:
    return lambda t, _today: t[key] * 100 if kind == "rate" else t[key]


def _later(known: ProfileField, tiers: Sequence[Choice]) -> list[Field]:
    """The field at the end of the months, and its moves."""
    now = replace(_field(known, tiers), description="")  # what it means is said of the field today; here it would crowd the list
    found = [
        replace(
            now,
            name=THEN + known.key,
            title=_in_words(_("%s (then)"), known.label),
            group=AT_END,
            column=_column(THEN + known.key, known.type),
        )
    ]
    if known.type in ("money", "rate", "number"):
        found.append(replace(now, name=MOVE + known.key, title=_in_words(_("Change of %s"), known.label), group=MOVED, column=_move(known)))
    if known.type == "money":
        found.append(_amount_field(now, PART, _("Relative change of %s"), _part(known.key), "%"))
    if known.choices is TIERS:
        keys = [one.key for one in tiers]
        found.append(_amount_field(now, RISE, _("Change of %s, steps"), _rise(known.key, keys), ""))
    return found


def _amount_field(now: Field, before: str, words: Words, column: Column, unit: str) -> Field:
    return replace(
        now, name=before + now.name, title=_in_words(words, now.title), kind="number", unit=unit, group=MOVED, choices=None, column=column
    )


def _move(known: ProfileField) -> Column:
    def move(t: Any, _today: date) -> Any:
        now, then = t[known.key].cast("float64"), t[THEN + known.key].cast("float64")
        if known.type == "rate":
            return (then - now) * 100
        return then.fill_null(0.0) - now.fill_null(0.0)  # an empty amount is none

    return move


def _part(key: str) -> Column:
    def part(t: Any, _today: date) -> Any:
        now, then = t[key].cast("float64"), t[THEN + key].cast("float64").fill_null(0.0)
        return ibis.ifelse(now > 0, (then - now) / now * 100, ibis.null("float64"))

    return part


def _rise(key: str, tiers: Sequence[str]) -> Column:
    return lambda t, _today: rank_of(t[THEN + key], tiers) - rank_of(t[key], tiers)


def keys_of(tree: Node) -> frozenset[str]:
    """The fields of the profile that a condition names, at whichever end."""
    if isinstance(tree, Check):
        return frozenset({plain(tree.field)})
    return frozenset().union(*(keys_of(one) for one in parts(tree)))


def plain(name: str) -> str:
    """The field of the profile behind a name of the catalogue of what happens."""
    return next((name.removeprefix(one) for one in (THEN, MOVE, PART, RISE) if name.startswith(one)), name)


def holds(tree: Node, catalogue: Catalogue, table: Any, today: date) -> Any:
    """The condition over a table of Ibis with a row per customer; unknown is no."""
    return expression(tree, catalogue, Frame(table, "party_id"), today=today, zone=timezone.get_current_timezone()).fill_null(False)
