"""`zhike layouts`."""

from __future__ import annotations

import json
from pathlib import Path

import click

from zhike.ingestion.drafting import draft
from zhike.ingestion.layout_reading import load_layout
from zhike.ingestion.layouts import shipped_layouts


@click.group(invoke_without_command=True)
@click.pass_context
@click.option("--json", "as_json", is_flag=True, help="One line of JSON instead of a list.")
def layouts(ctx: click.Context, as_json: bool) -> None:
    """List the layouts that are shipped; `layouts new` drafts one for other files."""
    if ctx.invoked_subcommand:
        return
    known = {name: load_layout(name) for name in shipped_layouts()}
    if as_json:
        click.echo(json.dumps({name: {"source": one.source, "feeds": sorted({f.feed for f in one.feeds})} for name, one in known.items()}))
        return
    for name, one in known.items():
        click.echo(f"{name:10} {one.title.get('en', '')}  ({', '.join(dict.fromkeys(f.feed for f in one.feeds))})")


@layouts.command("new")
@click.argument("paths", nargs=-1, required=True, type=click.Path(exists=True, path_type=Path))
@click.option("--out", type=click.Path(path_type=Path), help="Write here instead of the screen.")
def new_layout(paths: tuple[Path, ...], out: Path | None) -> None:
    """Draft a layout by looking at sample files: encoding, delimiter, types, likely keys and feeds. Read it before you use it."""
    text = draft(list(paths))
    if out:
        out.write_text(text, encoding="utf-8")
        click.echo(f"{out}: look through the comments, then `zhike load PATH --layout {out}`.")
    else:
        click.echo(text)
