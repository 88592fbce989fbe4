"""`zhike token`: keys by which programs ask as a person."""

from __future__ import annotations

from datetime import timedelta

import click
from django.utils import timezone

from zhike.access.models import Person
from zhike.access.scope import NOBODY, entered, system_viewer, viewer_for
from zhike.api.actions import TokenRefused, make_token, revoke_token
from zhike.api.models import Token
from zhike.api.rules import SCOPES

WHY = {
    "missing": "it must not be empty",
    "unknown": f"the scopes are: {', '.join(SCOPES)}",
    "beyond": "her role does not hold all of these rights",
    "too_long": "at most 366 days",
    "past": "at least one day",
}


@click.group()
def token() -> None:
    """Tokens: keys by which programs ask as a person, never for more than their scopes."""


@token.command()
@click.argument("login")
@click.option("--name", required=True, help="What it is for.")
@click.option(
    "--scope", "scopes", multiple=True, type=click.Choice(SCOPES), help="A right it carries; may be repeated. Without: all she holds."
)
@click.option("--days", type=click.IntRange(1, 366), default=90, show_default=True, help="How long it is good for.")
def new(login: str, name: str, scopes: tuple[str, ...], days: int) -> None:
    """Make a token that acts as LOGIN and print it. It cannot be shown again."""
    actor, at = system_viewer("token new"), timezone.now()
    with entered(NOBODY):
        person = Person.objects.select_related("employee__unit").filter(login=login.strip().lower(), is_active=True, has_left=False).first()
        if person is None:
            raise click.ClickException(f"{login}: there is nobody active with this login.")
        holder = viewer_for(person)
    try:
        with entered(actor):
            asked = scopes or [scope for scope in SCOPES if holder.may(scope)]
            made = make_token(actor=actor, at=at, holder=holder, name=name, scopes=asked, expires_at=at + timedelta(days=days))
    except TokenRefused as wrong:
        raise click.ClickException(f"{wrong.field}: {WHY[wrong.reason]}") from wrong
    click.echo(made.text)
    click.echo(f"{made.token.pk}: acts as {login} until {made.token.expires_at:%Y-%m-%d}: {', '.join(made.token.scopes)}", err=True)


@token.command()
@click.argument("number", type=int)
def revoke(number: int) -> None:
    """End token NUMBER at once."""
    actor = system_viewer("token revoke")
    with entered(actor):
        found = Token.objects.filter(pk=number).first()
        if found is None:
            raise click.ClickException(f"{number}: there is no such token.")
        revoke_token(actor=actor, at=timezone.now(), token=found)
    click.echo(f"{number}: revoked.")


@token.command("list")
def list_() -> None:
    """All tokens that are still good."""
    at = timezone.now()
    with entered(system_viewer("token list")):
        for row in Token.objects.select_related("person").filter(revoked_at=None, expires_at__gt=at).order_by("pk"):
            used = f"used {row.last_used_at:%Y-%m-%d %H:%M}" if row.last_used_at else "never used"
            click.echo(f"{row.pk}  {row.begins}…  {row.person.login}  {row.name}  until {row.expires_at:%Y-%m-%d}  {used}")
