"""The embedded server starts once, is shared, and is stopped by whoever leaves last."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from zhike.core import postgres
from zhike.core.postgres import SOCKET_PATH_LIMIT, Server, find_binaries, version_of


@pytest.fixture
def home() -> Iterator[Path]:
    """A short folder: the path of a socket has its limit."""
    with tempfile.TemporaryDirectory(prefix="zs-") as folder:
        yield Path(folder)


def server_in(home: Path, **more: object) -> Server:
    return Server(home / "postgres", owner="owner", secret=home / "secrets" / "owner", shared_buffers="16MB", **more)  # type: ignore[arg-type]


def test_it_starts_is_adopted_and_stops_with_the_last_one(home: Path) -> None:
    server = server_in(home)
    with server.running():
        with server_in(home).running():
            pass
        assert server.is_ready()
        with psycopg.connect(**server.address(), dbname="postgres") as connection:  # type: ignore[arg-type]
            row = connection.execute(
                "select datcollate, pg_encoding_to_char(encoding), current_setting('listen_addresses'), current_setting('synchronous_commit')"
                " from pg_database where datname = 'postgres'"
            ).fetchone()
        assert row == ("C.UTF-8", "UTF8", "", "on")
    assert not server.is_running()


def test_what_zhike_sets_holds_unless_somebody_changed_it(home: Path) -> None:
    asked = "select current_setting('shared_buffers'), current_setting('max_wal_size')"
    with server_in(home).running() as server, psycopg.connect(**server.address(), dbname="postgres") as connection:  # type: ignore[arg-type]
        assert connection.execute(asked).fetchone() == ("16MB", "4GB")
    configuration = home / "postgres" / "data" / "postgresql.conf"
    configuration.write_text(configuration.read_text() + "\nmax_wal_size = 2GB\n")
    with server_in(home).running() as server, psycopg.connect(**server.address(), dbname="postgres") as connection:  # type: ignore[arg-type]
        assert connection.execute(asked).fetchone() == ("16MB", "2GB")


def test_an_older_installation_gets_what_zhike_sets(home: Path) -> None:
    with server_in(home).running():
        pass
    configuration = home / "postgres" / "data" / "postgresql.conf"
    configuration.write_text(configuration.read_text().replace("#shared_buffers = 128MB", "shared_buffers = 128MB"))
    with server_in(home).running() as server, psycopg.connect(**server.address(), dbname="postgres") as connection:  # type: ignore[arg-type]
        assert connection.execute("select current_setting('shared_buffers')").fetchone() == ("16MB",)


def test_without_the_password_nobody_gets_in(home: Path) -> None:
    with server_in(home).running() as server, pytest.raises(psycopg.OperationalError):
        psycopg.connect(**{**server.address(), "password": "guess"}, dbname="postgres")  # type: ignore[arg-type]


def test_another_process_keeps_it_running_and_a_killed_one_does_not(home: Path) -> None:
    program = f"""
import sys, time
from pathlib import Path
from zhike.core.postgres import Server
home = Path({str(home)!r})
with Server(home / "postgres", owner="owner", secret=home / "secrets" / "owner", shared_buffers="16MB").running():
    print("in", flush=True)
    time.sleep(60)
"""
    other = subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE, text=True)
    assert other.stdout is not None
    assert other.stdout.readline() == "in\n"
    with server_in(home).running():
        pass
    assert server_in(home).is_ready()
    other.send_signal(signal.SIGKILL)
    other.wait()
    with server_in(home).running() as server:
        assert server.is_ready()
    assert not server.is_running()


def test_what_was_committed_outlives_a_server_that_was_killed(home: Path) -> None:
    server = server_in(home)
    with server.running():
        with psycopg.connect(**server.address(), dbname="postgres") as connection:  # type: ignore[arg-type]
            connection.execute("create table kept as select 1 as one")
        os.kill(int((server.data / "postmaster.pid").read_text().splitlines()[0]), signal.SIGKILL)
        until = time.monotonic() + 20
        while server.is_running() and time.monotonic() < until:
            time.sleep(0.05)
    with server_in(home).running(), psycopg.connect(**server.address(), dbname="postgres") as connection:  # type: ignore[arg-type]
        assert connection.execute("select one from kept").fetchone() == (1,)


def test_a_path_too_long_for_a_socket_gets_a_short_one(tmp_path: Path) -> None:
    server = Server(tmp_path / ("long" * 30), owner="owner", secret=tmp_path / "secret")
    assert len(str(server.socket_folder / ".s.PGSQL.5432")) <= SOCKET_PATH_LIMIT


def test_an_installed_server_serves_where_the_wheel_is_missing(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("zhike.core.postgres.importlib.util.find_spec", lambda _name: None)
    try:
        found = find_binaries()
    except postgres.ServerUnavailable:
        pytest.skip("no PostgreSQL is installed beside the wheel")
    assert version_of(found) >= 15
    with server_in(home).running() as server:
        assert server.is_ready()


def test_where_there_is_none_it_says_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(postgres, "_candidates", lambda: iter(()))
    with pytest.raises(postgres.ServerUnavailable, match="DATABASE_URL"):
        find_binaries()
