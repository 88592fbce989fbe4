"""`zhike predictor`: what a table of any bank's making says of what comes next, and how far that can be trusted."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import click

from zhike.commands.shipped_predictors import SHIPPED
from zhike.insight.predictors import lifetime, tracking_plot, trying
from zhike.insight.predictors.lifetime_rules import CannotFit
from zhike.insight.predictors.table_files import CannotRead, read

MOST_ROWS = 200_000  # of a larger table an even part is taken
a_file = click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
as_json = click.option("--json", "as_json", is_flag=True, help="One line of JSON instead of sentences.")


@click.group()
def predictor() -> None:
    """Learn from the past what customers will do, and judge it honestly."""


@predictor.command("clv")
@a_file
@click.option(
    "--weeks", type=click.IntRange(0), help="Learn from so many weeks of a log, the rest shows how it did (default: half; 0: all)."
)
@click.option("--plot", type=click.Path(dir_okay=False, path_type=Path), help="Draw expected and real purchases here (.svg or .html).")
@as_json
def clv(file: Path, weeks: int | None, plot: Path | None, as_json: bool) -> None:
    """Lifetime value out of a log (customer, date, amount) or a table of frequency, recency and T: BG/NBD and Gamma-Gamma."""
    try:
        found = lifetime.learned(read(file), weeks)
    except (CannotRead, CannotFit) as wrong:
        raise click.ClickException(str(wrong)) from wrong
    if plot:
        plot.write_text((tracking_plot.svg if plot.suffix == ".svg" else tracking_plot.html)(found), encoding="utf-8")
    told = lifetime.as_json(found)
    if as_json:
        click.echo(json.dumps(told))
        return
    _say_lifetime(told)
    if plot:
        click.echo(f"{plot}: expected and real purchases, week by week.", err=True)


def _say_lifetime(told: dict[str, Any]) -> None:
    model, spending, later = told["bg_nbd"], told["gamma_gamma"], told["later"]
    click.echo(f"{told['customers']:,} customers, {told['repeat_customers']:,} of whom came again.")
    click.echo("BG/NBD       " + "  ".join(f"{name} {model[name]:.3f}" for name in ("r", "alpha", "a", "b")) + f"  log-likelihood {model['log_likelihood']:,.1f}")  # fmt: skip
    if spending:
        click.echo("Gamma-Gamma  " + "  ".join(f"{name} {spending[name]:.2f}" for name in ("p", "q", "v")) + f"  from {spending['customers']:,} customers")  # fmt: skip
    click.echo(f"In the next {later['weeks']} weeks {later['expected']:,.0f} purchases are expected", nl=later["happened"] is None)
    if later["happened"] is not None:
        click.echo(f"; {later['happened']:,.0f} came ({later['error']:+.1%}; the curve was never further off than {later['largest_weekly_error']:.1%}).")  # fmt: skip
    sys.stdout.flush()


def _names(_context: click.Context, _option: click.Parameter, value: str | None) -> tuple[str, ...]:
    return tuple(name.strip() for name in (value or "").split(",") if name.strip())


@predictor.command("try")
@a_file
@click.option("--target", required=True, help="The column that is to be foreseen.")
@click.option("--positive", help="Its value that is meant, where it cannot be guessed.")
@click.option("--drop", callback=_names, help="Columns not to learn from: A,B.")
@click.option("--keep", callback=_names, help="Columns that look like leaks or numbers of customers and are none: A,B.")
@click.option(
    "--time", help='A column of days, or "rows" where rows stand in the order of time: what is judged is then later than what is learned.'
)
@click.option("--folds", type=click.IntRange(2, 20), default=5, show_default=True)
@click.option("--test", type=click.Path(exists=True, dir_okay=False, path_type=Path), help="Judge on this file instead.")
@as_json
def attempt(
    file: Path, target: str, positive: str | None, drop: tuple[str, ...], keep: tuple[str, ...],
    time: str | None, folds: int, test: Path | None, as_json: bool,
) -> None:  # fmt: skip
    """Can this be foreseen out of that table? Honest figures, and what looks like a leak."""
    question = trying.Question(target, positive, drop, keep, time, folds)
    try:
        told = trying.tried(
            read(file, MOST_ROWS), question, read(test, MOST_ROWS) if test else None, lambda step: click.echo(step, err=True)
        )
    except CannotRead as wrong:
        raise click.ClickException(str(wrong)) from wrong
    click.echo(json.dumps(told)) if as_json else _say_attempt(told)


def _say_attempt(told: dict[str, Any]) -> None:
    low, high = told["intervals"]["auc"]
    click.echo(
        f"AUC {told['auc']:.3f} ({low:.3f} to {high:.3f})  average precision {told['average_precision']:.3f}  best tenth {told['lift_10']:.1f} x"
    )
    click.echo(
        f"Brier {told['brier']:.4f}  calibration error {told['ece']:.4f}  {told['rows_judged']:,} rows judged, {told['rate']:.1%} of them yes"
    )
    click.echo(f"Recipe: {told['recipe']}. Logistic alone {told['baseline']['logistic']['auc']:.3f}; the rule \"{told['baseline']['rule']['column']}\" {told['baseline']['rule']['auc']:.3f}.")  # fmt: skip
    for part in told["folds"]:
        anew = f", {part['learned_anew']['auc']:.3f} learned anew" if "learned_anew" in part else ""
        click.echo(f"  part {part['fold']}: AUC {part['auc']:.3f}{anew}")
    for one in told["left_out"]:
        click.echo(f"Left out: {one['column']} ({one['why']}).")
    if told["same_within_a_period"]:
        click.echo(f"The same for everybody within a period: {', '.join(told['same_within_a_period'])}.")


for one in SHIPPED:
    predictor.add_command(one)
