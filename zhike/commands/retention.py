"""`zhike retention`: forget what need not be kept any longer, or say what that would be."""

from __future__ import annotations

import json

import click
from django.utils import timezone

from zhike.access.scope import system_viewer
from zhike.privacy import retention as schedule


@click.command()
@click.option("--dry-run", is_flag=True, help="Only say what would be forgotten.")
@click.option("--json", "as_json", is_flag=True, help="Write it as JSON.")
def retention(dry_run: bool, as_json: bool) -> None:
    """Forget what the retention schedule says; the worker does it every night. Nothing of a customer under legal hold."""
    now = timezone.now()
    lines = schedule.dry_run(at=now) if dry_run else schedule.run(actor=system_viewer("retention"), at=now)
    if as_json:
        click.echo(
            json.dumps({line.rule.name: {"before": line.before.isoformat(), "rows": line.rows, "held": line.held} for line in lines})
        )
        return
    for line in lines:
        held = f", {line.held:,} kept by legal hold" if line.held else ""
        click.echo(f"{line.rule.name:<14} before {line.before}: {line.rows:,} {'would be forgotten' if dry_run else 'forgotten'}{held}")
