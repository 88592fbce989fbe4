"""`zhike mcp`: the bank's own assistants read with a person's token."""

from __future__ import annotations

import os

import click
from django.utils import timezone

from zhike.access.scope import NOBODY, entered
from zhike.api.assistants import Desk, server
from zhike.api.tokens import TokenUnfit, holder_of


@click.command()
@click.option(
    "--token-env", default="ZHIKE_TOKEN", show_default=True, metavar="NAME", help="The environment variable that holds the token."
)
@click.option(
    "--port", type=click.IntRange(1, 65535), default=None, help="Speak streamable HTTP on 127.0.0.1 instead of standard input and output."
)
def mcp(token_env: str, port: int | None) -> None:
    """Read as the person of a token, for an assistant (Model Context Protocol). Every call is recorded in her name."""
    token = os.environ.get(token_env, "")
    try:
        with entered(NOBODY):
            holder = holder_of(token, timezone.now())
    except TokenUnfit as wrong:
        raise click.ClickException(f"{token_env}: the token does not open ({wrong.reason}): make one with `zhike token new`.") from wrong
    click.echo(f"reading as {holder.viewer.login}: {', '.join(sorted(holder.viewer.permissions))}", err=True)
    tools = server(Desk(token))
    if port is None:
        tools.run("stdio")
    else:
        tools.run("streamable-http", host="127.0.0.1", port=port)
