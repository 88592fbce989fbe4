"""One page about one customer to take into a conversation: as the viewer may see it, with who made it and when, recorded, on paper and as PDF."""

from __future__ import annotations

import re
from datetime import date, timedelta
from decimal import Decimal

from django.conf import settings

from zhike.core import paper
from zhike.core.moments import Ahead
from zhike.holdings.queries import Held, MonthEnd
from zhike.testing.left_out import leave_out
from zhike.workspace.talking import Known, points
from zhike.workspace.tests.books import book_of, one, rows

DAY = date(2026, 11, 22)


def test_the_brief_says_who_made_it_when_for_whom_and_that_it_is_confidential(bank, people, as_person, monkeypatch):
    monkeypatch.setattr(settings, "ZHIKE_BANK_NAME", "清川银行")
    party, name, number = book_of(bank, people, "lin")[0]
    page = as_person("lin").get(f"/customers/{party}/brief/").content.decode()
    for words in ("清川银行", name, number, "林知远", "(lin)", "Confidential", "What to talk about", "<svg"):
        assert words in page, words
    act = rows(bank, "select act, login, reason from access_auditentry where party_id = %s order by id desc limit 1", party)
    assert act == [("customers.brief_made", "lin", "page")]


def test_the_brief_holds_masks_only_and_none_for_whom_contacts_are_not(bank, people, as_person):
    party = book_of(bank, people, "lin")[0][0]
    mask = one(
        bank,
        "select id_no_masked from parties_identifier where party_id = %s and valid_to is null order by is_main desc, id limit 1",
        party,
    )
    assert mask in as_person("lin").get(f"/customers/{party}/brief/").content.decode()
    assert mask not in as_person("su").get(f"/customers/{party}/brief/").content.decode()
    assert as_person("chen").get(f"/customers/{party}/brief/").status_code == 404
    assert as_person("chen").get(f"/customers/{party}/brief.pdf").status_code == 404


def test_the_pdf_is_one_page_with_its_chinese_font_in_it(bank, people, as_person):
    if paper.what_is_missing():
        leave_out(paper.what_is_missing())
    party = book_of(bank, people, "lin")[0][0]
    answer = as_person("lin").get(f"/customers/{party}/brief.pdf")
    assert answer["Content-Type"] == "application/pdf" and answer["Content-Disposition"].startswith("attachment")
    content = answer.content
    assert content.startswith(b"%PDF-") and len(content) < 400_000
    assert len(re.findall(rb"/Type /Page\b(?!s)", content)) <= 1 or b"/ObjStm" in content


def test_a_machine_without_pango_says_so_and_the_page_prints_all_the_same(bank, people, as_person, monkeypatch):
    monkeypatch.setattr(paper, "what_is_missing", lambda: "pango is missing (Debian: apt-get install libpango-1.0-0)")
    party = book_of(bank, people, "lin")[0][0]
    answer = as_person("lin").get(f"/customers/{party}/brief.pdf")
    assert answer.status_code == 503 and "pango is missing" in answer.content.decode() and "What to talk about" in answer.content.decode()


def known(**changed) -> Known:
    held = Held("CNY", Decimal(100), Decimal(0), Decimal(0), Decimal(100), 1, 1, None, None, DAY)
    facts = {"day": DAY, "held": held, "history": (), "ahead": (), "last_contact": DAY, "may_see_contacts": True, "missing": ()}
    return Known(**{**facts, **changed})


def test_what_falls_due_within_ninety_days_is_talked_about_and_later_is_not():
    near, far = (
        Ahead(DAY + timedelta(days=90), "hourglass", "大额存单", amount=Decimal(2_000_000)),
        Ahead(DAY + timedelta(days=91), "hourglass", "定期", amount=Decimal(1)),
    )
    (point,) = points(known(ahead=[near, far]))
    assert "大额存单" in point and "ask what comes after it" in point


def test_a_fall_of_a_fifth_in_three_months_is_talked_about_and_less_is_not():
    def months(now: int) -> list[MonthEnd]:
        return [
            MonthEnd(DAY.replace(month=month), Decimal(amount), Decimal(0)) for month, amount in ((8, 100), (9, 100), (10, 100), (11, now))
        ]

    assert any("Balances fell by" in point for point in points(known(history=months(80))))
    assert points(known(history=months(81))) == []


def test_silence_is_told_from_the_ninety_first_day_and_not_to_whom_contacts_are_hidden():
    assert points(known(last_contact=DAY - timedelta(days=90))) == []
    assert points(known(last_contact=DAY - timedelta(days=91))) == ["Last contact 91 days ago: ask what has changed"]
    assert points(known(last_contact=None, may_see_contacts=False)) == []
