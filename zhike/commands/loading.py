"""`zhike load`, `batches`, `rejects`, `replay`."""

from __future__ import annotations

import json
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import Any

import click
from rich.console import Console
from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn
from rich.table import Table

from zhike.access import actions as access_actions
from zhike.access.scope import system_viewer
from zhike.commands.printing import console
from zhike.ingestion import actions, queries
from zhike.ingestion.containers import UnpacksToTooMuch
from zhike.ingestion.corrections import CorrectionError, export_rejects
from zhike.ingestion.layouts import LayoutError
from zhike.ingestion.models import Batch

FAILED, REFUSED = 1, 2


class Day(click.ParamType[date]):
    """A date as YYYY-MM-DD or YYYYMMDD."""

    name = "date"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> date:
        try:
            return date.fromisoformat(str(value))
        except ValueError:
            self.fail(f"{value}: write a date as 2026-11-20 / 请写成 2026-11-20", param, ctx)


as_json = click.option("--json", "as_json", is_flag=True, help="One line of JSON instead of a table.")


@contextmanager
def told(quiet: bool) -> Iterator[actions.Progress]:
    """Progress on the error stream: which feed, which step."""
    if quiet:
        yield lambda _feed, _step: None
        return
    with Progress(
        SpinnerColumn(), TextColumn("{task.description}"), TimeElapsedColumn(), console=Console(stderr=True), transient=True
    ) as progress:
        task = progress.add_task("…", total=None)
        yield lambda feed, step: progress.update(task, description=f"{feed or '·'} {step}")


@click.command()
@click.argument("path", type=click.Path(exists=True, path_type=Path))
@click.option("--layout", "layout_name", required=True, help="A shipped layout's name, or a TOML file.")
@click.option("--batch-date", type=Day(), help="The business date, where neither control file nor folder says it (default: today).")
@click.option("--again", is_flag=True, help="Load even if exactly these files are loaded already.")
@click.option("--brief", is_flag=True, help="One line per batch instead of a table.")
@as_json
def load(path: Path, layout_name: str, batch_date: date | None, again: bool, brief: bool, as_json: bool) -> None:
    """Load the bank's files under PATH: one batch per dated folder, or PATH itself. Ends with 1 if a batch failed, 2 if the layout is wrong."""
    actor = system_viewer("load")
    try:
        with told(as_json or not sys.stderr.isatty()) as say:
            outcomes = []
            for outcome in actions.load(path=path, layout_name=layout_name, batch_date=batch_date, again=again, actor=actor, say=say):
                outcomes.append(outcome)
                if brief and not as_json:
                    click.echo(_brief(outcome))
    except (LayoutError, FileNotFoundError, UnpacksToTooMuch) as wrong:
        click.echo(str(wrong), err=True)
        sys.exit(REFUSED)
    if as_json:
        click.echo(json.dumps(summary(outcomes), ensure_ascii=False, default=str))
    elif not brief:
        _show_outcomes(outcomes)
    sys.exit(FAILED if any(one.state == "failed" for one in outcomes) else 0)


def _brief(outcome: actions.Outcome) -> str:
    counts = outcome.feeds.values()
    loaded, rejected = sum(c.loaded for c in counts), sum(c.rejected for c in counts)
    return f"  {outcome.batch_date}  {outcome.state:9}  {loaded:>10,} rows loaded  {rejected:>6,} rejected"


def summary(outcomes: Sequence[actions.Outcome]) -> dict[str, Any]:
    """The last line of `load --json`: one batch as itself, several added up with each under `batches`."""
    several = [_one(outcome) for outcome in outcomes]
    if len(several) == 1:
        return several[0]
    feeds: dict[str, Counter[str]] = {}
    for one in several:
        for name, counts in one["feeds"].items():
            feeds.setdefault(name, Counter()).update(counts)
    states = {one["state"] for one in several}
    state = "failed" if "failed" in states else "loaded" if "loaded" in states else "unchanged"
    ordered = {
        name: {key: counts[key] for key in ("in", "loaded", "unchanged", "rejected", "held") if key in counts}
        for name, counts in feeds.items()
    }
    return {
        "batch": several[-1]["batch"] if several else None, "state": state if several else "unchanged", "feeds": ordered,
        "checks": [check for one in several for check in one["checks"] if not check["ok"]], "batches": several,
    }  # fmt: skip


def _one(outcome: actions.Outcome) -> dict[str, Any]:
    feeds = {
        name: {
            "in": c.count_in,
            "loaded": c.loaded,
            "unchanged": c.unchanged,
            "rejected": c.rejected,
            **({"held": c.held} if c.held else {}),
        }
        for name, c in outcome.feeds.items()
    }
    return {
        "batch": outcome.batch_id, "batch_date": outcome.batch_date.isoformat(), "state": outcome.state, "feeds": feeds,
        "checks": [vars(check) for check in outcome.checks], **({"error": outcome.error} if outcome.error else {}),
        **({"replayed": list(outcome.replayed)} if outcome.replayed else {}),
    }  # fmt: skip


