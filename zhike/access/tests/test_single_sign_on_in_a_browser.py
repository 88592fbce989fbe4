"""People log in as the bank knows them: by its directory (a real OpenLDAP) and by its own log-in (a real OpenID Connect provider)."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import oidc_provider_mock
import pytest
from django.conf import LazySettings
from playwright.sync_api import Browser, Page

from zhike.access.tests.conftest import SmallBank
from zhike.settings import PASSWORD_HASHERS
from zhike.testing.directory import Colleague, running_directory
from zhike.testing.serving import Served, served

pytestmark = pytest.mark.browser
ROLES = {"ZHIKE_GROUP_ROLES": "zhike-admins=administrator, zhike-managers=relationship_manager", "ZHIKE_SSO_CREATES": "1"}
OWN = "her-own-password-in-the-directory"


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    context = browser.new_context(viewport={"width": 390, "height": 844}, locale="zh-CN")
    context.set_default_timeout(20_000)
    yield context.new_page()
    context.close()


def log_in(page: Page, site: Served, login: str, password: str) -> None:
    page.goto(f"{site.address}/login/?next=/me/")
    page.fill("#id_login", login)
    page.fill("#id_password", password)
    page.press("#id_password", "Enter")


def entries(small_bank: SmallBank) -> list[tuple[str, str]]:
    with small_bank.bank.connected("job") as job:
        found = job.execute("select act, reason from access_auditentry where area in ('session', 'people') order by id").fetchall()
    return [(act, reason) for act, reason in found]


def test_whoever_the_directory_knows_logs_in_with_its_password_and_has_the_role_of_her_group(
    small_bank: SmallBank, tmp_path: Path, page: Page, settings: LazySettings
) -> None:
    settings.PASSWORD_HASHERS = list(PASSWORD_HASHERS)  # the site is a process of its own, with a bank's hashers
    colleagues = [
        Colleague("lin", "林知远", OWN, staff_no="E11", groups=["zhike-managers", "canteen"]),
        Colleague("guest", "A Guest", OWN, groups=["canteen"]),
    ]
    small_bank.person("gao", "administrator")
    with (
        running_directory(tmp_path / "slapd", colleagues) as directory,
        served(small_bank.bank.run, small_bank.bank.name, **directory.settings, **ROLES) as site,
    ):
        log_in(page, site, "lin", "not hers")
        assert page.locator("[role=alert]:not([hidden])").is_visible()
        log_in(page, site, "lin", OWN)
        page.wait_for_url("**/me/")
        text = page.inner_text("main") + page.inner_text("h1")
        assert "林知远" in text and "E11" in page.content()
        page.context.clear_cookies()
        log_in(page, site, "guest", OWN)
        assert page.locator("[role=alert]:not([hidden])").is_visible() and "/login/" in page.url, "no group of hers has a role here"
        log_in(page, site, "gao", "a-long-sentence-for-tests-1")
        page.wait_for_url("**/me/")
    assert entries(small_bank)[1:] == [
        ("session.refused", "unknown, ldap"), ("people.added", ""), ("session.opened", "ldap"), ("session.refused", "no account, ldap"),
        ("session.opened", "password"),
    ]  # fmt: skip
    with small_bank.bank.connected("job") as job:
        found = job.execute(
            "select p.role, e.staff_no, left(p.password, 1) from access_person p join access_employee e on e.id = p.employee_id"
        ).fetchall()
    assert found == [("relationship_manager", "E11", "!")]


def test_a_directory_that_cannot_be_trusted_or_is_away_lets_nobody_in(small_bank: SmallBank, tmp_path: Path, page: Page) -> None:
    colleague = Colleague("lin", "林知远", OWN, groups=["zhike-managers"])
    with running_directory(tmp_path / "slapd", [colleague]) as directory:
        other = tmp_path / "other.pem"
        with running_directory(tmp_path / "second", []) as second:
            other.write_bytes(second.certificate.read_bytes())
        settings = {**directory.settings, "ZHIKE_LDAP_CA": str(other)}
        with served(small_bank.bank.run, small_bank.bank.name, **settings, **ROLES) as site:
            log_in(page, site, "lin", OWN)
            assert page.locator("[role=alert]:not([hidden])").is_visible() and "/login/" in page.url
    act, reason = entries(small_bank)[-1]
    assert (act, reason[:5]) == ("session.refused", "ldap:")


def test_the_banks_own_log_in_says_who_she_is_and_her_groups_what_she_may(small_bank: SmallBank, page: Page) -> None:
    small_bank.person("lin", "analyst", "E11")
    claims = {"preferred_username": "lin", "name": "林知远", "groups": ["zhike-managers"], "employee_number": "E11"}
    known = [
        oidc_provider_mock.User(sub="4711", claims=claims),
        oidc_provider_mock.User(sub="4712", claims={"preferred_username": "guest", "groups": []}),
    ]
    with oidc_provider_mock.run_server_in_thread(user_claims=known, require_nonce=True) as provider:
        settings = {"ZHIKE_OIDC_ISSUER": f"http://localhost:{provider.server_port}", "ZHIKE_OIDC_SECRET": "between-us", **ROLES}
        with served(small_bank.bank.run, small_bank.bank.name, **settings) as site:
            page.goto(f"{site.address}/login/?next=/me/")
            page.click("a[href^='/login/bank/']")
            page.wait_for_url("http://localhost:*/oauth2/authorize*")
            page.fill("input[name=sub]", "4711")
            page.click("button[type=submit]:not([value])")
            page.wait_for_url("**/me/")
            assert "客户经理" in page.inner_text("#main"), "her group made the analyst a relationship manager"
            page.context.clear_cookies()
            page.goto(f"{site.address}/login/bank/back/?code=stolen&state=made-up")
            assert "/login/" in page.url and page.locator(".zk-message-error").is_visible()
            page.goto(f"{site.address}/login/bank/")
            page.fill("input[name=sub]", "4712")
            page.click("button[type=submit]:not([value])")
            page.wait_for_url("**/login/")
            assert page.locator(".zk-message-error").is_visible()
    assert entries(small_bank)[1:] == [
        ("people.changed", "groups, oidc"), ("session.opened", "oidc"), ("session.refused", "oidc: nothing was asked"),
        ("session.refused", "no account, oidc"),
    ]  # fmt: skip
