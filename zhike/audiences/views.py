"""Pages of audiences: all of them, one with its builder, its versions, and several laid over each other."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_http_methods

from zhike.access.queries import team_of
from zhike.access.scope import Viewer, ViewerRequest, require
from zhike.audiences import actions, counting, queries
from zhike.audiences.actions import NameMissing
from zhike.audiences.models import Audience
from zhike.audiences.queries import AudienceLine, Said, VersionLine
from zhike.core.charts import Chart, Series
from zhike.core.conditions.trees import Group, Node, stored
from zhike.core.deadlines import TookTooLong
from zhike.core.pages import Crumb, Panel, Tab, answer
from zhike.workspace.conditions import Refused

UNPROCESSABLE = 422
MOST_LAID = 3
LETTERS = "ABC"  # names are too long for a chart


@dataclass(frozen=True)
class AudiencesPage:
    """audiences/audiences.html. `undo_id`: the audience that has just been put away."""

    title: str
    crumbs: Sequence[Crumb]
    tabs: Sequence[Tab]
    lines: Sequence[AudienceLine]
    is_archive: bool
    undo_id: str


@dataclass(frozen=True)
class AudiencePage:
    """audiences/audience.html: one that is kept, or one that is being made (`audience` None). `said`: what stands in the builder;
    `is_changed`: that is not what is kept. `given`: what was typed into a form that came back with `error`."""

    title: str
    crumbs: Sequence[Crumb]
    audience: Audience | None
    said: Said
    where: str
    panels: Sequence[Panel]
    is_hers: bool
    is_changed: bool
    sharing: Sequence[tuple[str, Any]]
    may_export: bool
    may_keep: bool
    given: Mapping[str, str]
    error: str = ""


@dataclass(frozen=True)
class VersionsPage:
    """audiences/versions.html."""

    title: str
    crumbs: Sequence[Crumb]
    audience: Audience
    lines: Sequence[VersionLine]


@dataclass(frozen=True)
class OverlapPage:
    """audiences/overlap.html: `sizes` are letter, name and how many of each; `rows` are who is in exactly these, in words, how many, what share and where they are asked for. `why`: why nothing can be laid."""

    title: str
    crumbs: Sequence[Crumb]
    choices: Sequence[tuple[AudienceLine, bool]]
    sizes: Sequence[tuple[str, str, int]]
    rows: Sequence[tuple[str, int, float, str]]
    total: int
    chart: Chart | None
    why: str


def crumbs(*more: Crumb) -> list[Crumb]:
    """The way to a page of audiences."""
    return [Crumb(_("Audiences"), reverse("audiences")), *more]


@require_GET
def audiences(request: ViewerRequest) -> HttpResponse:
    """All that are hers or shared with her; `archived`: those put away."""
    is_archive = "archived" in request.GET
    lines = queries.audiences(request.viewer, archived=is_archive)
    here = reverse("audiences")
    tabs = [Tab(_("Live"), here, not is_archive), Tab(_("Put away"), f"{here}?archived=1", is_archive)]
    undo = request.GET.get("away", "")
    page = AudiencesPage(_("Audiences"), [Crumb(_("Audiences"))], tabs, lines, is_archive, undo if undo.isdigit() else "")
    return answer(request, "audiences/audiences.html", vars(page))


@require_http_methods(["GET", "POST"])
def new(request: ViewerRequest) -> HttpResponse:
    """Make an audience: the builder, what it finds, and a name to keep it under."""
    viewer = request.viewer
    require(viewer, "customers.read")
    error, given = "", request.POST if request.method == "POST" else request.GET
    if request.method == "POST":
        try:
            made = actions.save(
                actor=viewer, at=timezone.now(), name=given.get("name", ""), note=given.get("note", ""), condition=given.get("where", ""),
                shared=given.get("shared", "own")
            )  # fmt: skip
            return redirect("audience", made.pk)
        except NameMissing:
            error = _("An audience needs a name. Write one and keep it again.")
        except Refused as refused:
            error = refused.problems[0].text
    return _page(
        request, None, given.get("where", ""), given={name: given.get(name, "") for name in ("name", "note", "shared")}, error=error
    )


@require_GET
def audience(request: ViewerRequest, audience_id: int) -> HttpResponse:
    """One audience: what it asks, how many and who they are; the builder may ask something else (`where`), which is kept on demand."""
    found = queries.audience(request.viewer, audience_id)
    return _page(request, found, request.GET.get("where", ""))


def _page(
    request: ViewerRequest, found: Audience | None, where: str, *, given: Mapping[str, str] | None = None, error: str = ""
) -> HttpResponse:
    viewer = request.viewer
    kept = queries.said_of(viewer, found.condition) if found else Said(None, "")
    said = queries.said_of(viewer, where) if where else kept
    is_hers = bool(found and found.owner_id == viewer.person_id)
    title = found.name if found else _("New audience")
    page = AudiencePage(
        title, crumbs(Crumb(title)), found, said, said.where or where, panels(said), is_hers, bool(where) and said.where != kept.where and said.tree is not None,
        sharing(viewer), viewer.may("customers.export"), viewer.may("segments.manage"), given or {}, error,
    )  # fmt: skip
    return answer(request, "audiences/audience.html", vars(page), status=UNPROCESSABLE if error else 200)


def panels(said: Said) -> list[Panel]:
    """What is fetched about a condition that can be used."""
    if said.tree is None:
        return []
    query = urlencode({"where": said.where})
    return [
        Panel("breakdown", f"{reverse('audience-breakdown')}?{query}", _("Who they are"), 320),
        Panel("sample", f"{reverse('audience-sample')}?{query}", _("A few of them"), 320),
    ]


def sharing(viewer: Viewer) -> list[tuple[str, Any]]:
    """With whom an audience may be shared: with all only by whom this is entrusted to, with a team or unit by whoever is in one."""
    unit, team = team_of(viewer)
    can = {
        Audience.Shared.OWN: True,
        Audience.Shared.TEAM: bool(unit and team),
        Audience.Shared.UNIT: bool(unit),
        Audience.Shared.BANK: viewer.may("views.share"),
    }
    return [(value, words) for value, words in Audience.Shared.choices if can[Audience.Shared(value)]]


@require_GET
def versions(request: ViewerRequest, audience_id: int) -> HttpResponse:
    """What an audience asked from one change to the next."""
    found = queries.audience(request.viewer, audience_id)
    title = _("Versions")
    way = crumbs(Crumb(found.name, reverse("audience", args=[found.pk])), Crumb(title))
    page = VersionsPage(f"{found.name} · {title}", way, found, queries.versions(request.viewer, found))
    return answer(request, "audiences/versions.html", vars(page))


@require_GET
def overlap(request: ViewerRequest) -> HttpResponse:
    """Two audiences or three (`of`), laid over each other."""
    lines = [line for line in queries.audiences(request.viewer) if line.said.tree is not None]
    keys = list(dict.fromkeys(request.GET.getlist("of")))[:MOST_LAID]
    chosen = sorted((line for line in lines if str(line.audience.pk) in keys), key=lambda line: keys.index(str(line.audience.pk)))
    laid, why = None, ""
    if len(chosen) > 1:
        try:
            laid = counting.overlap(request.viewer, [line.said.tree for line in chosen if line.said.tree is not None])
        except TookTooLong:
            why = _(
                "Too many customers would have to be looked through. Narrow the audiences by what the bank knows of everybody, such as outlet or kind."
            )
    names = [line.audience.name for line in chosen]
    title = _("Overlap")
    page = OverlapPage(
        title, crumbs(Crumb(title)), [(line, line in chosen) for line in lines], list(zip(LETTERS, names, laid.sizes, strict=False)) if laid else [],
        _regions(names, [line.said.tree for line in chosen if line.said.tree is not None], laid) if laid else [], laid.total if laid else 0, _chart(laid) if laid else None, why,
    )  # fmt: skip
    return answer(request, "audiences/overlap.html", vars(page))


def _regions(names: Sequence[str], trees: Sequence[Node], laid: counting.Overlap) -> list[tuple[str, int, float, str]]:
    total = laid.total or 1
    lettered = [f"{letter} {name}" for letter, name in zip(LETTERS, names, strict=False)]
    return [
        (_exactly(lettered, region.members), region.count, region.count / total, _address(trees, region.members)) for region in laid.regions
    ]


def _address(trees: Sequence[Node], members: Sequence[int]) -> str:
    """The builder asking for who is in all of them; empty where somebody must not be in one, which no condition says: of whom nothing is known "none" leaves out."""
    if len(members) < len(trees):
        return ""
    whole = Group("all", tuple(trees))
    return f"{reverse('audience-new')}?{urlencode({'where': json.dumps(stored(whole), ensure_ascii=False)})}"


def _exactly(names: Sequence[str], members: Sequence[int]) -> str:
    """Who is in these and in no other: "only A", "A and B"."""
    if len(members) == 1:
        return _("only %(name)s") % {"name": names[members[0]]}
    return " ∩ ".join(names[at] for at in members)


def _chart(laid: counting.Overlap) -> Chart:
    sentence = ngettext("%(n)s customer in at least one of them", "%(n)s customers in at least one of them", laid.total) % {
        "n": f"{laid.total:,}"
    }
    titles = [_exactly(LETTERS, region.members) for region in laid.regions]
    return Chart(
        "bars", sentence, titles, (Series(_("Customers"), [region.count for region in laid.regions], "c1"),), unit="count", height=240
    )
