"""Pages of reports: the builder with its table and chart, and the customers behind a cell. What a report asks stands in its address."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.conf import settings
from django.http import HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from zhike.access.scope import Viewer, ViewerRequest, require
from zhike.core.charts import Chart
from zhike.core.pages import Crumb, Tab, Words, answer
from zhike.core.words import language
from zhike.reports import answering, drawing, naming, queries, rules, stands
from zhike.reports.answering import RIGHT, ROWS_AT_ONCE, NotTogether, TooWide
from zhike.reports.catalogue import DIMENSIONS, MEASURES, Measure
from zhike.reports.drawing import Table
from zhike.reports.models import Report, Subscription
from zhike.reports.naming import Names
from zhike.reports.ordering import pivot
from zhike.reports.queries import KeptLine
from zhike.reports.rules import SPANS, Asked
from zhike.reports.stands import Stand
from zhike.workspace.queries import CustomerRow, rows_of

UNPROCESSABLE = 422


@dataclass(frozen=True)
class Option:
    """One choice of a field of the form."""

    key: str
    title: Words
    is_chosen: bool = False


@dataclass(frozen=True)
class Choices:
    """Choices under a heading."""

    group: Words
    options: Sequence[Option]


@dataclass(frozen=True)
class Head:
    """The head of a measure: its address sorts by it."""

    title: Words
    url: str
    is_sorted: bool = False
    is_rising: bool = False
    note: Words = ""


@dataclass(frozen=True)
class ReportPage:
    """reports/report.html. `stand` None: nothing is computed yet. `fault`: why there is no table. `line`: the kept report it was opened as, which asks
    something else by now where `is_changed`."""

    title: str
    crumbs: Sequence[Crumb]
    asked: Asked
    stand: Stand | None
    downs: Sequence[Sequence[Choices]]
    across: Sequence[Choices]
    measures: Sequence[Choices]
    spans: Sequence[Option]
    days: Sequence[date]
    chips: Sequence[tuple[str, str, str]]
    months: tuple[date, date] | None = None
    table: Table | None = None
    heads: Sequence[Head] = ()
    chart: Chart | None = None
    is_whole: bool = False
    fault: str = ""
    tabs: Sequence[Tab] = ()
    line: KeptLine | None = None
    is_changed: bool = False
    sharing: Sequence[tuple[str, Any]] = ()
    rhythms: Sequence[tuple[str, Any]] = ()
    may_export: bool = False
    may_send_files: bool = False


@dataclass(frozen=True)
class RowsPage:
    """reports/rows.html: the customers behind a cell."""

    title: str
    crumbs: Sequence[Crumb]
    asked: Asked
    stand: Stand
    place: Sequence[tuple[Words, str]]
    heads: Sequence[Words]
    lines: Sequence[tuple[CustomerRow | None, Sequence[str]]]
    next: int | None
    previous: int | None
    at: str = ""
    may_export: bool = False


def read(given: Mapping[str, Any]) -> Asked:
    """What an address asks: choices of the form's fields may come one by one (`rows`) or as a list."""
    joined = {
        name: ",".join(value for value in _listed(given, name) if value) if name in ("rows", "columns", "measures") else given.get(name, "")
        for name in given
    }
    return rules.read(joined, dimensions=DIMENSIONS, measures=MEASURES)


def _listed(given: Mapping[str, Any], name: str) -> Sequence[str]:
    getlist = getattr(given, "getlist", None)
    found: Sequence[str] = getlist(name) if getlist else [given[name]]
    return found


@require_GET
def report(request: ViewerRequest) -> HttpResponse:
    """The builder and what it shows."""
    viewer, asked = request.viewer, read(request.GET)
    require(viewer, RIGHT)
    page = _page(viewer, asked, stands.stand(settings.HOME, asked.on, asked.version), _opened(viewer, request.GET.get("of", "")))
    return answer(request, "reports/report.html", vars(page), status=UNPROCESSABLE if page.fault else 200)


def _opened(viewer: Viewer, number: str) -> KeptLine | None:
    return queries.one(viewer, int(number)) if number.isdecimal() and len(number) < 19 else None


def sharing(viewer: Viewer) -> list[tuple[str, Any]]:
    """With whom a report may be shared: beyond her unit only by whom this is entrusted to."""
    wide = (Report.Shared.ROLE, Report.Shared.BANK)
    return [(value, words) for value, words in Report.Shared.choices if value not in wide or viewer.may("views.share")]


