"""`zhike sql`: one read-only statement, under the web role, with a person's signed identity (decision 12).

`zhike identity`: such an identity for a BI tool that connects as the read role.
"""

from __future__ import annotations

import json
import time
from typing import Any

import click
import psycopg
from django.conf import settings
from django.core.serializers.json import DjangoJSONEncoder
from psycopg import errors
from psycopg import sql as composed
from rich.table import Table

from zhike.access.actions import record
from zhike.access.doors import coming_through
from zhike.access.models import Person
from zhike.access.rules import permissions_of
from zhike.access.scope import NOBODY, Viewer, entered, sign, viewer_for
from zhike.commands.printing import console
from zhike.core.installing import connect

LONGEST = 300  # seconds a statement may take
LONGEST_IDENTITY = 24  # hours; scope and rights are those of the moment it was given

# Who holds the data folder's secrets, before the first administrator is added. She stands in the audit as what she is.
OPERATOR = Viewer(None, "system:operator", "operator", "administrator", "bank", permissions=permissions_of("administrator"))


@click.command()
@click.argument("query")
@click.option(
    "--as",
    "login",
    metavar="PERSON",
    default="",
    help="With whose rights; without it the first administrator's, or before there is one the operator's.",
)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object a row.")
def sql(query: str, login: str, as_json: bool) -> None:
    """Run one read-only statement with a person's rights: she sees what she sees on the pages. It is recorded before it runs."""
    viewer = _viewer(login)
    with coming_through("sql"), entered(viewer):
        record(viewer, "access.sql_run", reason=query[:4000])
    columns, rows = _run(viewer, query)
    if as_json:
        for row in rows:
            click.echo(json.dumps(dict(zip(columns, map(_plain, row), strict=True)), cls=DjangoJSONEncoder, ensure_ascii=False))
    else:
        _print(columns, rows)


@click.command()
@click.argument("login", metavar="PERSON")
@click.option("--hours", type=click.IntRange(1, LONGEST_IDENTITY), default=8, show_default=True, help="How long it is good for.")
def identity(login: str, hours: int) -> None:
    """Print the statement that makes a BI tool's connection see what PERSON sees. Whoever has it reads as she does: it is recorded."""
    viewer = _viewer(login)
    with entered(viewer):
        record(viewer, "access.identity_given", subject=("person", viewer.person_id), after={"hours": hours})
    signed = sign(viewer, expires=time.time() + hours * 3600, door="sql")
    click.echo(composed.SQL("select set_config('zhike.viewer', {}, false);").format(composed.Literal(signed)).as_string())


def _viewer(login: str) -> Viewer:
    with entered(NOBODY):
        people = Person.objects.select_related("employee__unit").filter(is_active=True, has_left=False).order_by("pk")
        person = people.filter(login=login.strip().lower()).first() if login else people.filter(role=Person.Role.ADMINISTRATOR).first()
        if person is None and not login:
            return OPERATOR
        if person is None:
            raise click.ClickException(f"{login or 'administrator'}: there is nobody active like this.")
        return viewer_for(person)


def _run(viewer: Viewer, query: str) -> tuple[list[str], list[tuple[Any, ...]]]:
    """The statement is prepared, which the server refuses for more than one, in a read-only transaction of its own."""
    words = settings.INSTALLATION.parameters("web")
    signed = sign(viewer, expires=time.time() + LONGEST, door="sql")
    try:
        with connect(words, autocommit=False) as connection, connection.cursor() as cursor:
            cursor.execute("set transaction read only")
            cursor.execute(composed.SQL("set local statement_timeout = {}").format(composed.Literal(LONGEST * 1000)))
            cursor.execute("select set_config('zhike.viewer', %s, true)", [signed])
            cursor.execute(query, prepare=True)
            if cursor.description is None:
                return [], []
            return [column.name for column in cursor.description], cursor.fetchall()
    except errors.ReadOnlySqlTransaction as wrong:
        raise click.ClickException("only statements that read are run here. / 这里只执行读取数据的语句。") from wrong
    except psycopg.Error as wrong:
        raise click.ClickException(str(wrong).strip()) from wrong


def _plain(value: Any) -> Any:
    return bytes(value).hex() if isinstance(value, bytes | memoryview) else value


def _print(columns: list[str], rows: list[tuple[Any, ...]]) -> None:
    table = Table(*columns)
    for row in rows:
        table.add_row(*("" if value is None else str(_plain(value)) for value in row))
    console().print(table)
    click.echo(f"{len(rows)} rows")
