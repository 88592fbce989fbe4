"""Stages and retention: where the viewer's customers stand, who moved, who stayed, and the customers behind each number."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from django.http import Http404, HttpResponse
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_GET

from zhike.access.scope import Viewer, ViewerRequest, require
from zhike.core.pages import Crumb, Tab, Words, answer
from zhike.insight import standings
from zhike.insight.flow_pictures import Node, flow_picture
from zhike.insight.lists import moved, standing_at
from zhike.insight.overview import sees_the_bank
from zhike.insight.profile_standing import CELLS, DECLINES, STAGES
from zhike.insight.scheme_forms import look_of, title_of
from zhike.insight.schemes import scheme_on
from zhike.insight.stage_rules import Kept
from zhike.insight.standings import COLUMNS, SPANS, By, Cohort, Count, Standings
from zhike.parties import queries as parties

RIGHT = "insight.read"
NOTHING = Decimal(0)
LOOKS: Mapping[str, str] = {"exploring": "base", "growing": "platinum", "mature": "diamond", "declining": "gold"}
LOOKS_OF_CELLS: Mapping[str, str] = {"symbiotic": "diamond", "nurturing": "platinum", "sustaining": "gold", "standardised": "base"}
TITLES: Mapping[str, Words] = {"stage": gettext_lazy("By stage"), "tier_effective": gettext_lazy("By tier")}
# What §3.5 says to do.
STRATEGIES: Mapping[str, Words] = {
    "symbiotic": gettext_lazy("high value, high potential: align interests, add value to what is held, innovate for the customer"),
    "nurturing": gettext_lazy("low value, high potential: meet basic needs, solve problems of growth, build trust"),
    "sustaining": gettext_lazy("high value, low potential: keep the service, defend the balances, invest nothing heavy anew"),
    "standardised": gettext_lazy("low value, low potential: standard service, fewer people and less money"),
}


@dataclass(frozen=True)
class Line:
    """A row of a table of counts: `url` leads to the customers behind it, `share` of all customers."""

    word: Words
    look: str
    count: Count
    share: float
    url: str


@dataclass(frozen=True)
class MoveLine:
    """Customers who moved."""

    was: Words
    became: Words
    customers: int
    aum: Decimal
    url: str


@dataclass(frozen=True)
class KeptLine:
    """Retention of those who stood somewhere; `url` leads to those who were lost."""

    word: Words
    kept: Kept
    url: str

    @property
    def lost(self) -> int:
        return self.kept.start - self.kept.both


@dataclass(frozen=True)
class CohortLine:
    """A cohort with the share that was there at each quarter's end; None where the quarter has not ended yet."""

    cohort: Cohort
    shares: Sequence[float | None]

    @property
    def name(self) -> str:
        return f"{self.cohort.quarter.year} Q{(self.cohort.quarter.month + 2) // 3}"


@dataclass(frozen=True)
class CellMoves:
    """insight/_cell_moves.html: who moved between the cells of value and potential since the quarter before, as a picture and lines."""

    picture: SafeString = field(default_factory=SafeString)
    lines: Sequence[MoveLine] = ()


@dataclass(frozen=True)
class StagesPage:
    """insight/stages.html. `as_of` None: nothing is computed yet."""

    title: str
    crumbs: Sequence[Crumb]
    as_of: date | None
    is_bank: bool = False
    tabs: Sequence[Tab] = ()
    spans: Sequence[Tab] = ()
    since: date | None = None
    standing: Sequence[Line] = ()
    declines: Sequence[Line] = ()
    matrix: Sequence[tuple[Line, Words]] = ()
    cells: CellMoves = field(default_factory=CellMoves)
    picture: SafeString = field(default_factory=SafeString)
    moves: Sequence[MoveLine] = ()
    kept: Sequence[KeptLine] = ()
    cohorts: Sequence[CohortLine] = ()
    quarters: Sequence[int] = ()


@dataclass(frozen=True)
class WhoPage:
    """insight/who.html: the customers behind a number."""

    title: str
    crumbs: Sequence[Crumb]
    lines: Sequence[tuple[int, str, Decimal, Decimal]]
    since: date | None
    is_cut: bool


@require_GET
def stages(request: ViewerRequest) -> HttpResponse:
    """Stages or tiers (`by`) of the viewer's customers, and what became of them over some months (`over`)."""
    viewer = request.viewer
    require(viewer, RIGHT)
    by, over = _asked(request)
    title = _("Stages and retention")
    crumbs = [Crumb(_("Insight"), reverse("insight")), Crumb(title)]
    with standings.opened(viewer) as found:
        page = _page(viewer, found, by, over, title, crumbs) if found else StagesPage(title, crumbs, None)
    return answer(request, "insight/stages.html", vars(page))


@require_GET
def who(request: ViewerRequest) -> HttpResponse:
    """The customers behind a number: those who moved (`was`, `became`), or who were lost out of a group (`lost`)."""
    viewer = request.viewer
    require(viewer, RIGHT)
    require(viewer, "customers.read")
    by, over = _asked(request)
    lost, was, became = (request.GET.get(name) for name in ("lost", "was", "became"))
    if lost is None and (was is None or became is None):
        raise Http404
    with standings.opened(viewer) as found:
        if found is None:
            raise Http404
        words = _words(found.as_of, by)
        rows = found.behind_lost(by, over, lost) if lost is not None else found.behind_moves(by, over, was or "", became or "")
        since = found.since(over)
    title = (
        _("Lost: %(what)s") % {"what": _word(words, lost)}
        if lost is not None
        else f"{_word(words, was or '')} → {_word(words, became or '')}"
    )
    names = parties.names(viewer, [row.party_id for row in rows])
    lines = [(row.party_id, names[row.party_id], row.aum_before, row.aum) for row in rows if row.party_id in names]
    crumbs = [Crumb(_("Stages and retention"), f"{reverse('insight-stages')}?{urlencode({'by': by, 'over': over})}"), Crumb(title)]
    return answer(request, "insight/who.html", vars(WhoPage(title, crumbs, lines, since, len(rows) == standings.MOST_ROWS)))


