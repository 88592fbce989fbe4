"""A live site and a browser: `site` is `zhike serve` on the sample bank, `page` a Chromium page that opens it."""

from __future__ import annotations

import contextlib
import functools
import json
import os
import shutil
from collections.abc import Callable, Iterable, Iterator
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
Cookies = Callable[[str], list[Any]]


def cookies_of(site: Served) -> Cookies:
    """The cookies of one of the cast who has logged in to a site; each logs in once."""

    @functools.cache
    def cookies(login: str) -> list[Any]:
        pairs = (pair.split("=", 1) for pair in session_cookie(site, login, PASSWORD).split("; "))
        return [{"name": name, "value": value, "url": site.address} for name, value in pairs]

    return cookies


@contextlib.contextmanager
def opening(browser: Browser, site: Served, cookies: Cookies) -> Iterator[Opener]:
    """`open_one(login="lin", viewport=PHONE, language="zh-CN", dark=True)`: a page of a site in a browser of its own, logged in, until the block ends."""
    opened: list[BrowserContext] = []

    def open_one(login: str = "", viewport: dict[str, int] | None = None, language: str = "en-GB", dark: bool = False) -> Page:
        context = browser.new_context(
            base_url=site.address, viewport=viewport or DESKTOP, locale=language, color_scheme="dark" if dark else "light"  # type: ignore[arg-type]
        )  # fmt: skip
        context.set_default_timeout(15_000)
        opened.append(context)
        if login:
            context.add_cookies(cookies(login))
        return context.new_page()

    yield open_one
    for context in opened:
        context.close()


@pytest.fixture(scope="session")
def signed_in(live_site: Served) -> Cookies:
    """`cookies_of` the live site."""
    return cookies_of(live_site)


@pytest.fixture
def open_page(browser: Browser, live_site: Served, signed_in: Cookies) -> Iterator[Opener]:
    """`open_page("lin", …)`: a page of the live site (`opening`)."""
    with opening(browser, live_site, signed_in) as open_one:
        yield open_one


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


def settled(page: Page) -> None:
    """Everything that comes by itself has come, what is below too."""
    page.wait_for_load_state("networkidle")
    page.evaluate("window.scrollTo(0, document.body.scrollHeight)")
    page.wait_for_load_state("networkidle")


def faults_of(page: Page, addresses: Iterable[str]) -> dict[str, list[str]]:
    """What is wrong with each of these pages: serious faults, and pages wider than the screen."""
    wrong: dict[str, list[str]] = {}
    for address in addresses:
        page.goto(address)
        settled(page)
        faults = serious_faults(page)
        if page.evaluate("document.documentElement.scrollWidth") > (page.viewport_size or DESKTOP)["width"]:
            faults.append("wider than the screen")
        if faults:
            wrong[address] = faults
    return wrong
