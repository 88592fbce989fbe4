"""`zhike backup`: everything of an installation in one encrypted file, while people work and files are loaded."""

from __future__ import annotations

import io
import json
import os
import tarfile
from datetime import datetime
from pathlib import Path
from typing import Any

import click
import psycopg
from django.conf import settings
from django.utils import timezone
from psycopg import sql

from zhike.access.actions import record
from zhike.access.archives import UnderPassphrase, Writer, under_passphrase
from zhike.access.keys import KeyRefused, read_book
from zhike.access.masters import masters
from zhike.access.scope import entered, system_viewer
from zhike.commands import clients
from zhike.core.connections import Installation
from zhike.core.installing import connect
from zhike.core.secret_files import read_secret

BEFORE = "audit"  # taken before the snapshot: no signed head may reach further than the entries in the dump
AFTER = ("warehouse", "files")  # taken after it: every landing that the dump names is there
SECRETS = ("keys.json", "session.key")  # the first is wrapped by the master key; passwords of database roles are made anew
SHORTEST_PASSPHRASE = 12


@click.command()
@click.argument("file", type=click.Path(path_type=Path))
@click.option(
    "--with-keys", is_flag=True, help="Put the master key into it, under a passphrase. Without: the file is worth nothing without that key."
)
@click.option(
    "--passphrase-env", default="ZHIKE_BACKUP_PASSPHRASE", show_default=True, help="The variable with the passphrase; asked for otherwise."
)
def backup(file: Path, with_keys: bool, passphrase_env: str) -> None:
    """Write database, warehouse and files into FILE, encrypted, as they are at this moment."""
    at, installation = timezone.now(), settings.INSTALLATION
    try:
        read_book()
    except KeyRefused as wrong:
        raise click.ClickException(str(wrong)) from wrong
    keys = under_passphrase(masters(), _passphrase(passphrase_env)) if with_keys else None
    draft = file.with_name(f".{file.name}.unfinished")
    try:
        counts = _write(draft, installation, at, keys)
        draft.replace(file)
    finally:
        draft.unlink(missing_ok=True)
    actor = system_viewer("backup")
    with entered(actor):
        record(
            actor,
            "installation.backed_up",
            subject=("file", file.name),
            after={"with_keys": with_keys, "rows": sum(counts.values())},
            at=at,
        )
    click.echo(
        f"{file}: {file.stat().st_size / 2**20:,.1f} MB, {sum(counts.values()):,} rows; opens with the master key {masters().newest}"
    )


def _passphrase(variable: str) -> str:
    given = os.environ.get(variable) or click.prompt("Passphrase / 口令", hide_input=True, confirmation_prompt=True)
    if len(given) < SHORTEST_PASSPHRASE:
        raise click.ClickException(f"The passphrase needs at least {SHORTEST_PASSPHRASE} characters.")
    return str(given)


def _write(draft: Path, installation: Installation, at: datetime, keys: UnderPassphrase | None) -> dict[str, int]:
    with (
        os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as out,
        connect(installation.parameters("migrate"), autocommit=False) as connection,
    ):
        connection.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
        writer = Writer(out, masters(), made_at=at.isoformat(timespec="seconds"), keys=keys)
        with tarfile.open(fileobj=writer, mode="w|", format=tarfile.PAX_FORMAT) as archive:
            server = connection.info.server_version // 10000
            _add(archive, "about.json", json.dumps({"prefix": installation.prefix, "made_at": at.isoformat(), "server": server}).encode())
            for name in SECRETS:
                if kept := read_secret(installation.secrets / name):
                    _add(archive, f"secrets/{name}", kept.encode())
            _add_folder(archive, installation.home, BEFORE)
            snapshot = _one(connection, "select pg_export_snapshot()")
            for number, piece in enumerate(clients.dumped(installation, server, snapshot)):
                _add(archive, f"database/{number:06d}", piece)
            for folder in AFTER:
                _add_folder(archive, installation.home, folder)
            counts = rows_of(connection)
            _add(archive, "rows.json", json.dumps(counts).encode())
        writer.finish()
        out.flush()
        os.fsync(out.fileno())
    return counts


def rows_of(connection: psycopg.Connection) -> dict[str, int]:
    """How many rows each table has, by the transaction's snapshot."""
    tables = connection.execute(
        "select c.relname from pg_class c where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p') and not c.relispartition order by 1"
    ).fetchall()
    return {name: int(_one(connection, sql.SQL("select count(*) from {}").format(sql.Identifier(name)))) for (name,) in tables}


def _one(connection: psycopg.Connection, statement: str | sql.Composed) -> Any:
    row = connection.execute(statement).fetchone()
    assert row is not None
    return row[0]


def _add_folder(archive: tarfile.TarFile, home: Path, folder: str) -> None:
    """What lies in a folder of the installation and is not being written."""
    for path in sorted((home / folder).rglob("*")):
        if path.is_file() and not path.name.startswith("."):
            _add_file(archive, path, str(path.relative_to(home)))


def _add(archive: tarfile.TarFile, name: str, content: bytes) -> None:
    entry = tarfile.TarInfo(name)
    entry.size = len(content)
    archive.addfile(entry, io.BytesIO(content))


def _add_file(archive: tarfile.TarFile, path: Path, name: str) -> None:
    try:
        source = path.open("rb")
    except FileNotFoundError:
        return  # a landing that failed was taken away meanwhile
    with source:
        entry = tarfile.TarInfo(name)
        entry.size, entry.mtime = os.fstat(source.fileno()).st_size, int(path.stat().st_mtime)
        archive.addfile(entry, source)  # of a file that grows, what it was when it was opened
