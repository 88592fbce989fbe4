"""Background work of this area: computing what was loaded, shadow runs of tier schemes, training and scoring of predictors, the payment network."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from datetime import timedelta
from functools import cache
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import transaction
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from ibis.expr import types as ir

from zhike.access.scope import require, system_viewer
from zhike.access.work import NotDone, Outcome, Task, kind
from zhike.core.jobs import Interrupted, is_stopping, job, later
from zhike.insight import building, runs, schemes, snapshots, tier_measures, tier_values, trials
from zhike.insight.build import NothingLanded
from zhike.insight.dated import settings_on
from zhike.insight.engines import opened
from zhike.insight.lab import keeping, working
from zhike.insight.network import computing
from zhike.insight.predictors import registering, scoring, training, watching
from zhike.insight.predictors.questions import TITLES, title_of
from zhike.insight.predictors.rolling import TooLittle
from zhike.insight.scheme_forms import from_json
from zhike.insight.schemes import SchemeRefused
from zhike.insight.setting_values import SET
from zhike.insight.shadowing import Shadow, shadow
from zhike.insight.terms import SettingsOn
from zhike.insight.tier_rules import Scheme

MONTHS = 24  # that both schemes run over
BUILD = "insight.build"
WAIT = timedelta(minutes=1)  # after a load, and again while files are being loaded: history comes as many business dates


@transaction.atomic
def build_after_a_load(_keys: Mapping[str, Any]) -> None:
    """Have the latest business date computed once the bank's files are in force: once, however many of them came (`ZHIKE_BUILD_AFTER_LOAD`)."""
    if settings.BUILD_AFTER_LOAD:
        _later()


@job(BUILD, reason="measures are computed of all customers at once; what of them a person sees is behind the wall of each")
def build() -> None:
    """Compute the latest business date; put off while files are being loaded. Where nothing has changed since, nothing is done."""
    if runs.is_loading():
        with transaction.atomic():
            _later()
        return
    try:
        building.build(as_of=None, engine=settings.ENGINE, actor=system_viewer("insight"), at=timezone.now(), step=_go_on)
    except NothingLanded:
        return
    actor, at = system_viewer("predictors"), timezone.now()
    if settings.SCORES and scoring.score_what_is_due(actor=actor, at=at, step=_go_on):
        watching.watch(actor=actor, at=at)


def _later() -> None:
    at = timezone.now()
    later(BUILD, lock=BUILD, once=BUILD, at=at + WAIT)
    runs.wait(at)


def _go_on(_what: str) -> None:
    if is_stopping():
        raise Interrupted


@job("insight.network", every="40 17 * * 6", reason="the payment network, of all customers")
def compute_network() -> None:
    """The network of twelve months, once a week and at night where the bank is; nothing where nothing has landed."""
    with suppress(NothingLanded):
        computing.compute(as_of=None, actor=system_viewer("insight"), at=timezone.now())


@kind("insight.shadow")
def try_scheme(task: Task) -> Outcome:
    """Run a scheme beside the one that holds, over the months that are over, and keep what came of it beside the draft. It counts customers of the
    whole bank and keeps numbers alone, so that whoever may set schemes may see it."""
    require(task.viewer, SET)
    at = timezone.now()
    then, now = from_json(task.asked["rules"]), schemes.scheme_on(timezone.localdate(at))
    if now.measure not in tier_measures.MEASURES or then.measure not in tier_measures.MEASURES:
        raise NotDone(_("The measure of one of the schemes is not computed here. Choose another one."))
    found = run(now, then, settings.HOME, cache(settings_on), trials.path_of(settings.HOME, task.asked["scheme_id"]))
    try:
        schemes.keep_trial(actor=task.viewer, at=at, scheme_id=task.asked["scheme_id"], rules=task.asked["rules"], trial=found.plain)
    except SchemeRefused as wrong:
        raise NotDone(_("The draft was changed since. Run it again.")) from wrong
    note = _("%(up)s would stand higher, %(down)s lower.") % {
        "up": f"{found.moved(now, then, up=True):,}",
        "down": f"{found.moved(now, then, up=False):,}",
    }
    return Outcome(reverse("insight-tier-scheme", args=[task.asked["scheme_id"]]), note)


