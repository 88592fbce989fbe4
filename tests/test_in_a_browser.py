"""The whole application in a real browser: log-in, one's own page, both languages."""

from __future__ import annotations

import pytest

from zhike.testing.browser import PHONE, Opener, serious_faults
from zhike.testing.people import PASSWORD

pytestmark = pytest.mark.browser


def test_somebody_logs_in_with_her_password_and_sees_her_name(open_page: Opener) -> None:
    page = open_page()
    page.goto("/me/")
    page.locator("input[name=login]").fill("lin")
    page.locator("input[name=password]").fill(PASSWORD)
    page.locator("form:has(input[name=password]) [type=submit]").click()
    page.wait_for_url("**/me/")
    assert "林知远" in page.title()


def test_a_wrong_password_is_said_in_a_sentence_and_nobody_is_logged_in(open_page: Opener) -> None:
    page = open_page()
    page.goto("/me/")
    page.locator("input[name=login]").fill("lin")
    page.locator("input[name=password]").fill("not hers")
    page.locator("form:has(input[name=password]) [type=submit]").click()
    page.get_by_role("alert").wait_for()
    assert "/login/" in page.url


@pytest.mark.parametrize(("language", "word"), [("en-GB", "Log in"), ("zh-CN", "登录")])
def test_the_first_page_speaks_the_language_of_the_browser(open_page: Opener, language: str, word: str) -> None:
    page = open_page(language=language)
    page.goto("/login/")
    assert page.locator("h1").inner_text() == word


ADDRESSES = [
    "/", "/login/", "/me/", "/me/tokens/", "/notices/", "/api/docs/", "/webhooks/", "/people/", "/organisation/", "/customers/", "/batches/", "/batches/1/",
    "/batches/1/rows/", "/nowhere/",
]  # fmt: skip
NARROW, ZOOMED = {"width": 320, "height": 700}, {"width": 720, "height": 450}


@pytest.mark.parametrize("address", ADDRESSES)
@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_pages_have_no_serious_fault_for_people_who_cannot_see_well(open_page: Opener, address: str, dark: bool) -> None:
    page = open_page("" if address == "/login/" else "gao", dark=dark)
    page.goto(address)
    assert serious_faults(page) == []


@pytest.mark.parametrize("address", ADDRESSES)
def test_pages_fit_phones_and_a_screen_at_twice_the_size(open_page: Opener, address: str) -> None:
    page = open_page("" if address == "/login/" else "gao")
    page.goto(address)
    page.wait_for_load_state("networkidle")
    for size in (NARROW, PHONE, ZOOMED):
        page.set_viewport_size(size)  # type: ignore[arg-type]
        assert page.evaluate("document.documentElement.scrollWidth") <= size["width"], size
        assert serious_faults(page) == [], size


def test_paper_is_day_says_who_printed_it_and_has_nothing_to_press(open_page: Opener) -> None:
    page = open_page("gao", dark=True)
    page.goto("/customers/")
    assert page.evaluate("document.documentElement.dataset.bsTheme") == "dark"
    page.evaluate("dispatchEvent(new Event('beforeprint'))")
    page.emulate_media(media="print")
    assert page.evaluate("document.documentElement.dataset.bsTheme") == "light"
    assert "(gao)" in page.locator(".zk-paper").inner_text()
    assert not any(page.locator(part).first.is_visible() for part in (".zk-side", ".zk-top", ".zk-filters", ".zk-pager"))
    page.evaluate("dispatchEvent(new Event('afterprint'))")
    assert page.evaluate("document.documentElement.dataset.bsTheme") == "dark"


def test_nothing_is_fetched_from_elsewhere_and_nothing_breaks_on_the_way(open_page: Opener) -> None:
    page = open_page("gao")
    asked: list[str] = []
    told: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.on("console", lambda message: told.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: told.append(str(error)))
    page.goto("/people/")
    page.wait_for_load_state("networkidle")
    assert [url for url in asked if not url.startswith("http://127.0.0.1:") and not url.startswith("data:")] == []
    assert told == []
