"""`zhike serve`: everything starts, answers and stops together."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator

import pytest

from zhike.testing.databases import Bank


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@contextlib.contextmanager
def serving(bank: Bank, port: int) -> Iterator[subprocess.Popen[str]]:
    environment = {**os.environ, **bank.run.environment(bank.name)}
    command = [sys.executable, "-m", "zhike.cli", "serve", "--port", str(port)]
    process = subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    try:
        yield process
    finally:
        if process.poll() is None:
            process.kill()
        process.wait()


def status(port: int) -> int:
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/login/", timeout=20) as answer:
        code: int = answer.status
        return code


def children_of(pid: int) -> list[int]:
    with open(f"/proc/{pid}/task/{pid}/children", encoding="ascii") as file:  # noqa: PTH123
        return [int(child) for child in file.read().split()]


def is_alive(pid: int) -> bool:
    with contextlib.suppress(OSError), open(f"/proc/{pid}/stat", encoding="utf-8") as file:  # noqa: PTH123
        return file.read().rpartition(")")[2].split()[0] != "Z"
    return False


def wait_until_gone(pids: list[int]) -> bool:
    until = time.monotonic() + 15
    while time.monotonic() < until and any(map(is_alive, pids)):
        time.sleep(0.1)
    return not any(map(is_alive, pids))


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_it_answers_and_stops_cleanly_when_asked(empty_bank: Bank, number: signal.Signals) -> None:
    port = free_port()
    with serving(empty_bank, port) as process:
        assert process.stdout is not None
        assert f":{port}/" in process.stdout.readline()
        assert status(port) == 200
        children = children_of(process.pid)
        assert len(children) == 2
        process.send_signal(number)
        assert process.wait(20) == 0
        assert wait_until_gone(children)


def test_when_a_child_dies_all_stops_and_the_exit_code_tells(empty_bank: Bank) -> None:
    port = free_port()
    with serving(empty_bank, port) as process:
        assert process.stdout is not None
        process.stdout.readline()
        children = children_of(process.pid)
        os.kill(children[1], signal.SIGKILL)
        assert process.wait(20) == 1
        assert wait_until_gone(children)


def test_when_it_is_killed_its_children_do_not_live_on(empty_bank: Bank) -> None:
    port = free_port()
    with serving(empty_bank, port) as process:
        assert process.stdout is not None
        process.stdout.readline()
        children = children_of(process.pid)
        process.kill()
        process.wait()
        assert wait_until_gone(children)
