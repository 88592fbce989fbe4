"""The pages of service teams: all of them, one with its people and customers, and the teams of a customer."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from zhike.access import teams
from zhike.access.opening import OpeningRefused
from zhike.access.opening_words import REFUSALS, day_begins
from zhike.access.scope import Viewer, ViewerRequest, require
from zhike.access.teams import NoSuchTeam, TeamLine, TeamRefused
from zhike.core.pages import Crumb, Words, answer
from zhike.parties import queries, seeing, teamed

REASONS: Mapping[str, Words] = {
    "empty": gettext_lazy("A team needs a name."),
    "long": gettext_lazy("A team's name has at most 60 characters."),
    "taken": gettext_lazy("Another team has this name."),
    "outside": gettext_lazy("Choose one of your own units."),
    "unknown": gettext_lazy("Nobody here has this number or log-in name."),
    "post": gettext_lazy("Choose a post."),
    "there": gettext_lazy("She has this post in the team then already."),
    "lead": gettext_lazy("Somebody else leads the team then. End that first, or choose other days."),
    "dates": gettext_lazy("The end comes after the beginning, and is not over yet."),
    "unseen": gettext_lazy("This team serves customers whom you do not see. Somebody who sees all of them has to add its people."),
}


@dataclass(frozen=True)
class TeamsPage:
    """parties/teams.html."""

    title: str
    crumbs: Sequence[Crumb]
    lines: Sequence[TeamLine]
    may_make: bool
    units: Sequence[tuple[int, str]]
    patterns: Sequence[tuple[str, Words, str]]
    typed: Mapping[str, str] = field(default_factory=dict)
    field: str = ""
    error: Words = ""


@dataclass(frozen=True)
class TeamPage:
    """parties/team.html: `customers` are key, name and number; `next_after` the key behind which the next stand."""

    title: str
    crumbs: Sequence[Crumb]
    line: TeamLine
    customers: Sequence[tuple[int, str, str]]
    next_after: int | None
    posts: Sequence[tuple[str, Words]]
    typed: Mapping[str, str] = field(default_factory=dict)
    field: str = ""
    error: Words = ""


@dataclass(frozen=True)
class CustomerTeamPage:
    """parties/customer_team.html: `kept`, the teams that who asks may give the customer to."""

    title: str
    crumbs: Sequence[Crumb]
    party_id: int
    name: str
    lines: Sequence[TeamLine]
    kept: Sequence[tuple[int, str]]


@require_http_methods(["GET", "POST"])
def all_teams(request: ViewerRequest) -> HttpResponse:
    """The teams that who asks keeps or is in; a POST makes one, empty."""
    viewer = request.viewer
    if not (viewer.may(teams.MANAGE) or viewer.may("scope.explain") or viewer.team_ids):
        raise PermissionDenied(teams.MANAGE)
    wrong: TeamRefused | None = None
    if request.method == "POST":
        unit = request.POST.get("unit", "")
        try:
            made = teams.make_team(
                actor=viewer, at=timezone.now(), name=request.POST.get("name", ""), pattern=request.POST.get("pattern", ""),
                unit_id=int(unit) if unit.isdigit() else None,
            )  # fmt: skip
            return redirect("team", made.pk)
        except TeamRefused as refused:
            wrong = refused
    lines = teams.teams(viewer, at=timezone.now(), ended=True)
    may_make = viewer.may(teams.MANAGE)
    page = TeamsPage(
        _("Service teams"), [Crumb(_("Service teams"))], lines, may_make, teams.units_of(viewer) if may_make else (), teams.patterns(),
        request.POST.dict(), wrong.field if wrong else "", REASONS[wrong.reason] if wrong else "",
    )  # fmt: skip
    return answer(request, "parties/teams.html", vars(page), status=422 if wrong else 200)


@require_http_methods(["GET", "POST"])
def one_team(request: ViewerRequest, team_id: int) -> HttpResponse:
    """One team; `act` is join, leave (`key`, the member), give (`customer_no`), take (`key`, the customer) or end."""
    try:
        line = teams.team(request.viewer, team_id, at=timezone.now())
    except NoSuchTeam as missing:
        raise Http404 from missing
    if request.method == "GET":
        return _team_page(request, line)
    try:
        _change(request, team_id)
    except NoSuchTeam as missing:
        raise Http404 from missing
    except TeamRefused as wrong:
        return _team_page(request, line, wrong.field, REASONS[wrong.reason])
    except OpeningRefused as wrong:
        return _team_page(request, line, wrong.field, REFUSALS[wrong.reason])
    messages.success(request, _("Saved. It holds from everybody's next page on."))
    return redirect("teams") if request.POST.get("act") == "end" else redirect("team", team_id)


def _change(request: ViewerRequest, team_id: int) -> None:
    actor, at, asked = request.viewer, timezone.now(), request.POST
    require(actor, teams.MANAGE)
    key = asked.get("key", "")
    match asked.get("act", ""):
        case "join":
            since = day_begins(asked["from"], "from") if asked.get("from") else at
            until = day_begins(asked["until"], "until") + timedelta(days=1) if asked.get("until") else None
            teams.put_in(
                actor=actor, at=at, team_id=team_id, login=asked.get("login", ""), post=asked.get("post", ""), from_at=since, until_at=until,
                reason=asked.get("reason", ""),
            )  # fmt: skip
        case "leave" if key.isdigit():
            teams.take_out(actor=actor, at=at, team_id=team_id, member_id=int(key))
        case "give":
            party = seeing.key_of_number(actor, asked.get("customer_no", ""))
            if party is None or not teamed.serve(actor=actor, at=at, chosen=[party], team_id=team_id).party_ids:
                raise TeamRefused("customer_no", "unknown")
        case "take" if key.isdigit():
            if not teamed.serve_no_more(actor=actor, at=at, chosen=[int(key)], team_id=team_id).party_ids:
                raise NoSuchTeam
        case "end":
            teams.end_team(actor=actor, at=at, team_id=team_id)
        case _:
            raise Http404


def _team_page(request: ViewerRequest, line: TeamLine, wrong: str = "", error: Words = "") -> HttpResponse:
    after = request.GET.get("after", "")
    customers = teamed.customers_of(request.viewer, line.pk, int(after) if after.isdigit() else 0)
    more, customers = len(customers) > teamed.SHOWN, customers[: teamed.SHOWN]
    crumbs = [Crumb(_("Service teams"), reverse("teams")), Crumb(line.row.name)]
    page = TeamPage(
        line.row.name, crumbs, line, customers, customers[-1][0] if more else None, teams.posts(),
        request.POST.dict(), wrong, error,
    )  # fmt: skip
    return answer(request, "parties/team.html", vars(page), status=422 if error else 200)


@require_http_methods(["GET", "POST"])
def customer_team(request: ViewerRequest, party_id: int) -> HttpResponse:
    """The service teams of a customer; a POST gives her to a `team`, or ends that (`act` is end)."""
    viewer = request.viewer
    queries.require_seen(viewer, party_id)
    require(viewer, "customers.read")
    if request.method == "GET":
        return _customer_page(viewer, request, party_id)
    require(viewer, teams.MANAGE)
    team, ends = request.POST.get("team", ""), request.POST.get("act") == "end"
    try:
        done = teamed.serve_one(actor=viewer, at=timezone.now(), party_id=party_id, team_id=int(team) if team.isdigit() else 0, ends=ends)
    except NoSuchTeam as missing:
        raise Http404 from missing
    if done.party_ids:
        messages.success(
            request,
            (_("%(team)s serves this customer no more.") if ends else _("%(team)s serves this customer now.")) % {"team": done.name},
        )
    else:
        messages.warning(request, _("Nothing was changed: it is so already, or you see this customer only because somebody let you in."))
    return redirect("customer-team", party_id)


def _customer_page(viewer: Viewer, request: ViewerRequest, party_id: int) -> HttpResponse:
    name = queries.party(viewer, party_id).name
    lines = teamed.teams_of(viewer, party_id, at=timezone.now())
    serving = {line.pk for line in lines}
    title = _("Service team")
    crumbs = [Crumb(_("Customers"), reverse("customers")), Crumb(name, reverse("customer", args=[party_id])), Crumb(title)]
    page = CustomerTeamPage(title, crumbs, party_id, name, lines, [(key, one) for key, one in teams.kept_by(viewer) if key not in serving])
    return answer(request, "parties/customer_team.html", vars(page))
