"""`?` says what works on the page one stands on, then what works everywhere; no key is promised whose control is not there."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from zhike.testing.browser import Opener, serious_faults
from zhike.testing.databases import Bank

pytestmark = pytest.mark.browser

PAIR = """insert into duplicates_pair (left_id, right_id, probability, features, state, found_at, decided_by)
    select min(id), max(id), 0.97, '{"name": ["sounds_same", "8.1"], "born": ["same", "14.2"]}', 'likely', now(), '' from (
        select p.id from parties_party p join access_employee e on e.id = p.main_rm_id join access_person x on x.employee_id = e.id
        where x.login = 'lin' and p.unit_id = e.unit_id and p.kind = 'individual' order by p.id limit 2) two returning id"""


def _sheet(page: Page) -> str:
    """What `?` says works here."""
    page.locator("body").press("?")
    sheet = page.locator("#zk-keys")
    expect(sheet).to_be_visible()
    assert "Search everywhere" in sheet.inner_text() and serious_faults(page) == []
    here = page.locator("[data-zk-keys-here]")
    said = here.inner_text() if here.is_visible() else ""
    page.keyboard.press("Escape")
    expect(sheet).to_be_hidden()
    return said


def test_a_list_a_customer_and_a_pair_each_say_their_own_keys_first(open_page: Opener, shared_bank: Bank) -> None:
    page = open_page("zhou")
    page.goto("/customers/?view=all")
    said = _sheet(page)
    assert "Tick the row" in said and "Conditions of the list" in said and "note" not in said
    page.locator("#customers tbody a").first.click()
    page.wait_for_url("**/customers/*/")
    page.wait_for_load_state("networkidle")
    expect(page.locator("#panel-known[aria-busy], #panel-notes[aria-busy]")).to_have_count(0)
    said = _sheet(page)
    assert "Edit what is known" in said and "Write a note" in said and "Tick the row" not in said and "Conditions" not in said
    shared_bank.zhike("duplicates", "find")  # what was looked for once is not looked for again while she reads
    with shared_bank.connected("job") as job:
        ((pair,),) = job.execute(PAIR).fetchall()
    page.goto(f"/duplicates/{pair}/")
    said = _sheet(page)
    assert "1\nMake them one customer" in said and "2\nNot the same" in said and "Down, up" not in said
    page.goto("/organisation/")
    assert "note" not in _sheet(page)
    with shared_bank.connected("job") as job:
        job.execute("delete from duplicates_pair where id = %s", [pair])
