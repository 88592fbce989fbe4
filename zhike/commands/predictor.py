"""`zhike predictor`: what a table of any bank's making says of what comes next, and how far that can be trusted."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import click

from zhike.insight.predictors import lifetime, tracking_plot
from zhike.insight.predictors.lifetime_rules import CannotFit
from zhike.insight.predictors.table_files import CannotRead, read

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
