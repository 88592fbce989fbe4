"""`zhike predictor list|train|score|card`: the predictors that Zhike ships with, on what the bank has computed."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from datetime import date
from typing import Any

import click
from django.utils import timezone

from zhike.access.scope import entered, system_viewer
from zhike.commands.loading import Day
from zhike.insight.models import PredictorVersion
from zhike.insight.predictors import scoring, training, watching
from zhike.insight.predictors.features import FEATURE
from zhike.insight.predictors.outcomes import FromTheFuture
from zhike.insight.predictors.questions import TITLES
from zhike.insight.predictors.rolling import TooLittle

FAILED = 1
as_json = click.option("--json", "as_json", is_flag=True, help="One line of JSON instead of sentences.")
a_name = click.argument("name", type=click.Choice(list(TITLES)))


def _say(step: str) -> None:
    click.echo(f"  {step}", err=True)


@click.command("list")
@as_json
def listed(as_json: bool) -> None:
    """Every predictor, its versions, and which is used."""
    with entered(system_viewer("insight")):
        rows = list(PredictorVersion.objects.order_by("predictor", "number"))
    told: list[dict[str, Any]] = [
        {"name": name, "title": str(title), "versions": [_line(row) for row in rows if row.predictor == name]}
        for name, title in TITLES.items()
    ]
    if as_json:
        click.echo(json.dumps(told, ensure_ascii=False))
        return
    for one in told:
        click.echo(f"{one['name']:24} {one['title']}" + ("" if one["versions"] else "  (the rule; no version is trained)"))
        for version in one["versions"]:
            click.echo(f"    version {version['number']}  {version['state']:10} {version['recipe']:9} AUC {_figure(version['auc'])}  learned {version['first']} to {version['last']}")  # fmt: skip


def _line(row: PredictorVersion) -> dict[str, Any]:
    return {"number": row.number, "state": row.state, "recipe": row.recipe, "auc": row.card["figures"].get("auc"), "first": row.first_date.isoformat(), "last": row.last_date.isoformat(), "approved": row.approved_name}  # fmt: skip


def _figure(value: float | None) -> str:
    return "–" if value is None else f"{value:.3f}"


@click.command("train")
@click.argument("names", nargs=-1, type=click.Choice(list(TITLES)))
@as_json
def train(names: tuple[str, ...], as_json: bool) -> None:
    """Learn these predictors (none: all) and keep each as a draft, which a second person must approve before it is used."""
    failed = 0
    for name in names or TITLES:
        failed += not _attempt(name, lambda name=name: _trained(name, as_json), as_json)  # type: ignore[misc]
    sys.exit(FAILED if failed and (names or failed == len(TITLES)) else 0)


def _trained(name: str, as_json: bool) -> None:
    with entered(system_viewer("predictors")):
        row = training.train(
            name=name, actor=system_viewer("predictors"), at=timezone.now(), told=lambda step: None if as_json else _say(step)
        )
    _say_card(row, as_json)


def _attempt(name: str, work: Callable[[], None], as_json: bool) -> bool:
    try:
        work()
    except (TooLittle, FromTheFuture) as wrong:
        click.echo(json.dumps({"name": name, "refused": str(wrong)}) if as_json else f"{name}: not learned, {wrong}", err=not as_json)
        return False
    return True


@click.command("score")
@click.argument("names", nargs=-1, type=click.Choice(list(TITLES)))
@click.option("--as-of", type=Day(), help="Up to this day; taken is the last month end (default: the latest).")
@as_json
def score(names: tuple[str, ...], as_of: date | None, as_json: bool) -> None:
    """Say of every customer what is likely, by the versions in use; then look after what was said before."""
    actor, at = system_viewer("predictors"), timezone.now()
    try:
        runs = scoring.score(actor=actor, at=at, names=names, as_of=as_of, step=lambda _what: None)
    except TooLittle as wrong:
        raise click.ClickException(f"{wrong}: run zhike insight build first") from wrong
    found = watching.watch(actor=actor, at=at, names=names)
    if as_json:
        click.echo(json.dumps([{"name": run.predictor, "version": run.version.number if run.version else 0, "as_of": run.as_of.isoformat(), "customers": run.customers, "refused": run.refused} for run in runs]))  # fmt: skip
        return
    for run in runs:
        by = f"version {run.version.number}" if run.version else "the rule"
        click.echo(f"  {run.predictor:24} {run.as_of}  {run.customers:,} customers by {by}" + (f", {run.refused:,} refused automated decisions" if run.refused else ""))  # fmt: skip
    for alert in (one for one in found if one.is_alert):
        click.echo(f"  ! {alert.version.predictor}: {alert.get_kind_display()} {alert.subject} ({alert.value:.2f})")


@click.command("card")
@a_name
@click.option("--version", "number", type=click.IntRange(1), help="Its number (default: the one in use, else the latest).")
@as_json
def card(name: str, number: int | None, as_json: bool) -> None:
    """How good a version is on later time, from what it learned, and for whom."""
    with entered(system_viewer("insight")):
        rows = PredictorVersion.objects.filter(predictor=name)
        row = rows.filter(number=number).first() if number else rows.filter(state="champion").first() or rows.order_by("-number").first()
    if row is None:
        raise click.ClickException(f"{name}: no such version; train one with zhike predictor train {name}")
    _say_card(row, as_json)


def _say_card(row: PredictorVersion, as_json: bool) -> None:
    said = row.card
    if as_json:
        click.echo(json.dumps({"name": row.predictor, "number": row.number, "state": row.state, "digest": row.digest, **said}, ensure_ascii=False))  # fmt: skip
        return
    click.echo(f"{row.predictor} version {row.number} ({row.state}, {row.recipe}), learned from {row.first_date} to {row.last_date}")
    if "top_tenth" not in said:
        click.echo("  " + "  ".join(f"{name} {_figure(value)}" for name, value in said["figures"].items()))
        return
    figures, plain, top = said["figures"], said["baseline"], said["top_tenth"]
    low, high = said["intervals"].get("auc", (float("nan"), float("nan")))
    click.echo(f"  AUC {_figure(figures['auc'])} ({low:.3f} to {high:.3f})  average precision {_figure(figures['average_precision'])}  best tenth {figures['lift_10']:.1f} x  Brier {figures['brier']:.4f}  calibration error {figures['ece']:.4f}")  # fmt: skip
    click.echo(f"  the rule {_figure(plain['rule']['auc'])}, logistic {_figure(plain['logistic']['auc'])}; {said['cases']:,} of {said['rows_judged']:,} on {', '.join(said['judged_days'])}")  # fmt: skip
    click.echo(f"  best tenth: {top['cases_found']:.0%} of the cases, {top['money_share']:.0%} of all money, {top['money_of_cases_found']:.0%} of the money of cases")  # fmt: skip
    for one in said["features"][:8]:
        click.echo(f"    {one['weight']:.3f}  {FEATURE[one['feature']].label if one['feature'] in FEATURE else one['feature']}")


SHIPPED = (listed, train, score, card)
for _one in SHIPPED:
    _one.needs = "database"  # type: ignore[attr-defined]
