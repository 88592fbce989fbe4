"""A live site and a browser: `site` is `zhike serve` on the sample bank, `page` a Chromium page that opens it."""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from zhike.testing.databases import Bank
from zhike.testing.left_out import REPOSITORY, leave_out
from zhike.testing.people import Cast

CHROMIUM = ("chromium", "chromium-browser", "google-chrome")
AXE = REPOSITORY / "node_modules" / "axe-core" / "axe.min.js"
DESKTOP, PHONE = {"width": 1440, "height": 900}, {"width": 390, "height": 844}


@dataclass(frozen=True)
class Site:
    """A running Zhike and where it listens."""

    address: str
    bank: Bank


@pytest.fixture(scope="session")
def live_site(shared_bank: Bank, people: Cast) -> Iterator[Site]:
    """The whole application as `zhike serve` runs it, on this worker's sample bank."""
    port = free_port()
    log = shared_bank.home / "serve.log"
    environment = {k: v for k, v in os.environ.items() if k not in {"ZHIKE_PROCESS", "PYTEST_PLUGINS"}}
    environment |= shared_bank.run.environment(shared_bank.name) | {"ZHIKE_DEMO": "1"}
    command = [sys.executable, "-c", "from zhike.cli import main; raise SystemExit(main())", "serve", "--port", str(port)]
    with log.open("wb") as output:
        process = subprocess.Popen(command, env=environment, stdout=output, stderr=subprocess.STDOUT)
    try:
        site = Site(f"http://127.0.0.1:{port}", shared_bank)
        wait_until_up(site.address, process, log)
        yield site
    finally:
        process.terminate()
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            process.kill()


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
            urllib.request.urlopen(address, timeout=2)  # noqa: S310  # our own http address
        except urllib.error.HTTPError:
            return
        except OSError:
            time.sleep(0.1)
        else:
            return
    raise RuntimeError(f"the site did not start:\n{log.read_text('utf-8', errors='replace')[-3000:]}")


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """The machine's Chromium; left out by name where there is none."""
    found = next((path for name in CHROMIUM if (path := shutil.which(name))), None)
    if found is None:
        leave_out("Chromium is not installed (Debian: apt-get install chromium)")
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "1"  # the browser's own event loop runs in this thread
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=found, args=["--no-sandbox", "--disable-gpu"])
        yield started
        started.close()


Opener = Callable[..., Page]


@pytest.fixture
def open_page(browser: Browser, live_site: Site) -> Iterator[Opener]:
    """`open_page(login="lin", viewport=PHONE, language="zh-CN", dark=True)`: a page in a browser of its own, logged in."""
    opened: list[BrowserContext] = []

    def open_one(login: str = "", viewport: dict[str, int] | None = None, language: str = "en-GB", dark: bool = False) -> Page:
        context = browser.new_context(
            base_url=live_site.address, viewport=viewport or DESKTOP, locale=language, color_scheme="dark" if dark else "light"  # type: ignore[arg-type]
        )  # fmt: skip
        context.set_default_timeout(15_000)
        opened.append(context)
        if login:
            log_in(context, login)
        return context.new_page()

    yield open_one
    for context in opened:
        context.close()


@pytest.fixture
def page(open_page: Opener) -> Page:
    """A desktop page in English, light, nobody logged in."""
    return open_page()


def log_in(context: BrowserContext, login: str) -> None:
    """Logs one of the cast in through the log-in page."""
    raise NotImplementedError


def serious_faults(page: Page) -> list[str]:
    """What axe-core finds on the open page that is serious or critical, one line each: rule, then the elements."""
    if not AXE.exists():
        leave_out("axe-core is not installed (make setup)")
    page.evaluate(AXE.read_text("utf-8"))
    found: dict[str, Any] = page.evaluate("() => axe.run(document, {resultTypes: ['violations']})")
    serious = [v for v in found["violations"] if v["impact"] in {"serious", "critical"}]
    return [f"{v['id']}: " + json.dumps([node["target"] for node in v["nodes"]][:5], ensure_ascii=False) for v in serious]
