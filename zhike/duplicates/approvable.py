"""Acts of this area that may need a second person: making two customers one."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from zhike.access.approval_rules import Need
from zhike.access.approvals import Asked, CannotBeDone, Done, Line, Told, kind
from zhike.access.scope import Viewer
from zhike.duplicates import actions
from zhike.parties.queries import PartyNotSeen, names, within

KIND = "duplicates.merge"
CHANGED = gettext_lazy("One of the two was merged or changed since. It has to be proposed anew.")


def _told(viewer: Viewer, asked: Mapping[str, Any]) -> Told:
    both = names(viewer, [asked["survivor_id"], asked["absorbed_id"]])
    stays, goes = both.get(asked["survivor_id"], ""), both.get(asked["absorbed_id"], "")
    title = _("%(goes)s becomes one with %(stays)s") % {"goes": goes, "stays": stays}
    return Told(
        title,
        [
            Line(_("Customers"), f"{stays}, {goes}", stays),
            *(Line(field, "", both.get(party, "")) for field, party in asked["chosen"].items()),
        ],
    )


def _changed(viewer: Viewer, asked: Mapping[str, Any]) -> str:
    return "" if len(within(viewer, [asked["survivor_id"], asked["absorbed_id"]])) == 2 else str(CHANGED)


@kind(KIND, title=gettext_lazy("Merging two customers"), tell=_told, changed=_changed, usual=lambda: Need(False))
def merge(asked: Asked) -> Done:
    """Make them one, as it was chosen."""
    values = asked.values
    try:
        number = actions.merge(
            actor=asked.actor, at=asked.at, survivor_id=values["survivor_id"], absorbed_id=values["absorbed_id"], chosen=values["chosen"]
        )  # fmt: skip
    except (actions.NotMergeable, PartyNotSeen) as wrong:
        raise CannotBeDone(str(CHANGED)) from wrong
    return Done(_("They are one customer now."), f"{reverse('duplicates')}?merged={number}")
