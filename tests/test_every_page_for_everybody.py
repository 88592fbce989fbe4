"""axe-core finds nothing serious on any page of the application, by day and by night, on a desk and on a phone, in both languages."""

from __future__ import annotations

from typing import Any

import pytest

from zhike.testing.browser import DESKTOP, PHONE, Opener, faults_of
from zhike.testing.databases import Bank

pytestmark = pytest.mark.browser

# Who opens what; `{rich}` and `{firm}` are customers of whom much is known.
PAGES = {
    "zhou": [
        "/", "/customers/", "/customers/?q=王", "/customers/views/", "/customers/columns/?view=mine", "/customers/{rich}/", "/customers/{firm}/",
        "/customers/{rich}/?as_of=2026-08-31", "/customers/{rich}/brief/", "/prospects/new/", "/trash/", "/corrections/", "/duplicates/", "/asked/", "/imports/",
    ],
    "gao": [
        "/people/", "/people/new/", "/organisation/", "/tags/", "/fields/", "/batches/", "/batches/1/", "/webhooks/", "/me/", "/me/tokens/", "/nowhere/",
        "/roles/", "/roles/new/", "/roles/analyst/", "/roles/compare/?left=analyst&right=auditor", "/approvals/rules/", "/people/1/sees/", "/people/1/security/",
    ],
    "lin": [
        "/home/maturing/", "/home/birthdays/", "/home/recent/", "/me/security/", "/me/security/code/", "/deputies/", "/teams/", "/glass/", "/handovers/", "/handovers/new/",
        "/approvals/", "/customers/{rich}/who/", "/customers/{rich}/team/",
    ],
    "fang": [
        "/roles/", "/special-lists/", "/glass/", "/approvals/", "/audit/", "/audit/unusual/", "/audit/people/1/", "/privacy/", "/privacy/retention/", "/data-dictionary/",
        "/privacy/registers/incident/", "/privacy/registers/purpose/", "/privacy/registers/assessment/", "/privacy/registers/sharing/",
    ],
}  # fmt: skip
LOOKS = [(DESKTOP, "zh-CN", False), (PHONE, "en-GB", True)]
MOST = """select p.id from parties_party p join access_person x on x.login = 'lin' join access_employee e on e.id = x.employee_id
    where p.unit_id = e.unit_id and p.kind = %s and p.source = 'zhike'
    order by (select count(*) from parties_relationship r where r.party_id = p.id) desc, p.id limit 1"""


@pytest.mark.parametrize(("viewport", "language", "dark"), LOOKS, ids=["desk-zh-day", "phone-en-night"])
@pytest.mark.parametrize("login", PAGES)
def test_no_page_has_a_serious_fault_and_none_is_wider_than_the_screen(
    open_page: Opener, shared_bank: Bank, login: str, viewport: dict[str, int], language: str, dark: bool
) -> None:
    with shared_bank.connected("job") as job:
        found: dict[str, Any] = {name: job.execute(MOST, [kind]).fetchone() for name, kind in (("rich", "individual"), ("firm", "company"))}
    known = {name: row[0] for name, row in found.items() if row}
    page = open_page(login, viewport=viewport, language=language, dark=dark)
    assert faults_of(page, (one.format(**known) for one in PAGES[login])) == {}
