"""Acts of this area that need a second person: deleting a customer."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from zhike.access.approval_rules import Need
from zhike.access.approvals import Asked, CannotBeDone, Done, Line, Told, kind
from zhike.access.scope import Viewer
from zhike.privacy import deleting, deletion, labels
from zhike.privacy.actions import RequestRefused
from zhike.privacy.queries import RequestNotSeen


def _told(viewer: Viewer, asked: Mapping[str, Any]) -> Told:
    """In words that hold no name: what was proposed is kept longer than the customer."""
    row = deleting.to_delete(viewer, asked["request_id"])
    plan = deletion.plan(viewer, row.party_id, at=timezone.now())
    title = _("Deletion of customer %(party)s, request %(number)s") % {"party": row.party_id, "number": row.pk}
    measure = Line(_("Extent of the deletion"), "", labels.MEASURES[plan.measure])
    lines = [Line(one.what, str(one.rows), _("goes") if one.goes else _("is kept")) for one in plan.lines]
    return Told(title, [measure, *lines, *(Line(_("Kept because"), "", labels.STAYS[one.why]) for one in plan.grounds)])


def _changed(viewer: Viewer, asked: Mapping[str, Any]) -> str:
    try:
        deleting.to_delete(viewer, asked["request_id"])
    except (RequestRefused, RequestNotSeen):
        return _("The request was decided since.")
    return ""


@kind(deleting.KIND, title=gettext_lazy("Deleting a customer"), tell=_told, changed=_changed, route="bank", usual=lambda: Need(True))
def delete(asked: Asked) -> Done:
    """Have it carried out, in the name of whoever proposed it."""
    try:
        deleting.begin(actor=asked.actor, at=asked.at, asked=asked.values)
    except (RequestRefused, RequestNotSeen) as wrong:
        raise CannotBeDone(_("The request was decided since.")) from wrong
    return Done(
        _("It is being carried out; the request says what came of it."), reverse("privacy-request", args=[asked.values["request_id"]])
    )