def _show_outcomes(outcomes: Sequence[actions.Outcome]) -> None:
    out = console()
    for outcome in outcomes:
        table = Table(title=f"{outcome.batch_date}  ·  batch {outcome.batch_id}  ·  {outcome.state}", title_justify="left")
        table.add_column("feed")
        for column in ("in", "loaded", "unchanged", "rejected", "held"):
            table.add_column(column, justify="right")
        for name, c in outcome.feeds.items():
            table.add_row(name, *(f"{n:,}" for n in (c.count_in, c.loaded, c.unchanged, c.rejected, c.held)))
        out.print(table)
        for check in outcome.checks:
            if not check.ok:
                out.print(f"  ! {check.name}: expected {check.expected}, found {check.actual}", style="yellow")
        if outcome.error:
            out.print(f"  {outcome.error}", style="red")
    if not outcomes:
        out.print("No batch found under this path.")


@click.command()
@click.argument("batch_id", required=False, type=int)
@click.option("--most", default=20, show_default=True, help="How many.")
@as_json
def batches(batch_id: int | None, most: int, as_json: bool) -> None:
    """The last batches, or one with its feeds, check figures and timings."""
    viewer = system_viewer("batches")
    if batch_id is not None:
        outcome = actions.outcome_of(_batch(batch_id))
        click.echo(json.dumps(_one(outcome), ensure_ascii=False, default=str)) if as_json else _show_outcomes([outcome])
        return
    rows = [_batch_line(batch) for batch in queries.recent_batches(viewer).order_by("-batch_date", "-pk")[:most]]
    if as_json:
        click.echo(json.dumps(rows, default=str))
        return
    table = Table()
    for column in rows[0] if rows else ("batch",):
        table.add_column(column, justify="left" if column in ("source", "date", "kind", "state") else "right")
    for row in rows:
        table.add_row(*(f"{value:,}" if isinstance(value, int) else str(value) for value in row.values()))
    console().print(table)


def _batch_line(batch: Batch) -> dict[str, Any]:
    spent = (batch.finished_at - batch.started_at).total_seconds() if batch.finished_at else 0.0
    counts = {what: getattr(batch, f"count_{what}") for what in queries.COUNTS}
    return {
        "batch": batch.pk, "source": batch.source, "date": batch.batch_date, "attempt": batch.attempt, "kind": batch.kind, "state": str(batch.state),
        **counts, "seconds": round(spent, 1),
    }  # fmt: skip


def _batch(batch_id: int) -> Batch:
    try:
        return Batch.objects.get(pk=batch_id)
    except Batch.DoesNotExist:
        click.echo(f"There is no batch {batch_id}. `zhike batches` lists them.", err=True)
        sys.exit(REFUSED)


@click.command()
@click.argument("batch_id", type=int)
@click.option("--csv", "out", type=click.Path(path_type=Path), help="Write the rows, in clear, to be corrected and replayed. Audited.")
@as_json
def rejects(batch_id: int, out: Path | None, as_json: bool) -> None:
    """Why rows of a batch were refused, counted by reason; --csv writes the rows themselves."""
    batch = _batch(batch_id)
    if out:
        written = export_rejects(batch, out)
        access_actions.record(
            system_viewer("rejects"), "ingestion.rejects_exported", subject=("batch", batch.pk), after={"rows": written, "file": out.name}
        )
        click.echo(f"{out}: {written:,} rows. Correct the column `row`, then `zhike replay {batch_id} {out}`.")
        return
    counted = queries.rejects_by_reason(system_viewer("rejects"), batch)
    if as_json:
        click.echo(json.dumps([vars(one) for one in counted], ensure_ascii=False, default=str))
        return
    table = Table()
    for column in ("feed", "reason", "severity", "rows", "first lines"):
        table.add_column(column, justify="right" if column == "rows" else "left")
    for one in counted:
        table.add_row(one.feed, one.reason, one.severity, f"{one.rows:,}", one.places)
    console().print(table)


@click.command()
@click.argument("batch_id", type=int)
@click.argument("file", type=click.Path(exists=True, path_type=Path))
@as_json
def replay(batch_id: int, file: Path, as_json: bool) -> None:
    """Load the corrected rows of FILE (from `zhike rejects --csv`) into the batch's date."""
    _batch(batch_id)
    try:
        with told(as_json or not sys.stderr.isatty()) as say:
            outcome = actions.replay(batch_id=batch_id, file=file, actor=system_viewer("replay"), say=say)
    except CorrectionError as wrong:
        click.echo(str(wrong), err=True)
        sys.exit(REFUSED)
    click.echo(json.dumps(_one(outcome), ensure_ascii=False, default=str)) if as_json else _show_outcomes([outcome])
    sys.exit(FAILED if outcome.state == "failed" else 0)
