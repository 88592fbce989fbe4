"""A note half written outlives an ended session, a dropped connection and a closed tab, and nobody else at the same computer finds it."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from zhike.testing.browser import Opener, serious_faults
from zhike.testing.people import PASSWORD

pytestmark = pytest.mark.browser

WORDS = "Her son comes back in December; rings on Friday"
KEPT = "() => Object.entries(localStorage).filter(([key]) => key.startsWith('zk-draft:')).map(([, value]) => value).join()"


def _logged_in(page: Page, login: str) -> None:
    page.goto("/login/")
    page.locator("input[name=login]").fill(login)
    page.locator("input[name=password]").fill(PASSWORD)
    page.locator("form:has(input[name=password]) [type=submit]").click()
    page.wait_for_url(lambda url: "/login/" not in url)


def _begun(page: Page, words: str) -> None:
    """林知远's first customer, with a note begun."""
    page.goto("/customers/?view=mine&sort=name")
    page.locator("#customers tbody a").first.click()
    page.wait_for_url("**/customers/*/")
    page.locator("#note-new-text").fill(words)
    expect(page.locator("[data-zk-draft-note]").first).to_be_hidden()


def test_a_note_outlives_the_session_and_is_sent_after_logging_in_again(open_page: Opener) -> None:
    page = open_page()
    _logged_in(page, "lin")
    _begun(page, WORDS)
    page.context.clear_cookies(name=re.compile("sess"))
    page.keyboard.press("Control+Enter")
    ended = page.locator("#zk-session-ended")
    expect(ended).to_be_visible()
    assert serious_faults(page) == []
    with page.context.expect_page() as opened:
        ended.get_by_role("link", name="Log in").click()
    _logged_in(opened.value, "lin")
    opened.value.close()
    ended.get_by_role("button", name="Close").click()
    expect(page.locator("#note-new-text")).to_have_value(WORDS)
    page.locator("#note-new-text").press("Control+Enter")
    note = page.locator(".zk-noted").filter(has_text=WORDS)
    expect(note).to_be_visible()
    page.wait_for_function("() => !Object.keys(localStorage).some(key => key.startsWith('zk-draft:'))")
    expect(page.locator("#note-new-text")).to_have_value("")
    note.get_by_role("button", name="Delete the note").click()
    expect(note).to_have_count(0)


def test_a_dropped_connection_is_said_and_the_words_come_back_with_the_page(open_page: Opener) -> None:
    page = open_page()
    _logged_in(page, "lin")
    _begun(page, WORDS)
    page.context.set_offline(True)
    page.locator("#note-new-text").press("Control+Enter")
    expect(page.locator("#notes [data-zk-not-sent]").first).to_be_visible()
    expect(page.locator("#note-new-text")).to_have_value(WORDS)
    page.context.set_offline(False)
    page.reload()
    expect(page.locator("#note-new-text")).to_have_value(WORDS)
    expect(page.locator("#notes [data-zk-draft-note]").first).to_be_visible()
    page.get_by_role("button", name="Discard the draft").first.click()
    expect(page.locator("#note-new-text")).to_have_value("")
    assert WORDS not in page.evaluate(KEPT)


def test_long_numbers_are_not_kept_and_log_out_leaves_nothing(open_page: Opener) -> None:
    page = open_page()
    _logged_in(page, "lin")
    _begun(page, f"{WORDS}, card 6222 0212 3456 7890 128")
    kept = page.evaluate(KEPT)
    assert WORDS in kept and "6222" not in kept
    page.locator(".zk-person summary").click()
    page.get_by_role("button", name="Log out").click()
    page.wait_for_url(lambda url: "/login/" in url)
    assert page.evaluate(KEPT) == ""


def test_who_logs_in_next_at_the_same_computer_finds_no_draft_of_another(open_page: Opener) -> None:
    page = open_page()
    _logged_in(page, "lin")
    _begun(page, WORDS)
    page.context.clear_cookies(name=re.compile("sess"))
    _logged_in(page, "chen")
    assert page.evaluate(KEPT) == ""
