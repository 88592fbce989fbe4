"""Acts of this area that need a second person: handing a book over."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from zhike.access.approval_rules import Need
from zhike.access.approvals import Asked, CannotBeDone, Done, Line, Told, kind
from zhike.access.scope import Viewer, require
from zhike.core.dates import day as in_words
from zhike.core.words import language
from zhike.parties import handing
from zhike.parties.handover_models import Handover, HandoverCustomer

CHANGED = gettext_lazy("Some of these customers have another manager by now. It has to be put forward anew.")


def _told(_viewer: Viewer, asked: Mapping[str, Any]) -> Told:
    giver, receivers = ", ".join(asked["giver"]), ", ".join(asked["receivers"])
    cutoff = date.fromisoformat(asked["cutoff"])
    lines = [
        Line(_("Main or assisting manager of %(n)s customers") % {"n": f"{asked['count']:,}"}, giver, receivers),
        Line(_("Reason"), "", dict(Handover.Reason.choices).get(asked["reason"], "")),
        Line(_("Counts as the giver's up to"), "", in_words(cutoff, language(), cutoff)),
        *([Line(_("The giver's log-in"), _("may log in"), _("closed"))] if asked["ends_login"] else []),
        *([Line(_("Cannot agree, having no log-in"), "", ", ".join(asked["no_login"]))] if asked["no_login"] else []),
    ]
    title = _("%(giver)s hands %(n)s customers over to %(receivers)s") % {
        "giver": giver,
        "n": f"{asked['count']:,}",
        "receivers": receivers,
    }
    return Told(title, lines)


def _changed(viewer: Viewer, asked: Mapping[str, Any]) -> str:
    row = Handover.objects.get(pk=asked["handover_id"])
    still = HandoverCustomer.objects.seen_by(viewer).filter(handover=row, party__rm_ids__contains=[row.giver_id]).exclude(receiver=None)
    return "" if still.count() == asked["count"] else str(CHANGED)


@kind(handing.KIND, title=gettext_lazy("Hand-over of a book"), tell=_told, changed=_changed, usual=lambda: Need(True), days=14)
def hand_over(asked: Asked) -> Done:
    """Hand the customers over, and close the giver's log-in where she leaves."""
    require(asked.actor, handing.WRITE)
    key = asked.values["handover_id"]
    try:
        count = handing.carry_out(actor=asked.actor, at=asked.at, handover_id=key)
    except handing.HandoverRefused as wrong:
        raise CannotBeDone(str(CHANGED)) from wrong
    handing.close_login_of_giver(actor=asked.actor, at=asked.at, handover_id=key)
    return Done(_("%(n)s customers were handed over.") % {"n": f"{count:,}"}, reverse("handover", args=[key]))
