"""`zhike fields`: the declared fields, and their indexes made or dropped at once."""

from __future__ import annotations

import click
from django.utils import timezone

from zhike.access.actions import record
from zhike.access.scope import entered, system_viewer
from zhike.parties import indexing
from zhike.parties.field_types import INDEXABLE
from zhike.parties.models import DeclaredField


@click.group(invoke_without_command=True)
@click.pass_context
def fields(context: click.Context) -> None:
    """List the declared fields with their types and indexes."""
    if context.invoked_subcommand is None:
        with entered(system_viewer("fields")):
            for row in DeclaredField.objects.order_by("group", "place", "pk"):
                state = "retired" if row.retired_at else f"index {row.index_state}" if row.index_state else ""
                click.echo(f"{row.name:42}{row.type:12}{row.protection:4}{state} {row.index_error}".rstrip())


@fields.command("index")
@click.argument("name")
@click.option("--drop", is_flag=True, help="Drop it instead.")
def index(name: str, drop: bool) -> None:
    """Index the field NAME and wait until it is done; while it runs, nobody has to."""
    row = DeclaredField.objects.filter(name=name).first()
    if row is None or row.type not in INDEXABLE or row.retired_at:
        raise click.ClickException(
            f"{name}: no such field in use, or not of a type that can be indexed. / 没有此字段、已停用或该类型不能建索引。"
        )
    with entered(system_viewer("fields")) as actor:
        DeclaredField.objects.filter(pk=row.pk).update(is_indexed=not drop)
        before, after = {"is_indexed": row.is_indexed}, {"is_indexed": not drop}
        record(actor, "parties.field_changed", subject=("field", name), before=before, after=after, at=timezone.now())
    count = indexing.put_right(row.pk, step=lambda done: click.echo(f"\r{done:,}", nl=False, err=True))
    click.echo(f"{name}: index {'dropped' if drop else 'there'}, {count:,} values. / 索引{'已删除' if drop else '已建成'}。")
