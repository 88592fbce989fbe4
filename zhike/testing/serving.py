"""`zhike serve` on one of the run's banks, and how to log in to it as a program does."""

from __future__ import annotations

import contextlib
import os
import re
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from http.client import HTTPConnection
from pathlib import Path

from zhike.testing.run import Run

LOGIN_PATH = "/login/"


@dataclass(frozen=True)
class Served:
    """A running site."""

    host: str
    port: int

    @property
    def address(self) -> str:
        """What a browser opens."""
        return f"http://{self.host}:{self.port}"


@contextlib.contextmanager
def served(run: Run, name: str, **environment: str) -> Iterator[Served]:
    """The whole application as a bank runs it, on one of the run's banks, until the block ends. Its log lies in the data folder."""
    site = Served("127.0.0.1", free_port())
    log = run.home(name) / "serve.log"
    words = {k: v for k, v in os.environ.items() if k not in {"ZHIKE_PROCESS", "PYTEST_PLUGINS", "DJANGO_SETTINGS_MODULE"}}
    command = [sys.executable, "-c", "from zhike.cli import main; raise SystemExit(main())", "serve", "--port", str(site.port)]
    with log.open("wb") as output:
        process = subprocess.Popen(command, env=words | run.environment(name) | environment, stdout=output, stderr=subprocess.STDOUT)
    try:
        wait_until_up(site.address, process, log)
        yield site
    finally:
        process.terminate()
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def free_port() -> int:
    """A port that nothing listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def wait_until_up(address: str, process: subprocess.Popen[bytes], log: Path, seconds: float = 60) -> None:
    """Returns when the site answers at all; raises RuntimeError with the end of its log when it ends or stays silent."""
    until = time.monotonic() + seconds
    while time.monotonic() < until and process.poll() is None:
        try:
            urllib.request.urlopen(address, timeout=5)  # noqa: S310  # our own http address
        except urllib.error.HTTPError:
            return
        except OSError:
            time.sleep(0.1)
        else:
            return
    raise RuntimeError(f"the site did not start:\n{log.read_text('utf-8', errors='replace')[-3000:]}")


def session_cookie(site: Served, login: str, password: str) -> str:
    """The Cookie header of somebody who has logged in through the log-in page. Raises RuntimeError where she is not let in."""
    connection = HTTPConnection(site.host, site.port, timeout=60)
    connection.request("GET", LOGIN_PATH)
    answer = connection.getresponse()
    answer.read()
    token = re.search(r"csrftoken=(\w+)", answer.headers.get("Set-Cookie", ""))
    if token is None:
        raise RuntimeError(f"{LOGIN_PATH} answered {answer.status} without a token")
    body = urllib.parse.urlencode({"login": login, "password": password, "csrfmiddlewaretoken": token.group(1)})
    headers = {"Content-Type": "application/x-www-form-urlencoded", "Cookie": f"csrftoken={token.group(1)}", "Referer": site.address}
    connection.request("POST", LOGIN_PATH, body, headers)
    answer = connection.getresponse()
    answer.read()
    cookies = "; ".join(found.split(";")[0] for found in answer.headers.get_all("Set-Cookie") or [])
    connection.close()
    if "sessionid=" not in cookies:
        raise RuntimeError(f"{login} was not let in: {answer.status}")
    return cookies
