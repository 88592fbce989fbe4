"""`zhike serve`: database, web and worker in one process tree that starts and stops together."""

from __future__ import annotations

import contextlib
import ctypes
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterable, Iterator, Mapping
from types import FrameType

import click
from django.conf import settings
from django.core.management import call_command
from django.core.management.base import SystemCheckError

from zhike.access.doors import this_process_is
from zhike.core.connections import Process
from zhike.core.events import CHANNEL, drain
from zhike.core.installing import connect
from zhike.core.jobs import Workshop, rescue
from zhike.wiring import REACTIONS

GRACE = 10.0  # seconds a child may take to stop before it is killed
JOB_GRACE = 8.0  # seconds that jobs at hand may take, when the worker stops, before the next worker begins them again
LOOK_AGAIN = 5.0  # seconds after which the worker looks for events that were to be tried again, and for jobs of dead workers
_DIE_WITH_PARENT = 1  # PR_SET_PDEATHSIG of prctl(2)


class Stop(Exception):
    """Somebody asked the process to stop."""


@click.command()
@click.option("--host", default=None, help="The address to listen on (ZHIKE_HOST).")
@click.option("--port", type=int, default=None, help="The port to listen on (ZHIKE_PORT).")
def serve(host: str | None, port: int | None) -> None:
    """Run database, web and worker until stopped (Ctrl C)."""
    host, port = host or settings.HOST, port or settings.PORT
    _refuse_unready(host, port)
    with stoppable():
        children = {"web": _start(_web(host, port), "web"), "worker": _start([sys.executable, "-m", "zhike.cli", "worker"], "job")}
        try:
            _wait_for(host, port, children)
            click.echo(f"Zhike 知客: http://{host}:{port}/")
            fallen = _watch(children)
        except Stop:
            fallen = ""
        finally:
            _stop(children.values())
    if fallen:
        raise click.ClickException(f"the {fallen} process ended by itself (exit code {children[fallen].returncode}).")


@click.command()
def worker() -> None:
    """Deliver events as they come and do background work, until stopped."""
    this_process_is("job")
    words = settings.INSTALLATION.parameters("job")
    workshop = Workshop()
    with stoppable(), contextlib.suppress(Stop), connect(words) as listening:
        workshop.start()
        try:
            listening.execute(f"listen {CHANNEL}")
            while not workshop.has_fallen:
                drain(REACTIONS)
                rescue()
                for _notice in listening.notifies(timeout=LOOK_AGAIN, stop_after=1):
                    pass
        finally:
            workshop.stop(JOB_GRACE)
    if workshop.has_fallen:
        raise click.ClickException("background work ended by itself; the log says why.")


@contextlib.contextmanager
def stoppable() -> Iterator[None]:
    """Inside this block SIGINT, SIGTERM and SIGHUP raise `Stop`, once."""

    def stop(_number: int, _frame: FrameType | None) -> None:
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, signal.SIG_IGN)
        raise Stop

    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, stop)
    yield


def _refuse_unready(host: str, port: int) -> None:
    try:
        call_command("migrate", check_unapplied=True, verbosity=0)
    except SystemExit as wrong:
        raise click.ClickException(
            "the database is older than the program: run `zhike init`. / 数据库版本较旧：请运行 `zhike init`。"
        ) from wrong
    except SystemCheckError as wrong:
        raise click.ClickException(str(wrong)) from wrong
    if _answers(host, port):
        raise click.ClickException(f"{host}:{port} is taken; choose another with --port. / 端口已被占用，请用 --port 另选。")


def _web(host: str, port: int) -> list[str]:
    return [
        sys.executable, "-m", "granian", "--interface", "asginl", "--host", host, "--port", str(port), "--workers", "1", "--no-ws",
        "--log-level", "warning", "zhike.asgi:application",
    ]  # fmt: skip


def _start(command: list[str], process: Process) -> subprocess.Popen[bytes]:
    """Start a child in a session of its own, so that Ctrl C reaches only this process, which stops them in order."""
    environment = {**os.environ, "ZHIKE_PROCESS": process}
    return subprocess.Popen(command, env=environment, start_new_session=True, preexec_fn=_die_with_parent)  # noqa: PLW1509 - no threads run yet


def _die_with_parent() -> None:
    """Have the kernel stop the child when this process is killed without a chance to do so (Linux; elsewhere nothing happens)."""
    with contextlib.suppress(OSError, AttributeError):
        ctypes.CDLL(None).prctl(_DIE_WITH_PARENT, signal.SIGTERM)


def _answers(host: str, port: int) -> bool:
    with contextlib.suppress(OSError), socket.create_connection((host, port), timeout=1):
        return True
    return False


def _wait_for(host: str, port: int, children: Mapping[str, subprocess.Popen[bytes]]) -> None:
    while not _answers(host, port) and all(child.poll() is None for child in children.values()):
        time.sleep(0.05)


def _watch(children: Mapping[str, subprocess.Popen[bytes]]) -> str:
    """Wait until a child ends by itself; its name."""
    while True:
        for name, child in children.items():
            if child.poll() is not None:
                return name
        time.sleep(0.25)


def _stop(children: Iterable[subprocess.Popen[bytes]]) -> None:
    running = [child for child in children if child.poll() is None]
    for child in running:
        child.terminate()
    until = time.monotonic() + GRACE
    for child in running:
        try:
            child.wait(max(0.1, until - time.monotonic()))
        except subprocess.TimeoutExpired:
            os.killpg(child.pid, signal.SIGKILL)
            child.wait()
