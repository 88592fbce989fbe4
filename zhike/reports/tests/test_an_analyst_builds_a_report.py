"""Su builds "EVA and AUM by branch and tier" with the keyboard alone, opens who is behind a figure, keeps it and takes it along as a workbook; a BI tool reads
the same profile with the rights of whoever lends it hers."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import psycopg
import pytest
from playwright.sync_api import Browser, Page, expect

from zhike.access.marks import found_in
from zhike.testing.browser import DESKTOP, PHONE, serious_faults
from zhike.testing.databases import Bank
from zhike.testing.people import PASSWORD, Cast
from zhike.testing.plugin import WORKER
from zhike.testing.run import Run
from zhike.testing.serving import Served, served, session_cookie


@pytest.fixture(scope="module")
def computed_bank(run: Run, peopled_template: str, people: Cast) -> Iterator[Bank]:
    """The sample bank with its cast, computed as of its last day."""
    name = f"{WORKER}_reports"
    run.create(name, like=peopled_template)
    bank = Bank(run, name)
    bank.zhike("insight", "build")
    yield bank
    run.drop(name)


@dataclass
class Site:
    """That bank, served, in front of a browser."""

    site: Served
    browser: Browser
    cookies: dict[str, list[Any]]

    def page(self, login: str, viewport: dict[str, int] | None = None, language: str = "en-GB", dark: bool = False) -> Page:
        """A page of somebody who has logged in."""
        if login not in self.cookies:
            pairs = (pair.split("=", 1) for pair in session_cookie(self.site, login, PASSWORD).split("; "))
            self.cookies[login] = [{"name": name, "value": value, "url": self.site.address} for name, value in pairs]
        scheme = "dark" if dark else "light"
        context = self.browser.new_context(base_url=self.site.address, viewport=viewport or DESKTOP, locale=language, color_scheme=scheme)  # type: ignore[arg-type]
        context.set_default_timeout(30_000)
        context.add_cookies(self.cookies[login])
        return context.new_page()


@pytest.fixture(scope="module")
def site(computed_bank: Bank, browser: Browser) -> Iterator[Site]:
    with served(computed_bank.run, computed_bank.name, ZHIKE_DEMO="1", ZHIKE_IDLE_MINUTES="600") as address:
        yield Site(address, browser, {})


def chosen(page: Page, field: str, option: str) -> None:
    """Choose by keyboard: stop at the field, type what it is called."""
    page.locator(field).focus()
    page.keyboard.type(option, delay=20)


@pytest.mark.browser
def test_eva_and_aum_by_branch_and_tier_by_keyboard_alone(site: Site) -> None:
    page = site.page("su")
    page.goto("/reports/")
    chosen(page, "#zkr-rows-1", "Branch")
    chosen(page, "#zkr-rows-2", "Tier")
    page.keyboard.press("ArrowDown")  # "Tier by value" begins alike
    expect(page.locator("#zkr-rows-2")).to_have_value("tier_effective")
    page.locator(".zkr-builder button[type=submit]").focus()
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile(r"rows=branch.*tier_effective"))
    expect(page.locator(".zkr-table tbody tr").first).to_be_visible()
    expect(page.locator("[data-zk-chart] svg")).to_have_count(1)
    assert serious_faults(page) == []

    figure = page.locator(".zkr-table tbody tr.zkr-depth-2 td button").first
    total = figure.get_attribute("title")
    figure.focus()
    page.keyboard.press("Enter")
    page.wait_for_url("**/reports/rows/**")
    assert total
    first = page.locator("tbody tr a.zk-row-link").first
    expect(first).to_be_visible()
    assert serious_faults(page) == []
    first.focus()
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile(r"/customers/\d+/"))

    for address in (re.compile("/reports/rows/"), re.compile(r"/reports/\?")):
        page.wait_for_load_state("networkidle")
        page.go_back()
        expect(page).to_have_url(address)
    page.locator("[data-zk-dialog='#zkr-keep']").focus()
    page.keyboard.press("Enter")
    page.locator("#zkr-name").focus()
    page.keyboard.type("EVA and AUM by branch and tier")
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile(r"of=\d+"))
    expect(page.locator("h1")).to_have_text("EVA and AUM by branch and tier")

    page.locator("[data-zk-dialog='#zkr-export']").focus()
    page.keyboard.press("Enter")
    page.locator("#zkr-export button[type=submit]").last.focus()
    with page.expect_download() as download:
        page.keyboard.press("Enter")
    content = download.value.path().read_bytes()
    assert zipfile.ZipFile(io.BytesIO(content)).namelist()
    assert [mark.kind for mark in found_in(content)] == ["export"]


@pytest.mark.browser
@pytest.mark.parametrize(("language", "dark"), [("zh-CN", False), ("en-GB", True)])
def test_reports_and_methods_are_whole_on_a_phone(site: Site, language: str, dark: bool) -> None:
    page = site.page("su", PHONE, language, dark)
    for address in (
        "/reports/?rows=branch,kind&columns=month&measures=aum,eva",
        "/reports/rows/?rows=branch&measures=aum&at=/",
        "/reports/kept/",
        "/insight/methods/",
    ):
        page.goto(address)
        assert serious_faults(page) == [], address
        assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"], address


def test_a_bi_tool_reads_what_the_documents_say_and_only_the_rows_of_whoever_lends_her_rights(computed_bank: Bank, people: Cast) -> None:
    asked = "select p.tier_effective, count(*), sum(p.aum), sum(p.eva_12m) from insight_profile p group by 1"
    with computed_bank.connected("read") as tool:
        assert tool.execute(asked).fetchall() == []
        statement = computed_bank.zhike("identity", "lin", "--hours", "1").strip()
        tool.execute(statement)
        hers = tool.execute("select party_id from (select id as party_id from insight_profile) seen order by 1").fetchall()
        assert sum(row[1] for row in tool.execute(asked).fetchall()) == len(hers)
        assert tool.execute("select count(*) from insight_build where is_shown").fetchone() == (1,)
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            tool.execute("update insight_profile set aum = 0")
    words = computed_bank.run.installation(computed_bank.name).parameters("read")
    with psycopg.connect(**words | {"options": f"-c zhike.viewer={statement.split(chr(39))[3]}"}) as tool:  # type: ignore[arg-type]
        assert tool.execute("select count(*) from insight_profile").fetchone() == (len(hers),)
    with computed_bank.connected("job") as job:
        own = job.execute(
            "select pr.id from insight_profile pr join parties_party p on p.id = pr.id join access_employee e on p.rm_ids @> array[e.id] where e.staff_no = %s order by 1",
            [people["lin"].staff_no],
        ).fetchall()
    assert hers == own and own
