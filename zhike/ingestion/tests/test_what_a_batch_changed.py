"""A batch says what it changed, and every number of it leads to as many rows; how long its like took, and what was replayed on it."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from zhike.access.scope import Viewer, entered
from zhike.ingestion import queries, touched
from zhike.ingestion.models import Batch
from zhike.testing.databases import Bank

LAYOUT = """source = "SOURCE"
[files.c]
path = "c.csv"
[files.a]
path = "a.csv"
optional = true
[[feed]]
feed = "parties"
from = "c"
[feed.fields]
party_key = "no"
name = "name"
kind = { value = "individual" }
[[feed]]
feed = "accounts"
from = "a"
[feed.fields]
account_key = "acct"
party_key = "no"
currency = { value = "CNY" }
"""
READER = Viewer(None, "reader", "Reader", "administrator", "bank", permissions=frozenset({"batches.read"}))
ENGLISH = {"accept-language": "en"}


def delivered(bank: Bank, folder: Path, day: str, customers: dict[str, str], accounts: dict[str, str], *more: str) -> int:
    """Loads customers (key → name) and accounts (key → customer) of a day, each test as a source of its own; the batch."""
    (folder / "branch.toml").write_text(LAYOUT.replace("SOURCE", folder.name.replace("_", "")), encoding="utf-8")
    files = folder / day
    files.mkdir(exist_ok=True)
    (files / "c.csv").write_text("no,name\n" + "".join(f"{key},{name}\n" for key, name in customers.items()), encoding="utf-8")
    (files / "a.csv").write_text("acct,no\n" + "".join(f"{key},{party}\n" for key, party in accounts.items()), encoding="utf-8")
    return int(bank.load(files, str(folder / "branch.toml"), "--batch-date", day, *more)["batch"])


@pytest.fixture
def three_days(bank: Bank, tmp_path: Path) -> list[int]:
    """Ann and Bo; then Bo renamed and an account of Ann's; then Cy."""
    return [
        delivered(bank, tmp_path, "2026-03-02", {"1": "Ann", "2": "Bo"}, {}),
        delivered(bank, tmp_path, "2026-03-03", {"1": "Ann", "2": "Bob"}, {"A1": "1"}),
        delivered(bank, tmp_path, "2026-03-04", {"3": "Cy"}, {}),
    ]


def page(client: Client, address: str) -> str:
    """What a page says, in English."""
    answered = client.get(address, headers=ENGLISH)
    assert answered.status_code == 200, address
    return answered.content.decode()


def test_every_number_leads_to_as_many_rows(three_days: list[int], as_person: Callable[[str], Client]) -> None:
    client = as_person("gao")
    panel = page(client, f"/batches/{three_days[1]}/changes/")
    links = re.findall(r'href="(/batches/[^"]+)">([\d,]+)</a>', panel)
    assert [(address.rpartition("/")[2], number) for address, number in links] == [
        ("", "2"),
        ("?feed=parties", "1"),
        ("?feed=accounts", "1"),
    ]
    for address, number in links:
        assert page(client, address).count('<tr><th scope="row">') == int(number), address


def test_the_numbers_of_a_feed_lead_to_its_rows_and_to_why_others_were_refused(
    bank: Bank, tmp_path: Path, as_person: Callable[[str], Client]
) -> None:
    batch = delivered(bank, tmp_path, "2026-06-01", {"7": "Ann", "8": ""}, {})
    files = page(as_person("gao"), f"/batches/{batch}/").partition('id="files-title"')[2]
    assert f'<a href="/batches/{batch}/rows/?feed=parties">1</a>' in files
    assert f'href="/batches/{batch}/?reason=missing_value&amp;feed=parties&amp;field=name#rejects">1</a>' in files


def test_a_row_leads_to_its_customer_and_its_account(three_days: list[int], as_person: Callable[[str], Client]) -> None:
    client = as_person("gao")
    listed = page(client, f"/batches/{three_days[1]}/rows/?feed=accounts")
    (customer,), (account,) = re.findall(r'href="(/customers/\d+/)"', listed), re.findall(r'href="(/accounts/\d+/)"', listed)
    assert "Ann" in page(client, customer) and page(client, account)


def test_a_feed_that_does_not_exist_is_not_found(three_days: list[int], as_person: Callable[[str], Client]) -> None:
    assert as_person("gao").get(f"/batches/{three_days[0]}/rows/?feed=nonsense").status_code == 404


def test_a_date_again_names_what_was_replayed_on_it_and_what_counts_instead(
    bank: Bank, three_days: list[int], tmp_path: Path, as_person: Callable[[str], Client]
) -> None:
    again = delivered(bank, tmp_path, "2026-03-03", {"2": "Robert"}, {"A1": "1"}, "--again")
    client = as_person("gao")
    with entered(READER):
        replayed = {one.batch_date.isoformat(): one.pk for one in touched.replayed_on(Batch.objects.get(pk=again))}
    assert list(replayed) == ["2026-03-04"]
    later = replayed["2026-03-04"]
    assert f'href="/batches/{later}/"' in page(client, f"/batches/{again}/changes/")
    assert f'href="/batches/{again}/"' in page(client, f"/batches/{three_days[1]}/changes/"), "the superseded one says what counts"
    assert f'href="/batches/{three_days[2]}/"' in page(client, f"/batches/{later}/changes/"), "the replayed one says what was read"
    assert page(client, f"/batches/{three_days[1]}/rows/").count("<tr><th") == 0


def test_the_chart_of_durations_leads_to_each_batch_and_has_a_table(three_days: list[int], as_person: Callable[[str], Client]) -> None:
    panel = page(as_person("gao"), f"/batches/{three_days[1]}/history/")
    drawn: dict[str, Any] = json.loads(re.search(r'<script[^>]*type="application/json">(.*?)</script>', panel, re.DOTALL)[1])  # type: ignore[index]
    here = f"/batches/{three_days[1]}/"
    assert drawn["links"][drawn["marked"]] == here and drawn["unit"] == "duration"
    assert len(drawn["links"]) == len(drawn["series"][0]["values"]) <= 20
    assert all(f'<a href="{link}">' in panel for link in drawn["links"])


def test_the_panels_cost_the_same_for_few_rows_and_for_many(bank: Bank, tmp_path: Path, as_person: Callable[[str], Client]) -> None:
    client, counted = as_person("gao"), []
    for day, many in (("2026-04-01", 3), ("2026-04-02", 1_000)):
        people = {f"{day}-{n}": f"Person {n}" for n in range(many)}
        batch = delivered(bank, tmp_path, day, people, {f"{day}-{n}": f"{day}-{n}" for n in range(many)})
        for part in ("changes/", "history/", "rows/", "rows/?feed=accounts"):
            client.get(f"/batches/{batch}/{part}")
            with CaptureQueriesContext(connection) as captured:
                client.get(f"/batches/{batch}/{part}")
            counted.append((part, len(captured)))
    assert counted[:4] == counted[4:]
    assert dict(counted[:4]) == {"changes/": 11, "history/": 7, "rows/": 8, "rows/?feed=accounts": 8}


def test_of_a_reason_the_first_lines_are_named_however_many_there_are(bank: Bank, tmp_path: Path) -> None:
    customers = {f"{n}": "" for n in range(2_000)}
    batch = delivered(bank, tmp_path, "2026-05-04", customers, {})
    with entered(READER) as viewer:
        (reason,) = queries.rejects_by_reason(viewer, Batch.objects.get(pk=batch))
    assert (reason.reason, reason.rows, reason.places) == ("missing_value", 2_000, "2, 3, 4, 5, 6")
