"""林知远 prepares her book's hand-over, 陈思 agrees, 周敏 approves by a key."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.utils import timezone

from zhike.parties.merging import refresh_books
from zhike.testing.browser import DESKTOP, PHONE, Opener
from zhike.testing.databases import Bank
from zhike.testing.people import Cast

pytestmark = pytest.mark.browser


@pytest.fixture
def put_back(shared_bank: Bank) -> Iterator[None]:
    """Nothing of it is left for the tests that follow."""
    yield
    with shared_bank.connected("job") as job:
        for table in ("parties_handovercustomer", "parties_handover", "access_proposalstep", "access_proposal"):
            job.execute(f"delete from {table}")
        job.execute("delete from parties_assignment where source = 'own' and handover_id is not null")
        job.execute("update parties_assignment set handed_date = null, handover_id = null where handed_date is not null")
        refresh_books(job.cursor(), at=timezone.localdate())  # type: ignore[arg-type]


def test_a_book_goes_over_on_pages(open_page: Opener, shared_bank: Bank, people: Cast, put_back: None) -> None:
    lin = open_page("lin", viewport=DESKTOP, language="zh-CN", dark=False)
    lin.goto("/handovers/new/")
    lin.fill("#giver", people["lin"].staff_no)
    lin.click("main form button[type=submit]")
    lin.fill("#receiver", people["chen"].staff_no)
    lin.click("#assign button[type=submit]")
    lin.fill("#handover-why", "调往分行")
    lin.click("form[action$='/propose/'] button[type=submit]")
    waits = lin.url
    chen = open_page("chen", viewport=PHONE, language="en-GB", dark=True)
    chen.goto(waits)
    chen.keyboard.press("1")
    chen.get_by_text("You have agreed").first.wait_for()
    zhou = open_page("zhou", viewport=DESKTOP, language="zh-CN", dark=False)
    zhou.goto("/approvals/")
    zhou.goto(waits)
    zhou.keyboard.press("1")
    zhou.wait_for_selector(".zk-badge-ok")
    with shared_bank.connected("job") as job:
        left = job.execute(
            "select count(*) from parties_party where rm_ids && array(select id from access_employee where staff_no = %s)",
            [people["lin"].staff_no],
        )
        assert left.fetchone() == (0,)
