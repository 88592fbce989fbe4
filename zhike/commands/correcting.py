"""`zhike corrections`: what people know better, for the systems that keep it."""

from __future__ import annotations

import csv
import dataclasses
import os
from pathlib import Path

import click
from django.utils import timezone

from zhike.access.scope import entered, system_viewer
from zhike.parties.correcting import HandedOver, hand_over

COLUMNS = [field.name for field in dataclasses.fields(HandedOver)]


@click.command()
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@click.option("--again", is_flag=True, help="Also those that were sent before and are not confirmed.")
def corrections(file: Path, again: bool) -> None:
    """Write the corrections that wait into FILE (CSV, UTF-8), for the systems that keep the facts. It holds protected values in clear, so only
    its owner may read it; the corrections then count as sent."""
    actor = system_viewer("corrections")
    try:
        opened = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError as there:
        raise click.ClickException(f"{file} exists already; name another file. / {file} 已存在，请换一个文件名。") from there
    with os.fdopen(opened, "w", encoding="utf-8", newline="") as output, entered(actor):
        writer = csv.DictWriter(output, COLUMNS)
        writer.writeheader()
        handed = hand_over(actor=actor, at=timezone.now(), again=again)
        writer.writerows(dataclasses.asdict(one) for one in handed)
    click.echo(f"{file}: {len(handed)} corrections. / 共 {len(handed)} 条更正。")
