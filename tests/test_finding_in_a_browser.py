"""The search that opens everywhere, as people use it: by keys alone, on the phone, by day and night, in both languages."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from zhike.parties.rules import name_tokens
from zhike.testing.browser import DESKTOP, PHONE, Opener, serious_faults

pytestmark = pytest.mark.browser


def _a_customer(page: Page) -> tuple[str, str]:
    """The name of the first of hers with three characters, and its pinyin."""
    page.goto("/customers/")
    names = page.locator("#customers tbody a").all_inner_texts()
    name = next(name for name in names if len(name) == 3)
    return name, max((token for token in name_tokens(name) if token.isascii()), key=len)


def test_a_manager_finds_a_customer_by_half_her_pinyin_and_opens_her_without_the_mouse(open_page: Opener) -> None:
    page = open_page("lin")
    told: list[str] = []
    page.on("console", lambda message: told.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: told.append(str(error)))
    name, pinyin = _a_customer(page)
    page.goto("/me/")
    page.keyboard.press("Control+k")
    page.keyboard.type(pinyin[:-1], delay=15)
    option = page.locator("#zk-palette [role=option]").filter(has_text=name).first
    expect(option).to_be_visible()
    field = page.locator("#zk-palette [role=combobox]")
    expect(field).to_have_attribute("aria-activedescendant", "zk-found-option-0")
    for _step in range(8):
        if option.get_attribute("aria-selected") == "true":
            break
        page.keyboard.press("ArrowDown")
    expect(field).to_have_attribute("aria-activedescendant", str(option.get_attribute("id")))
    page.keyboard.press("Enter")
    page.wait_for_url("**/customers/*/")
    assert page.locator("h1").inner_text() == name
    page.keyboard.press("Control+k")
    expect(page.locator("#zk-palette [role=option]").first).to_contain_text(name)  # opened last
    assert told == []


def test_escape_closes_and_the_focus_is_where_it_was(open_page: Opener) -> None:
    page = open_page("lin")
    page.goto("/me/")
    button = page.locator("header [data-zk-keys]")
    button.focus()
    page.keyboard.press("Control+k")
    expect(page.locator("#zk-palette [role=combobox]")).to_be_focused()
    for _step in range(4):
        page.keyboard.press("Tab")
        assert page.evaluate("document.activeElement === document.body || !!document.activeElement.closest('#zk-palette')")
    page.keyboard.press("Escape")
    expect(page.locator("#zk-palette")).to_be_hidden()
    expect(button).to_be_focused()


def test_enter_waits_for_the_answer_to_what_was_typed(open_page: Opener) -> None:
    page = open_page("gao")
    page.goto("/me/")
    page.keyboard.press("Control+k")
    page.keyboard.insert_text("organisation")
    page.keyboard.press("Enter")
    page.wait_for_url("**/organisation/")


def test_a_slash_searches_the_list_and_everywhere_where_there_is_none(open_page: Opener) -> None:
    page = open_page("gao")
    page.goto("/people/")
    page.keyboard.press("/")
    expect(page.locator("[data-zk-list-search]")).to_be_focused()
    page.goto("/organisation/")
    page.keyboard.press("/")
    expect(page.locator("#zk-palette [role=combobox]")).to_be_focused()


def test_night_is_an_act_that_is_found(open_page: Opener) -> None:
    page = open_page("chen")
    page.goto("/me/")
    page.keyboard.press("Control+k")
    page.keyboard.insert_text("look by night")
    page.keyboard.press("Enter")
    expect(page.locator("html")).to_have_attribute("data-bs-theme", "dark")
    expect(page.locator("#zk-palette")).to_be_hidden()


def test_a_pinned_customer_stands_first_before_a_word_is_typed(open_page: Opener) -> None:
    page = open_page("lin")
    page.goto("/customers/?sort=name")
    row = page.locator("#customers tbody a").nth(3)
    name = row.inner_text()
    row.click()
    page.wait_for_url("**/customers/*/")
    button = page.locator(".zk-pin button")
    if button.get_attribute("aria-pressed") == "false":
        button.click()
    expect(page.locator(".zk-pin button")).to_have_attribute("aria-pressed", "true")
    page.locator("#zk-search").click()
    expect(page.locator("[aria-labelledby=zk-found-pinned]")).to_contain_text(name)
    page.keyboard.press("Escape")
    page.locator(".zk-pin button").click()
    expect(page.locator(".zk-pin button")).to_have_attribute("aria-pressed", "false")


@pytest.mark.parametrize(("language", "dark"), [("en-GB", False), ("zh-CN", True)])
@pytest.mark.parametrize("viewport", [DESKTOP, PHONE], ids=["desk", "phone"])
def test_it_has_no_serious_fault_and_fits(open_page: Opener, language: str, dark: bool, viewport: dict[str, int]) -> None:
    page = open_page("gao", viewport=viewport, language=language, dark=dark)
    page.goto("/customers/")
    page.locator("[data-zk-palette]:visible").click()
    for words in ("", "li", "zz-nobody"):
        page.locator("#zk-palette [role=combobox]").fill(words)
        expect(page.locator("#zk-palette [role=status]")).not_to_be_empty()
        page.wait_for_load_state("networkidle")
        assert serious_faults(page) == [], words
        box = page.locator("#zk-palette").bounding_box()
        assert box and box["x"] >= 0 and box["x"] + box["width"] <= viewport["width"] + 1
