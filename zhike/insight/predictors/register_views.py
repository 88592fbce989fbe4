"""The register of predictors: what each asks, its versions with their cards, and the acts on them (R67, domain §4.6)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_POST

from zhike.access import work
from zhike.access.approvals import NotProposed
from zhike.access.ask_why import REASONS as NOT_PROPOSED
from zhike.access.scope import ViewerRequest, require
from zhike.core.charts import Chart
from zhike.core.pages import Crumb, Words, answer
from zhike.insight.models import PredictorFinding, PredictorVersion, ScoreRun
from zhike.insight.predictors import card_drawing, chances, outcomes, registering, rolling
from zhike.insight.predictors.card_drawing import FigureLine
from zhike.insight.predictors.chance_views import register_crumb
from zhike.insight.predictors.questions import MONTHS, QUESTIONS, TITLES, title_of
from zhike.insight.predictors.registering import VersionRefused

State = PredictorVersion.State
REFUSALS: Mapping[str, Words] = {
    "no_reason": gettext_lazy("Say why; whoever approves it reads this."),
    "no_role": gettext_lazy("Choose what it is to be used as."),
    "not_now": gettext_lazy("This cannot be done with this version any more."),
    "nothing_before": gettext_lazy("There is no earlier version to go back to."),
}
WORKS = {"train": "insight.predictor_train", "score": "insight.predictor_score"}
ROLES = (State.CHAMPION, State.CHALLENGER, State.SHADOW)


@dataclass(frozen=True)
class QuestionLine:
    """A row of the register: `version` None: the rule speaks."""

    name: str
    title: str
    meaning: Words
    version: PredictorVersion | None
    versions: int
    run: ScoreRun | None
    alerts: int


@dataclass(frozen=True)
class RegisterPage:
    """insight/predictors.html."""

    title: str
    lines: Sequence[QuestionLine]
    may_manage: bool


@dataclass(frozen=True)
class CardPage:
    """insight/predictor.html: one version with its card; `version` None: none is trained yet."""

    title: str
    crumbs: Sequence[Crumb]
    name: str
    meaning: Words
    versions: Sequence[PredictorVersion]
    version: PredictorVersion | None
    card: Mapping[str, Any]
    figures: Sequence[FigureLine]
    lift: Chart | None
    calibration: Chart | None
    stability: Chart | None
    features: Sequence[tuple[Words, float]]
    fairness: Sequence[tuple[Words, Sequence[Mapping[str, Any]]]]
    judged_days: str
    findings: Sequence[tuple[PredictorFinding, Words]]
    may_manage: bool
    roles: Sequence[tuple[str, Words]]
    error: Words = ""


@require_GET
def register(request: ViewerRequest) -> HttpResponse:
    """Every question, what answers it now, how good that is, and whether watching found something."""
    viewer = request.viewer
    versions = chances.versions(viewer)
    runs = {run.predictor: run for run in ScoreRun.objects.filter(is_shown=True)}
    alerts = chances.alerts(viewer)
    lines = []
    for name in TITLES:
        own = [row for row in versions if row.predictor == name]
        champion = next((row for row in own if row.state == State.CHAMPION), None)
        lines.append(
            QuestionLine(
                name, title_of(name), _meaning(name), champion, len(own), runs.get(name), alerts.get(champion.pk, 0) if champion else 0
            )
        )
    return answer(request, "insight/predictors.html", vars(RegisterPage(_("Predictors"), lines, viewer.may(registering.MANAGE))))


@require_GET
def card(request: ViewerRequest, predictor: str) -> HttpResponse:
    """One predictor: its versions and the card of one of them (`version`; by itself the one in use, else the latest)."""
    return _card(request, predictor, request.GET.get("version", ""))


def _card(request: ViewerRequest, predictor: str, asked: str, error: Words = "") -> HttpResponse:
    viewer = request.viewer
    if predictor not in TITLES:
        raise Http404
    versions = chances.versions(viewer, predictor)
    row = next((one for one in versions if str(one.number) == asked), None)
    if asked and row is None:
        raise Http404
    row = row or next((one for one in versions if one.state == State.CHAMPION), None) or (versions[0] if versions else None)
    said: Mapping[str, Any] = row.card if row else {}
    page = CardPage(
        title_of(predictor), [register_crumb(), Crumb(title_of(predictor))], predictor, _meaning(predictor), versions, row, said, card_drawing.figures(said),
        card_drawing.lift(said), card_drawing.calibration(said), card_drawing.stability(said), [(card_drawing.feature(one["feature"]), one["weight"]) for one in said.get("features", ())],
        card_drawing.fairness(said), card_drawing.days(said),
        [(one, card_drawing.feature(one.subject)) for one in chances.findings(viewer, row.pk)] if row else [],
        viewer.may(registering.MANAGE), [(role, role.label) for role in ROLES if row and role != row.state], error,
    )  # fmt: skip
    return answer(request, "insight/predictor.html", vars(page), status=422 if error else 200)


@require_POST
def act(request: ViewerRequest, version_id: int) -> HttpResponse:
    """Propose a version for a role (`act=propose`), retire it (`retire`), or go back to the champion before (`back`)."""
    viewer, at, given = request.viewer, timezone.now(), request.POST
    require(viewer, registering.MANAGE)
    row = chances.version(viewer, version_id)
    why = given.get("why", "")
    here = f"{reverse('insight-predictor', args=[row.predictor])}?{urlencode({'version': row.number})}"
    try:
        if given.get("act") == "propose":
            proposal = registering.propose(actor=viewer, at=at, version_id=version_id, role=given.get("role", ""), why=why)
            messages.success(request, _("It waits for somebody else to approve it."))
            return redirect("approval", proposal)
        if given.get("act") == "back":
            earlier = registering.roll_back(actor=viewer, at=at, predictor=row.predictor, why=why)
            messages.success(request, _("Version %(number)s is used again, with what it said.") % {"number": earlier.number})
            return redirect("insight-predictor", row.predictor)
        if given.get("act") != "retire":
            raise Http404
        registering.retire(actor=viewer, at=at, version_id=version_id, why=why)
        messages.success(request, _("The version is retired."))
    except VersionRefused as wrong:
        return _card(request, row.predictor, str(row.number), REFUSALS[wrong.reason])
    except NotProposed as refused:
        return _card(request, row.predictor, str(row.number), NOT_PROPOSED[refused.reason])
    return redirect(here)


@require_POST
def begin(request: ViewerRequest) -> HttpResponse:
    """Have a predictor trained (`act=train`, `predictor`; empty: every one), or everybody scored by it (`act=score`); the worker does it."""
    viewer, at = request.viewer, timezone.now()
    require(viewer, registering.MANAGE)
    act, predictor = request.POST.get("act", ""), request.POST.get("predictor", "")
    if act not in WORKS or (predictor and predictor not in TITLES):
        raise Http404
    refused = _too_little(predictor) if act == "train" else _nothing_computed()
    if refused:
        messages.error(request, refused)
        return redirect("insight-predictor", predictor) if predictor else redirect("insight-predictors")
    which = title_of(predictor) if predictor else _("every predictor")
    title = (_("Train: %(predictor)s") if act == "train" else _("Score everybody: %(predictor)s")) % {"predictor": which}
    total = len(TITLES) if act == "train" and not predictor else None
    task = work.start(actor=viewer, at=at, kind=WORKS[act], title=title, asked={"predictor": predictor}, total=total)
    return redirect("work-one", task.pk)


def _too_little(predictor: str) -> str:
    """Why there is nothing to train from; empty where there is."""
    if predictor and predictor not in QUESTIONS:  # lifetime value learns from holdings of any month that is over
        return _nothing_computed()
    ends = outcomes.month_ends(settings.HOME)
    months = QUESTIONS[predictor].horizon_months if predictor else MONTHS
    missing = rolling.days_missing(ends.origins(months) if ends else [], months)
    if not missing:
        return ""
    there = len(ends.by_month) if ends else 0
    said = _("Training needs %(needed)s month ends; there are %(there)s. Have earlier ones computed with zhike insight backfill.")
    return said % {"needed": max(there + missing, 2 * months + 1), "there": there}


def _nothing_computed() -> str:
    return "" if outcomes.month_ends(settings.HOME) else _("No month has been computed yet. Have somebody run zhike insight build.")


def _meaning(name: str) -> Words:
    return QUESTIONS[name].meaning if name in QUESTIONS else _("What a customer will bring, discounted, in CNY")
