"""`zhike insight`: compute what customers are worth."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict
from datetime import date
from pathlib import Path

import click
import duckdb
from django.conf import settings
from django.utils import timezone
from rich.console import Console
from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from zhike.access.scope import system_viewer
from zhike.commands.loading import Day
from zhike.insight import building, warehouse
from zhike.insight.build import NothingLanded
from zhike.insight.network import computing, patterns
from zhike.insight.predictors import scoring, watching

FAILED = 1
NOTHING = "Nothing has landed up to this date: load the bank's files first (zhike load)."
an_engine = click.option("--engine", default="duckdb", show_default=True, help="duckdb, spark, or the address of a cluster (spark://…).")
as_json = click.option("--json", "as_json", is_flag=True, help="One line of JSON instead of a sentence.")


@click.group()
def insight() -> None:
    """Compute measures, tiers and profiles from what has landed."""


@insight.command("build")
@click.option("--as-of", type=Day(), help="The business date (default: the latest that landed).")
@an_engine
@as_json
def build(as_of: date | None, engine: str, as_json: bool) -> None:
    """Compute a business date; only what changed since the last one. Ends with 1 where nothing has landed."""
    try:
        with _told(as_json) as step:
            built = building.build(as_of=as_of, engine=engine, actor=system_viewer("insight"), at=timezone.now(), step=step)
            _score(step)
    except NothingLanded:
        click.echo(NOTHING, err=True)
        sys.exit(FAILED)
    _say(built, as_json)


@insight.command("backfill")
@an_engine
@as_json
def backfill(engine: str, as_json: bool) -> None:
    """Compute every business date that is kept and not computed yet, oldest first. Killed, it goes on where it was."""
    with _told(as_json) as step:
        for built in building.backfill(engine=engine, actor=system_viewer("insight"), at=timezone.now(), step=step):
            _say(built, as_json)
        _score(step)


def _score(step: Callable[[str], None]) -> None:
    """What is likely of everybody, where a month end is new; then what became of what was said before."""
    actor, at = system_viewer("predictors"), timezone.now()
    if settings.SCORES and scoring.score_what_is_due(actor=actor, at=at, step=step):
        step("watch")
        watching.watch(actor=actor, at=at)


@insight.command("sweep")
@click.option("--dry-run", is_flag=True, help="Only say what would be taken away.")
@as_json
def sweep(dry_run: bool, as_json: bool) -> None:
    """Take away computed days that are kept no longer: each of the last days stays (ZHIKE_PROFILE_DAYS), then month ends. Each build does so at its end."""
    plan = building.sweep_now(actor=system_viewer("insight"), at=timezone.now(), is_dry=dry_run)
    if as_json:
        click.echo(json.dumps({"days": [day.isoformat() for day in plan.days], "snapshots": len(plan.versions), "files": len(plan.files), "bytes": plan.bytes}))  # fmt: skip
        return
    verb = "would be taken away" if dry_run else "taken away"
    click.echo(f"  {len(plan.days)} days, {len(plan.versions)} snapshots, {len(plan.files)} files, {plan.bytes / 2**20:,.1f} MB {verb}")


@insight.command("network")
@click.option("--as-of", type=Day(), help="The business date (default: the latest that landed).")
@as_json
def network(as_of: date | None, as_json: bool) -> None:
    """Find with whom customers' money moves and who of them is no customer, over twelve months. Ends with 1 where nothing has landed."""
    try:
        with _told(as_json) as step:
            found = computing.compute(as_of=as_of, actor=system_viewer("insight"), at=timezone.now(), step=step)
    except NothingLanded:
        click.echo(NOTHING, err=True)
        sys.exit(FAILED)
    if as_json:
        click.echo(json.dumps({**asdict(found), "as_of": found.as_of.isoformat()}))
    else:
        click.echo(
            f"  {found.as_of}  {found.outsiders:,} outside the bank, {found.ties:,} ties; {found.customers:,} customers in {found.communities:,} communities"
        )


@insight.command("patterns")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--payer", default="payer", show_default=True, help="Column of who pays.")
@click.option("--payee", default="payee", show_default=True, help="Column of who is paid.")
@click.option("--day", default="day", show_default=True, help="Column of the day, a date or a number.")
@click.option("--within", default=patterns.WITHIN, show_default=True, help="Days in which a circle closes or payers are counted.")
@as_json
def shapes(file: Path, payer: str, payee: str, day: str, within: int, as_json: bool) -> None:
    """Find money that comes back to where it began, and many who pay one, in any file of payments."""
    with warehouse.connect() as engine:
        try:
            patterns.read(engine, file, payer, payee, day)
        except duckdb.Error as wrong:
            raise click.ClickException(f"{file}: {str(wrong).splitlines()[0]}") from wrong
        circles, fans = patterns.circles(engine, within=within), patterns.fans(engine, within=within)
    if as_json:
        click.echo(json.dumps({"circles": [asdict(one) for one in circles], "fans": [asdict(one) for one in fans]}))
        return
    click.echo(f"  {len(circles):,} circles, {len(fans):,} paid by {patterns.MANY} or more within {within} days")
    for circle in circles:
        click.echo(f"    {' → '.join([*circle.nodes, circle.nodes[0]])}  days {circle.began}–{circle.closed}")
    for fan in fans:
        click.echo(f"    {fan.payee} ← {fan.payers} up to day {fan.day}")


@contextmanager
def _told(is_quiet: bool) -> Iterator[Callable[[str], None]]:
    """Progress on the error stream."""
    if is_quiet or not sys.stderr.isatty():
        yield lambda _what: None
        return
    columns = (SpinnerColumn(), TextColumn("{task.description}"), TimeElapsedColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
        task = progress.add_task("…", total=None)
        yield lambda what: progress.update(task, description=what)


def _say(built: building.Built, as_json: bool) -> None:
    snapshot = built.snapshot
    if as_json:
        click.echo(json.dumps({"business_date": snapshot.business_date.isoformat(), "version": snapshot.version, "is_new": built.is_new, "customers": built.customers, "changed": built.changed, "seconds": round(built.seconds, 2)}))  # fmt: skip
    elif built.is_new:
        click.echo(
            f"  {snapshot.business_date}  version {snapshot.version}  {built.customers:,} customers, {built.changed:,} rows written, {built.seconds:.1f} s"
        )
    else:
        click.echo(f"  {snapshot.business_date}  version {snapshot.version}  nothing has changed")
