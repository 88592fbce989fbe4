"""`zhike person`."""

from __future__ import annotations

import os
import sys

import click
from django.utils import timezone

from zhike.access.actions import PersonRefused, add_person, set_password
from zhike.access.models import Person
from zhike.access.rules import ROLES, SHORTEST_PASSWORD
from zhike.access.scope import entered, system_viewer
from zhike.access.second_factor import reset

WHY = {
    "taken": "this login is taken",
    "unknown_employee": "no employee has this staff number",
    "too_short": f"a password has at least {SHORTEST_PASSWORD} characters",
    "breached": "this password stands on lists of stolen ones",
    "own_name": "a password does not hold one's own log-in name",
    "missing": "it must not be empty",
}


@click.group()
def person() -> None:
    """People who may log in."""


@person.command()
@click.argument("login")
@click.option("--name", required=True, help="As colleagues call her.")
@click.option("--role", required=True, type=click.Choice(sorted(ROLES)))
@click.option("--staff-no", "--employee", "staff_no", default="", help="Her number in the personnel file; her scope follows it.")
@click.option("--password-stdin", is_flag=True, help="Read the password from the first line of standard input.")
@click.option("--password-env", metavar="NAME", default="", help="Read the password from this environment variable.")
@click.option("--language", type=click.Choice(["", "en", "zh-hans"]), default="")
@click.option("--demo", is_flag=True, help="Offer her on the log-in page where ZHIKE_DEMO is set; she needs no password.")
def add(login: str, name: str, role: str, staff_no: str, password_stdin: bool, password_env: str, language: str, demo: bool) -> None:
    """Add somebody who may log in. Without a password option it is asked for."""
    actor = system_viewer("person add")
    password = None if demo and not (password_stdin or password_env) else _password(password_stdin, password_env)
    try:
        with entered(actor):
            add_person(
                actor=actor, at=timezone.now(), login=login, name=name, role=role, staff_no=staff_no, password=password,
                language=language, is_demo=demo,
            )  # fmt: skip
    except PersonRefused as wrong:
        raise click.ClickException(f"{wrong.field}: {WHY.get(wrong.reason, wrong.reason)}") from wrong
    click.echo(f"{login}: added.")


@person.command()
@click.argument("login")
@click.option("--password-stdin", is_flag=True, help="Read the password from the first line of standard input.")
@click.option("--password-env", metavar="NAME", default="", help="Read the password from this environment variable.")
def password(login: str, password_stdin: bool, password_env: str) -> None:
    """Give somebody a new password and end a lock-out."""
    actor = system_viewer("person password")
    with entered(actor):
        somebody = Person.objects.filter(login=login.strip().lower()).first()
        if somebody is None:
            raise click.ClickException(f"{login}: there is nobody with this login.")
        try:
            set_password(actor=actor, at=timezone.now(), person=somebody, password=_password(password_stdin, password_env))
        except PersonRefused as wrong:
            raise click.ClickException(WHY.get(wrong.reason, wrong.reason)) from wrong
    click.echo(f"{login}: changed.")


@person.command("reset-second-factor")
@click.argument("login")
def reset_second_factor(login: str) -> None:
    """Take away the second factors of somebody who has lost her telephone; her password stays."""
    actor = system_viewer("person reset-second-factor")
    with entered(actor):
        somebody = Person.objects.filter(login=login.strip().lower()).first()
        if somebody is None:
            raise click.ClickException(f"{login}: there is nobody with this login.")
        reset(actor=actor, at=timezone.now(), person=somebody)
    click.echo(f"{login}: taken away.")


def _password(from_stdin: bool, variable: str) -> str:
    if variable:
        return os.environ.get(variable, "")
    if from_stdin:
        return sys.stdin.readline().rstrip("\n")
    answer: str = click.prompt("Password", hide_input=True, confirmation_prompt=True)
    return answer
