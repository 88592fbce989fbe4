"""Chances on pages: a customer's with reasons, what a person says against one, and the list of all from the threshold on (S107, S108)."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from zhike.access.scope import Viewer, ViewerRequest, require
from zhike.core.pages import Crumb, Tab, Words, answer, is_fragment
from zhike.core.tables import Column, Page, page_of
from zhike.insight import offering
from zhike.insight.models import Profile, Score
from zhike.insight.offering import Verdict
from zhike.insight.predictors import chances, overruling, reasons
from zhike.insight.predictors.chances import Chance, Summed
from zhike.insight.predictors.overruling import OverruleRefused
from zhike.insight.predictors.questions import QUESTIONS, TITLES, title_of
from zhike.parties import queries as parties

USUAL = timedelta(days=92)
COLUMNS = (
    Column("customer", gettext_lazy("Customer")),
    Column("chance", gettext_lazy("Chance"), sort_field="chance", right=True, descending_first=True),
    Column("aum", gettext_lazy("Money here"), right=True),
    Column("why", gettext_lazy("Why")),
    Column("said", gettext_lazy("Said against it")),
)
REFUSALS: Mapping[str, Words] = {
    "no_chance": gettext_lazy("Nothing is said of this customer that could be spoken against."),
    "no_day": gettext_lazy("Say until which day it holds."),
    "past": gettext_lazy("This day has passed."),
    "too_far": gettext_lazy("A year at the most; it can be said again."),
    "no_reason": gettext_lazy("Say why; colleagues read it beside the chance."),
    "too_long": gettext_lazy("This is too long."),
}


@dataclass(frozen=True)
class ChancesPanel:
    """insight/_chances.html: what stands out first (`marked`), what would stand out but may not be offered (`refused`), the rest below."""

    party_id: int
    marked: Sequence[Chance]
    refused: Sequence[Chance]
    others: Sequence[Chance]
    as_of: date | None
    may_say: bool


@dataclass(frozen=True)
class OverruleForm:
    """insight/_overrule_form.html."""

    party_id: int
    name: str
    predictor: str
    title: str
    given: Mapping[str, Any]
    field: str = ""
    error: Words = ""


@dataclass(frozen=True)
class ChanceLine:
    """A row of the list: `aum` None where the viewer may not see accounts; `verdict`: what is said of offering it, None where nothing has to be asked."""

    row: Score
    name: str
    aum: Decimal | None
    why: Sequence[str]
    said: str
    verdict: Verdict | None


@dataclass(frozen=True)
class ChancesPage:
    """insight/chances.html: `held`: those to whom what is suggested may be offered, `apart`: those to whom not; `is_apart`: these are shown."""

    title: str
    tabs: Sequence[Tab]
    page: Page[Score]
    lines: Sequence[ChanceLine]
    predictor: str
    meaning: Words
    as_of: date | None
    held: Summed
    apart: Summed
    is_apart: bool


@require_GET
def panel(request: ViewerRequest, party_id: int) -> HttpResponse:
    """What is said of a customer: what passes its threshold with reasons, apart what may not be offered to her, everything else below."""
    viewer = request.viewer
    require(viewer, "customers.read")
    found = chances.of_customer(viewer, party_id, timezone.localdate())
    above = [one for one in found if one.is_above or one.overrule]
    marked, refused = [one for one in above if not one.is_refused], [one for one in above if one.is_refused]
    others = [one for one in found if one not in above]
    shown = ChancesPanel(party_id, marked, refused, others, max((one.as_of for one in found), default=None), viewer.may(overruling.SAY))
    return render(request, "insight/_chances.html", {"panel": shown})


@require_GET
def why(request: ViewerRequest, party_id: int, predictor: str) -> HttpResponse:
    """The reasons of one chance, worked out now."""
    require(request.viewer, "customers.read")
    found = chances.reasons_for(request.viewer, party_id, predictor)
    return render(request, "insight/_chance_why.html", {"reasons": found})


@require_http_methods(["GET", "POST"])
def overrule(request: ViewerRequest, party_id: int, predictor: str) -> HttpResponse:
    """The dialog in which somebody says what she knows against a chance, and its saying."""
    viewer = request.viewer
    parties.require_seen(viewer, party_id)
    require(viewer, "customers.read")
    require(viewer, overruling.SAY)
    if predictor not in TITLES:
        raise Http404
    if request.method == "GET":
        usual = (timezone.localdate() + USUAL).isoformat()
        return _form(request, party_id, predictor, {"until": usual, **request.GET.dict()})
    given = request.POST
    try:
        overruling.overrule(
            actor=viewer, at=timezone.now(), party_id=party_id, predictor=predictor, will_happen=given.get("will_happen") == "yes",
            until=_day(given.get("until", "")), why=given.get("why", ""),
        )  # fmt: skip
    except OverruleRefused as wrong:
        return _form(request, party_id, predictor, given, wrong.field, REFUSALS[wrong.reason])
    return _done(request, party_id, _("It stands beside the chance now."))


@require_POST
def take_back(request: ViewerRequest, party_id: int, overrule_id: int) -> HttpResponse:
    """Take back what was said against a chance."""
    overruling.take_back(actor=request.viewer, at=timezone.now(), party_id=party_id, overrule_id=overrule_id)
    return _done(request, party_id, _("It is taken back."))


@require_GET
def every(request: ViewerRequest) -> HttpResponse:
    """The viewer's customers from a predictor's threshold on, the highest chance first: whom to call, worth how much, why. To whom what is suggested may not
    be offered stands apart (`apart=1`), with the reason."""
    viewer, today = request.viewer, timezone.localdate()
    asked = request.GET.get("predictor", "")
    predictor = asked if asked in QUESTIONS else next(iter(QUESTIONS))
    held, apart = chances.summed(viewer, predictor, today)
    is_apart = request.GET.get("apart") == "1" and offering.is_held(predictor)
    rows = chances.above(viewer, predictor, today, is_refused=is_apart)
    page = page_of(rows, COLUMNS, request.GET, sort="chance", descending=True)
    address = reverse("insight-chances")
    tabs = [Tab(one.title, f"{address}?predictor={name}", current=name == predictor) for name, one in QUESTIONS.items()]
    shown = ChancesPage(
        _("Risk and chances"), tabs, page, _lines(viewer, predictor, page.rows), predictor, QUESTIONS[predictor].meaning,
        page.rows[0].as_of if page.rows else None, held, apart, is_apart,
    )  # fmt: skip
    return answer(request, "insight/chances.html", vars(shown))


def _lines(viewer: Viewer, predictor: str, rows: Sequence[Score]) -> list[ChanceLine]:
    keys = [row.party_id for row in rows]
    names = parties.names(viewer, keys)
    aum = dict(Profile.objects.seen_by(viewer).filter(pk__in=keys).values_list("pk", "aum")) if viewer.may("accounts.read") else {}
    held = chances.overrules(viewer, timezone.localdate()).filter(predictor=predictor, party__in=keys)
    said = {one.party_id: f"{one.given_name}: {one.why}" for one in held}
    may = offering.verdicts(viewer, keys, [predictor], timezone.localdate())
    return [
        ChanceLine(
            row,
            names[row.party_id],
            aum.get(row.party_id),
            reasons.in_words(row.reasons or [], row.as_of),
            said.get(row.party_id, ""),
            may.get((row.party_id, predictor)),
        )
        for row in rows
        if row.party_id in names
    ]


def _form(
    request: ViewerRequest, party_id: int, predictor: str, given: Mapping[str, Any], field: str = "", error: Words = ""
) -> HttpResponse:
    name = parties.names(request.viewer, [party_id])[party_id]
    made = OverruleForm(party_id, name, predictor, title_of(predictor), given, field, error)
    return render(request, "insight/_overrule_form.html", vars(made), status=422 if error else 200)


def _done(request: ViewerRequest, party_id: int, text: str) -> HttpResponse:
    """A toast and the panel again for htmx; else back to the customer."""
    if not is_fragment(request):
        messages.success(request, text)
        return redirect("customer", party_id)
    response = HttpResponse(status=204)
    response["HX-Trigger"] = json.dumps(
        {"zk-toast": {"text": text, "target": "body"}, "zk-done": {"target": "body", "panels": ["chances"]}}
    )
    return response


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def register_crumb() -> Crumb:
    """The way back to the register."""
    return Crumb(_("Predictors"), reverse("insight-predictors"))
