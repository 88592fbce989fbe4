"""A condition is made by keyboard alone, counted while it is made, applied, opened again and mended; on a desk and on a phone."""

from __future__ import annotations

import json
import re
from urllib.parse import parse_qs, quote, urlsplit

import pytest
from playwright.sync_api import Page, expect

from zhike.testing.browser import PHONE, Opener, serious_faults

pytestmark = pytest.mark.browser


def condition_of(page: Page) -> object:
    """The condition in the address."""
    given = parse_qs(urlsplit(page.url).query).get("where", [""])[0]
    return json.loads(given)["where"] if given else None


def test_a_manager_makes_a_condition_by_keyboard_alone(open_page: Opener) -> None:
    page = open_page("lin")
    page.goto("/customers/")
    page.keyboard.press("f")
    page.wait_for_selector(".zkc-popup")  # with nothing there yet, the list of fields is open
    page.keyboard.type("end-of-day")
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    page.keyboard.type("5万")
    expect(page.locator("[data-said]")).to_have_text("End-of-day AUM at least 50,000")
    page.locator(".zkc-root > .zkc-adds .zkc-add").first.focus()
    page.keyboard.press("Enter")
    page.keyboard.type("xingbie" if page.locator("html[lang=zh-Hans]").count() else "sex")
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.keyboard.press("Enter")  # the first of the choices
    page.keyboard.press("Escape")
    expect(page.locator("[data-said]")).to_have_text("End-of-day AUM at least 50,000 and sex: Female")
    expect(page.locator(".zkc-count").first).to_have_text(re.compile(r"^[\d,]+ → [\d,]+$"))
    total = page.locator("[data-total]").inner_text()
    page.keyboard.press("Control+Enter")
    page.wait_for_url("**where=**")
    assert condition_of(page) == {
        "all": [{"field": "aum", "op": "at_least", "value": "50000"}, {"field": "sex", "op": "in", "value": ["female"]}]
    }
    assert page.locator("#customers tbody tr").count() == int(total)
    assert page.locator(".zk-condition-chip").count() == 2
    page.locator(".zk-condition-chip a").first.click()
    page.wait_for_load_state()
    assert condition_of(page) == {"all": [{"field": "sex", "op": "in", "value": ["female"]}]}
    page.go_back()
    assert page.locator(".zk-condition-chip").count() == 2


def test_a_group_within_a_group_and_contacts_are_read_back_as_they_were_made(open_page: Opener) -> None:
    deposit = {
        "has": "deposit",
        "at_least": 1,
        "where": {"all": [{"field": "maturity_date", "op": "within_next", "value": {"n": 30, "unit": "days"}}]},
    }
    silent = {
        "has": "contact",
        "at_least": 0,
        "at_most": 0,
        "where": {"all": [{"field": "at", "op": "within_last", "value": {"n": 3, "unit": "months"}}]},
    }
    tree = {"all": [{"field": "aum", "op": "between", "value": ["10000", "12345678.9"]}, {"any": [deposit, silent, {"none": [{"field": "is_staff", "op": "is", "value": True}]}]},
                    {"field": "birthday", "op": "between", "value": ["12-20", "01-05"]}, {"field": "name", "op": "contains", "value": "王%"}]}  # fmt: skip
    page = open_page("zhou")
    page.goto(f"/customers/?where={quote(json.dumps({'version': 1, 'where': tree}))}")
    page.keyboard.press("f")
    page.wait_for_selector(".zkc-field")
    page.keyboard.press("Control+Enter")
    page.wait_for_load_state()
    assert condition_of(page) == tree


def test_what_is_not_finished_is_said_beside_its_row_and_nothing_typed_is_lost(open_page: Opener) -> None:
    page = open_page("lin")
    page.goto("/customers/")
    page.keyboard.press("f")
    page.wait_for_selector(".zkc-popup")
    page.keyboard.type("name")
    page.keyboard.press("Enter")
    page.keyboard.press("Control+Enter")
    expect(page.locator(".zkc-fault").first).to_have_text("Name: write what to look for")
    page.locator(".zkc-value input").fill("王")
    page.wait_for_timeout(600)
    page.reload()
    page.keyboard.press("f")
    expect(page.locator(".zkc-value input")).to_have_value("王")
    page.keyboard.press("Escape")
    expect(page.locator("[data-zk-conditions-editor]")).to_be_hidden()
    assert page.evaluate("document.activeElement.matches('[data-zk-conditions]')")


@pytest.mark.parametrize("dark", [False, True])
def test_the_editor_has_no_serious_fault_and_does_not_scroll_sideways_on_a_phone(open_page: Opener, dark: bool) -> None:
    tree = {
        "all": [
            {"field": "aum", "op": "between", "value": ["10000", "500000"]},
            {"has": "deposit", "at_least": 2, "where": {"all": [{"field": "maturity_date", "op": "in", "value": "next_month"}]}},
        ]
    }
    page = open_page("lin", PHONE, "zh-CN", dark)
    page.goto(f"/customers/?where={quote(json.dumps({'version': 1, 'where': tree}))}")
    page.locator("button[data-zk-conditions]").first.click()
    expect(page.locator("[data-said]")).not_to_be_empty()
    assert serious_faults(page) == []
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
    page.locator(".zkc-field").first.click()
    page.wait_for_selector(".zkc-popup")
    assert serious_faults(page) == []
