"""Databases for tests: `bank` for a module, `fresh_bank` and `empty_bank` for a test alone.

Tests run under the web role, as the application does; what a job does is done by the command line in its own process
(`bank.zhike("load", …)`) or inside `bank.acting_as("job")`.
"""

from __future__ import annotations

import contextlib
import itertools
import json
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg
import pytest
from django.conf import settings
from django.db import connection
from django.utils import translation
from pytest_django import DjangoDbBlocker

from zhike.core.connections import Process
from zhike.testing.left_out import leave_out, real_data_folder
from zhike.testing.plugin import RUN, WORKER
from zhike.testing.run import NotMade, Run

# Small enough to be made in seconds, large enough that every kind of customer is in it.
CUSTOMERS, MONTHS, SEED, UNTIL = 300, 3, 7, "2026-09-30"
_numbers = itertools.count()


@dataclass(frozen=True)
class Bank:
    """One database with its data folder, which Django's connection points to while the fixture lives."""

    run: Run
    name: str

    @property
    def home(self) -> Path:
        """The data folder (ZHIKE_HOME) of this database."""
        return self.run.home(self.name)

    def zhike(self, *arguments: str, seconds: float = 600, **environment: str) -> str:
        """What `zhike …` prints on this bank, run as a process of its own. Raises AssertionError with its words when it fails."""
        done = self.run.zhike(self.name, *arguments, seconds=seconds, **environment)
        assert done.returncode == 0, f"zhike {' '.join(arguments)} ended with {done.returncode}:\n{done.stdout}\n{done.stderr}"
        return done.stdout

    def load(self, folder: Path, layout: str, *more: str) -> dict[str, Any]:
        """`zhike load --json`: the aggregate that its last line tells."""
        lines = self.zhike("load", str(folder), "--layout", layout, "--json", *more).strip().splitlines()
        told: dict[str, Any] = json.loads(lines[-1])
        return told

    @contextlib.contextmanager
    def acting_as(self, process: Process) -> Iterator[None]:
        """Django's connection belongs to another role inside this block: `job` sees all rows, `migrate` owns the tables."""
        with using(self.run, self.name, process):
            yield

    @contextlib.contextmanager
    def connected(self, process: Process = "web") -> Iterator[psycopg.Connection]:
        """A plain psycopg connection under one of the roles, past Django, in autocommit."""
        with psycopg.connect(**self.run.installation(self.name).parameters(process), autocommit=True) as direct:  # type: ignore[arg-type]
            yield direct


@contextlib.contextmanager
def using(run: Run, name: str, process: Process = "web") -> Iterator[None]:
    """Points Django's one connection, the settings and the environment to a database of the run; puts everything back after."""
    installation = run.installation(name)
    words = installation.parameters(process)
    kept = {key: connection.settings_dict[key] for key in ("NAME", "USER", "PASSWORD", "HOST", "PORT", "OPTIONS")}
    kept_settings = (settings.HOME, settings.INSTALLATION, settings.DATABASE_URL)
    kept_environment = {key: os.environ.get(key) for key in run.environment(name)}
    connection.close()
    connection.settings_dict.update(
        NAME=words.pop("dbname"), USER=words.pop("user"), PASSWORD=words.pop("password"), HOST=words.pop("host", ""),
        PORT=words.pop("port", ""), OPTIONS=dict(words),
    )  # fmt: skip
    settings.HOME, settings.INSTALLATION, settings.DATABASE_URL = installation.home, installation, installation.database_url
    os.environ.update(run.environment(name))
    try:
        yield
    finally:
        connection.close()
        connection.settings_dict.update(kept)
        settings.HOME, settings.INSTALLATION, settings.DATABASE_URL = kept_settings
        os.environ.update({key: value for key, value in kept_environment.items() if value is not None})


@pytest.fixture(autouse=True)
def no_language_is_left_behind() -> Iterator[None]:
    """A request answers in its person's language and leaves it set; the next test starts in the default one."""
    yield
    translation.deactivate()


@pytest.fixture(scope="session")
def run() -> Iterator[Run]:
    """The ground of this test run, with its server running."""
    with contextlib.ExitStack() as stack:
        if not RUN.server_url:
            stack.enter_context(RUN.server.running())
            RUN.once("haste", RUN.hurry)
        yield RUN


