"""The customer list as a tool, in a browser: rows ticked by keys, a range with Shift, done and taken back, columns chosen and widened."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from zhike.testing.browser import DESKTOP, PHONE, Opener, serious_faults

pytestmark = pytest.mark.browser


def _list(page: Page) -> None:
    page.goto("/customers/?view=mine")
    expect(page.locator("#customers tbody tr").first).to_be_visible()


def test_a_manager_ticks_by_key_puts_them_on_a_list_and_takes_it_back(open_page: Opener) -> None:
    page = open_page("lin")
    told: list[str] = []
    page.on("console", lambda message: told.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: told.append(str(error)))
    _list(page)
    bar = page.locator("[data-zk-bulk]")
    expect(bar).to_be_hidden()
    for key in ("j", "x", "j", "x"):
        page.keyboard.press(key)
    expect(bar).to_contain_text("2")
    page.locator("#customers tbody .zk-tick").nth(4).click(modifiers=["Shift"])  # from the last one ticked: the second
    expect(bar).to_contain_text("5")
    page.locator('[data-zk-act="list"]').click()
    expect(page.locator("#bulk-body")).to_contain_text("Will be changed")
    page.get_by_label("Name of a new one").fill("By keys")
    page.get_by_role("button", name="Put on the list").click()
    expect(page.locator(".zk-toast")).to_contain_text("By keys")
    expect(bar).to_be_hidden()
    page.goto("/asked/")
    page.locator(".zk-work").filter(has_text="By keys").get_by_role("button", name="Take back").click()
    expect(page.locator(".zk-work").first).to_contain_text("Taken back")
    assert told == []


def test_on_a_phone_two_are_ticked_by_thumb_and_the_acts_stand_above_the_bar_of_places(open_page: Opener) -> None:
    page = open_page("lin", viewport=PHONE)
    _list(page)
    for number in range(2):
        page.locator("#customers tbody .zk-tick-cell").nth(number).click()  # anywhere in the cell, a thumb is wide
    bar = page.locator("[data-zk-bulk]")
    expect(bar).to_contain_text("2")
    box, places = bar.bounding_box(), page.locator(".zk-bottom").bounding_box()
    assert box and places and box["y"] + box["height"] <= places["y"] and box["x"] >= 0 and box["x"] + box["width"] <= PHONE["width"]
    small = [act for act in bar.locator("button:visible, summary").all() if (act.bounding_box() or {"height": 0})["height"] < 44]
    assert small == []
    bar.locator('[data-zk-act="pin"]').click()
    expect(page.locator("#bulk-body")).to_contain_text("Will be changed")


def test_escape_clears_and_e_opens_the_export(open_page: Opener) -> None:
    page = open_page("lin")
    _list(page)
    page.keyboard.press("j")
    page.keyboard.press("x")
    page.keyboard.press("e")
    expect(page.locator("#export-dialog")).to_be_visible()
    expect(page.locator("[data-zk-export-ticked]")).to_contain_text("1")
    page.keyboard.press("Escape")
    page.keyboard.press("Escape")
    expect(page.locator("[data-zk-bulk]")).to_be_hidden()


def test_columns_are_put_in_order_by_key_and_widened_by_arrows(open_page: Opener) -> None:
    page = open_page("zhou")
    page.goto("/customers/?view=all")
    page.get_by_role("link", name="Columns").click()
    form = page.locator("#columns-dialog [data-zk-columns]")
    expect(form).to_be_visible()
    form.get_by_label("Born", exact=True).check()
    form.get_by_role("button", name="Outlet: earlier").press("Enter")
    form.get_by_role("button", name="Show these").click()
    expect(page.locator("#customers thead")).to_contain_text("Born")
    heads = page.locator("#customers thead th").all_inner_texts()
    assert "Born" in heads and heads.index("Outlet") < heads.index("Manager")
    edge = page.locator("#customers thead .zk-edge").nth(1)
    expect(edge).to_be_attached()
    edge.focus()
    with page.expect_response("**/customers/columns/"):
        for _step in range(3):
            page.keyboard.press("ArrowRight")
    page.reload()
    assert page.locator("#customers col[width]").count() == 1
    page.get_by_role("link", name="Columns").click()
    page.locator("#columns-dialog").get_by_role("button", name="The usual ones").click()
    expect(page.locator("#customers thead")).not_to_contain_text("Born")


@pytest.mark.parametrize(("viewport", "dark"), [(DESKTOP, False), (PHONE, True)])
def test_nothing_is_hidden_from_whoever_cannot_see(open_page: Opener, viewport: dict[str, int], dark: bool) -> None:
    page = open_page("lin", viewport=viewport, dark=dark)
    for path in ("/customers/", "/customers/views/", "/customers/columns/", "/asked/"):
        page.goto(path)
        assert serious_faults(page) == [], path
