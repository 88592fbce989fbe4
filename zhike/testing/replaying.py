"""A page's statements, asked again under two database roles: what the wall costs (`testing.ratios` measures with it).

The statements of a page are kept as Django sends them, and sent again in a transaction of their own: once as the web role, whose
viewer the database checks, and once as a role with the same rights that row security does not hold. Times are processor times of
the backends where the system tells them (Linux, the server on the same machine), since others work on it too; else seconds.
"""

from __future__ import annotations

import contextlib
import os
import re
import secrets
import statistics
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg
from django.conf import settings
from django.db import connection
from django.db.backends.postgresql.base import DatabaseWrapper
from psycopg import sql

from zhike.access.scope import ANNOUNCED, Viewer, sign
from zhike.core.installing import connect
from zhike.core.prepared import AFTER

WARM_UP = 10  # a plan is kept after the fifth time
BARE = "zhike_bench"  # a schema of the same views without their walls
OPENED = re.compile(r"\(?(?:\w+\.)?(?:party_)?id = access\.opened\(\)\)?")
MAY = re.compile(r"\( *SELECT access\.viewer_may\([^)]*\) AS viewer_may\)|access\.viewer_may\([^)]*\)")


@dataclass(frozen=True)
class Statement:
    """What Django sent: a text with its values, for one row or for many; whether PostgreSQL keeps its plan (`core.prepared`)."""

    text: str
    values: Any
    is_many: bool
    is_prepared: bool


@contextlib.contextmanager
def kept() -> Iterator[list[Statement]]:
    """The statements that Django's connection is given inside the block."""
    told: list[Statement] = []

    def keep(execute: Callable[..., Any], text: str, values: Any, many: bool, context: dict[str, Any]) -> Any:
        raw = context["cursor"].cursor
        told.append(Statement(text, values, many, not isinstance(raw, psycopg.ClientCursor)))
        return execute(text, values, many, context)

    with connection.execute_wrapper(keep):
        yield told


def processor_seconds(pid: int) -> float:
    """Seconds of processor time that a process of this machine has had; where that is not told, the clock."""
    with contextlib.suppress(OSError, ValueError):
        spent = int(Path(f"/proc/{pid}/schedstat").read_text("ascii").split()[0])
        if spent:
            return spent / 1e9
    return time.perf_counter()


def _undisturbed(pid: int) -> None:
    """Backends that are compared share the last core and go before others there, where the system lets this user say so: what else runs then costs both alike."""
    with contextlib.suppress(OSError, AttributeError):
        os.setpriority(os.PRIO_PROCESS, pid, -15)
        os.sched_setaffinity(pid, {max(os.sched_getaffinity(pid))})


class Asking:
    """A connection of one role, on which statements are asked again."""

    def __init__(self, user: str, password: str) -> None:
        options = {key: value for key, value in connection.settings_dict["OPTIONS"].items() if key != "pool"}
        words = {**connection.settings_dict, "USER": user, "PASSWORD": password, "OPTIONS": options}
        self.database = DatabaseWrapper(words, alias=connection.alias)  # a name that extensions of Django look up
        self.database.set_autocommit(False)
        self.database.connection.prepare_threshold = AFTER
        self.pid: int = self.database.connection.info.backend_pid
        _undisturbed(self.pid)
        with self.database.cursor() as cursor:
            cursor.execute("set max_parallel_workers_per_gather = 0")
            cursor.execute("set plan_cache_mode = force_generic_plan")  # what helpers do is not counted as the backend's
            cursor.execute("select viewname from pg_views where schemaname = %s", [BARE])
            names = [name for (name,) in cursor.fetchall()]
        self.walled_names = re.compile(rf"\b({'|'.join(names)})\b") if names else re.compile("$^")
        self.database.commit()

    def ask(self, viewer: Viewer, statements: Sequence[Statement], *, counts_viewer: bool) -> list[float]:
        """Seconds each statement took this backend. The first also says who asks, where `counts_viewer`."""
        taken = []
        with self.database.cursor() as cursor, psycopg.Cursor(self.database.connection) as keeping:
            cursor.execute("select 1")  # a transaction begins, with a wall and without
            before = self.spent()
            keeping.execute(ANNOUNCED, [sign(viewer, expires=time.time() + 300), "bench"], prepare=settings.PREPARED)
            if not counts_viewer:
                for one in statements:
                    if "access.open(" in one.text:  # what is kept of a look asks again where nobody was opened: dearer than with a wall
                        keeping.execute("select access.open(%(id)s::bigint)", one.values)
                before = self.spent()
            for one in statements:
                asking = keeping if one.is_prepared else cursor
                text = one.text if counts_viewer else self.past_the_wall(one.text)
                (asking.executemany if one.is_many else asking.execute)(text, one.values)
                if asking.description:
                    asking.fetchall()
                after = self.spent()
                taken.append(after - before)
                before = after
        self.database.commit()  # psycopg forgets prepared statements where something is rolled back; pages only note that they were opened
        return taken

    def past_the_wall(self, text: str) -> str:
        """A page's statement with nobody opened, over the bare views."""
        return self.walled_names.sub(rf"{BARE}.\1", text.replace("access.open(", "("))

    def spent(self) -> float:
        """Processor seconds of the backend so far."""
        return processor_seconds(self.pid)

    def close(self) -> None:
        """End the connection."""
        self.database.close()


