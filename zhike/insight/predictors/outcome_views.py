"""What came of the lists of earlier days, on a page: hit rate by band and by manager, and the customers behind each number (S107, S108)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.http import HttpResponse, QueryDict
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET

from zhike.access.scope import ViewerRequest
from zhike.core import dates
from zhike.core.pages import Crumb, Tab, Words, answer
from zhike.core.tables import Column, Page, page_of
from zhike.core.words import language
from zhike.insight.models import ScoreOutcome
from zhike.insight.predictors import came_of
from zhike.insight.predictors.came_of import BANDS, CAME, Came, Day, Tally
from zhike.insight.predictors.questions import QUESTIONS
from zhike.parties import queries as parties

COLUMNS = (
    Column("customer", gettext_lazy("Customer")),
    Column("chance", gettext_lazy("Chance then"), sort_field="chance", right=True, descending_first=True),
    Column("money", gettext_lazy("Money then"), right=True),
    Column("came", gettext_lazy("What came of it")),
    Column("manager", gettext_lazy("Manager then")),
)
WORDS: Mapping[Came, Words] = {
    "listed": gettext_lazy("On the list"), "yes": gettext_lazy("It happened"), "no": gettext_lazy("It did not happen"), "open": gettext_lazy("Not known yet"),
    "untold": gettext_lazy("Cannot be told"), "missed": gettext_lazy("Happened, not on the list"),
}  # fmt: skip


@dataclass(frozen=True)
class Cell:
    """A number, and where the customers behind it are (empty: nobody)."""

    count: int
    url: str


@dataclass(frozen=True)
class TallyLine:
    """A line of a table of numbers."""

    title: Words
    cells: Sequence[Cell]
    tally: Tally


@dataclass(frozen=True)
class OutcomeLine:
    """A customer of an earlier list; `money` None where the viewer may not see accounts."""

    row: ScoreOutcome
    name: str
    money: Decimal | None
    came: Words
    state: Came


@dataclass(frozen=True)
class OutcomesPage:
    """insight/outcomes.html. `day` None: no list is kept yet. `seldom`: which heads have nothing below them that a phone need show."""

    title: str
    crumbs: Sequence[Crumb]
    tabs: Sequence[Tab]
    predictor: str
    meaning: Words
    days: Sequence[Tab] = ()
    day: Day | None = None
    heads: Sequence[Words] = ()
    seldom: Sequence[int] = ()
    whole: TallyLine | None = None
    bands: Sequence[TallyLine] = ()
    managers: Sequence[TallyLine] = ()
    page: Page[ScoreOutcome] | None = None
    lines: Sequence[OutcomeLine] = ()
    shown: str = ""


@require_GET
def outcomes(request: ViewerRequest) -> HttpResponse:
    """What came of the list of a day (`day`), and the customers of one number (`band`, `manager`, `came`); of the viewer's customers alone."""
    viewer, asked = request.viewer, request.GET
    predictor = next((one for one in QUESTIONS if one == asked.get("predictor")), next(iter(QUESTIONS)))
    days = came_of.days(viewer, predictor)
    day = next((one for one in days if one.as_of.isoformat() == asked.get("day")), days[0] if days else None)
    title, question = _("What came of it"), QUESTIONS[predictor]
    crumbs = [Crumb(_("Risk and chances"), f"{reverse('insight-chances')}?predictor={predictor}"), Crumb(title)]
    tabs = [Tab(one.title, _here(name, None), current=name == predictor) for name, one in QUESTIONS.items()]
    if day is None:
        return answer(request, "insight/outcomes.html", vars(OutcomesPage(title, crumbs, tabs, predictor, question.meaning)))
    tallied = came_of.tallied(viewer, predictor, day.as_of)
    band, manager, came = _chosen(asked)
    page = page_of(
        came_of.rows(viewer, predictor, day.as_of, band=band, manager=manager, came=came).select_related("rm"), COLUMNS, asked, sort="chance", descending=True
    )  # fmt: skip
    managers = {key: name or str(_("Nobody")) for key, name, _tally in tallied.managers}
    words = [str(WORDS[came]), *([_band(band)] if band is not None else []), *([managers.get(manager, "—")] if manager is not None else [])]
    shown = OutcomesPage(
        title, crumbs, tabs, predictor, question.meaning, [Tab(dates.full_day(one.as_of, language()), _here(predictor, one.as_of), current=one == day) for one in days], day,
        [WORDS[one] for one in CAME], [at for at, one in enumerate(CAME) if not getattr(tallied.whole, one)], _line(_("All"), tallied.whole, predictor, day.as_of),
        [_line(_band(place), tally, predictor, day.as_of, band=place) for place, tally in tallied.bands if any(getattr(tally, one) for one in CAME)],
        [_line(managers[key], tally, predictor, day.as_of, manager=key) for key, _name, tally in tallied.managers],
        page, _lines(request, page.rows), " · ".join(words),
    )  # fmt: skip
    return answer(request, "insight/outcomes.html", vars(shown))


def _chosen(asked: QueryDict) -> tuple[int | None, int | None, Came]:
    band, manager = asked.get("band", ""), asked.get("manager", "")
    came: Came = next((one for one in CAME if one == asked.get("came")), "listed")
    return (
        int(band) if band in {str(place) for place in range(len(BANDS))} else None,
        int(manager) if manager.isascii() and manager.isdecimal() and len(manager) < 19 else None,
        came,
    )


def _line(title: Words, tally: Tally, predictor: str, day: date, **where: int) -> TallyLine:
    counts = {name: getattr(tally, name) for name in CAME}
    return TallyLine(
        title, [Cell(count, _here(predictor, day, came=name, **where) if count else "") for name, count in counts.items()], tally
    )


def _lines(request: ViewerRequest, rows: Sequence[ScoreOutcome]) -> list[OutcomeLine]:
    names = parties.names(request.viewer, [row.party_id for row in rows])
    may_see = request.viewer.may("accounts.read")
    return [
        OutcomeLine(row, names[row.party_id], row.money if may_see else None, WORDS[_state(row)], _state(row))
        for row in rows
        if row.party_id in names
    ]


def _state(row: ScoreOutcome) -> Came:
    if not row.is_above:
        return "missed"
    if row.told_at is None:
        return "open"
    return "untold" if row.came is None else "yes" if row.came else "no"


def _band(place: int) -> str:
    least = _percent(BANDS[place])
    if not place:
        return _("%(least)s and more") % {"least": least}
    return _("%(least)s to %(most)s") % {"least": least, "most": _percent(BANDS[place - 1])}


def _percent(share: Decimal) -> str:
    return f"{share * 100:.0f} %"


def _here(predictor: str, day: date | None, *, came: str = "", **where: int) -> str:
    asked = {
        "predictor": predictor,
        "day": day.isoformat() if day else "",
        "came": came if came != "listed" else "",
        **{name: str(key) for name, key in where.items()},
    }
    address = f"{reverse('insight-outcomes')}?{urlencode({name: value for name, value in asked.items() if value})}"
    return f"{address}#rows" if came else address