def run(now: Scheme, then: Scheme, home: Path, settings_on: SettingsOn, kept: Path | None = None) -> Shadow:
    """Both schemes over the months of the last snapshot; who would move is written to `kept`. Raises NotDone where nothing was computed."""
    snapshot = snapshots.latest(home)
    days = tier_values.full_months(snapshot, MONTHS) if snapshot else ()
    if snapshot is None or not days:
        raise NotDone(_("No month has been computed yet. Have somebody run zhike insight build."))
    with opened("duckdb", memory=settings.MEMORY) as engine:
        months = tier_values.customer_months(engine, home, snapshot)
        values_now, values_then = (
            tier_measures.by_month(months, one.measure, days, snapshot.first_month, settings_on) for one in (now, then)
        )

        def moved(moves: ir.Table) -> None:
            last = tier_measures.values(months, "aum_month_average", days[-1], snapshot.first_month, settings_on)
            rows = moves.left_join(last, "party_id").select(
                "party_id", "was", "became", aum=last["value"].fill_null(0).cast("decimal(20,2)")
            )
            engine.write("shadow_moved", rows, kept or Path())()

        return shadow(
            now, then, values_now, values_then, keep=tier_values.keeping(engine), ask=engine.ask, moved=moved if kept else None
        )  # fmt: skip


@kind("insight.lab")
def answer_question(task: Task) -> Outcome:
    """Answer a question of the lab over the customers whom the asker sees, in her name and with her rights."""
    return working.answer(task)


@job("insight.clear_lab", every="47 3 * * *", reason="questions thrown away a week ago: no customers")
def clear_lab() -> None:
    """Questions that were thrown away can be brought back for a week."""
    keeping.clear(timezone.now())


@kind("insight.predictor_train", process="job")
def train(task: Task) -> Outcome:
    """Learn a predictor, or every one (no name), and keep drafts. It reads customers of the whole bank and keeps figures alone."""
    require(task.viewer, registering.MANAGE)
    names = [task.asked["predictor"]] if task.asked["predictor"] else list(TITLES)
    rows, without = [], []
    for done, name in enumerate(names):
        try:
            rows.append(training.train(name=name, actor=task.viewer, at=timezone.now(), told=lambda _step, done=done: task.step(done)))  # type: ignore[misc]
        except TooLittle:
            without.append(title_of(name))
    if not rows:
        raise NotDone(_("Too few months are known, or it happened too seldom. Train it again later."))
    if len(names) == 1:
        here = f"{reverse('insight-predictor', args=names)}?version={rows[0].number}"
        return Outcome(here, _("Version %(number)s is a draft: look at its card, then propose it.") % {"number": rows[0].number})
    note = _("%(count)s drafts: look at their cards, then propose them.") % {"count": len(rows)}
    if without:
        note += " " + _("Too little is known for: %(names)s.") % {"names": ", ".join(without)}
    return Outcome(reverse("insight-predictors"), note)


@kind("insight.predictor_score", process="job")
def score(task: Task) -> Outcome:
    """Score everybody by every predictor in use, or by one, and look after what was said before."""
    require(task.viewer, registering.MANAGE)
    actor, at = system_viewer("predictors"), timezone.now()
    try:
        names = [task.asked["predictor"]] if task.asked.get("predictor") else []
        runs = scoring.score(actor=actor, at=at, names=names, step=lambda _what: task.step(0))
    except TooLittle as wrong:
        raise NotDone(_("No month has been computed yet. Have somebody run zhike insight build.")) from wrong
    watching.watch(actor=actor, at=at)
    return Outcome(reverse("insight-predictors"), _("%(count)s predictors have scored.") % {"count": len(runs)})
