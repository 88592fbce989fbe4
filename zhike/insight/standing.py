"""Where a customer stands, as her page says it: tier by value, tier that applies, service tier with who gave it, stage, decline."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from zhike.access.scope import Viewer
from zhike.core.pages import Words
from zhike.insight import overrides, overriding
from zhike.insight.models import TierOverride
from zhike.insight.profile_standing import DECLINES, STAGES
from zhike.insight.scheme_forms import look_of, word_of
from zhike.insight.schemes import scheme_on
from zhike.insight.worth import Worth


@dataclass(frozen=True)
class Tier:
    """A tier as it is shown."""

    key: str
    word: str
    look: str


@dataclass(frozen=True)
class Standing:
    """insight/_standing.html. `given`: the tier given by hand that holds today; `waiting`: the proposal of another one."""

    computed: Tier | None
    effective: Tier | None
    service: Tier | None
    given: TierOverride | None
    waiting: int | None
    may_give: bool
    stage: Words
    decline: Words


def standing_of(viewer: Viewer, worth: Worth, today: date) -> Standing:
    """Of a business date, with what people gave by hand as it stands today (§2.5: three tiers, kept apart)."""
    scheme = scheme_on(worth.as_of)

    def tier(key: str | None) -> Tier | None:
        return Tier(key, word_of(key, scheme), look_of(key)) if key else None

    given = overrides.held(viewer, worth.profile.pk, today)
    effective = tier(worth.said("tier_effective"))
    return Standing(
        tier(worth.said("tier")), effective, tier(given.tier) if given else effective, given, overrides.waiting(viewer, worth.profile.pk),
        viewer.may(overriding.GIVE), STAGES.get(worth.said("stage") or "", ""), DECLINES.get(worth.said("decline") or "", ""),
    )  # fmt: skip
