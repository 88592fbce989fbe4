"""Acts of this area that may need a second person: large exports."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.conf import settings
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from zhike.access import work
from zhike.access.approval_rules import Need
from zhike.access.approvals import Asked, CannotBeDone, Done, Line, Told, kind
from zhike.access.scope import Viewer, require
from zhike.insight import prospect_paths
from zhike.insight.prospect_paths import ProspectAsked
from zhike.workspace import export_actions, prospect_exports, reveal_actions
from zhike.workspace.asking import in_words, lens, title_of
from zhike.workspace.columns import chosen
from zhike.workspace.conditions import Refused
from zhike.workspace.paging import count_of
from zhike.workspace.queries import stretches

GROWN = 1.1  # by how much a list may have grown since its export was proposed
REFUSED = gettext_lazy("The conditions of this list can no longer be used. It has to be proposed anew.")


def _told(viewer: Viewer, asked: Mapping[str, Any]) -> Told:
    wanted = lens(viewer, asked["query"], asked["employee_id"])
    title = title_of(viewer, wanted)
    lines = [
        Line(_("Which list"), "", title), Line(_("Narrowed by"), "", in_words(wanted.state, viewer) or _("nothing")),
        Line(_("Customers"), "", f"{asked['count']:,}"), Line(_("Columns"), "", ", ".join(str(one.title) for one in chosen(viewer, asked["columns"]))),
        Line(_("As"), "", asked["form"]),
    ]  # fmt: skip
    return Told(_("Export of %(n)s customers: %(list)s") % {"n": f"{asked['count']:,}", "list": title}, lines)


def _changed(viewer: Viewer, asked: Mapping[str, Any]) -> str:
    """A list that has grown by more than a tenth is not what was proposed."""
    if asked["keys"]:
        return ""
    most = int(asked["count"] * GROWN)
    try:
        wanted = lens(viewer, asked["query"], asked["employee_id"])
        grown = count_of(stretches(viewer, wanted.asked), most + 1) > most
    except Refused:
        return str(REFUSED)
    return _("The list has grown by more than a tenth since. It has to be proposed anew.") if grown else ""


@kind(export_actions.KIND, title=gettext_lazy("Export of customers"), tell=_told, changed=_changed, counts=gettext_lazy("customers"),
      usual=lambda: Need(True, settings.EXPORT_APPROVAL))  # fmt: skip
def export(asked: Asked) -> Done:
    """Have the file made in the background, for whoever asked for it."""
    require(asked.actor, "customers.export")
    try:
        wanted = lens(asked.actor, asked.values["query"], asked.values["employee_id"])
    except Refused as wrong:
        raise CannotBeDone(str(REFUSED)) from wrong
    title = _("Export: %(list)s") % {"list": title_of(asked.actor, wanted)}
    work.start(actor=asked.actor, at=asked.at, kind=export_actions.KIND, title=title, asked=asked.values, total=asked.values["count"])
    return Done(_("The file is being made; whoever asked for it fetches it."), reverse("work"))


def _told_reveals(viewer: Viewer, asked: Mapping[str, Any]) -> Told:
    words = [str(reveal_actions.WORDS[what]) for what in asked["what"]]
    lines = [
        Line(_("Customers"), "", f"{len(asked['keys']):,}"),
        Line(_("Columns"), "", ", ".join(words)),
        Line(_("As"), "", asked["form"]),
    ]
    return Told(_("Numbers of %(n)s customers in clear") % {"n": f"{len(asked['keys']):,}"}, lines)


@kind(reveal_actions.KIND, title=gettext_lazy("Numbers of many customers in clear"), tell=_told_reveals, counts=gettext_lazy("customers"),
      usual=lambda: Need(True))  # fmt: skip
def reveal_many(asked: Asked) -> Done:
    """Have the file made in the background, for whoever asked for it: of those customers, and no others."""
    reveal_actions.begin(actor=asked.actor, at=asked.at, asked=asked.values, proposal_id=asked.proposal_id)
    return Done(_("The file is being made; whoever asked for it fetches it."), reverse("work"))


def _told_prospects(viewer: Viewer, asked: Mapping[str, Any]) -> Told:
    words = ProspectAsked.of(asked["asked"]).in_words
    lines = [
        Line(_("Which list"), "", _("Prospects in the payment network")), Line(_("Narrowed by"), "", words or _("nothing")),
        Line(_("Paths"), "", f"{asked['count']:,}"), Line(_("As"), "", asked["form"]),
    ]  # fmt: skip
    return Told(_("Export of prospects with %(n)s paths that lead to them") % {"n": f"{asked['count']:,}"}, lines)


def _changed_prospects(viewer: Viewer, asked: Mapping[str, Any]) -> str:
    most = int(asked["count"] * GROWN)
    if prospect_paths.count(viewer, ProspectAsked.of(asked["asked"]), most + 1) > most:
        return _("The list has grown by more than a tenth since. It has to be proposed anew.")
    return ""


@kind(prospect_exports.KIND, title=gettext_lazy("Export of prospects in the payment network"), tell=_told_prospects, changed=_changed_prospects,
      counts=gettext_lazy("paths"), usual=lambda: Need(True, settings.EXPORT_APPROVAL))  # fmt: skip
def export_prospects(asked: Asked) -> Done:
    """Have the file made in the background, for whoever asked for it."""
    require(asked.actor, "customers.export")
    prospect_exports.begin(actor=asked.actor, at=asked.at, asked=asked.values)
    return Done(_("The file is being made; whoever asked for it fetches it."), reverse("work"))
