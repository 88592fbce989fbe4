"""The register of predictors: what each asks, its versions with their cards, and the acts on them (R67, domain §4.6)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_POST

from zhike.access.approvals import NotProposed
from zhike.access.ask_why import REASONS as NOT_PROPOSED
from zhike.access.scope import ViewerRequest, require
from zhike.core.charts import Chart, Series
from zhike.core.pages import Crumb, Words, answer
from zhike.insight.models import PredictorFinding, PredictorVersion, ScoreRun
from zhike.insight.predictors import chances, registering
from zhike.insight.predictors.chance_views import register_crumb
from zhike.insight.predictors.features import FEATURE
from zhike.insight.predictors.questions import QUESTIONS, TITLES, title_of
from zhike.insight.predictors.registering import VersionRefused

State = PredictorVersion.State
FIGURES: Mapping[str, Words] = {
    "auc": gettext_lazy("AUC"), "average_precision": gettext_lazy("Average precision"), "lift_10": gettext_lazy("Best tenth, times the usual rate"),
    "brier": gettext_lazy("Brier"), "ece": gettext_lazy("Calibration error"), "rank_correlation": gettext_lazy("Rank correlation with what came"),
    "said_to_seen": gettext_lazy("Said, as a share of what came"),
}  # fmt: skip
GROUPS: Mapping[str, Words] = {"sex": gettext_lazy("Sex"), "age": gettext_lazy("Age"), "region": gettext_lazy("Region")}
SEXES: Mapping[str, Words] = {"female": gettext_lazy("Female"), "male": gettext_lazy("Male")}
REFUSALS: Mapping[str, Words] = {
    "no_reason": gettext_lazy("Say why; whoever approves it reads this."),
    "no_role": gettext_lazy("Choose what it is to be used as."),
    "not_now": gettext_lazy("This cannot be done with this version any more."),
    "nothing_before": gettext_lazy("There is no earlier version to go back to."),
}
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


@dataclass(frozen=True)
class FigureLine:
    """A figure of the card beside its interval and the baselines'."""

    word: Words
    value: float | None
    low: float | None
    high: float | None
    rule: float | None
    logistic: float | None


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
    return answer(request, "insight/predictors.html", vars(RegisterPage(_("Predictors"), lines)))


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
        title_of(predictor), [register_crumb(), Crumb(title_of(predictor))], predictor, _meaning(predictor), versions, row, said, _figures(said),
        _lift(said), _calibration(said), _stability(said), [(_feature(one["feature"]), one["weight"]) for one in said.get("features", ())],
        [(GROUPS[key], [{**one, "word": SEXES.get(one["group"], one["group"])} for one in rows]) for key, rows in said.get("fairness", {}).items() if rows],
        [(one, _feature(one.subject)) for one in chances.findings(viewer, row.pk)] if row else [],
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


def _meaning(name: str) -> Words:
    return QUESTIONS[name].meaning if name in QUESTIONS else _("What a customer will bring, discounted, in CNY")


def _feature(key: str) -> Words:
    return FEATURE[key].label if key in FEATURE else key


def _figures(said: Mapping[str, Any]) -> list[FigureLine]:
    intervals, plain = said.get("intervals", {}), said.get("baseline", {})
    return [
        FigureLine(
            word,
            said["figures"][key],
            *(intervals.get(key) or (None, None)),
            *(plain.get(one, {}).get(key) for one in ("rule", "logistic")),
        )
        for key, word in FIGURES.items()
        if key in said.get("figures", {})
    ]


def _lift(said: Mapping[str, Any]) -> Chart | None:
    points = said.get("curves", {}).get("lift", [])
    if not points:
        return None
    tenths = [one for place, one in enumerate(points) if place % 4 == 3]
    names = [f"{round(share * 100)} %" for share, _lift in tenths]
    sentence = _("How many times the usual rate the first so many customers have")
    return Chart("bars", sentence, names, (Series(_("Lift"), [lift for _share, lift in tenths], "c1"),), unit="count", height=180)


def _calibration(said: Mapping[str, Any]) -> Chart | None:
    points = said.get("curves", {}).get("calibration", [])
    if not points:
        return None
    names = [_("group %(n)s") % {"n": place} for place in range(1, len(points) + 1)]
    drawn = (
        Series(_("Chance said"), [one[0] for one in points], "c1", "line"),
        Series(_("Rate seen"), [one[1] for one in points], "c2", "line"),
    )
    return Chart("line", _("Chances said beside what came, from the lowest to the highest"), names, drawn, unit="percent", height=180)


def _stability(said: Mapping[str, Any]) -> Chart | None:
    days = said.get("by_day", [])
    if not days:
        return None
    drawn = (
        Series(_("Chance said"), [one["said"] for one in days], "c1", "line"),
        Series(_("Rate seen"), [one["seen"] for one in days], "c2", "line"),
    )
    return Chart(
        "line",
        _("Chances said and what came, by the day they were said on"),
        [one["day"] for one in days],
        drawn,
        unit="percent",
        height=180,
    )
