"""The programs of PostgreSQL that read and write a whole database, called under the role that owns the tables."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import click

from zhike.core.connections import Installation
from zhike.core.postgres import client_binaries

_PLACES = {
    "host": "PGHOST",
    "port": "PGPORT",
    "user": "PGUSER",
    "password": "PGPASSWORD",
    "dbname": "PGDATABASE",
    "sslmode": "PGSSLMODE",
    "sslrootcert": "PGSSLROOTCERT",
}
PIECE = 16 << 20


def environment(installation: Installation) -> dict[str, str]:
    """Where and as whom: not on the command line, where every user of the machine reads it."""
    return {**os.environ, **{_PLACES[name]: value for name, value in installation.parameters("migrate").items() if name in _PLACES}}


def dumped(installation: Installation, server: int, snapshot: str) -> Iterator[bytes]:
    """The database as of a snapshot, in pieces. `server`: its major version."""
    # the owner of the tables is under their walls too; the policy for her lets her see every row
    command: list[str | Path] = [
        _program("pg_dump", server),
        "--format=custom",
        "--compress=3",
        "--enable-row-security",
        "--exclude-schema=stage",
        f"--snapshot={snapshot}",
    ]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environment(installation)) as process:
        assert process.stdout is not None and process.stderr is not None
        while piece := process.stdout.read(PIECE):
            yield piece
        told = process.stderr.read().decode(errors="replace").strip()
    if process.returncode:
        raise click.ClickException(f"pg_dump: {told}")


def restored(installation: Installation, server: int, pieces: Iterator[bytes]) -> None:
    """Put a dump into the database, all of it or nothing."""
    command: list[str | Path] = [
        _program("pg_restore", server),
        "--no-owner",
        "--exit-on-error",
        "--single-transaction",
        f"--dbname={installation.database}",
    ]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stderr=subprocess.PIPE, env=environment(installation)) as process:
        assert process.stdin is not None and process.stderr is not None
        try:
            for piece in pieces:
                process.stdin.write(piece)
            process.stdin.close()
        except BrokenPipeError:
            pass  # it has ended and says why
        told = process.stderr.read().decode(errors="replace").strip()
    if process.returncode:
        raise click.ClickException(f"pg_restore: {told[-2000:]}")


def _program(name: str, server: int) -> Path:
    folder = client_binaries(server)
    if folder is None:
        raise click.ClickException(
            f"{name} of PostgreSQL {server} is not installed here (Debian: apt-get install postgresql-client-{server})."
        )
    return folder / name
