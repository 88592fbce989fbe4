"""Acts of this area that may need a second person: large exports of the audit."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.conf import settings
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from zhike.access.approval_rules import Need
from zhike.access.approvals import Asked, Done, Line, Told, kind
from zhike.access.auditing import RIGHT
from zhike.access.scope import Viewer
from zhike.audit import exporting


def _told(_viewer: Viewer, asked: Mapping[str, Any]) -> Told:
    narrowed = ", ".join(f"{name}: {value}" for name, value in asked["told"].items()) or _("nothing")
    lines = [Line(_("Entries"), "", f"{asked['count']:,}"), Line(_("Narrowed by"), "", narrowed)]
    return Told(_("Export of %(n)s entries of the audit") % {"n": f"{asked['count']:,}"}, lines)


@kind(exporting.KIND, title=gettext_lazy("Export of the audit"), tell=_told, counts=gettext_lazy("entries"), route="bank", permission=RIGHT,
      usual=lambda: Need(True, settings.AUDIT_EXPORT_APPROVAL))  # fmt: skip
def export(asked: Asked) -> Done:
    """Have the file made in the background, for whoever asked for it."""
    exporting.begin(actor=asked.actor, at=asked.at, asked=asked.values)
    return Done(_("The file is being made; whoever asked for it fetches it."), reverse("work"))
