"""An analyst puts a question together with the editor, asks it, and reads what came of it; on a phone and in the dark it is whole."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from urllib.parse import urlencode

import pytest
from playwright.sync_api import Page, expect

from zhike.insight import snapshots
from zhike.insight.tests import foretold
from zhike.testing.browser import PHONE, Opener, serious_faults
from zhike.testing.databases import Bank

pytestmark = pytest.mark.browser
CLOSES = json.dumps({"version": 1, "where": {"all": [{"field": "then_accounts_open", "op": "at_most", "value": "0"}]}})

TICKS = "charts => charts.map(one => [...one.querySelectorAll('svg text')].map(text => text.textContent).filter(said => /^[−\\d.]+%$/.test(said))).filter(said => said.length)"


@pytest.fixture
def months(bank: Bank) -> Iterator[Bank]:
    """Twenty months in the warehouse of the live site's bank; afterwards it is as before, and no question is left."""
    root, aside = snapshots.root(bank.home), bank.home / "aside"
    if root.exists():
        root.rename(aside)
    with bank.connected("job") as job:
        parties = [row[0] for row in job.execute("select id from parties_party where status = 'customer' order by id").fetchall()]
    foretold.write(bank.home, parties)
    yield bank
    with bank.connected("job") as job:
        job.execute("delete from insight_labquestion")
    shutil.rmtree(root)
    if aside.exists():
        aside.rename(root)


def line(page: Page, field: str, value: str) -> None:
    """The first line of the editor: a field by its title, at most so much."""
    page.wait_for_selector(".zkc-field")
    if not page.locator(".zkc-popup").count():  # it closed when she typed elsewhere
        page.locator(".zkc-field").last.click()
    page.locator(".zkc-popup input").focus()
    page.keyboard.type(field)
    page.keyboard.press("Enter")
    page.locator(".zkc-select").last.select_option("at_most")
    page.locator(".zkc-row input").last.fill(value)


def test_a_question_is_put_together_and_answered(months: Bank, open_page: Opener) -> None:
    page = open_page("su")
    page.goto("/insight/lab/")
    page.get_by_role("link", name="New question").first.click()
    page.get_by_label("Name").fill("Who closes")
    page.get_by_label("Months ahead").select_option("2")
    line(page, "Open accounts (then)", "0")
    expect(page.locator("[data-said]")).to_contain_text("Open accounts (then) at most 0")
    page.get_by_role("button", name="Apply").click()
    page.wait_for_url("**then=%7B**")
    expect(page.get_by_text("Open accounts (then) at most 0")).to_be_visible()
    expect(page.get_by_label("Name")).to_have_value("Who closes")
    expect(page.get_by_label("Months ahead")).to_have_value("2")
    assert serious_faults(page) == []
    page.get_by_role("button", name="Ask it").click()
    expect(page.get_by_role("heading", name="Who closes").first).to_be_visible()
    expect(page.get_by_text("What moves it").first).to_be_visible(timeout=120_000)
    expect(page.locator("[data-zk-chart] svg").last).to_be_visible()
    for ticks in page.locator("[data-zk-chart]").evaluate_all(TICKS):
        assert ticks and len(ticks) == len(set(ticks)), "no two lines of a chart are called the same"
    assert serious_faults(page) == []
    page.get_by_role("button", name="Throw away").first.click()
    page.get_by_role("button", name="Undo").first.click()
    expect(page.get_by_role("link", name="Who closes").first).to_be_visible()


@pytest.mark.parametrize("dark", [False, True])
def test_on_a_phone_it_fits_and_reads_in_chinese(months: Bank, open_page: Opener, dark: bool) -> None:
    page = open_page("su", PHONE, "zh-CN", dark)
    page.goto(f"/insight/lab/new/?{urlencode({'then': CLOSES, 'months': 3, 'title': '销户', 'new': 1})}")
    expect(page.get_by_role("heading", name="新问题").first).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
    assert serious_faults(page) == []
    page.get_by_role("button", name="提问").click()
    expect(page.get_by_text("公平", exact=False).first).to_be_visible(timeout=120_000)
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
    assert serious_faults(page) == []
