"""What people do with customers, in a real browser on the sample bank: find one, read the page, look behind a mask, see what came in."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from zhike.testing.browser import DESKTOP, PHONE, Opener, serious_faults

pytestmark = pytest.mark.browser

ADDRESSES = ["/customers/", "/customers/?sort=name&q=zz-nobody", "/batches/"]
LOOKS = [("en-GB", False), ("zh-CN", True)]


def _first_customer(page: Page) -> None:
    """Open the list and its first customer, and wait until every panel has come."""
    page.goto("/customers/")
    page.locator("#customers tbody a").first.click()
    page.wait_for_url("**/customers/*/")
    for panel in page.locator("[data-zk-panel]").all():
        panel.scroll_into_view_if_needed()
        expect(panel.locator(".zk-skeleton")).to_have_count(0)
    page.wait_for_load_state("networkidle")


def test_a_manager_opens_a_customer_from_her_list_and_every_panel_comes(open_page: Opener) -> None:
    page = open_page("lin")
    told: list[str] = []
    page.on("console", lambda message: told.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: told.append(str(error)))
    name = ""
    page.goto("/customers/")
    name = page.locator("#customers tbody a").first.inner_text()
    _first_customer(page)
    assert page.locator("h1").inner_text().startswith(name)
    assert page.locator(".zk-skeleton").count() == 0
    assert told == []


def test_typing_narrows_the_list_without_a_new_page(open_page: Opener) -> None:
    page = open_page("lin")
    page.goto("/customers/")
    name = page.locator("#customers tbody a").nth(1).inner_text()
    page.keyboard.press("/")
    page.keyboard.type(name, delay=20)
    expect(page.locator("#customers tbody a").first).to_have_text(name)
    assert "q=" in page.url


def test_an_agent_reveals_a_value_with_a_purpose_and_it_hides_again(open_page: Opener) -> None:
    page = open_page("he")
    _first_customer(page)
    secret = page.locator(".zk-secret").first
    mask, value = secret.locator(".zk-mask"), secret.locator("[x-text=value]")
    shown = mask.inner_text()
    assert "••••" in shown
    secret.get_by_role("button").first.click()
    secret.get_by_role("dialog").wait_for()
    page.keyboard.press("1")
    expect(value).to_be_visible()
    clear = value.inner_text()
    assert "•" not in clear and clear[-4:] == shown[-4:]
    page.evaluate("window.dispatchEvent(new Event('blur'))")
    expect(mask).to_be_visible()
    expect(value).to_be_hidden()


def test_an_analyst_finds_no_way_to_reach_a_customer(open_page: Opener) -> None:
    page = open_page("su")
    _first_customer(page)
    assert page.locator(".zk-secret").count() == 0
    assert page.locator("#panel-contact").count() == 0


@pytest.mark.parametrize("address", ADDRESSES)
@pytest.mark.parametrize(("language", "dark"), LOOKS)
@pytest.mark.parametrize("viewport", [DESKTOP, PHONE], ids=["desk", "phone"])
def test_lists_have_no_serious_fault_and_fit(open_page: Opener, address: str, language: str, dark: bool, viewport: dict[str, int]) -> None:
    page = open_page("gao", viewport=viewport, language=language, dark=dark)
    page.goto(address)
    assert serious_faults(page) == []
    assert page.evaluate("document.documentElement.scrollWidth") <= viewport["width"]


@pytest.mark.parametrize(("language", "dark"), LOOKS)
@pytest.mark.parametrize("viewport", [DESKTOP, PHONE], ids=["desk", "phone"])
def test_a_customers_page_has_no_serious_fault_and_fits(open_page: Opener, language: str, dark: bool, viewport: dict[str, int]) -> None:
    page = open_page("lin", viewport=viewport, language=language, dark=dark)
    _first_customer(page)
    assert serious_faults(page) == []
    assert page.evaluate("document.documentElement.scrollWidth") <= viewport["width"]


@pytest.mark.parametrize(("language", "dark"), LOOKS)
def test_a_batch_page_has_no_serious_fault(open_page: Opener, language: str, dark: bool) -> None:
    page = open_page("gao", language=language, dark=dark)
    page.goto("/batches/")
    page.locator("table tbody a").first.click()
    page.wait_for_url("**/batches/*/")
    assert serious_faults(page) == []
