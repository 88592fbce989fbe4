"""Fields of the profile: where the customer stands, by tier, stage of the relation and decline (§2.5, §3.5, §3.6)."""

from __future__ import annotations

from types import MappingProxyType

from django.utils.translation import gettext_lazy as _

from zhike.insight.profile_field import ProfileField, choice, flag
from zhike.insight.tier_words import TIERS

GROUP = _("Tier and stage")
STAGES = MappingProxyType({"exploring": _("Exploring"), "growing": _("Growing"), "mature": _("Mature"), "declining": _("Going back")})
DECLINES = MappingProxyType({
    "lost": _("Lost"), "severe": _("Severe decline"), "decline": _("Decline"), "tier_loss": _("Fell a tier"), "dormant": _("Asleep"),
    "activity": _("Less active"), "steady": _("Steady"),
})  # fmt: skip
CELLS = MappingProxyType({
    "symbiotic": _("Symbiotic"), "nurturing": _("Nurturing"), "sustaining": _("Retain and harvest"), "standardised": _("Standardised"),
})  # fmt: skip

STANDING: tuple[ProfileField, ...] = (
    choice("tier", _("Tier by value"), GROUP, "customer_states.tier", TIERS, _("What the month so far says by the tier scheme in force")),
    choice("tier_effective", _("Tier"), GROUP, "customer_states.tier_effective", TIERS, _("What applies after watch and grace; empty where nothing was ever held here")),
    choice("tier_service", _("Service tier"), GROUP, "customer_states.tier_effective, tiers_given.tier", TIERS, _("By which she is served: the tier given by hand while one holds, else the tier")),
    flag("tier_watch", _("Tier on watch"), GROUP, "customer_states.is_watched", _("Below her tier for longer than the scheme lets pass")),
    choice("stage", _("Stage of the relation"), GROUP, "customer_states.stage", STAGES, _("Changes only after several months in a row say the same (S31)")),
    choice("decline", _("Decline"), GROUP, "customer_states.decline", DECLINES, _("The gravest of what the month says against the months before (§3.6)")),
    choice("matrix_cell", _("Value and potential"), GROUP, "customer_cell.cell", CELLS, _("The strategy that fits, by rank within business line and region, told anew each quarter (S32)")),
    choice("matrix_cell_before", _("Value and potential a quarter before"), GROUP, "customer_cell.cell_before", CELLS, _("Where she stood one end of a quarter earlier")),
)  # fmt: skip
