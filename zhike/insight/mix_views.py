"""The mix of business beside its targets: the page, the customers behind a figure, and the table as CSV (S38)."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.http import Http404, HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET

from zhike.access.actions import record
from zhike.access.scope import ViewerRequest, require
from zhike.core import dates
from zhike.core.charts import Chart, Series
from zhike.core.pages import Crumb, Tab, Words, answer
from zhike.core.words import language
from zhike.insight import lists, mix
from zhike.insight.lab.exporting import safe
from zhike.insight.marts import mix as mart
from zhike.insight.marts.matrix import RETAIL
from zhike.insight.mix import FARMING, LINES, MIDDLE, SMALL, TIER, WHOLE, Held, Month
from zhike.insight.overview import sees_the_bank
from zhike.insight.scheme_forms import word_of
from zhike.insight.tier_words import TIERS
from zhike.parties import queries as parties

RIGHT = "insight.read"
MEASURES: Mapping[str, Words] = {
    "aum": gettext_lazy("AUM"),
    "lum": gettext_lazy("Loans"),
    "revenue": gettext_lazy("Revenue"),
    "contribution": gettext_lazy("Contribution"),
}
PARTS: Mapping[str, Words] = {
    WHOLE: gettext_lazy("All business"), "corporate": gettext_lazy("Corporate banking"), "retail": gettext_lazy("Personal banking"),
    "other": gettext_lazy("Institutions"), MIDDLE: gettext_lazy("Middle tiers"), SMALL: gettext_lazy("Small and micro firms"),
    FARMING: gettext_lazy("Agriculture"),
}  # fmt: skip
WHOLES: Mapping[str, Words] = {
    WHOLE: gettext_lazy("of all business"), "retail": gettext_lazy("of personal banking"), "corporate": gettext_lazy("of corporate banking"),
}  # fmt: skip
OTHERS = ("institution", "financial_institution")
COLOURS = {"corporate": "c1", "retail": "c2", "other": "c7"}


@dataclass(frozen=True)
class Line:
    """A part of the mix: `of` in words, `moved` since the first month shown in points, `link` to its customers."""

    word: Words
    of: Words
    held: Held
    moved: str
    link: str

    @property
    def points(self) -> str:
        """How far from the target, in percentage points."""
        return points(self.held.gap)


@dataclass(frozen=True)
class MonthLine:
    """A month of the table: the whole and every line of business, each with the page of its customers."""

    month: date
    whole: Decimal
    whole_link: str
    parts: Sequence[tuple[Held, str, str]]  # how it stands, points from the target, link


@dataclass(frozen=True)
class MixPage:
    """insight/mix.html. `as_of` None: nothing is computed yet."""

    title: str
    crumbs: Sequence[Crumb]
    as_of: date | None
    is_bank: bool = False
    measure: Words = ""
    tabs: Sequence[Tab] = ()
    since: date | None = None
    lines: Sequence[Line] = ()
    tiers: Sequence[Line] = ()
    heads: Sequence[Words] = ()
    months: Sequence[MonthLine] = ()
    chart: Chart | None = None
    middle: Chart | None = None
    aimed: Decimal = Decimal(1)
    report: str = ""
    export: str = ""


@dataclass(frozen=True)
class BehindPage:
    """insight/mix_who.html: the customers behind a figure of a month."""

    title: str
    crumbs: Sequence[Crumb]
    month: date
    measure: Words
    lines: Sequence[tuple[int, str, Decimal]]
    customers: int
    amount: Decimal


@require_GET
def page(request: ViewerRequest) -> HttpResponse:
    """The mix by one measure (`by`), its last months, and how far it is from its targets."""
    viewer = request.viewer
    require(viewer, RIGHT)
    measure, title = _measure(request), _("Mix of business")
    crumbs = [Crumb(_("Insight"), reverse("insight")), Crumb(title)]
    found = mix.months(viewer)
    if not found:
        return answer(request, "insight/mix.html", vars(MixPage(title, crumbs, None)))
    now, here = found[-1], reverse("insight-mix")
    shown = MixPage(
        title, crumbs, mix.as_of(viewer), sees_the_bank(viewer), MEASURES[measure],
        [Tab(word, f"{here}?by={key}", current=key == measure) for key, word in MEASURES.items()], found[0].month,
        [_line(found, part, measure) for part in (*LINES, MIDDLE, SMALL, FARMING)],
        [line for key in now.tiers if (line := _line(found, f"{TIER}{key}", measure)).held.customers], [PARTS[line] for line in LINES],
        [_month_line(one, measure) for one in reversed(found)], lines_chart(found, measure), middle_chart(found, measure),
        sum(now.targets.line.values(), Decimal(0)),
        f"{reverse('reports')}?{urlencode({'rows': 'business_line', 'columns': 'month', 'measures': measure})}",
        f"{reverse('insight-mix-export')}?by={measure}" if viewer.may("customers.export") else "",
    )  # fmt: skip
    return answer(request, "insight/mix.html", vars(shown))


@require_GET
def who(request: ViewerRequest) -> HttpResponse:
    """The customers behind a part (`part`) of a month (`month`) by a measure (`by`), those with most first."""
    viewer = request.viewer
    require(viewer, RIGHT)
    require(viewer, "customers.read")
    part, measure = request.GET.get("part", ""), _measure(request)
    try:
        month = date.fromisoformat(request.GET.get("month", ""))
        found = mix.behind(viewer, month, part, measure)
    except (ValueError, KeyError) as wrong:
        raise Http404 from wrong
    if found is None:
        raise Http404
    names = parties.names(viewer, [party for party, _amount in found.rows])
    tier = part.removeprefix(TIER)
    title = f"{PARTS.get(part) or TIERS.get(tier, tier) or _('none')} · {dates.month(month, language())}"
    crumbs = [Crumb(_("Mix of business"), f"{reverse('insight-mix')}?by={measure}"), Crumb(title)]
    lines = [(party, names[party], amount) for party, amount in found.rows if party in names]
    return answer(
        request, "insight/mix_who.html", vars(BehindPage(title, crumbs, month, MEASURES[measure], lines, found.customers, found.amount))
    )


@require_GET
def export(request: ViewerRequest) -> HttpResponse:
    """Every month and part with share, target and distance as CSV. No customer stands in it."""
    viewer = request.viewer
    require(viewer, RIGHT)
    require(viewer, "customers.export")
    measure, out = _measure(request), io.StringIO()
    writer = csv.writer(out)
    writer.writerow(
        [_("Month"), _("Part"), _("Of what"), str(MEASURES[measure]), _("Customers"), _("Share"), _("Target"), _("From the target, money")]
    )
    for one in mix.months(viewer):
        for part in (*LINES, MIDDLE, SMALL, FARMING, *(f"{TIER}{key}" for key in one.tiers)):
            held = one.held(part, measure)
            share = None if held.share is None else held.share.quantize(Decimal("0.000001"))
            said = (
                f"{one.month:%Y-%m}",
                _word(one, part),
                WHOLES[mix.whole_of(part)],
                held.amount,
                held.customers,
                share,
                held.target,
                held.money,
            )
            writer.writerow([value if isinstance(value, (int, Decimal)) else safe(value) for value in said])
    record(viewer, "insight.mix_exported", after={"measure": measure, "count": 0}, at=timezone.now())
    headers = {"Content-Disposition": f'attachment; filename="mix-{measure}.csv"', "Cache-Control": "private, no-store"}
    return HttpResponse("\ufeff" + out.getvalue(), content_type="text/csv; charset=utf-8", headers=headers)


def points(gap: Decimal | None) -> str:
    """A difference of shares in percentage points, with its sign; empty where there is none."""
    shown = "" if gap is None else f"{gap * 100:+.1f}"
    return "0.0" if shown in ("+0.0", "-0.0") else shown.replace("-", "−")


def lines_chart(found: Sequence[Month], measure: str) -> Chart:
    """The share of every line of business by month; a dashed line where corporate and personal banking have one target."""
    aims = {found[-1].targets.line[line] for line in ("corporate", "retail")}
    aim = float(aims.pop()) if len(aims) == 1 else None
    drawn = [Series(PARTS[line], _shares(found, line, measure), COLOURS[line], "line") for line in LINES]
    held = found[-1].held("corporate", measure)
    sentence = _("Corporate banking has %(share)s of all business (%(measure)s)") % {
        "share": "—" if held.share is None else f"{held.share:.1%}", "measure": MEASURES[measure],
    }  # fmt: skip
    label = _("Target %(share)s, corporate and personal") % {"share": f"{aim:.0%}"} if aim else ""
    return Chart("line", sentence, _months(found), drawn, unit="percent", height=220, threshold=aim or None, threshold_label=label)


def middle_chart(found: Sequence[Month], measure: str) -> Chart:
    """The share of the middle tiers in personal banking by month, beside the target of each month."""
    aims = [float(one.targets.middle) or None for one in found]
    drawn = [Series(PARTS[MIDDLE], _shares(found, MIDDLE, measure), "c2", "line"), Series(_("Target"), aims, "c8", "line")]
    return Chart("line", _("Share of the middle tiers in personal banking"), _months(found), drawn, unit="percent", height=180)


def _shares(found: Sequence[Month], part: str, measure: str) -> list[float | None]:
    shares = [one.held(part, measure).share for one in found]
    return [None if share is None else float(share) for share in shares]


def _months(found: Sequence[Month]) -> list[str]:
    return [dates.month(one.month, language()) for one in found]


def _measure(request: ViewerRequest) -> str:
    given = request.GET.get("by", "")
    return given if given in MEASURES else "aum"


def _line(found: Sequence[Month], part: str, measure: str) -> Line:
    now, first = found[-1].held(part, measure), found[0].held(part, measure)
    moved = None if now.share is None or first.share is None else now.share - first.share
    return Line(_word(found[-1], part), WHOLES[mix.whole_of(part)], now, points(moved), _listed(found[-1], part, measure))


def _word(month: Month, part: str) -> Words:
    if not part.startswith(TIER):
        return PARTS[part]
    key = part.removeprefix(TIER)
    return word_of(key, month.scheme) if key else _("none")


def _listed(month: Month, part: str, measure: str) -> str:
    """The customer list under what makes up a part today."""
    if part.startswith(TIER):
        key = part.removeprefix(TIER)
        return lists.of_kinds(*RETAIL, tiers=[key]) if key else _behind(month, part, measure)
    return {
        "corporate": lambda: lists.of_kinds(*mart.CORPORATE), "retail": lambda: lists.of_kinds(*RETAIL), "other": lambda: lists.of_kinds(*OTHERS),
        MIDDLE: lambda: lists.of_kinds(*RETAIL, tiers=mix.middle_of(month.scheme)), SMALL: lambda: lists.of_kinds(*mart.CORPORATE, sizes=mart.SMALL),
        FARMING: lambda: lists.of_kinds(industry=mart.FARMING),
    }[part]()  # fmt: skip


def _month_line(one: Month, measure: str) -> MonthLine:
    parts = [(held, points(held.gap), _behind(one, line, measure)) for line in LINES for held in (one.held(line, measure),)]
    return MonthLine(one.month, one.held(WHOLE, measure).amount, _behind(one, WHOLE, measure), parts)


def _behind(one: Month, part: str, measure: str) -> str:
    return f"{reverse('insight-mix-who')}?{urlencode({'by': measure, 'month': one.month.isoformat(), 'part': part})}"