@pytest.fixture(scope="session")
def real_data() -> Path:
    """The folder of real data; the test is left out where there is none."""
    folder = real_data_folder()
    if not (folder / "README.md").exists():
        leave_out("the real data is missing (ZHIKE_DATA names its folder)")
    return folder


@pytest.fixture(scope="session")
def empty_template(run: Run) -> str:
    """The name of a database as `zhike init` leaves it; made once for all workers."""
    run.once("empty", lambda: _make_empty(run))
    return "empty"


@pytest.fixture(scope="session")
def bank_template(run: Run, empty_template: str) -> str:
    """The name of a database with a small sample bank, loaded by the real commands; made once for all workers."""
    run.once("bank", lambda: _make_bank(run, empty_template))
    return "bank"


@pytest.fixture(scope="session")
def site_bank(run: Run, peopled_template: str) -> Bank:
    """The copy that `live_site` serves, shared by this worker's browser tests: starting a site takes seconds, copying a bank does not."""
    name = f"{WORKER}_site"
    run.create(name, like=peopled_template)
    return Bank(run, name)


@pytest.fixture(scope="module")
def shared_bank(request: pytest.FixtureRequest, run: Run, peopled_template: str) -> Iterator[Bank]:
    """This module's copy of the sample bank; nobody's connection points to it yet. A module with browser tests gets the served one."""
    module = request.node
    if any(item.get_closest_marker("browser") for item in request.session.items if item.getparent(pytest.Module) is module):
        yield request.getfixturevalue("site_bank")
        return
    name = f"{WORKER}_{next(_numbers)}"
    run.create(name, like=peopled_template)
    yield Bank(run, name)
    run.drop(name)


@pytest.fixture
def bank(shared_bank: Bank, django_db_blocker: DjangoDbBlocker) -> Iterator[Bank]:
    """The sample bank, shared by the tests of a module: what one leaves in it the next one finds, and no other module does."""
    with django_db_blocker.unblock(), using(shared_bank.run, shared_bank.name):
        yield shared_bank


@pytest.fixture
def fresh_bank(run: Run, bank_template: str, django_db_blocker: DjangoDbBlocker) -> Iterator[Bank]:
    """A copy of the sample bank for this test alone."""
    yield from _own_copy(run, bank_template, django_db_blocker)


@pytest.fixture
def empty_bank(run: Run, empty_template: str, django_db_blocker: DjangoDbBlocker) -> Iterator[Bank]:
    """A bank without a single fact, as `zhike init` leaves it, for this test alone."""
    yield from _own_copy(run, empty_template, django_db_blocker)


@pytest.fixture(scope="session")
def django_db_setup(run: Run, empty_template: str, django_db_blocker: DjangoDbBlocker) -> None:
    """What pytest-django's own marks and fixtures use: this worker's empty bank, rolled back after each test."""
    run.create(WORKER, like=empty_template)
    connection.close()
    connection.settings_dict["OPTIONS"].pop("pool", None)
    connection.settings_dict["PASSWORD"] = run.installation(WORKER).parameters("web")["password"]


def _own_copy(run: Run, template: str, blocker: DjangoDbBlocker) -> Iterator[Bank]:
    name = f"{WORKER}_{next(_numbers)}"
    run.create(name, like=template)
    with blocker.unblock(), using(run, name):
        yield Bank(run, name)
    run.drop(name)


def _make_empty(run: Run) -> None:
    run.create("empty")
    done = run.zhike("empty", "init", "--quiet")
    if done.returncode:
        raise NotMade(f"zhike init: {done.stdout}{done.stderr}")


def _make_bank(run: Run, empty: str) -> None:
    run.create("bank", like=empty)
    files = run.home("bank") / "files" / "sample"
    commands = [
        ("samplebank", str(files), "--customers", str(CUSTOMERS), "--months", str(MONTHS), "--seed", str(SEED), "--until", UNTIL),
        ("load", str(files), "--layout", "zhike"),
    ]
    for command in commands:
        done = run.zhike("bank", *command)
        if done.returncode:
            raise NotMade(f"zhike {' '.join(command)}: {done.stdout[-3000:]}{done.stderr[-3000:]}")
