"""`zhike doctor`: what is wrong with this installation, each with what to do."""

from __future__ import annotations

import json
import os
import shutil
import sys
from collections.abc import Callable, Iterator
from dataclasses import asdict

import click
import psycopg
from django.conf import settings
from django.db.migrations.loader import MigrationLoader

from zhike.access.sealing import CannotOpen, keyring, open_sealed
from zhike.commands.finding import Finding
from zhike.commands.health_of_keys import sealed_values, sealing_of_the_audit
from zhike.commands.health_of_predictors import predictors
from zhike.core import postgres
from zhike.core.connections import PROCESSES, Installation
from zhike.core.installing import connect
from zhike.core.paper import what_is_missing
from zhike.core.secret_files import read_secret, readable_by_others

LEAST_DISK = 2 * 1024**3  # bytes


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def doctor(as_json: bool) -> None:
    """Say what is wrong with this installation. Exit code 1 when something is."""
    findings = list(examine(settings.INSTALLATION))
    is_well = all(finding.state != "wrong" for finding in findings)
    if as_json:
        click.echo(json.dumps({"ok": is_well, "findings": [asdict(finding) for finding in findings]}, ensure_ascii=False))
    else:
        marks = {"ok": "✓", "warning": "!", "wrong": "✗"}
        for finding in findings:
            click.echo(f"{marks[finding.state]} {finding.name}: {finding.says}")
    sys.exit(0 if is_well else 1)


def examine(installation: Installation) -> Iterator[Finding]:
    """Everything that doctor looks at, files first, then the server as the owner sees it."""
    yield from _files(installation)
    yield _disk(installation)
    yield _paper()
    yield from _system_user(installation)
    try:
        connection = connect(installation.owner_parameters())
    except psycopg.OperationalError as wrong:
        yield Finding("server", "wrong", f"cannot be reached as the owner, run `zhike init`: {str(wrong).strip().splitlines()[-1]}")
        return
    with connection:
        for look in AS_OWNER:
            yield from look(connection, installation)
    try:
        connection = connect(installation.parameters("migrate"))
    except psycopg.OperationalError as wrong:
        yield Finding("migrate", "wrong", f"cannot connect, run `zhike init`: {str(wrong).strip().splitlines()[-1]}")
        return
    with connection:
        for look in AS_MIGRATE:
            yield from look(connection, installation)


def _files(installation: Installation) -> Iterator[Finding]:
    if not installation.secrets.exists():
        yield Finding("secrets", "wrong", f"{installation.secrets} is missing: run `zhike init`")
        return
    open_files = [path.name for path in sorted(installation.secrets.iterdir()) if readable_by_others(path)]
    if open_files or readable_by_others(installation.secrets):
        yield Finding("secrets", "wrong", f"others may read {', '.join(open_files) or 'the folder'}: chmod -R go= {installation.secrets}")
    else:
        yield Finding("secrets", "ok", "only their owner can read them; keep a copy of keys.json apart from the data")
    missing = [process for process in PROCESSES if read_secret(installation.password_file(process)) is None]
    if missing:
        yield Finding("passwords", "wrong", f"no password for {', '.join(missing)}: run `zhike init`")


def _disk(installation: Installation) -> Finding:
    folder = installation.home if installation.home.exists() else installation.home.parent
    free = shutil.disk_usage(folder).free
    return Finding("disk", "ok" if free > LEAST_DISK else "wrong", f"{free / 1024**3:.1f} GiB free at {folder}")


def _paper() -> Finding:
    missing = what_is_missing()
    return Finding("pdf", "warning" if missing else "ok", missing or "pango and a Chinese font are there")


def _system_user(installation: Installation) -> Iterator[Finding]:
    if os.geteuid() != 0:
        yield Finding("user", "ok", "not root")
        return
    says = "running as root: better as an ordinary user"
    if installation.is_embedded:
        says += (
            f"; PostgreSQL runs as {postgres.SYSTEM_USER}, and the folders above its data and its binaries were made passable"
            " (not readable) for others"
        )
    yield Finding("user", "warning", says)


def _server(connection: psycopg.Connection, _installation: Installation) -> Iterator[Finding]:
    version = connection.info.server_version
    yield Finding(
        "server", "ok" if version >= 150000 else "wrong", f"PostgreSQL {version // 10000}.{version % 10000}; 15 or newer is needed"
    )
    row = connection.execute(
        "select pg_encoding_to_char(encoding), datcollate, datctype, 'é' ~ '^[[:alpha:]]$' and '张' ~ '^[[:alpha:]]$'"
        " from pg_database where datname = current_database()"
    ).fetchone()
    assert row is not None
    encoding, collate, ctype, knows_letters = row
    is_fit = encoding == "UTF8" and knows_letters
    yield Finding("locale", "ok" if is_fit else "wrong", f"{encoding}, collation {collate}, characters {ctype}; UTF8 and C.UTF-8 are right")
    extension = connection.execute("select 1 from pg_extension where extname = 'pg_trgm'").fetchone()
    yield Finding(
        "pg_trgm", "ok" if extension else "warning", "there" if extension else "missing: install PostgreSQL's contrib and run `zhike init`"
    )


