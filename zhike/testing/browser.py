"""A live site and a browser: `site` is `zhike serve` on the sample bank, `page` a Chromium page that opens it."""

from __future__ import annotations

import functools
import json
import os
import shutil
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from zhike.testing.databases import Bank
from zhike.testing.left_out import REPOSITORY, leave_out
from zhike.testing.people import PASSWORD
from zhike.testing.serving import Served, served, session_cookie

CHROMIUM = ("chromium", "chromium-browser", "google-chrome")
AXE = REPOSITORY / "node_modules" / "axe-core" / "axe.min.js"
DESKTOP, PHONE = {"width": 1440, "height": 900}, {"width": 390, "height": 844}


@pytest.fixture(scope="session")
def live_site(site_bank: Bank) -> Iterator[Served]:
    """The whole application as `zhike serve` runs it, on a sample bank in which the cast can log in."""
    with served(site_bank.run, site_bank.name, ZHIKE_DEMO="1", ZHIKE_IDLE_MINUTES="600") as site:
        yield site


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


@pytest.fixture(scope="session")
def signed_in(live_site: Served) -> Callable[[str], list[Any]]:
    """The cookies of one of the cast who has logged in to the live site; she logs in once per run."""

    @functools.cache
    def cookies(login: str) -> list[Any]:
        pairs = (pair.split("=", 1) for pair in session_cookie(live_site, login, PASSWORD).split("; "))
        return [{"name": name, "value": value, "url": live_site.address} for name, value in pairs]

    return cookies


@pytest.fixture
def open_page(browser: Browser, live_site: Served, signed_in: Callable[[str], list[Any]]) -> Iterator[Opener]:
    """`open_page(login="lin", viewport=PHONE, language="zh-CN", dark=True)`: a page in a browser of its own, logged in."""
    opened: list[BrowserContext] = []

    def open_one(login: str = "", viewport: dict[str, int] | None = None, language: str = "en-GB", dark: bool = False) -> Page:
        context = browser.new_context(
            base_url=live_site.address, viewport=viewport or DESKTOP, locale=language, color_scheme="dark" if dark else "light"  # type: ignore[arg-type]
        )  # fmt: skip
        context.set_default_timeout(15_000)
        opened.append(context)
        if login:
            context.add_cookies(signed_in(login))
        return context.new_page()

    yield open_one
    for context in opened:
        context.close()


@pytest.fixture
def page(open_page: Opener) -> Page:
    """A desktop page in English, light, nobody logged in."""
    return open_page()


def serious_faults(page: Page) -> list[str]:
    """What axe-core finds on the open page that is serious or critical, one line each: rule, then the elements."""
    if not AXE.exists():
        leave_out("axe-core is not installed (make setup)")
    page.evaluate(AXE.read_text("utf-8"))
    found: dict[str, Any] = page.evaluate("() => axe.run(document, {resultTypes: ['violations']})")
    serious = [v for v in found["violations"] if v["impact"] in {"serious", "critical"}]
    return [f"{v['id']}: " + json.dumps([node["target"] for node in v["nodes"]][:5], ensure_ascii=False) for v in serious]
