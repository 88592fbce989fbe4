"""`zhike samplebank`: write a made-up bank as files."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import click
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from zhike.samplebank.calendar_cn import working_day_before
from zhike.samplebank.making import Made, make
from zhike.samplebank.plan import Plan

_STEPS = {"persons": "persons", "firms": "companies and prospects", "done": "done"}


@click.command()
@click.argument("path", type=click.Path(file_okay=False, path_type=Path))
@click.option("--customers", type=click.IntRange(100, 20_000_000), default=10_000, show_default=True, help="Customers of all kinds.")
@click.option("--months", type=click.IntRange(1, 120), default=24, show_default=True, help="Calendar months, the last one included.")
@click.option("--seed", type=int, default=1, show_default=True, help="The same seed and --until give the same bytes.")
@click.option(
    "--until", type=click.DateTime(["%Y-%m-%d"]), default=None, help="Last day with data; default: the last working day before today."
)
@click.option(
    "--duplicates", type=click.FloatRange(0, 0.2), default=0.015, show_default=True, help="Share of customers planted twice, with errors."
)
@click.option("--gzip", "zipped", is_flag=True, help="Compress transactions, balances and channel events.")
@click.option("--memory", default="1GB", show_default=True, help="Memory limit of the engine; the rest is spilled beside the files.")
def samplebank(
    path: Path, customers: int, months: int, seed: int, until: datetime | None, duplicates: float, zipped: bool, memory: str
) -> None:
    """Write a made-up bank under PATH, one folder per batch date, in the layout "zhike"."""
    last = until.date() if until else working_day_before(datetime.now(ZoneInfo("Asia/Shanghai")).date())
    plan = Plan(customers, months, seed, last, duplicates)
    console = Console(stderr=True)
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    try:
        with Progress(*columns, console=console) as bar:
            task = bar.add_task("reference", total=None)
            made = make(
                plan, path, zipped=zipped, memory=memory,
                progress=lambda step, done, of: bar.update(task, description=_STEPS[step], completed=done, total=of),
            )  # fmt: skip
    except FileExistsError as error:
        raise click.ClickException(f"{path} is not empty; give a new folder") from error
    _report(made, path)


def _report(made: Made, path: Path) -> None:
    click.echo(
        f"{path}: {made.batches} batches, {sum(made.rows.values()):,} rows ({made.rows['transactions']:,} transactions), "
        f"{made.bytes / 1e6:,.0f} MB in {made.seconds:.0f} s, at most {made.memory / 1e6:,.0f} MB of memory"
    )
