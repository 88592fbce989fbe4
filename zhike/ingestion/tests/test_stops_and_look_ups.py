"""A check that the layout calls decisive stops its batch; a corrected row finds what it looks up."""

from __future__ import annotations

import csv
import json
from pathlib import Path

from zhike.testing.databases import Bank

STOPPING = """
source = "core"
[files.p]
path = "p.csv"
[[feed]]
feed = "parties"
from = "p"
[feed.fields]
party_key = "no"
name = "name"
kind = { value = "individual" }
[[check]]
name = "everybody"
feed = "parties"
equals = "3"
severity = "reject"
"""


def test_a_decisive_check_stops_the_batch_and_the_mended_file_loads(empty_bank: Bank, tmp_path: Path) -> None:
    layout, file = tmp_path / "core.toml", tmp_path / "in" / "p.csv"
    file.parent.mkdir()
    layout.write_text(STOPPING, encoding="utf-8")
    file.write_text("no,name\n1,Ann\n2,Bea\n", encoding="utf-8")
    arguments = ("load", str(file.parent), "--layout", str(layout), "--batch-date", "2026-01-05", "--json")
    stopped = empty_bank.run.zhike(empty_bank.name, *arguments)
    told = json.loads(stopped.stdout.splitlines()[-1])
    assert stopped.returncode == 1 and told["state"] == "failed" and "everybody: 3 ≠ 2" in told["error"]
    assert "everybody: 3 ≠ 2" in empty_bank.zhike("batches", str(told["batch"]), "--json")
    with empty_bank.connected("job") as connection:
        assert connection.execute("select count(*) from parties_party").fetchone() == (0,)
        assert connection.execute("select name, ok from ingestion_check").fetchall() == [("everybody", False)]
    assert not list(empty_bank.home.rglob("parties.parquet"))
    layout.write_text(STOPPING.replace('equals = "3"', 'equals = "2"'), encoding="utf-8")
    assert empty_bank.load(file.parent, str(layout), "--batch-date", "2026-01-05")["feeds"]["parties"]["loaded"] == 2


def test_a_corrected_customer_of_the_czech_bank_finds_her_district(empty_bank: Bank, tmp_path: Path) -> None:
    folder = tmp_path / "in"
    folder.mkdir()
    district = ";".join(f'"A{n}"' for n in range(1, 17))
    (folder / "district.asc").write_text(f'{district}\n7;"Kladno";"central Bohemia"' + ";1" * 13 + "\n", encoding="ascii")
    (folder / "client.asc").write_text('"client_id";"birth_number";"district_id"\n1;"706213";7\n2;"709999";7\n', encoding="ascii")
    told = empty_bank.load(folder, "berka", "--batch-date", "1994-04-01")
    assert told["feeds"]["parties"]["loaded"] == 1
    empty_bank.zhike("rejects", str(told["batch"]), "--csv", str(tmp_path / "r.csv"))
    with (tmp_path / "r.csv").open(encoding="utf-8-sig", newline="") as stream:
        rows = [{**row, "row": row["row"].replace("709999", "706214")} for row in csv.DictReader(stream)]
    with (tmp_path / "r.csv").open("w", encoding="utf-8", newline="") as stream:
        writer = csv.DictWriter(stream, rows[0])
        writer.writeheader()
        writer.writerows(rows)
    fixed = json.loads(empty_bank.zhike("replay", str(told["batch"]), str(tmp_path / "r.csv"), "--json"))
    assert fixed["feeds"]["parties"]["loaded"] == 1
    with empty_bank.connected("job") as connection:
        assert connection.execute("select external_key, region, birth_date::text from parties_party order by 1").fetchall() == [
            ("1", "Kladno", "1970-12-13"), ("2", "Kladno", "1970-12-14"),
        ]  # fmt: skip
