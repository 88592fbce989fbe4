"""An analyst answers three questions of bankers with the builder, by keyboard alone, and keeps the answers; on a phone and in the dark it is whole."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qs, quote, urlsplit

import pytest
from playwright.sync_api import Page, expect

from zhike.audiences.tests.questions import QUESTIONS
from zhike.audiences.tests.test_bankers_questions import PROFILES
from zhike.testing.browser import PHONE, Opener, serious_faults
from zhike.testing.databases import Bank
from zhike.workspace.tests.books import one, rows

pytestmark = pytest.mark.browser

LIVES_WITH, _DUE, _COSTS, _QUIET, PAID, _BEST, TERM, *_REST = QUESTIONS


@pytest.fixture
def reckoned(shared_bank: Bank) -> Iterator[Bank]:
    """The bank with profiles; afterwards without them and without what was kept."""
    with shared_bank.connected("job") as job:
        job.execute("delete from insight_profile")
        job.execute(PROFILES)
    yield shared_bank
    with shared_bank.connected("job") as job:
        for table in ("audiences_audienceversion", "audiences_audience", "insight_profile"):
            job.execute(f"delete from {table}")


def line(page: Page, title: str, *, first: bool = False, second: bool = False, within: bool = False) -> None:
    """Another line about a field, found by its title: the `first` of all, whose list is open; `second`: another field's title begins alike;
    `within`: about the last of those who hang on the customer."""
    if not first:
        place = page.locator(".zkc-inner").last if within else page.locator(".zkc-root > .zkc-adds")
        place.locator(".zkc-add").first.focus()
        page.keyboard.press("Enter")
    page.wait_for_selector(".zkc-popup")
    page.keyboard.type(title)
    if second:
        page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")


def chosen(page: Page, option: str) -> None:
    """The option of the list that the cursor stands on, by its first letters."""
    page.keyboard.type(option)


def value(page: Page, text: str) -> None:
    """What the line is held against, one stop further."""
    page.keyboard.press("Tab")
    page.keyboard.type(text)


def asked(page: Page) -> Any:
    """The condition in the address."""
    return json.loads(parse_qs(urlsplit(page.url).query)["where"][0])["where"]


def apply(page: Page) -> int:
    """Ask it; how many the page says there are."""
    page.keyboard.press("Control+Enter")
    page.wait_for_url("**where=**")
    total = page.locator("#panel-breakdown .zk-figure-xl")
    expect(total.or_(page.locator("#panel-breakdown .zk-empty")).first).to_be_visible()
    return int(total.inner_text().replace(",", "")) if total.count() else 0


def keep(page: Page, name: str) -> None:
    page.locator("#audience-name").focus()
    page.keyboard.type(name)
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile(r"/audiences/\d+/$"))


def test_a_choice_taken_with_the_mouse_leaves_the_keys_with_the_list(open_page: Opener, reckoned: Bank) -> None:
    page = open_page("su")
    page.goto("/audiences/new/")
    line(page, "Kind", first=True)
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.locator(".zkc-option", has_text="Company").click()
    page.keyboard.press("Escape")
    expect(page.locator(".zkc-popup")).to_have_count(0)
    expect(page.locator(".zkc-root")).to_be_visible()


def test_three_questions_are_answered_by_keyboard_alone(open_page: Opener, reckoned: Bank) -> None:
    page = open_page("su")
    page.goto("/audiences/new/")
    line(page, "AUM, month's average", first=True)
    value(page, "20万")
    line(page, "Card")
    chosen(page, "has none")
    line(page, "Household member", second=True)
    line(page, "Holds a mortgage", within=True)
    apply(page)
    assert asked(page) == QUESTIONS[LIVES_WITH]
    keep(page, "Next to a mortgage")
    expect(page.locator(".zk-audience-reads")).to_contain_text("has a household member (holds a mortgage: yes)")

    page.goto("/audiences/new/")
    line(page, "Salary, 12 months", first=True)
    chosen(page, "more than")
    value(page, "0")
    line(page, "Holds a wealth product")
    page.keyboard.press("Tab")
    chosen(page, "no")
    paid = apply(page)
    assert asked(page) == QUESTIONS[PAID]
    keep(page, "Paid here")
    assert paid == one(reckoned, "select count(*) from insight_profile where salary_12m > 0 and not holds_wealth")

    page.goto("/audiences/new/")
    line(page, "Sex", first=True)
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.keyboard.press("Enter")
    page.keyboard.press("Escape")
    line(page, "Age")
    chosen(page, "more than")
    value(page, "55")
    line(page, "Share of term deposits")
    value(page, "80")
    apply(page)
    assert asked(page) == QUESTIONS[TERM]
    keep(page, "Term")

    kept = rows(reckoned, "select name from audiences_audience order by name")
    assert [name for (name,) in kept] == ["Next to a mortgage", "Paid here", "Term"]


@pytest.mark.parametrize(("language", "dark"), [("zh-CN", False), ("en-GB", True)])
def test_an_audience_is_whole_on_a_phone(open_page: Opener, reckoned: Bank, language: str, dark: bool) -> None:
    page = open_page("su", PHONE, language, dark)
    where = quote(json.dumps({"version": 1, "where": QUESTIONS[PAID]}))
    for address in ("/audiences/", f"/audiences/new/?where={where}", "/audiences/overlap/"):
        page.goto(address)
        if "where" in address:
            expect(page.locator("#panel-breakdown .zk-audience-total")).to_be_visible()
        assert serious_faults(page) == []
        assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
