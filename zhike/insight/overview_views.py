"""The home of insight, the dictionary of the profile, and where every number comes from."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal
from typing import Any

from django.conf import settings
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from zhike.access.scope import ViewerRequest, require
from zhike.core import dates
from zhike.core.bands import band
from zhike.core.charts import Chart, Series
from zhike.core.context import loaded_until
from zhike.core.pages import Crumb, Words, answer
from zhike.core.words import language
from zhike.insight import assembling, lineage, lists, overview, runs, snapshots
from zhike.insight.lineage_words import GRAINS
from zhike.insight.overview import Band, BankMonth, Share, Spread
from zhike.insight.profile_fields import BY_KEY
from zhike.insight.profile_worth import REASONS
from zhike.insight.sides import SideRow, by_side
from zhike.insight.stage_views import CellMoves, Line, for_home

RIGHT = "insight.read"
STEPS_OF_A_BUILD = len((*assembling.NOW, *assembling.MONTHLY, *assembling.DAILY, *assembling.ADDED_UP)) + 4  # read, stage, terms, show
STEPS = (1, 5, 10, 20, 40, 60, 80, 100)


@dataclass(frozen=True)
class Cost:
    """Customers below marginal cost for one reason."""

    reason: Words
    customers: int
    lost: Decimal
    link: str


@dataclass(frozen=True)
class BandRow:
    """Customers of a band of AUM beside their share of the whole (S29); `link` lists them, `below_cost_link` those who cost more than they bring."""

    name: str
    band: Band
    of_customers: float
    of_contribution: float
    link: str
    below_cost_link: str


@dataclass(frozen=True)
class StepRow:
    """The most valuable so many per cent of customers and what they bring; `link` lists them."""

    step: int
    customers: int
    contribution: float
    aum: float
    link: str


@dataclass(frozen=True)
class Home:
    """insight/home.html. `as_of` None: nothing is computed yet."""

    title: str
    as_of: date | None
    computing: runs.Status
    is_bank: bool = False
    shares: Sequence[StepRow] = ()
    concentration: Chart | None = None
    bands: Sequence[BandRow] = ()
    costs: Sequence[Cost] = ()
    months: Sequence[BankMonth] = ()
    growth: Chart | None = None
    retention: Chart | None = None
    tiers: Sequence[Line] = ()
    stages: Sequence[Line] = ()
    cells: CellMoves = field(default_factory=CellMoves)
    sides: Sequence[SideRow] = ()


@dataclass(frozen=True)
class LineagePage:
    """insight/lineage.html: every table, or (`table`) the columns of one, those of the profile with their titles."""

    title: str
    crumbs: Sequence[Crumb]
    tables: Sequence[lineage.Table] = ()
    table: lineage.Table | None = None
    kinds: dict[str, Words] = field(default_factory=dict)
    known: Sequence[str] = ()
    columns: Sequence[tuple[lineage.Column, Words]] = ()


@require_GET
def home(request: ViewerRequest) -> HttpResponse:
    """What the viewer's customers are worth together: concentration, who costs more than she brings, growth, retention."""
    viewer = request.viewer
    require(viewer, RIGHT)
    computing = runs.status(viewer, loaded=lambda: loaded_until(viewer), of_steps=STEPS_OF_A_BUILD)
    if request.GET.get("part") == "computing":
        return render(request, "insight/_computing.html", {"computing": computing})
    snapshot = snapshots.latest(settings.HOME)
    if snapshot is None:
        return answer(request, "insight/home.html", _plain(Home(_("Insight"), None, computing)))
    shares = overview.concentration(viewer)
    months = overview.months(viewer)
    page = Home(
        _("Insight"), snapshot.business_date, computing, overview.sees_the_bank(viewer), [StepRow(*row, lists.most_valuable(row[0])) for row in steps(shares)], concentration_chart(shares),
        band_rows(overview.bands(viewer)),
        [Cost(REASONS.get(reason, reason), n, lost, lists.below_cost(reason)) for reason, n, lost in overview.reasons(viewer)], months[::-1],
        growth_chart(months) if months else None, retention_chart(months) if months else None, *for_home(viewer), by_side(viewer, _("none")),
    )  # fmt: skip
    return answer(request, "insight/home.html", _plain(page))


@require_GET
def dictionary(request: ViewerRequest) -> HttpResponse:
    """Every field of the profile: what it means, where it comes from, how fresh it is, which class it has."""
    require(request.viewer, RIGHT)
    return answer(request, "insight/dictionary.html", {"title": _("Fields of the profile"), "groups": overview.fields_by_group().items()})


@require_GET
def spread(request: ViewerRequest, profile_key: str) -> HttpResponse:
    """How the values of one field are spread over the viewer's customers."""
    require(request.viewer, RIGHT)
    if profile_key not in BY_KEY:
        raise Http404
    found: Spread = overview.spread(request.viewer, profile_key)
    choices = BY_KEY[profile_key].choices
    most = [(choices.get(value, value), n) for value, n in found.most]
    return render(request, "insight/_spread.html", {"field": BY_KEY[profile_key], "spread": found, "most": most})


