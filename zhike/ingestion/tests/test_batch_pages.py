"""The pages of batches: who may see them, and that every number leads to its rows without showing a value in clear."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from zhike.testing.databases import Bank

PHONE = "13912345678"


@pytest.mark.parametrize(("login", "status"), [("gao", 200), ("su", 200), ("lin", 403), ("he", 403)])
def test_batches_are_for_analyst_and_administrator(bank: Bank, as_person: Callable[[str], Client], login: str, status: int) -> None:
    client = as_person(login)
    with bank.connected("job") as direct:
        newest = direct.execute("select max(id) from ingestion_batch").fetchone()
    assert newest is not None
    one = f"/batches/{newest[0]}/"
    for address in ("/batches/", one, f"{one}changes/", f"{one}history/", f"{one}rows/", f"{one}rejects.csv"):
        assert client.get(address).status_code == status, address


def test_a_stranger_is_asked_to_log_in(bank: Bank) -> None:
    answered = Client().get("/batches/")
    assert answered.status_code == 302 and "/login/" in answered["Location"]


def _with_rejects(bank: Bank, folder: Path, rows: int) -> int:
    layout = folder / "core.toml"
    layout.write_text(
        'source = "core"\n[files.p]\npath = "p.csv"\n[[feed]]\nfeed = "parties"\nfrom = "p"\n[feed.fields]\nparty_key = "no"\nname = "name"\n'
        'kind = { value = "individual" }\nbirth_date = "born"\n[[feed]]\nfeed = "contact_points"\nfrom = "p"\n[feed.fields]\nparty_key = "no"\n'
        'contact_key = { value = "1" }\nkind = { value = "mobile" }\nphone = "phone"\n',
        encoding="utf-8",
    )
    lines = [f"{n},Ann,2026-13-0{n % 9 + 1},{PHONE}" for n in range(rows)]
    (folder / "p.csv").write_text("no,name,born,phone\n" + "\n".join(lines) + "\n", encoding="utf-8")
    return int(bank.load(folder / "p.csv", str(layout), "--batch-date", "2026-01-05", "--again")["batch"])


def test_every_reason_leads_to_its_rows_and_the_download_is_masked(bank: Bank, as_person: Callable[[str], Client], tmp_path: Path) -> None:
    batch = _with_rejects(bank, tmp_path, 30)
    client = as_person("gao")
    page = client.get(f"/batches/{batch}/", headers={"accept-language": "en"}).content.decode()
    reasons = [one.replace("&amp;", "&") for one in re.findall(r'class="zk-reason" href="([^"]+)"', page)]
    assert len(reasons) == 2
    for address in reasons:
        assert "p.csv" in client.get(address).content.decode()
    answered = client.get(f"/batches/{batch}/rejects.csv").content.decode("utf-8-sig")
    rows = list(csv.DictReader(io.StringIO(answered)))
    assert {row["reason"] for row in rows} == {"bad_date", "unknown_parent"} and len(rows) == 60
    assert PHONE not in page + answered and "2026-13" not in page + answered


def test_a_batch_with_many_rejects_takes_no_more_queries(bank: Bank, as_person: Callable[[str], Client], tmp_path: Path) -> None:
    client, counted = as_person("gao"), []
    for rows in (5, 2_000):
        batch = _with_rejects(bank, tmp_path, rows)
        client.get(f"/batches/{batch}/")
        with CaptureQueriesContext(connection) as queries:
            client.get(f"/batches/{batch}/")
        counted.append(len(queries))
    assert counted[0] == counted[1]
