"""On a phone the bar has room for four places; whoever may go to more finds the rest behind "More", by thumb and by key."""

from __future__ import annotations

from itertools import pairwise

import pytest

from zhike.testing.browser import PHONE, Opener, serious_faults
from zhike.testing.databases import Bank
from zhike.testing.people import Cast
from zhike.workspace.tests.books import book_of

pytestmark = pytest.mark.browser


def test_an_administrator_reaches_every_place_from_the_bar_of_a_phone(open_page: Opener) -> None:
    page = open_page("gao", viewport=PHONE)
    page.goto("/")
    side = {link.get_attribute("href") for link in page.locator(".zk-side nav a").all()}
    entries = page.locator(".zk-bottom > :is(a, button)")
    boxes = sorted((box["x"], box["x"] + box["width"]) for one in entries.all() if (box := one.bounding_box()))
    assert len(boxes) == 5 and all(left[1] <= right[0] + 1 for left, right in pairwise(boxes)), "they lie over each other"
    assert all(one.evaluate("e => e.scrollWidth <= e.clientWidth + 1") for one in entries.all())
    page.locator(".zk-bottom-more").click()
    assert serious_faults(page) == []
    behind = {link.get_attribute("href") for link in page.locator("#zk-more a:not([data-zk-mine])").all()}
    assert behind | {link.get_attribute("href") for link in page.locator(".zk-bottom a").all()} == side
    page.keyboard.press("Escape")
    assert not page.locator("#zk-more").is_visible()
    assert page.evaluate("document.activeElement.className").startswith("zk-bottom-more")
    page.locator(".zk-bottom-more").click()
    page.locator("#zk-more [data-zk-mine]").click()
    assert page.locator(".zk-menu form").last.is_visible() and not page.locator("#zk-more").is_visible()


_MENTION = """
    with written as (insert into engagement_note (party_id, author_id, text, written_at)
        select %(party)s, id, '@林知远 请看一下', now() from access_person where login = 'he' returning id)
    insert into engagement_mention (note_id, party_id, person_id, mentioned_at)
    select w.id, %(party)s, p.id, now() from written w, access_person p where p.login = 'lin'
"""


def test_the_bell_of_a_phone_leads_to_what_is_new(open_page: Opener, bank: Bank, people: Cast) -> None:
    with bank.connected("job") as job:
        job.execute(_MENTION, {"party": book_of(bank, people, "lin")[0][0]})
    page = open_page("lin", viewport=PHONE)
    page.goto("/")
    page.locator(".zk-bell-number").wait_for()
    page.locator(".zk-bell").click()
    page.get_by_text("请看一下").first.wait_for()
    page.locator(".zk-mentions a").first.click()
    page.wait_for_url("**/customers/*/?note=*")