def for_home(viewer: Viewer) -> tuple[Sequence[Line], Sequence[Line], CellMoves]:
    """Service tiers and stages of the viewer's customers, and who moved between the cells of value and potential, for the home of insight."""
    with standings.opened(viewer) as found:
        if found is None:
            return (), (), CellMoves()
        tiers, stages = _words(found.as_of, "tier_effective"), _words(found.as_of, "stage")
        return (
            _lines(found.counts("tier_service"), tiers, "tier_service", "tier_effective"),
            _lines(found.counts("stage"), stages, "stage", "stage"),
            _cell_moves(found),
        )


def _cell_moves(found: Standings) -> CellMoves:
    moves = found.moves_of_cells()
    nodes = [Node(key, str(word), LOOKS_OF_CELLS[key]) for key, word in CELLS.items()]
    picture = flow_picture([(move.was, move.became, move.customers) for move in moves], nodes, nodes, _("Who moved in value and potential"))
    lines = [
        MoveLine(
            CELLS[move.was], CELLS[move.became], move.customers, move.aum, moved("matrix_cell", "matrix_cell_before", move.was, move.became)
        )
        for move in moves
    ]
    return CellMoves(picture, lines)


def _asked(request: ViewerRequest) -> tuple[By, int]:
    by: By = next((one for one in COLUMNS if one == request.GET.get("by")), "stage")
    over = request.GET.get("over", "")
    return by, next((one for one in SPANS if str(one) == over), SPANS[-1])


def _page(viewer: Viewer, found: Standings, by: By, over: int, title: str, crumbs: Sequence[Crumb]) -> StagesPage:
    words = _words(found.as_of, by)
    nodes = [Node(key, str(word), _look(by, key)) for key, word in words.items() if key]
    moves = [move for move in found.moves(by, over) if move.was != move.became]
    kept, cohorts = found.kept(by, over), found.cohorts()
    return StagesPage(
        title, crumbs, found.as_of, sees_the_bank(viewer),
        [Tab(TITLES[one], _here(one, over), current=one == by) for one in COLUMNS],
        [Tab(ngettext("%(n)s month", "%(n)s months", one) % {"n": one}, _here(by, one), current=one == over) for one in SPANS],
        found.since(over), _lines(found.counts(by), words, by, by), _lines(found.counts("decline"), DECLINES, "decline", by),
        [(line, STRATEGIES.get(line.count.key, "")) for line in _lines(found.counts("matrix_cell"), CELLS, "matrix_cell", by)],
        _cell_moves(found),
        flow_picture([(move.was, move.became, move.customers) for move in moves if move.was and move.became], nodes, nodes, _("Who moved")),
        [
            MoveLine(_word(words, move.was), _word(words, move.became), move.customers, move.aum, _who(by, over, was=move.was, became=move.became))
            for move in sorted(moves, key=lambda one: -one.customers)
        ],
        [KeptLine(_word(words, key), kept[key], _who(by, over, lost=key)) for key in words if key in kept],
        _cohort_lines(cohorts),
        list(range(max((len(one.there) for one in cohorts), default=0))),
    )  # fmt: skip


def _lines(counts: Sequence[Count], words: Mapping[str, Words], column: str, by: By) -> list[Line]:
    whole = sum(one.customers for one in counts) or 1
    by_key = {one.key: one for one in counts}
    return [
        Line(
            word,
            _look(by, key) if column in (by, "tier_service") else "",
            by_key[key],
            by_key[key].customers / whole,
            standing_at(column, key) if key else "",
        )
        for key, word in {**words, "": _("none")}.items()
        if key in by_key
    ]


def _words(day: date, by: By) -> Mapping[str, Words]:
    """What the values are called, in their order; empty: new since, or nothing was computed."""
    if by == "stage":
        return {**STAGES, "": _("not there yet")}
    return {**{rung.key: title_of(rung) for rung in reversed(scheme_on(day).rungs)}, "": _("not there yet")}


def _word(words: Mapping[str, Words], key: str) -> Words:
    return words.get(key, key)


def _look(by: By, key: str) -> str:
    return LOOKS.get(key, "base") if by == "stage" else look_of(key)


def _here(by: str, over: int) -> str:
    return f"{reverse('insight-stages')}?{urlencode({'by': str(by), 'over': str(over)})}"


def _who(by: str, over: int, **which: str) -> str:
    return f"{reverse('insight-stages-who')}?{urlencode(dict(which, by=by, over=str(over)))}"


def _cohort_lines(cohorts: Sequence[Cohort]) -> list[CohortLine]:
    """As many shares in every line as the oldest cohort has quarters."""
    longest = max((len(one.there) for one in cohorts), default=0)
    return [CohortLine(one, [*(there / one.customers for there in one.there), *([None] * (longest - len(one.there)))]) for one in cohorts]
