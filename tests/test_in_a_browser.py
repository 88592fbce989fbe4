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


@pytest.mark.parametrize("address", ["/login/", "/me/", "/people/", "/organisation/"])
@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_pages_have_no_serious_fault_for_people_who_cannot_see_well(open_page: Opener, address: str, dark: bool) -> None:
    page = open_page("" if address == "/login/" else "gao", dark=dark)
    page.goto(address)
    assert serious_faults(page) == []


@pytest.mark.parametrize("address", ["/login/", "/me/", "/people/", "/organisation/"])
def test_pages_fit_a_phone(open_page: Opener, address: str) -> None:
    page = open_page("" if address == "/login/" else "gao", viewport=PHONE)
    page.goto(address)
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]


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