@require_GET
def origins(request: ViewerRequest) -> HttpResponse:
    """Every table of the build, from the feeds to the profile."""
    require(request.viewer, RIGHT)
    title = _("Where numbers come from")
    return answer(
        request,
        "insight/lineage.html",
        _plain(LineagePage(title, [Crumb(title)], [_in_words(one) for one in lineage.tables().values()], kinds=_kinds())),
    )


@require_GET
def origin(request: ViewerRequest, table: str) -> HttpResponse:
    """The columns of one table, and what each is made from."""
    require(request.viewer, RIGHT)
    found = lineage.tables().get(table)
    if found is None:
        raise Http404
    crumbs = [Crumb(_("Where numbers come from"), reverse("insight-origins")), Crumb(table)]
    return answer(
        request,
        "insight/lineage.html",
        _plain(LineagePage(table, crumbs, table=_in_words(found), kinds=_kinds(), known=list(lineage.tables()), columns=_titled(found))),
    )


def _in_words(table: lineage.Table) -> lineage.Table:
    return replace(table, grain=str(GRAINS.get(table.name, table.grain)))


def _titled(table: lineage.Table) -> list[tuple[lineage.Column, Words]]:
    """The columns, each with the title of the field of the profile that it is; empty elsewhere."""
    fields = BY_KEY if table.name == "profile" else {}
    return [(one, fields[one.name].label if one.name in fields else "") for one in table.columns]


def _kinds() -> dict[str, Words]:
    return {"staged": _("Staged rows"), "computed": _("Computed on the way"), "mart": _("Mart, kept as Parquet")}


def _plain(page: Any) -> dict[str, Any]:
    return {name: getattr(page, name) for name in page.__dataclass_fields__}


def band_rows(bands: Sequence[Band]) -> list[BandRow]:
    """Every band with its share of customers and of contribution."""
    customers, contribution = sum(one.customers for one in bands), sum((one.contribution for one in bands), Decimal(0))
    edges = overview.BANDS[1:]
    return [
        BandRow(
            band(edges, number, is_money=True), one, lists.share(one.customers, customers), lists.share(one.contribution, contribution),
            lists.with_aum(one.edge, below), lists.with_aum(one.edge, below, is_below_cost=True)
        )
        for number, (one, below) in enumerate(zip(bands, [*edges, None], strict=True))
    ]  # fmt: skip


def steps(shares: Sequence[Share]) -> list[tuple[int, int, float, float]]:
    """So many per cent of customers, how many those are, and their share of contribution and AUM."""
    whole, contribution, aum = sum(one.customers for one in shares), _sum(shares, "contribution"), _sum(shares, "aum")
    if not whole:
        return []
    found = []
    for step in STEPS:
        some = [one for one in shares if 100 - one.percent < step]
        found.append(
            (step, sum(one.customers for one in some), _part(_sum(some, "contribution"), contribution), _part(_sum(some, "aum"), aum))
        )
    return found


def concentration_chart(shares: Sequence[Share]) -> Chart | None:
    """Cumulative share of contribution and AUM over customers, the most valuable first."""
    found = steps(shares)
    if not found:
        return None
    names = [_("first %(percent)s %%") % {"percent": step} for step, *_rest in found]
    sentence = _("The most valuable %(percent)s %% of customers bring %(share)s of contribution") % {
        "percent": found[2][0],
        "share": f"{found[2][2]:.0%}",
    }
    drawn = (Series(_("Contribution"), [row[2] for row in found], "c1", "line"), Series(_("AUM"), [row[3] for row in found], "c2", "line"))
    return Chart("line", sentence, names, drawn, unit="percent", height=220)


def growth_chart(months: Sequence[BankMonth]) -> Chart:
    """What moved the bank's AUM."""
    parts = (
        (_("Net new money"), "nnm", "c1"),
        (_("Market effect"), "mtm", "c2"),
        (_("Interest"), "income", "c3"),
        (_("Exchange rates"), "fx", "c5"),
    )
    drawn = tuple(Series(title, [float(getattr(one, name)) for one in months], token, "bar", "growth") for title, name, token in parts)
    return Chart("bars", _("What moved AUM, by month"), [dates.month(one.month, language()) for one in months], drawn, height=200)


def retention_chart(months: Sequence[BankMonth]) -> Chart:
    """Retention by head and by AUM (§3.6)."""
    heads = [one.count_retained / one.count_opening if one.count_opening else None for one in months]
    by_aum = [float(one.aum_retained / one.aum_opening) if one.aum_opening else None for one in months]
    drawn = (Series(_("By head"), heads, "c1", "line"), Series(_("By AUM"), by_aum, "c2", "line"))
    return Chart(
        "line", _("Customers kept, by month"), [dates.month(one.month, language()) for one in months], drawn, unit="percent", height=200
    )


def _sum(shares: Sequence[Share], name: str) -> Decimal:
    return sum((getattr(one, name) or Decimal(0) for one in shares), Decimal(0))


def _part(part: Decimal, whole: Decimal) -> float:
    return float(part / whole) if whole else 0.0
