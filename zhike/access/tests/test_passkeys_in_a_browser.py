"""A passkey is made on the page about one's own log-in, and opens in place of a password (Chromium's own authenticator, no stand-in)."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.conf import LazySettings
from playwright.sync_api import Browser, Page

from zhike.access.tests.conftest import PASSWORD, SmallBank
from zhike.settings import PASSWORD_HASHERS
from zhike.testing.browser import serious_faults
from zhike.testing.serving import served

pytestmark = pytest.mark.browser
AUTHENTICATOR = {
    "protocol": "ctap2", "transport": "internal", "hasResidentKey": True, "hasUserVerification": True, "isUserVerified": True,
    "automaticPresenceSimulation": True,
}  # fmt: skip


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    context = browser.new_context(viewport={"width": 390, "height": 844}, locale="en-GB")
    context.set_default_timeout(20_000)
    page = context.new_page()
    session = context.new_cdp_session(page)
    session.send("WebAuthn.enable")
    session.send("WebAuthn.addVirtualAuthenticator", {"options": AUTHENTICATOR})
    yield page
    context.close()


def test_a_passkey_is_made_and_opens_instead_of_the_password_and_as_the_second_step(
    small_bank: SmallBank, page: Page, settings: LazySettings
) -> None:
    settings.PASSWORD_HASHERS = list(PASSWORD_HASHERS)
    small_bank.person("lin", "analyst")
    with served(small_bank.bank.run, small_bank.bank.name) as site:
        here = f"http://localhost:{site.port}"  # a passkey belongs to a name, never to a bare address

        def with_password() -> None:
            page.goto(f"{here}/login/?next=/me/security/")
            page.fill("#id_login", "lin")
            page.fill("#id_password", PASSWORD)
            page.press("#id_password", "Enter")

        with_password()
        page.wait_for_url("**/me/security/")
        page.fill("#passkey-name", "office computer")
        page.click("text=Make a passkey")
        page.wait_for_selector("text=office computer")
        assert serious_faults(page) == []
        page.context.clear_cookies()
        page.goto(f"{here}/login/?next=/me/security/")
        page.click("text=With a passkey")
        page.wait_for_selector("h1:has-text('My log-in')")
        page.context.clear_cookies()
        with_password()
        page.wait_for_url("**/login/second/")
        page.click("text=With a passkey")
        page.wait_for_selector("h1:has-text('My log-in')")
        page.click("[aria-label='Take away office computer']")
        page.wait_for_selector("text=It is gone")
    with small_bank.bank.connected("job") as job:
        found = job.execute(
            "select act || ' ' || reason from access_auditentry where act like 'session.%%' or act like '%%second%%' order by id"
        ).fetchall()
    assert [one for (one,) in found] == [
        "session.opened password", "people.second_factor_added ", "session.opened passkey", "session.opened password + passkey",
        "people.second_factor_removed ",
    ]  # fmt: skip
