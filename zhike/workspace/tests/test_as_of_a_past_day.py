"""A customer as of a past day is what a bank would show that had been loaded only until that day: the same figures, links and managers."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from zhike.access.models import Person
from zhike.access.scope import NOBODY, Viewer, entered, viewer_for
from zhike.core.asof import presets
from zhike.holdings import past as holdings
from zhike.parties import past as parties
from zhike.parties import queries
from zhike.testing.databases import Bank
from zhike.testing.plugin import WORKER
from zhike.testing.run import Run
from zhike.workspace.tests.books import one, rows

DAY = date(2026, 8, 31)  # a month end in the middle of the sample bank's batches
OVER = datetime.combine(DAY + timedelta(days=1), time.min, ZoneInfo("Asia/Shanghai"))


@pytest.fixture(scope="module")
def until_then(run: Run, empty_template: str, shared_bank: Bank, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bank]:
    """A bank that has been loaded from the same files, but only until that day."""
    folder: Path = tmp_path_factory.mktemp("until")
    for delivered in sorted((shared_bank.home / "files" / "sample").iterdir()):
        if delivered.is_dir() and delivered.name.isdigit() and delivered.name <= f"{DAY:%Y%m%d}":
            shutil.copytree(delivered, folder / delivered.name)
    name = f"{WORKER}_until"
    run.create(name, like=empty_template)
    bank = Bank(run, name)
    bank.load(folder, "zhike")
    yield bank
    run.drop(name)
    shutil.rmtree(folder)


def viewer_of(login: str) -> Viewer:
    with entered(NOBODY):
        return viewer_for(Person.objects.select_related("employee__unit").get(login=login))


def keyed(bank: Bank) -> dict[int, str]:
    """Party → the bank's own key, of those that came in the sample bank's files."""
    return dict(rows(bank, "select id, external_key from parties_party where source = 'zhike' order by id"))


def test_what_customers_held_is_what_a_bank_loaded_until_then_says(bank, people, until_then):
    viewer = viewer_of("gao")
    accounts = (
        "select p.external_key, a.external_key, a.status, a.balance from holdings_account a join parties_party p on p.id = a.party_id"
    )
    sums = """select p.external_key, s.currency, s.deposits, s.wealth, s.loans, s.aum, s.count_accounts, s.count_families,
        s.next_maturity_date, s.next_maturity_amount from holdings_summary s join parties_party p on p.id = s.party_id
        order by p.external_key, s.aum desc, s.currency"""
    expected_sums: dict[str, tuple] = {}
    for key, *values in rows(until_then, sums):
        expected_sums.setdefault(key, tuple(values))
    expected = {(party, account): (status, balance) for party, account, status, balance in rows(until_then, accounts)}
    found: dict[tuple[str, str], tuple] = {}
    found_sums: dict[str, tuple] = {}
    with entered(viewer):
        for party, key in keyed(bank).items():
            held = holdings.accounts(viewer, party, DAY)
            found |= {(key, x.account.external_key): (x.account.status, x.account.balance) for x in held if x.account.party_id == party}
            told = holdings.summary(held, party, DAY)
            if told:
                found_sums[key] = (
                    told.currency, told.deposits, told.wealth, told.loans, told.aum, told.count_accounts, told.count_families,
                    told.next_maturity_date, told.next_maturity_amount,
                )  # fmt: skip
    assert found == expected and len(found) > 300
    assert found_sums == expected_sums
    assert found_sums != dict_of_today(bank), "something has changed since"


def dict_of_today(bank: Bank) -> dict[str, tuple]:
    sums = """select distinct on (p.external_key) p.external_key, s.currency, s.deposits, s.wealth, s.loans, s.aum, s.count_accounts,
        s.count_families, s.next_maturity_date, s.next_maturity_amount from holdings_summary s join parties_party p on p.id = s.party_id
        where p.source = 'zhike' order by p.external_key, s.aum desc"""
    return {key: tuple(values) for key, *values in rows(bank, sums)}


def test_who_they_were_who_looked_after_them_and_how_they_were_linked_is_the_same(bank, people, until_then):
    viewer = viewer_of("gao")
    then_known = keyed(until_then)
    heads = {
        key: values
        for key, *values in rows(
            until_then,
            """select p.external_key, p.name, p.status, p.occupation, (select r.name from parties_assignment a join access_employee r on r.id = a.employee_id
               where a.party_id = p.id and a.role = 'main' and a.valid_to is null and a.from_date <= %s and (a.to_date is null or a.to_date > %s)
               order by a.from_date desc, a.id limit 1),
               (select count(*) from parties_contactpoint c where c.party_id = p.id and c.valid_to is null)
               from parties_party p""",
            DAY, DAY,
        )
    }  # fmt: skip
    found, unknown = {}, set()
    with entered(viewer):
        for party, key in keyed(bank).items():
            try:
                about, row = parties.about(viewer, party, DAY), parties.party(viewer, party, DAY)
            except parties.NotKnownThen:
                unknown.add(key)
                continue
            points = len(queries.contact_points(viewer, party, DAY))
            found[key] = [about.line.name, about.line.status, row.occupation, about.line.rm or None, points]
    assert found == heads
    assert unknown == set(keyed(bank).values()) - set(then_known.values())


def test_the_page_and_every_panel_say_what_was_known_then_and_how_to_come_back(bank, people, as_person, until_then):
    party, key = next(iter(rows(bank, "select party_id, 1 from holdings_account a group by 1 order by count(*) desc, 1 limit 1")))
    client = as_person("gao")
    page = client.get(f"/customers/{party}/", {"as_of": DAY.isoformat()}).content.decode()
    assert "As of 31 Aug 2026" in page and f'href="/customers/{party}/"' in page
    panels = re.findall(r'hx-get="(/customers/\d+/\w+/\?[^"]*as_of=2026-08-31[^"]*)"', page)
    assert {address.split("/")[3] for address in panels} >= {
        "holdings",
        "relations",
        "contact",
        "flows",
        "balances",
        "timeline",
        "transactions",
        "profile",
        "changes",
        "notes",
    }
    for address in panels:
        assert client.get(address.replace("&amp;", "&")).status_code == 200, address
    shown = client.get(f"/customers/{party}/transactions/", {"as_of": DAY.isoformat()}).context["page"]
    assert all(row.booking_date <= DAY for row in shown.rows) and shown.rows
    contacts = client.get(f"/customers/{party}/timeline/", {"as_of": DAY.isoformat(), "kind": "contact"}).content.decode()
    assert all(datetime.fromisoformat(at) < OVER for at in re.findall(r'<article.*?datetime="([^"]+)"', contacts, re.DOTALL))
    assert key


def test_a_day_before_the_banks_files_says_so_and_a_future_or_broken_day_is_today(bank, people, as_person):
    party = one(bank, "select min(id) from parties_party")
    client = as_person("gao")
    before = client.get(f"/customers/{party}/", {"as_of": "1999-01-31"}).content.decode()
    assert "did not know this customer then" in before
    for address in ("holdings", "profile", "relations"):
        assert client.get(f"/customers/{party}/{address}/", {"as_of": "1999-01-31"}).status_code in (200, 404), address
    for day in ("2999-01-01", "2026-02-30", "yesterday"):
        assert "zk-as-of-banner" not in client.get(f"/customers/{party}/", {"as_of": day}).content.decode(), day


def test_the_days_people_ask_for_are_offered_once_each():
    assert presets(date(2026, 11, 22)) == [date(2026, 10, 31), date(2026, 9, 30), date(2026, 8, 31), date(2026, 3, 31), date(2025, 12, 31)]
    assert presets(date(2026, 11, 22), date(2026, 9, 30)) == [date(2026, 10, 31), date(2026, 9, 30)]
    assert presets(date(2026, 1, 15)) == [date(2025, 12, 31), date(2025, 11, 30), date(2025, 10, 31), date(2025, 3, 31)]
