"""Pages of the lab: what she asked so far, a new question, and what came of one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import groupby
from typing import Any

from django.conf import settings
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from zhike.access.scope import ViewerRequest, require
from zhike.core.charts import Chart
from zhike.core.conditions.reading import Refused
from zhike.core.pages import Crumb, Words, answer, is_fragment
from zhike.insight.lab import asking, exporting, keeping, wording
from zhike.insight.lab.asking import LONGEST, Asked
from zhike.insight.lab.fields import Catalogues, catalogues
from zhike.insight.lab.models import LabQuestion
from zhike.insight.predictors import card_drawing, outcomes
from zhike.insight.predictors.card_drawing import FigureLine
from zhike.insight.predictors.chance_views import register_crumb

PARTS = ("of", "then")
UNPROCESSABLE = 422


@dataclass(frozen=True)
class LabLine:
    """A question on the page of the lab: of whom and what in words, and in half a sentence what came of it."""

    row: LabQuestion
    of: str
    then: str
    months: int
    result: str


@dataclass(frozen=True)
class LabPage:
    """insight/lab.html. `undo_id`: the question that has just been thrown away."""

    title: str
    crumbs: Sequence[Crumb]
    lines: Sequence[LabLine]
    undo_id: str


@dataclass(frozen=True)
class Part:
    """One of the two conditions of a new question: what it says so far, and where it is changed. `is_open`: the editor stands under it."""

    name: str
    title: Words
    hint: Words
    text: str
    where: str
    url: str
    is_open: bool


@dataclass(frozen=True)
class NewPage:
    """insight/lab_new.html. `groups`: fields that can be left out, by group, each with whether it is."""

    title: str
    crumbs: Sequence[Crumb]
    asked: Asked
    parts: Sequence[Part]
    lengths: Sequence[int]
    groups: Sequence[tuple[str, Sequence[tuple[str, str, bool]]]]
    month_ends: int
    error: str = ""


@dataclass(frozen=True)
class AnswerPage:
    """insight/lab_question.html: `card` empty while it is worked on, or where there is no answer (`refusal`)."""

    title: str
    crumbs: Sequence[Crumb]
    row: LabQuestion
    work: Any
    of: str
    then: str
    months: int
    is_new: bool
    without: Sequence[str]
    again: str
    refusal: str
    card: Mapping[str, Any]
    verdict: str = ""
    recipe: str = ""
    alone: str = ""
    figures: Sequence[FigureLine] = ()
    lift: Chart | None = None
    calibration: Chart | None = None
    stability: Chart | None = None
    movers: Sequence[tuple[str, str, float]] = ()
    leaks: Sequence[tuple[str, str]] = ()
    fairness: Sequence[tuple[Words, Sequence[Mapping[str, Any]]]] = ()
    judged_days: str = ""
    may_export: bool = False


def crumbs(*more: Crumb) -> list[Crumb]:
    """The way to a page of the lab."""
    return [register_crumb(), Crumb(_("Lab"), reverse("insight-lab")), *more]


@require_GET
def lab(request: ViewerRequest) -> HttpResponse:
    """What she asked, the latest first."""
    rows = keeping.questions(request.viewer)
    known = catalogues(request.viewer) if rows else None
    lines = [_line(row, known) for row in rows] if known else []
    undo = request.GET.get("away", "")
    page = LabPage(_("Lab"), [register_crumb(), Crumb(_("Lab"))], lines, undo if undo.isascii() and undo.isdigit() else "")
    return answer(request, "insight/lab.html", vars(page))


def _line(row: LabQuestion, known: Catalogues) -> LabLine:
    asked = asking.kept_in(row.asked)
    of, then = _words(asked, known)
    result = wording.result_words(row.answer) if row.answer else wording.refusal_words(row.refusal) if row.refusal else ""
    return LabLine(row, of, then, asked.months, result)


def _words(asked: Asked, known: Catalogues) -> tuple[str, str]:
    try:
        return asking.meant(asked, known).words
    except Refused:
        closed = _("a condition with a field that is not there any more, or is closed to you")
        return closed, closed


@require_http_methods(["GET", "POST"])
def new(request: ViewerRequest) -> HttpResponse:
    """Put a question together; a POST asks it. The address carries all of it, so that it can be kept and handed on."""
    viewer = request.viewer
    keeping.may_ask(viewer)
    given = request.POST if request.method == "POST" else request.GET
    asked = asking.asked_in(given)
    if request.method == "GET" and "where" in given:  # the editor is done with one of the two
        part = given.get("part", "")
        asked = replace(asked, of=given["where"]) if part == "of" else replace(asked, then=given["where"]) if part == "then" else asked
        return redirect(address(asked, "" if asked.then else "then"))
    if request.method == "POST":
        error = _fault(asked, catalogues(viewer))
        if not error:
            return redirect("insight-lab-question", keeping.ask(actor=viewer, at=timezone.now(), asked=asked).pk)
        return _new(request, asked, "", error)
    return _new(request, asked, given.get("part", "" if asked.then else "then"))


def address(asked: Asked, part: str = "") -> str:
    """Where a question is put together, as it stands."""
    return f"{reverse('insight-lab-new')}?{urlencode([*asked.query, *([('part', part)] if part else [])])}"


def _fault(asked: Asked, known: Catalogues) -> str:
    """Why it cannot be asked; empty where it can."""
    if not asked.then:
        return _("Say what should have happened.")
    try:
        asking.meant(asked, known)
    except Refused as wrong:
        return wrong.problems[0].text
    return ""


def _new(request: ViewerRequest, asked: Asked, part: str, error: str = "") -> HttpResponse:
    known = catalogues(request.viewer)
    ends = outcomes.month_ends(settings.HOME)
    words = {
        "of": (_("Of whom"), _("Everybody who is a customer, unless you say whom.")),
        "then": (_("What should happen"), _("What holds at the end of the months, or what moved until then.")),
    }
    parts = [_part(name, asked, known, words[name], name == part) for name in PARTS]
    groups = [
        (group, [(key, word, key in asked.without) for key, _group, word in rows])
        for group, rows in groupby(asking.fields_left_out(), key=lambda one: one[1])
    ]
    title = _("New question")
    page = NewPage(
        title, crumbs(Crumb(title)), asked, parts, range(1, LONGEST + 1), groups, len(ends.by_month) if ends else 0, error
    )  # fmt: skip
    return answer(request, "insight/lab_new.html", vars(page), status=UNPROCESSABLE if error else 200)


def _part(name: str, asked: Asked, known: Catalogues, words: tuple[str, str], is_open: bool) -> Part:
    where = getattr(asked, name)
    try:
        tree = asking.tree_of(where, known.whom if name == "of" else known.happens)
        text = asking.Meant(asked, known, tree, tree).words_of(name) if where else ""
    except Refused as wrong:
        text = wrong.problems[0].text
    return Part(name, words[0], words[1], text, where, address(asked, name), is_open)


@require_GET
def question(request: ViewerRequest, question_id: int) -> HttpResponse:
    """What came of a question; while it is worked on, how far that is."""
    viewer = request.viewer
    row = keeping.question(viewer, question_id)
    work = keeping.work_of(viewer, row) if row.is_open else None
    if is_fragment(request) and request.headers.get("HX-Target", "").endswith("#lab-progress"):
        if row.is_open:
            return render(request, "insight/_lab_progress.html", {"row": row, "work": work})
        return HttpResponse(status=204, headers={"HX-Refresh": "true"})
    asked = asking.kept_in(row.asked)
    of, then = _words(asked, catalogues(viewer))
    left = {key: word for key, _group, word in asking.fields_left_out()}
    page = AnswerPage(
        row.title, crumbs(Crumb(row.title)), row, work, of, then, asked.months, asked.is_new, [left.get(key, key) for key in asked.without], address(asked),
        wording.refusal_words(row.refusal) if row.refusal else "", row.answer or {}, may_export=viewer.may("customers.export"),
    )  # fmt: skip
    return answer(request, "insight/lab_question.html", vars(_with_card(page, row.answer) if row.answer else page))


def _with_card(page: AnswerPage, card: Mapping[str, Any]) -> AnswerPage:
    return replace(
        page, verdict=wording.verdict(card), recipe=wording.recipe_words(card["recipe"]), alone=wording.rule_words(card),
        figures=card_drawing.figures(card), lift=card_drawing.lift(card), calibration=card_drawing.calibration(card),
        stability=card_drawing.stability(card), movers=wording.movers(card), leaks=wording.leaks(card), fairness=card_drawing.fairness(card),
        judged_days=card_drawing.days(card),
    )  # fmt: skip


@require_GET
def export(request: ViewerRequest, question_id: int) -> HttpResponse:
    """The answer as CSV."""
    viewer = request.viewer
    require(viewer, "customers.export")
    row = keeping.question(viewer, question_id)
    if row.answer is None:
        raise Http404
    asked = asking.kept_in(row.asked)
    text = exporting.as_csv(row.title, _words(asked, catalogues(viewer)), row.answer)
    keeping.note_export(actor=viewer, at=timezone.now(), row=row)
    headers = {"Content-Disposition": f'attachment; filename="lab-{row.pk}.csv"'}
    return HttpResponse(text, content_type="text/csv; charset=utf-8", headers=headers)


@require_POST
def put_away(request: ViewerRequest, question_id: int) -> HttpResponse:
    """Throw a question away (`back` given: bring it back)."""
    is_back = bool(request.POST.get("back"))
    keeping.put_away(actor=request.viewer, at=timezone.now(), question_id=question_id, is_back=is_back)
    return redirect("insight-lab") if is_back else redirect(f"{reverse('insight-lab')}?away={question_id}")