@dataclass(frozen=True)
class Held:
    """What one page's statements took behind the wall and past it: medians of its rounds, in seconds, whole and one by one."""

    walled: float
    bare: float
    statements: Sequence[tuple[str, float, float]]


def held_against(walled: Asking, bare: Asking, viewer: Viewer, statements: Sequence[Statement], *, rounds: int) -> Held:
    """Ask in turns, so that a slow moment hits both alike."""
    taken: dict[Asking, list[list[float]]] = {walled: [], bare: []}
    for turn in range(rounds + WARM_UP):
        for one in (walled, bare) if turn % 2 else (bare, walled):
            times = one.ask(viewer, statements, counts_viewer=one is walled)
            if turn >= WARM_UP:
                taken[one].append(times)
    whole = {one: statistics.median(map(sum, times)) for one, times in taken.items()}
    each = [[statistics.median(column) for column in zip(*times, strict=True)] for times in taken.values()]
    texts = [" ".join(one.text.split()) for one in statements]
    return Held(whole[walled], whole[bare], list(zip(texts, *each, strict=True)))


@contextlib.contextmanager
def bypassing_role() -> Iterator[tuple[str, str]]:
    """A role with the rights of the web role that row security does not hold, and its password; gone after the block.

    Raises psycopg.errors.InsufficientPrivilege where the owner of a bank's own server may not make one.
    """
    name, password = f"{settings.INSTALLATION.role('web')}_bench", secrets.token_urlsafe(24)
    role = sql.Identifier(name)
    with connect(settings.INSTALLATION.owner_parameters()) as owner:
        owner.execute(sql.SQL("drop role if exists {}").format(role))
        owner.execute(
            sql.SQL("create role {} login bypassrls password {} in role {}").format(
                role, sql.Literal(password), sql.Identifier(settings.INSTALLATION.role("web"))
            )
        )
        _make_bare_views(owner, role)
        try:
            yield name, password
        finally:
            owner.execute(sql.SQL("drop schema {} cascade").format(sql.Identifier(BARE)))
            owner.execute(sql.SQL("drop role {}").format(role))


def _make_bare_views(owner: psycopg.Connection, role: sql.Identifier) -> None:
    """What `access.walls` made views of, once more without barrier and wall, in a schema of their own."""
    schema = sql.Identifier(BARE)
    owner.execute(sql.SQL("drop schema if exists {} cascade").format(schema))
    owner.execute(sql.SQL("create schema {}").format(schema))
    views = owner.execute(
        """select c.relname, pg_get_viewdef(c.oid) from pg_class c where c.relkind = 'v' and c.relnamespace = 'public'::regnamespace
           and c.reloptions && array['security_barrier=true', 'security_invoker=true'] order by c.oid"""
    ).fetchall()
    owner.execute(sql.SQL("set search_path = {}, public").format(schema))
    for name, text in views:
        plain = MAY.sub("true", OPENED.sub("true", text))
        if "access." in plain:
            raise RuntimeError(f"{name} asks for the viewer in a way that is not known here: {plain}")
        owner.execute(sql.SQL("create view {}.{} with (security_invoker) as {}").format(schema, sql.Identifier(name), sql.SQL(plain)))
    owner.execute("reset search_path")
    owner.execute(sql.SQL("grant usage on schema {} to {}").format(schema, role))
    owner.execute(sql.SQL("grant select on all tables in schema {} to {}").format(schema, role))
