"""Who is in a segment, who came and who left, and why in words. The first argument is the viewer: she finds her own customers in it.

Whoever may not ask the segment's condition is not told who fits it either.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property
from typing import Any, Literal

from django.core.exceptions import PermissionDenied
from django.db.models import Count, QuerySet
from django.utils.translation import gettext as _

from zhike.access.scope import Viewer, require
from zhike.audiences.models import Audience, AudienceVersion, Membership
from zhike.audiences.queries import line_said, said_of
from zhike.audiences.rules import followed

Which = Literal["now", "came", "left"]
DAYS = 60


@dataclass(frozen=True)
class Flow:
    """What a segment did on the days of a stretch: days, how many came and left on each, and how many are in it now."""

    days: Sequence[date]
    came: Sequence[int]
    left: Sequence[int]
    total: int


def stays(viewer: Viewer, found: Audience, which: Which) -> QuerySet[Membership]:
    """Those in the segment, those who came lately or those who left, as far as she sees them. Raises PermissionDenied."""
    require(viewer, "customers.read")
    if said_of(viewer, found.condition).tree is None:
        raise PermissionDenied
    rows = Membership.objects.seen_by(viewer).filter(audience=found).select_related("party")
    return rows.filter(left_date__isnull=False) if which == "left" else rows.filter(left_date=None) if which == "now" else rows


def flow(viewer: Viewer, found: Audience, until: date) -> Flow:
    """How her customers came and left within the last days; who was in it on its first day did not come."""
    since = until - timedelta(days=DAYS - 1)
    rows = stays(viewer, found, "came")
    came = dict(
        rows.filter(joined_date__gte=since)
        .exclude(came__has_key="first")
        .values_list("joined_date")
        .annotate(n=Count("pk"))
        .order_by("joined_date")
    )
    left = dict(rows.filter(left_date__gte=since).values_list("left_date").annotate(n=Count("pk")).order_by("left_date"))
    days = sorted({*came, *left})
    return Flow(days, [came.get(day, 0) for day in days], [left.get(day, 0) for day in days], stays(viewer, found, "now").count())


class Reasons:
    """Why somebody came or left, in the reader's words: the lines of the version of that day."""

    def __init__(self, viewer: Viewer, found: Audience) -> None:
        self.viewer, self.found = viewer, found

    @cached_property
    def lines(self) -> Mapping[int, Sequence[str]]:
        """Version → its lines in words, none where she may not ask it."""
        told: dict[int, Sequence[str]] = {}
        for number, condition in AudienceVersion.objects.filter(audience=self.found).values_list("number", "condition"):
            tree = said_of(self.viewer, condition).tree
            told[number] = [line_said(self.viewer, line) for line in followed(tree)] if tree is not None else ()
        return told

    def came(self, stay: Membership) -> str:
        """What brought her in."""
        why = stay.came
        if why.get("first"):
            return _("in it from the first day")
        if why.get("changed"):
            return _("the condition was changed (version %(n)s)") % {"n": why["version"]}
        if why.get("all"):
            return _("nothing of it held the day before")
        return _("holds now: %(what)s") % {"what": self._of(why)}

    def left(self, stay: Membership) -> str:
        """What put her out."""
        why = stay.went
        if why.get("unseen"):
            return _("no longer among the customers of whoever keeps the segment")
        text = _("holds no longer: %(what)s") % {"what": self._of(why)}
        return f"{_('the condition was changed (version %(n)s)') % {'n': why['version']}}; {text}" if why.get("changed") else text

    def _of(self, why: Mapping[str, Any]) -> str:
        lines = self.lines.get(why.get("version", 0), ())
        return "; ".join(lines[at] for at in why.get("lines", ()) if at < len(lines)) or "…"
