"""What an analyst and a branch manager see of a computed bank: whole in every look, and each number leads to the customers behind it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from zhike.testing.browser import DESKTOP, PHONE, Opener, cookies_of, faults_of, opening, settled
from zhike.testing.databases import Bank
from zhike.testing.plugin import WORKER
from zhike.testing.run import Run
from zhike.testing.serving import served

pytestmark = pytest.mark.browser

LOOKS = [(DESKTOP, "zh-CN", False), (PHONE, "en-GB", True)]
PAGES = {
    "su": [
        "/insight/", "/insight/mix/?by=revenue", "/insight/dependence/", "/insight/fields/", "/insight/methods/", "/insight/origins/", "/insight/origins/profile/",
        "/insight/tiers/", "/insight/settings/", "/insight/settings/costs/", "/insight/predictors/", "/insight/predictors/lifetime_value/",
        "/insight/predictors/leaving_decline/", "/prospects/network/", "/prospects/network/communities/", "/audiences/", "/audiences/new/", "/audiences/overlap/",
        "/reports/?rows=branch&columns=value_band&measures=aum,eva", "/reports/kept/", "/suitability/", "/suitability/products/",
    ],
    "zhou": [
        "/insight/", "/insight/mix/", "/insight/stages/", "/insight/stages/?by=tier_effective&over=3", "/insight/chances/", "/insight/overrides/", "/customers/{rich}/value/rows/",
        "/customers/{rich}/",
    ],
}  # fmt: skip


@dataclass(frozen=True)
class Site:
    """A computed bank that is served, and its customer with the most money."""

    open_page: Opener
    rich: int
    count: int


@pytest.fixture(scope="module")
def site(run: Run, peopled_template: str, browser: Browser) -> Iterator[Site]:
    """The sample bank with its quarter's end and its last day, the payment network and chances."""
    name = f"{WORKER}_computed_site"
    run.create(name, like=peopled_template)
    bank = Bank(run, name)
    for command in (("insight", "build", "--as-of", "2026-07-31"), ("insight", "build"), ("insight", "network"), ("predictor", "score")):
        bank.zhike(*command)
    with bank.connected("job") as job:
        asked = """select p.id from insight_profile f join parties_party p using (id) join access_person x on x.login = 'zhou'
            join access_employee e on e.id = x.employee_id where p.unit_id = e.unit_id and p.kind = 'individual' order by f.aum desc, 1 limit 1"""
        rich = (job.execute(asked).fetchone() or (0,))[0]
        count = (job.execute("select count(*) from insight_profile").fetchone() or (0,))[0]
    with served(run, name, ZHIKE_DEMO="1", ZHIKE_IDLE_MINUTES="600") as live, opening(browser, live, cookies_of(live)) as open_page:
        yield Site(open_page, rich, count)
    run.drop(name)


@pytest.mark.parametrize(("viewport", "language", "dark"), LOOKS, ids=["desk-zh-day", "phone-en-night"])
@pytest.mark.parametrize("login", PAGES)
def test_no_page_of_a_computed_bank_has_a_serious_fault(
    site: Site, login: str, viewport: dict[str, int], language: str, dark: bool
) -> None:
    page = site.open_page(login, viewport=viewport, language=language, dark=dark)
    assert faults_of(page, (one.format(rich=site.rich) for one in PAGES[login])) == {}


def customers_behind(page: Page, number: Locator) -> tuple[int, list[str]]:
    """What a number in a link says, and the customers of the page that it leads to."""
    said = int(number.inner_text().replace(",", ""))
    number.click()
    settled(page)
    return said, page.locator("main tbody a[href^='/customers/']").all_inner_texts()


def test_who_moved_between_stages_stands_behind_the_number_and_the_way_back_is_there(site: Site) -> None:
    page = site.open_page("su")
    page.goto("/insight/stages/?over=1")
    settled(page)
    expect(page.locator("section[aria-labelledby=moves] svg").first).to_be_visible()
    said, told = customers_behind(page, page.locator("section[aria-labelledby=moves] tbody a").first)
    assert said == len(told) > 0
    page.get_by_role("link", name="Stages and retention").first.click()
    expect(page.locator("h1")).to_have_text("Stages and retention")


def test_the_best_tier_of_the_home_leads_to_its_customers_and_each_of_them_to_her_value(site: Site) -> None:
    page = site.open_page("su")
    page.goto("/insight/")
    settled(page)
    said, told = customers_behind(page, page.locator("section[aria-labelledby=tiers] tbody a").first)
    assert said == len(told) > 0
    page.locator("main tbody a[href^='/customers/']").first.click()
    page.locator("#panel-value").scroll_into_view_if_needed()
    expect(page.locator("#panel-value tbody tr").first).to_be_visible()