def _page(viewer: Viewer, asked: Asked, stand: Stand | None, line: KeptLine | None) -> ReportPage:
    shown: dict[str, Any] = {}
    if stand is not None:
        try:
            shown = _shown(viewer, asked, stand)
        except NotTogether as wrong:
            shown = {"fault": _("%(measure)s is known by customer, not by %(dimension)s. Take one of them away.") % {"measure": wrong.measure.title, "dimension": wrong.dimension.title}}  # fmt: skip
        except TooWide:
            shown = {"fault": _("That would be more cells than anybody reads. Take a dimension away, or narrow the report.")}
    names = shown.pop("names", None) or naming.names(viewer, asked, ())
    title = line.report.name if line else _("Reports")
    crumbs = [Crumb(_("Reports"), reverse("reports")), Crumb(title)] if line else [Crumb(title)]
    may_export = viewer.may("customers.export")
    return ReportPage(
        title, crumbs, asked, stand, [_grouped(DIMENSIONS.values(), asked.rows[at : at + 1]) for at in range(len(asked.rows) + 1)][: rules.MOST_ROWS],
        _grouped(DIMENSIONS.values(), asked.columns), _grouped(MEASURES.values(), asked.measures), spans(asked), stands.days(settings.HOME),
        chips(asked, names), is_whole=viewer.sees_all and not viewer.is_barred, tabs=[Tab(_("Builder"), reverse("reports"), True), Tab(_("Kept reports"), reverse("kept-reports"))],
        line=line, is_changed=line is not None and read(line.report.asked).plain != asked.plain, sharing=sharing(viewer),
        rhythms=Subscription.Rhythm.choices, may_export=may_export, may_send_files=may_export and settings.ZHIKE_MAIL_FILES, **shown
    )  # fmt: skip


def _shown(viewer: Viewer, asked: Asked, stand: Stand) -> dict[str, Any]:
    found = answering.answer(viewer, asked, stand)
    names = naming.names(viewer, asked, found.cells)
    table = drawing.table(asked, pivot(asked, found, names), names)
    months = (found.months[0], found.months[-1])
    return {"names": names, "table": table, "heads": heads(asked), "chart": drawing.drawn(table), "months": months}


def heads(asked: Asked) -> list[Head]:
    """A head for each measure that sorts by it, and the other way round once it does."""
    found = []
    for at, name in enumerate(asked.measures):
        is_sorted = asked.sort == name or (not asked.sort and not at)
        turned = asked.but(sort=name, is_rising=is_sorted and bool(asked.sort) and not asked.is_rising)
        found.append(Head(MEASURES[name].title, f"{reverse('reports')}?{turned.query}", is_sorted, asked.is_rising, MEASURES[name].meaning))
    return found


def chips(asked: Asked, names: Names) -> list[tuple[str, str, str]]:
    """What it is narrowed to, in words, and the address without it."""
    return [
        (str(DIMENSIONS[name].title), names.of(name, member), f"{reverse('reports')}?{asked.but(only=tuple(one for one in asked.only if one[0] != name)).query}")
        for name, member in asked.only
    ]  # fmt: skip


def spans(asked: Asked) -> list[Option]:
    """How many months."""
    return [
        Option(str(count), _("%(n)s months") % {"n": count} if count > 1 else _("the month alone"), count == asked.months)
        for count in SPANS
    ]


def _grouped(every: Any, chosen: Sequence[str]) -> list[Choices]:
    groups: dict[str, list[Option]] = {}
    for one in every:
        groups.setdefault(str(one.group), []).append(Option(one.key, one.title, one.key in chosen))
    return [Choices(group, options) for group, options in groups.items()]


@require_GET
def rows(request: ViewerRequest) -> HttpResponse:
    """The customers behind a cell (`at`), those with most of the first measure first."""
    viewer, asked = request.viewer, read(request.GET)
    require(viewer, RIGHT)
    require(viewer, "customers.read")
    stand = stands.stand(settings.HOME, asked.on, asked.version)
    place, skip = rules.place_of(request.GET.get("at", ""), asked), request.GET.get("skip", "")
    begins = int(skip) if skip.isdecimal() and len(skip) < 9 else 0
    crumbs = [Crumb(_("Reports"), f"{reverse('reports')}?{asked.query}"), Crumb(_("Customers behind it"))]
    if stand is None:
        return answer(request, "reports/rows.html", {"title": _("Customers behind it"), "crumbs": crumbs, "lines": [], "asked": asked})
    found = answering.behind(viewer, asked, stand, place, skip=begins)
    measures = [MEASURES[name] for name in asked.measures]
    known = {row.party.id: row for row in rows_of(viewer, [one.party_id for one in found[:ROWS_AT_ONCE]], frozenset())}
    lines = [(known.get(one.party_id), values_of(measures, one.values)) for one in found[:ROWS_AT_ONCE]]
    names = naming.names(viewer, asked.but(only=(*asked.only, *place.items())), ())
    told = [(DIMENSIONS[name].title, names.of(name, member)) for name, member in {**dict(asked.only), **place}.items()]
    page = RowsPage(
        _("Customers behind it"), crumbs, asked, stand, told, [one.title for one in measures], lines,
        begins + ROWS_AT_ONCE if len(found) > ROWS_AT_ONCE else None, max(begins - ROWS_AT_ONCE, 0) if begins else None, request.GET.get("at", ""),
        viewer.may("customers.export"),
    )  # fmt: skip
    return answer(request, "reports/rows.html", vars(page))


def values_of(measures: Sequence[Measure], values: Sequence[rules.Value]) -> list[str]:
    """Values of a customer, as a list shows them."""
    return [drawing.shown(measure, value, language()) for measure, value in zip(measures, values, strict=True)]
