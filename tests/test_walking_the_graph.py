"""From a person to the company behind which she stands, in a real browser: by the graph, by its words, on a desk and on a phone."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import Page, expect

from zhike.testing.browser import DESKTOP, PHONE, Opener, serious_faults
from zhike.testing.databases import Bank

pytestmark = pytest.mark.browser

LOOKS = [("en-GB", False), ("zh-CN", True)]
_CONTROLS = """
select c.id, c.name, p.id, p.name from parties_relationship r join parties_party c on c.id = r.party_id join parties_party p on p.id = r.to_party_id
where r.type = 'actual_controller' and r.valid_to is null
order by (select count(*) from parties_relationship x where x.party_id = p.id), c.id limit 1
"""


def controlled(bank: Bank) -> tuple[int, str, int, str]:
    """A company and the person who controls it."""
    with bank.connected("job") as job:
        row: Any = job.execute(_CONTROLS).fetchone()
    assert row is not None
    return row


def open_customer(page: Page, party: int) -> None:
    """Her page with its graph drawn."""
    page.goto(f"/customers/{party}/")
    page.locator("[data-zk-graph-drawn]:not([data-zk-graph-drawn=''])").wait_for()
    page.wait_for_load_state("networkidle")


def test_she_is_followed_through_the_graph_to_the_company_she_controls(open_page: Opener, shared_bank: Bank) -> None:
    company, company_name, person, person_name = controlled(shared_bank)
    page = open_page("gao")
    told: list[str] = []
    page.on("console", lambda message: told.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: told.append(str(error)))
    open_customer(page, person)
    picture = page.locator(".zk-net-picture")
    picture.scroll_into_view_if_needed()
    page.locator("[data-zk-graph-zoom=fit]").click()
    at = page.evaluate("id => document.querySelector('[data-zk-graph]').zkGraph.getElementById(id).renderedPosition()", f"n{company}")
    picture.click(position=at)
    page.wait_for_url(f"**/customers/{company}/")
    expect(page.locator("h1")).to_have_text(company_name)
    expect(page.locator("#panel-owners .zk-behind-verdict")).to_contain_text(person_name)
    assert told == []


def test_the_same_way_goes_by_keys_through_the_links_in_words(open_page: Opener, shared_bank: Bank) -> None:
    company, company_name, person, _name = controlled(shared_bank)
    page = open_page("gao")
    open_customer(page, person)
    page.locator(".zk-net-words summary").focus()
    page.keyboard.press("Enter")
    page.locator(f".zk-net-words a[href='/customers/{company}/']").first.focus()
    page.keyboard.press("Enter")
    page.wait_for_url(f"**/customers/{company}/")
    expect(page.locator("h1")).to_have_text(company_name)


def test_a_company_is_drawn_with_its_owners_above_it_and_all_around_when_asked(open_page: Opener, shared_bank: Bank) -> None:
    company, *_rest = controlled(shared_bank)
    page = open_page("gao")
    open_customer(page, company)
    picture = "document.querySelector('[data-zk-graph]').zkGraph"
    lowest = f"() => Math.min(...{picture}.edges('[kind = \"ownership\"]:visible').map(e => e.target().position('y') - e.source().position('y')))"
    assert 0 < page.evaluate(lowest) < 10_000
    assert page.evaluate(f"{picture}.edges(':visible').not('[kind = \"ownership\"]').length") == 0
    visible, around = f"{picture}.nodes(':visible').length", page.locator("[data-zk-graph-way=around]")
    layered = page.evaluate(visible)
    around.focus()
    page.keyboard.press("Enter")
    expect(around).to_have_attribute("aria-pressed", "true")
    assert page.evaluate(visible) > layered
    page.locator("[data-zk-graph-way=layers]").press("Enter")
    assert page.evaluate(visible) == layered


def test_a_kind_of_link_can_be_left_out_and_a_wider_circle_asked_for(open_page: Opener, shared_bank: Bank) -> None:
    company, *_rest = controlled(shared_bank)
    page = open_page("gao")
    open_customer(page, company)
    lines = page.locator("[data-zk-graph-line=ownership]")
    assert lines.count() > 0
    page.locator("[data-zk-graph-kind=ownership]").click()
    shown = "document.querySelector('[data-zk-graph]').zkGraph.edges('[kind = \"ownership\"]:visible').length"
    assert page.evaluate(shown) == 0 and page.locator("[data-zk-graph-line=ownership]:not([hidden])").count() == 0
    page.locator("#relations-graph select[name=steps]").select_option("1")
    page.locator("#relations-graph select[name=steps] option[value='1'][selected]").wait_for(state="attached")
    page.locator("[data-zk-graph-drawn]:not([data-zk-graph-drawn=''])").wait_for()
    assert page.evaluate(shown) > 0


@pytest.mark.parametrize(("language", "dark"), LOOKS)
@pytest.mark.parametrize("viewport", [DESKTOP, PHONE], ids=["desk", "phone"])
def test_a_companys_page_with_its_graph_has_no_serious_fault_and_fits(
    open_page: Opener, shared_bank: Bank, language: str, dark: bool, viewport: dict[str, int]
) -> None:
    company, *_rest = controlled(shared_bank)
    page = open_page("gao", viewport=viewport, language=language, dark=dark)
    open_customer(page, company)
    page.locator(".zk-net-words summary").click()
    assert serious_faults(page) == []
    assert page.evaluate("document.documentElement.scrollWidth") <= viewport["width"]