def _roles(connection: psycopg.Connection, installation: Installation) -> Iterator[Finding]:
    names = [installation.role(process) for process in PROCESSES]
    rows = connection.execute(
        "select rolname, rolsuper or rolbypassrls or rolcreaterole or rolcreatedb or rolreplication, rolcanlogin from pg_roles where rolname = any(%s)",
        [names],
    ).fetchall()
    too_strong = [name for name, is_strong, _ in rows if is_strong]
    absent = sorted(set(names) - {name for name, _, can_login in rows if can_login})
    if absent:
        yield Finding("roles", "wrong", f"missing: {', '.join(absent)}: run `zhike init`")
    if too_strong:
        yield Finding(
            "roles",
            "wrong",
            f"may more than they should: {', '.join(too_strong)}: alter role … nosuperuser nobypassrls nocreaterole nocreatedb",
        )
    owned = connection.execute(
        "select count(*) from pg_class c join pg_namespace n on n.oid = c.relnamespace"
        " where pg_get_userbyid(c.relowner) = any(%s) and n.nspname in ('public', 'access')",
        [[installation.role(process) for process in ("web", "read", "job")]],
    ).fetchone()
    assert owned is not None
    if owned[0]:
        yield Finding("ownership", "wrong", f"{owned[0]} tables belong to a role that must own nothing")
    elif not absent and not too_strong:
        yield Finding("roles", "ok", "four, none may more than it should; web owns nothing")


def _walls(connection: psycopg.Connection, installation: Installation) -> Iterator[Finding]:
    rows = connection.execute(WITHOUT_WALL, {"web": installation.role("web"), "read": installation.role("read")}).fetchall()
    if rows:
        yield Finding(
            "walls", "wrong", f"tables with customers but without row security by the viewer: {', '.join(name for (name,) in rows)}"
        )
    else:
        yield Finding("walls", "ok", "every table with customers has row security, and what web and read see of it follows the viewer")


WITHOUT_WALL = """
    select c.relname from pg_class c join pg_namespace n on n.oid = c.relnamespace
    where n.nspname = 'public' and c.relkind in ('r', 'p')
      and (c.relname = 'parties_party' or exists (
            select 1 from pg_attribute a where a.attrelid = c.oid and not a.attisdropped
            and (a.attname = 'party_id' or a.attname like '%%\\_digest' and a.attname <> 'row_digest')))
      and (not (c.relrowsecurity and c.relforcerowsecurity and exists (select 1 from pg_policy p where p.polrelid = c.oid and p.polcmd in ('r', '*')))
           or exists (select 1 from pg_policy p where p.polrelid = c.oid and p.polpermissive
                      and p.polroles && array[0, to_regrole(%(web)s), to_regrole(%(read)s)]::oid[]
                      and coalesce(pg_get_expr(p.polqual, p.polrelid), pg_get_expr(p.polwithcheck, p.polrelid), '') !~ '^false$|access[.]viewer'))
      and (has_table_privilege(to_regrole(%(web)s)::oid, c.oid, 'select') or has_table_privilege(to_regrole(%(read)s)::oid, c.oid, 'select'))
    order by 1
"""


def _migrations(connection: psycopg.Connection, _installation: Installation) -> Iterator[Finding]:
    there = connection.execute("select to_regclass('public.django_migrations') is not null").fetchone()
    done = set(connection.execute("select app, name from django_migrations").fetchall()) if there and there[0] else set()
    waiting = sorted(set(MigrationLoader(None, ignore_no_migrations=True).graph.nodes) - done)
    if waiting:
        names = ", ".join(".".join(key) for key in waiting[:5])
        yield Finding("migrations", "wrong", f"{len(waiting)} not run ({names} …): run `zhike init`")
    else:
        yield Finding("migrations", "ok", "all run")


def _keys(connection: psycopg.Connection, _installation: Installation) -> Iterator[Finding]:
    there = connection.execute("select to_regclass('public.access_vault') is not null").fetchone()
    row = connection.execute("select sealed from access_vault limit 1").fetchone() if there and there[0] else None
    try:
        if row:
            open_sealed(bytes(row[0]))
        yield Finding("keys", "ok", f"version {keyring().version}" + ("; opens what is sealed" if row else ""))
    except CannotOpen as wrong:
        yield Finding("keys", "wrong", f"keys.json does not open what is sealed ({wrong}): restore it from its copy")


def _insight(connection: psycopg.Connection, _installation: Installation) -> Iterator[Finding]:
    """Whether what is shown of customers' worth was computed after the last load."""
    there = connection.execute(
        "select to_regclass('public.insight_build') is not null and to_regclass('public.ingestion_batch') is not null"
    ).fetchone()
    loaded = connection.execute(LOADED).fetchone() if there and there[0] else None
    if loaded is None or loaded[0] is None:
        return
    shown = connection.execute("select business_date, started_at from insight_build where is_shown").fetchone()
    if shown is not None and shown[0] >= loaded[0] and shown[1] >= loaded[1]:
        yield Finding("insight", "ok", f"computed as of {shown[0]}")
        return
    is_of = f"is as of {shown[0]}, computed {shown[1]:%Y-%m-%d %H:%M}" if shown else "was never computed"
    yield Finding(
        "insight", "warning",
        f"what customers are worth {is_of}; files are loaded up to {loaded[0]}, the last at {loaded[1]:%Y-%m-%d %H:%M}:"
        " the worker computes them unless ZHIKE_BUILD_AFTER_LOAD is 0; or run `zhike insight build`",
    )  # fmt: skip


LOADED = "select max(batch_date), max(finished_at) from ingestion_batch where state = 'loaded'"
Look = Callable[[psycopg.Connection, Installation], Iterator[Finding]]
AS_OWNER: tuple[Look, ...] = (_server, _roles, _walls)
AS_MIGRATE: tuple[Look, ...] = (
    _migrations,
    _keys,
    sealed_values,
    sealing_of_the_audit,
    predictors,
    _insight,
)  # an owner who is no superuser cannot read the tables
