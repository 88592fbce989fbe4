"""What `make bench` measures with: a line of its table, a command, a bare COPY as the yardstick of what is written."""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import psycopg
from psycopg import sql

from zhike.testing.run import Run

FROM_CUSTOMERS = 100_000  # below it what starting the program takes says more than what is measured
# What a load writes into, largest first; a table that a size has no rows for is left out.
LOADED_TABLES = (
    "holdings_transaction", "holdings_balance", "holdings_account", "holdings_accountrole", "holdings_loan", "holdings_card",
    "holdings_standingorder", "holdings_payroll", "holdings_salary", "holdings_position", "holdings_summary", "holdings_holdinghistory", "parties_party", "parties_partysource",
    "parties_partyhistory", "parties_identifier", "parties_contactpoint", "parties_relationship", "parties_groupmember",
    "parties_assignment", "parties_consent", "engagement_interaction", "engagement_channelday", "risk_profile",
    "access_vault",
)  # fmt: skip


@dataclass(frozen=True)
class Measured:
    """One line of the table. `seconds` and `yardstick` belong to the same run; `limit` is the ratio allowed, None where none is set."""

    what: str
    customers: int
    seconds: float
    yardstick: float
    limit: float | None = None
    note: str = ""

    @property
    def ratio(self) -> float:
        """How many times the yardstick it costs."""
        return self.seconds / self.yardstick if self.yardstick else float("nan")

    @property
    def is_kept(self) -> bool:
        """Whether the ratio is within its limit."""
        return self.limit is None or self.ratio <= self.limit


def timed_command(run: Run, name: str, *arguments: str, **environment: str) -> float:
    """Seconds that a command of Zhike took on one bank, its start included. Raises RuntimeError with its words when it fails."""
    started = time.perf_counter()
    done = run.zhike(name, *arguments, seconds=6 * 3600, **environment)
    if done.returncode:
        raise RuntimeError(f"zhike {' '.join(arguments)}: {done.stdout[-2000:]}{done.stderr[-2000:]}")
    return time.perf_counter() - started


def peak_memory() -> int:
    """Bytes of the largest process that has ended so far."""
    return resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss * 1024


def bare_copy(url: str, folder: Path, tables: tuple[str, ...] = LOADED_TABLES) -> tuple[float, int]:
    """(seconds, rows) of copying every row of these tables from files into empty tables with the same columns, checks and indexes.

    The files are written first and not counted. A partitioned table is copied into a single one: that is the cheaper way, so the
    yardstick is strict. Foreign keys and row security are not part of it.
    """
    seconds, rows = 0.0, 0
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("create schema if not exists bench")
        for table in tables:
            if connection.execute("select to_regclass(%s)", [table]).fetchone() == (None,):
                continue
            file = folder / f"{table}.copy"
            with (
                file.open("wb") as out,
                connection.cursor().copy(sql.SQL("copy (select * from {}) to stdout").format(sql.Identifier(table))) as copy,
            ):
                for block in copy:
                    out.write(block)
            seconds += _copy_in(connection, table, file)
            count = connection.execute(sql.SQL("select count(*) from {}").format(sql.Identifier("bench", table))).fetchone()
            rows += count[0] if count else 0
            file.unlink()
        connection.execute("drop schema bench cascade")
    return seconds, rows


def _copy_in(connection: psycopg.Connection, table: str, file: Path) -> float:
    scratch = sql.Identifier("bench", table)
    connection.execute(
        sql.SQL("create table {} (like {} including defaults including constraints including indexes including generated)").format(
            scratch, sql.Identifier(table)
        )
    )
    columns = sql.SQL("copy {} from stdin").format(scratch)
    generated = connection.execute(
        "select count(*) from pg_attribute where attrelid = %s::regclass and attgenerated <> ''", [table]
    ).fetchone()  # fmt: skip
    if generated and generated[0]:
        return 0.0  # what the database computes cannot be copied in; such a table is no yardstick
    started = time.perf_counter()
    with connection.cursor().copy(columns) as copy, file.open("rb") as source:
        while block := source.read(1 << 20):
            copy.write(block)
    return time.perf_counter() - started


def measured_apart(program: str, environment: Mapping[str, str]) -> list[Measured]:
    """What a program says in lines of JSON, run in a process of its own on the bank of these settings. Raises RuntimeError with its words."""
    words = {k: v for k, v in os.environ.items() if k not in {"ZHIKE_PROCESS", "DJANGO_SETTINGS_MODULE"}} | dict(environment)
    done = subprocess.run([sys.executable, "-c", program, "--json"], env=words, capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(done.stderr[-3000:])
    return [Measured(**json.loads(line)) for line in done.stdout.splitlines()]
