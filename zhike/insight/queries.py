"""What other areas ask of what was computed. The first argument is the viewer."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, tzinfo
from typing import Any

from zhike.access.scope import Viewer, require
from zhike.core.conditions.fields import Catalogue
from zhike.core.conditions.trees import Node
from zhike.core.pages import Words
from zhike.insight import columns
from zhike.insight.columns import Fitting
from zhike.insight.models import Profile
from zhike.insight.profile_sides import SIDES
from zhike.insight.scheme_forms import look_of
from zhike.insight.schemes import scheme_on
from zhike.insight.sides import RIGHTS
from zhike.insight.tier_words import TIERS
from zhike.parties.queries import NOTHING_BESIDE, Beside

__all__ = ["Fitting", "ShownTier", "fitting", "main_sides", "tier_beside", "tier_of", "tiers_upwards"]

READ = "accounts.read"


@dataclass(frozen=True)
class ShownTier:
    """A tier by its name, with the look of `core/_tier.html`."""

    key: str
    word: str
    look: str


# The scheme is found once a statement; its own word for a tier, where it has one, stands in its rules.
_TITLE = """jsonb_path_query_first(
    (select s.rules -> 'rungs' from insight_tierscheme s where s.state = 'in_force' and s.from_date <= %(tiers_on)s::date
     order by s.from_date desc, s.changed_at desc, s.id desc limit 1),
    '$[*] ? (@.key == $key).title', jsonb_build_object('key', q.tier_service)) #>> '{}'"""
_JOINS = "left join insight_profile q on q.id = p.id"
_OPENED = "left join lateral (select * from insight_profile_opened where id = p.id limit 1) q on true"


def tier_beside(viewer: Viewer, day: date, *, is_open: bool = False) -> Beside:
    """Reads the service tier in the statement of a party's line or, where she `is_open`, head; `tier_of` makes sense of it. Without accounts.read: nothing."""
    return Beside(("q.tier_service", _TITLE), _OPENED if is_open else _JOINS, {"tiers_on": day}) if viewer.may(READ) else NOTHING_BESIDE


def tiers_upwards(day: date) -> list[str]:
    """The tiers of the scheme in force on a day, the lowest first."""
    return [rung.key for rung in scheme_on(day).rungs]


def tier_of(beside: Sequence[Any]) -> ShownTier | None:
    """What `tier_beside` found of a party; None: she has no tier, or nothing was asked."""
    if not beside or not beside[0]:
        return None
    key, title = beside
    return ShownTier(key, title or str(TIERS.get(key, key)), look_of(key))


def main_sides(viewer: Viewer, keys: Sequence[int]) -> dict[int, Words]:
    """The main sides (S21) of some customers, of those whom the viewer sees. Needs accounts.read and transactions.read."""
    for right in RIGHTS:
        require(viewer, right)
    rows = Profile.objects.seen_by(viewer).filter(pk__in=keys, main_side__in=list(SIDES)).values_list("pk", "main_side")
    return {key: SIDES[side or ""] for key, side in rows}


def fitting(viewer: Viewer, tree: Node, known: Catalogue, *, today: date, zone: tzinfo) -> Fitting | None:
    """Who of all customers fits a condition that was read for this viewer, out of the profile's columns; None where only PostgreSQL can say (`columns`)."""
    return columns.fitting(viewer, tree, known, today=today, zone=zone)
