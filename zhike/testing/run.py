"""The ground of one test run: a temporary folder, one PostgreSQL server, and databases cloned from templates.

Every process of the run (the one that was started and its parallel workers) finds the same ground through ZHIKE_TEST_RUN. The server
is the embedded one in that folder, or the bank's own where DATABASE_URL names it; then the run's roles carry a prefix of their own and
are dropped at the end. Each database has its own data folder beside it, because landed files belong to the facts in the database;
all share the folder of secrets, so that any of them opens what another has sealed.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import secrets
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote, urlsplit, urlunsplit

import psycopg
from psycopg import sql

from zhike.core import postgres
from zhike.core.connections import PROCESSES, Installation
from zhike.core.secret_files import secret_or_new
from zhike.testing import kept

FOLDER, SERVER, PREFIX = "ZHIKE_TEST_RUN", "ZHIKE_TEST_SERVER", "ZHIKE_TEST_PREFIX"


class NotMade(Exception):
    """A template of the run could not be made; the text says why, and every test that needs it fails with it."""


@dataclass(frozen=True)
class Run:
    """One run: its folder, the bank's server (empty: the embedded one) and the prefix of its roles and databases."""

    folder: Path
    server_url: str
    prefix: str

    @classmethod
    def begin(cls) -> Run:
        """A new run for this process and its workers; DATABASE_URL of the moment is the server."""
        folder = Path(tempfile.mkdtemp(prefix="zt-"))
        folder.chmod(0o755)  # root's server passes through it
        url = os.environ.get("DATABASE_URL", "")
        if not url:
            kept.bring(folder)
        run = cls(folder, url, f"zt{secrets.token_hex(3)}" if url else "zhike")
        os.environ.update({FOLDER: str(folder), SERVER: url, PREFIX: run.prefix})
        for process in ("owner", *PROCESSES):
            secret_or_new(folder / "secrets" / f"{run.prefix}_{process}.password")
        return run

    @classmethod
    def joined(cls) -> Run | None:
        """The run that this process is a worker of; None where it has to begin one."""
        folder = os.environ.get(FOLDER)
        return cls(Path(folder), os.environ[SERVER], os.environ[PREFIX]) if folder else None

    @property
    def server(self) -> postgres.Server:
        """The embedded server of the run (not where the bank's own is used)."""
        secret = self.folder / "secrets" / f"{self.prefix}_owner.password"
        return postgres.Server(self.folder / "postgres", owner=f"{self.prefix}_owner", secret=secret, shared_buffers="128MB")

    def database(self, name: str) -> str:
        """The full name of one of the run's databases."""
        return f"{self.prefix}_{name}"

    def url(self, name: str) -> str:
        """The owner's address of one of the run's databases."""
        if self.server_url:
            return urlunsplit(urlsplit(self.server_url)._replace(path=f"/{self.database(name)}"))
        words = self.server.address()
        return (
            f"postgresql://{words['user']}:{quote(words['password'], safe='')}@/{self.database(name)}"
            f"?host={quote(words['host'], safe='')}&port={words['port']}"
        )

    def home(self, name: str) -> Path:
        """The data folder of one of the run's databases; made when it is missing."""
        home = self.folder / name
        home.mkdir(exist_ok=True)
        with contextlib.suppress(FileExistsError):
            (home / "secrets").symlink_to(self.folder / "secrets")
        return home

    def installation(self, name: str) -> Installation:
        """One of the run's databases as an installation of Zhike."""
        return Installation(self.home(name), self.url(name), self.prefix)

    def environment(self, name: str) -> dict[str, str]:
        """The settings by which a process works on that database."""
        return {
            "ZHIKE_HOME": str(self.home(name)),
            "DATABASE_URL": self.url(name),
            "ZHIKE_ROLE_PREFIX": self.prefix,
            "ZHIKE_BUILD_AFTER_LOAD": "0",
        }

    @contextlib.contextmanager
    def owner(self) -> Iterator[psycopg.Connection]:
        """A connection that may make and drop databases."""
        url = self.server_url or self.url("x").replace(f"/{self.database('x')}?", "/postgres?")
        with psycopg.connect(url, autocommit=True) as connection:
            yield connection

    def hurry(self) -> None:
        """The embedded server of a test run need not survive a power cut. What a killed *client* leaves behind is not changed by this."""
        with self.owner() as connection:
            for setting in ("fsync", "synchronous_commit", "full_page_writes"):
                connection.execute(sql.SQL("alter system set {} = off").format(sql.Identifier(setting)))
            connection.execute("select pg_reload_conf()")

    def create(self, name: str, like: str | None = None) -> None:
        """Make a database: empty, or with everything that is in database and data folder of `like` (which nobody may be using)."""
        template: sql.Composable = sql.SQL("template template0 encoding 'UTF8' locale 'C.UTF-8'")
        if like is not None:
            template = sql.SQL("template {}").format(sql.Identifier(self.database(like)))
            for part in ("warehouse", "files"):
                if (self.home(like) / part).exists():
                    shutil.copytree(self.home(like) / part, self.home(name) / part, dirs_exist_ok=True)
        with self.owner() as connection:
            connection.execute(sql.SQL("create database {} {}").format(sql.Identifier(self.database(name)), template))

    def drop(self, name: str) -> None:
        """Drop a database and its data folder, whoever is connected."""
        with self.owner() as connection:
            connection.execute(sql.SQL("drop database if exists {} with (force)").format(sql.Identifier(self.database(name))))
        shutil.rmtree(self.home(name), ignore_errors=True)

    def zhike(self, name: str, *arguments: str, seconds: float = 600, **more: str) -> subprocess.CompletedProcess[str]:
        """Runs the command `zhike` on one of the run's databases as a process of its own; its exit code is the caller's to judge."""
        environment = {k: v for k, v in os.environ.items() if k not in {"ZHIKE_PROCESS", "DJANGO_SETTINGS_MODULE"}}
        command = [sys.executable, "-c", "from zhike.cli import main; raise SystemExit(main())", *arguments]
        environment |= self.environment(name) | more
        return subprocess.run(command, env=environment, capture_output=True, text=True, check=False, timeout=seconds)

    def once(self, name: str, make: Callable[[], None]) -> None:
        """Runs `make` in the first process that asks; the others wait and then find it done. A failure is told to all: `NotMade`."""
        done, failed = self.folder / f"{name}.done", self.folder / f"{name}.failed"
        with (self.folder / f"{name}.lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            if failed.exists():
                raise NotMade(failed.read_text("utf-8"))
            if done.exists():
                return
            try:
                make()
            except Exception as error:
                failed.write_text(f"the {name} of this test run could not be made: {error}", "utf-8")
                raise
            done.touch()

    def end(self) -> None:
        """Takes the run's databases and roles off the bank's server, stops the embedded one, and removes the folder."""
        if self.server_url:
            self._leave_the_banks_server()
        else:
            self._keep_templates()
            self.server.stop()
        shutil.rmtree(self.folder, ignore_errors=True)

    def _keep_templates(self) -> None:
        if kept.place() is None or not all((self.folder / f"{name}.done").exists() for name in kept.TEMPLATES):
            return
        with self.server.running(), self.owner() as connection:
            names = [self.database(name) for name in kept.TEMPLATES]
            other = "select datname from pg_database where starts_with(datname, %s) and not datname = any(%s)"
            for (database,) in connection.execute(other, [f"{self.prefix}_", names]).fetchall():
                connection.execute(sql.SQL("drop database {} with (force)").format(sql.Identifier(database)))
        self.server.stop()
        kept.keep(self.folder)

    def _leave_the_banks_server(self) -> None:
        with self.owner() as connection:
            found = connection.execute("select datname from pg_database where starts_with(datname, %s)", [f"{self.prefix}_"]).fetchall()
            for (database,) in found:
                connection.execute(sql.SQL("drop database {} with (force)").format(sql.Identifier(database)))
            roles = connection.execute("select rolname from pg_roles where starts_with(rolname, %s)", [f"{self.prefix}_"]).fetchall()
            for (role,) in roles:
                connection.execute(sql.SQL("drop role {}").format(sql.Identifier(role)))
