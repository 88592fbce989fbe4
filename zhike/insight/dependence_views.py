"""Dependence on one group of companies and its supply chain: every group, and one with the customers behind it (S39)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.http import Http404, HttpResponse
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET

from zhike.access.scope import ViewerRequest, require
from zhike.core import dates
from zhike.core.charts import Chart, Series
from zhike.core.pages import Crumb, Tab, Words, answer
from zhike.core.words import language
from zhike.insight import dependence
from zhike.insight.dependence import MEASURES, MOST_CUSTOMERS, TIES, Group, Hanging, Part, Stand
from zhike.insight.overview import sees_the_bank
from zhike.parties import queries as parties

RIGHT = "insight.read"
WORDS: Mapping[str, Words] = {
    "deposits": gettext_lazy("Deposits"), "loans": gettext_lazy("Loans"), "revenue": gettext_lazy("Revenue, 12 months"),
    "contribution": gettext_lazy("Contribution, 12 months"),
}  # fmt: skip
OF_A_MONTH: Mapping[str, Words] = {
    "deposits": gettext_lazy("Deposits"), "loans": gettext_lazy("Loans"), "revenue": gettext_lazy("Revenue"), "contribution": gettext_lazy("Contribution"),
}  # fmt: skip
TIED: Mapping[str, Words] = {
    "member": gettext_lazy("Members of the group"), "supplier": gettext_lazy("Whom it pays"), "buyer": gettext_lazy("Who pay it"),
    "staff": gettext_lazy("Whose salary it pays"),
}  # fmt: skip
COLOURS = {"deposits": "c1", "loans": "c6", "revenue": "c3", "contribution": "c2"}


@dataclass(frozen=True)
class Line:
    """A group with its shares of each measure, and by which of them the bank depends on it."""

    group: Group
    link: str
    shares: Sequence[tuple[Decimal | None, bool]]
    over: Sequence[Words]


@dataclass(frozen=True)
class TieLine:
    """Those who hang on a group by one tie."""

    word: Words
    customers: int
    sums: Sequence[Decimal]
    link: str


@dataclass(frozen=True)
class GroupsPage:
    """insight/dependence.html. `stand` None: nothing is computed yet."""

    title: str
    crumbs: Sequence[Crumb]
    stand: Stand | None
    is_bank: bool = False
    heads: Sequence[Words] = ()
    lines: Sequence[Line] = ()
    is_cut: bool = False


@dataclass(frozen=True)
class GroupPage:
    """insight/dependence_group.html: one group, by tie and by month, with the customers of one tie or of all."""

    title: str
    crumbs: Sequence[Crumb]
    stand: Stand
    is_bank: bool
    heads: Sequence[Words]
    ties: Sequence[TieLine]
    line: Line
    chart: Chart
    tabs: Sequence[Tab]
    customers: Sequence[tuple[Hanging, str, Words]]
    is_cut: bool


@require_GET
def page(request: ViewerRequest) -> HttpResponse:
    """The groups on which most of the bank hangs, the largest share first."""
    viewer = request.viewer
    require(viewer, RIGHT)
    found, stand, title = dependence.groups(viewer), dependence.stand(), _("Dependence on groups")
    crumbs = [Crumb(_("Insight"), reverse("insight")), Crumb(title)]
    lines = [_line(one, stand) for one in found] if stand else []
    shown = GroupsPage(title, crumbs, stand, sees_the_bank(viewer), list(WORDS.values()), lines, len(found) == dependence.MOST_GROUPS)
    return answer(request, "insight/dependence.html", vars(shown))


@require_GET
def group(request: ViewerRequest) -> HttpResponse:
    """One group (`group`), and who hangs on it by a tie (`tie`) or by any."""
    viewer = request.viewer
    require(viewer, RIGHT)
    key, tie, stand = request.GET.get("group", ""), request.GET.get("tie", ""), dependence.stand()
    found = next((one for one in dependence.groups(viewer) if one.key == key), None)
    if found is None or stand is None:
        raise Http404
    tie = tie if tie in TIES else ""
    rows = dependence.hanging(viewer, key, tie)
    names = parties.names(viewer, [row.party_id for row in rows])
    tabs = [
        Tab(_("All"), _here(key), not tie, found.customers),
        *(Tab(TIED[one], _here(key, one), one == tie, found.parts[one].customers) for one in TIES if one in found.parts),
    ]
    crumbs = [Crumb(_("Insight"), reverse("insight")), Crumb(_("Dependence on groups"), reverse("insight-dependence")), Crumb(found.name)]
    shown = GroupPage(
        found.name, crumbs, stand, sees_the_bank(viewer), list(WORDS.values()),
        [_tie_line(key, one, found.parts[one]) for one in TIES if one in found.parts], _line(found, stand), _chart(dependence.by_month(viewer, key)), tabs,
        [(row, names[row.party_id], TIED[row.tie]) for row in rows if row.party_id in names], len(rows) == MOST_CUSTOMERS,
    )  # fmt: skip
    return answer(request, "insight/dependence_group.html", vars(shown))


def _line(one: Group, stand: Stand) -> Line:
    over = one.over(stand.limits)
    return Line(one, _here(one.key), [(one.share(name), name in over) for name in MEASURES], [WORDS[name] for name in over])


def _tie_line(key: str, tie: str, part: Part) -> TieLine:
    return TieLine(TIED[tie], part.customers, [part.sums[name] for name in MEASURES], _here(key, tie))


def _chart(months: Sequence[tuple[date, Mapping[str, Decimal | None]]]) -> Chart:
    drawn = [Series(OF_A_MONTH[name], _shares(months, name), COLOURS[name], "line") for name in MEASURES]
    names = [dates.month(month, language()) for month, _values in months]
    return Chart("line", _("Share of those who hang on it today, by month"), names, drawn, unit="percent", height=220)


def _shares(months: Sequence[tuple[date, Mapping[str, Decimal | None]]], name: str) -> list[float | None]:
    return [None if (share := values[name]) is None else float(share) for _month, values in months]


def _here(key: str, tie: str = "") -> str:
    return f"{reverse('insight-dependence-group')}?{urlencode({'group': key, **({'tie': tie} if tie else {})})}"
