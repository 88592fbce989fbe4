"""A segment's page: how customers come and go, who and why; made, given a tag, ended."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, cast

from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST

from zhike.access.scope import Viewer, ViewerRequest
from zhike.audiences import actions, queries
from zhike.audiences.models import Audience, Membership
from zhike.audiences.queries import Said
from zhike.audiences.rules import GONE, MAY_NOT
from zhike.audiences.staying import DAYS, Flow, Reasons, Which, flow, stays
from zhike.audiences.views import crumbs
from zhike.core.charts import Chart, Series
from zhike.core.dates import day as said_day
from zhike.core.pages import Crumb, Tab, answer
from zhike.core.tables import Column, Page, page_of
from zhike.core.words import language
from zhike.parties.tags import TagLine, tags

CAME, LEFT = (
    Column("joined", gettext_lazy("Came"), "joined_date", descending_first=True),
    Column("left", gettext_lazy("Went"), "left_date", descending_first=True),
)
NAME, WHY = Column("name", gettext_lazy("Customer")), Column("why", gettext_lazy("Why"))
TABS: tuple[tuple[Which, Any], ...] = (
    ("now", gettext_lazy("In it now")),
    ("came", gettext_lazy("Came lately")),
    ("left", gettext_lazy("Went")),
)
FAULTS = {
    GONE: gettext_lazy("Whoever keeps this segment no longer works here. Copy the audience and make the copy a segment."),
    MAY_NOT: gettext_lazy("Whoever keeps this segment no longer has the right to. Copy the audience and make the copy a segment."),
}
REFUSED_TEXT = gettext_lazy("Its condition can no longer be used by whoever keeps it. Open the audience and put it right.")


@dataclass(frozen=True)
class SegmentPage:
    """audiences/segment.html. `rows`: a stay and why; `fault`: why it is not kept up to date."""

    title: str
    crumbs: Sequence[Crumb]
    audience: Audience
    said: Said
    is_hers: bool
    may_keep: bool
    flow: Flow | None
    chart: Chart | None
    tabs: Sequence[Tab]
    which: Which
    page: Page[Membership] | None
    rows: Sequence[tuple[Membership, str]]
    tags: Sequence[TagLine]
    fault: str
    error: str = ""


@require_http_methods(["GET", "POST"])
def segment(request: ViewerRequest, audience_id: int) -> HttpResponse:
    """Who came and who left; POST: keep it as a segment from today on, with a tag or without."""
    if request.method == "POST":
        tag = request.POST.get("tag", "")
        try:
            actions.make_segment(
                actor=request.viewer,
                at=timezone.now(),
                on=timezone.localdate(),
                audience_id=audience_id,
                tag_id=int(tag) if tag.isdigit() else None,
            )
        except actions.TagGone:
            return _page(request, audience_id, error=_("This tag is no longer in use. Choose another one."))
        return redirect("segment", audience_id)
    return _page(request, audience_id)


@require_POST
def end(request: ViewerRequest, audience_id: int) -> HttpResponse:
    """Keep no longer who is in it."""
    actions.end_segment(actor=request.viewer, at=timezone.now(), audience_id=audience_id)
    return redirect("segment", audience_id)


def _page(request: ViewerRequest, audience_id: int, *, error: str = "") -> HttpResponse:
    viewer = request.viewer
    found = queries.audience(viewer, audience_id)
    said = queries.said_of(viewer, found.condition)
    which = cast(Which, request.GET.get("show", "now") if request.GET.get("show") in dict(TABS) else "now")
    has_history = said.tree is not None and found.kept_date is not None
    moved = flow(viewer, found, timezone.localdate()) if has_history else None
    page = _stays(request, found, which) if has_history else None
    is_hers, title = found.owner_id == viewer.person_id, _("Segment")
    here = reverse("segment", args=[found.pk])
    shown = SegmentPage(
        f"{found.name} · {title}", crumbs(Crumb(found.name, reverse("audience", args=[found.pk])), Crumb(title)), found, said, is_hers,
        is_hers and viewer.may("segments.manage"), moved, _chart(moved) if moved and moved.days else None,
        [Tab(words, f"{here}?show={name}", name == which) for name, words in TABS], which, page, _why(viewer, found, which, page), _tags(viewer),
        str(FAULTS.get(found.fault, REFUSED_TEXT)) if found.fault else "", error,
    )  # fmt: skip
    return answer(request, "audiences/segment.html", vars(shown), status=422 if error else 200)


def _stays(request: ViewerRequest, found: Audience, which: Which) -> Page[Membership]:
    columns = (NAME, LEFT, WHY) if which == "left" else (NAME, CAME, WHY)
    return page_of(stays(request.viewer, found, which), columns, request.GET, sort="left" if which == "left" else "joined", descending=True)


def _why(viewer: Viewer, found: Audience, which: Which, page: Page[Membership] | None) -> list[tuple[Membership, str]]:
    reasons = Reasons(viewer, found)
    return [(stay, reasons.left(stay) if which == "left" else reasons.came(stay)) for stay in page.rows] if page else []


def _tags(viewer: Viewer) -> list[TagLine]:
    return tags(viewer) if viewer.may("customers.edit") else []


def _chart(moved: Flow) -> Chart:
    came, left = sum(moved.came), sum(moved.left)
    sentence = _("%(came)s came and %(left)s left within %(days)s days; %(total)s are in it now") % {
        "came": f"{came:,}", "left": f"{left:,}", "days": DAYS, "total": f"{moved.total:,}",
    }  # fmt: skip
    return Chart(
        "diverging", sentence, [said_day(one, language(), timezone.localdate()) for one in moved.days],
        (Series(_("Came"), list(moved.came), "flow-in", "bar", "flow"), Series(_("Went"), [-n for n in moved.left], "flow-out", "bar", "flow")),
        unit="count", height=200,
    )  # fmt: skip
