"""From a bank's file with faults to the corrected rows, through the command line into PostgreSQL."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from zhike.ingestion.tests.canonical import deliver, differing, fingerprint
from zhike.testing.databases import Bank

LAYOUT = """
source = "core"
[defaults]
encoding = "gbk"
delimiter = "|+|"
quote = ""
dates = ["%Y%m%d"]
[files.customers]
path = "CUST_*.dat"
[files.postings]
path = "TXN_*.dat"
optional = true
[control]
path = "*.OK"
form = "lines"
[[feed]]
feed = "parties"
from = "customers"
[feed.fields]
party_key = "客户号"
name = "客户名称"
kind = { column = "客户类型", map = { "1" = "individual", "2" = "company" } }
birth_date = "出生日期"
[[feed]]
feed = "identifiers"
from = "customers"
where = "证件号码 is not null"
[feed.fields]
party_key = "客户号"
id_type = { value = "resident_id" }
id_no = "证件号码"
[[feed]]
feed = "accounts"
from = "customers"
[feed.fields]
account_key = "客户号"
party_key = "客户号"
currency = { value = "CNY" }
[[feed]]
feed = "transactions"
from = "postings"
[feed.fields]
transaction_key = "流水号"
account_key = "账号"
booking_date = "日期"
amount = "金额"
currency = { value = "CNY" }
direction = { column = "借贷", map = { C = "credit", D = "debit" } }
summary = "摘要"
"""
HEADER = "客户号|+|客户名称|+|客户类型|+|出生日期|+|证件号码"
POSTINGS = "流水号|+|账号|+|日期|+|金额|+|借贷|+|摘要"


@pytest.fixture
def layout(tmp_path: Path) -> Path:
    path = tmp_path / "core.toml"
    path.write_text(LAYOUT, encoding="utf-8")
    return path


def _delivered(root: Path, day: str, counts: dict[str, int] | None = None, **files: list[str | bytes]) -> Path:
    """A day's files in GBK; the control file counts their lines without the header, or says what `counts` says."""
    folder = root / day
    folder.mkdir(parents=True)
    control = []
    for stem, lines in files.items():
        raw = b"\n".join(line if isinstance(line, bytes) else line.encode("gbk") for line in lines)
        (folder / f"{stem}_{day}.dat").write_bytes(raw if raw.endswith(b"CUT") else raw + b"\n")
        control.append(f"{stem}_{day}.dat {(counts or {}).get(stem, len(lines) - 1)}")
    (folder / f"{day}.OK").write_text("\n".join(control) + "\n", encoding="utf-8")
    return folder


def _rows(bank: Bank, sql: str, *values: object) -> list[tuple[Any, ...]]:
    with bank.connected("job") as connection:
        return [tuple(row) for row in connection.execute(sql, values).fetchall()]


def _reasons(bank: Bank, batch: int) -> dict[str, int]:
    return dict(_rows(bank, "select reason, count(*) from ingestion_reject where batch_id = %s and severity = 'reject' group by 1", batch))


def _corrected(bank: Bank, batch: int, file: Path, correct: Callable[[dict[str, str]], str]) -> dict[str, Any]:
    """Download the rejects, put each row right, replay them: what `replay --json` told."""
    bank.zhike("rejects", str(batch), "--csv", str(file))
    with file.open(encoding="utf-8-sig", newline="") as stream:
        rows = list(csv.DictReader(stream))
    for row in rows:
        row["row"] = correct(row)
    with file.open("w", encoding="utf-8-sig", newline="") as stream:
        writer = csv.DictWriter(stream, rows[0])
        writer.writeheader()
        writer.writerows(rows)
    told: dict[str, Any] = json.loads(bank.zhike("replay", str(batch), str(file), "--json").splitlines()[-1])
    return told


def _unbalanced(bank: Bank) -> list[tuple[Any, ...]]:
    return _rows(
        bank, "select batch_id, feed from ingestion_feedrun where count_in <> count_loaded + count_unchanged + count_rejected + count_held"
    )


def test_a_control_count_wrong_by_one_is_named_and_everything_is_loaded(empty_bank: Bank, tmp_path: Path, layout: Path) -> None:
    _delivered(tmp_path / "in", "20260105", {"CUST": 3}, CUST=[HEADER, "C1|+|张三|+|1|+|19800101|+|", "C2|+|李四|+|1|+|19810101|+|"])
    told = empty_bank.load(tmp_path / "in", str(layout))
    assert told["feeds"]["parties"] == {"in": 2, "loaded": 2, "unchanged": 0, "rejected": 0}
    assert [(c["name"], c["expected"], c["actual"]) for c in told["checks"] if not c["ok"]] == [("rows:CUST_20260105.dat", "3", "2")]


def test_a_cut_last_line_and_a_second_header_are_refused_by_name_and_come_back_corrected(
    empty_bank: Bank, tmp_path: Path, layout: Path
) -> None:
    lines = [HEADER, "C1|+|张三|+|1|+|19800101|+|", HEADER, "C2|+|李四|+|1|+|19810101|+|", "C3|+|CUT"]
    told = empty_bank.load(_delivered(tmp_path / "in", "20260105", CUST=[*lines]), str(layout))
    assert told["feeds"]["parties"] == {"in": 4, "loaded": 2, "unchanged": 0, "rejected": 2}
    assert set(_reasons(empty_bank, told["batch"])) == {"cut_line", "repeated_header"}
    fixed = _corrected(
        empty_bank, told["batch"], tmp_path / "r.csv", lambda row: "C3|+|王五|+|2|+||+|" if row["reason"] == "cut_line" else ""
    )
    assert fixed["feeds"]["parties"] == {"in": 1, "loaded": 1, "unchanged": 0, "rejected": 0}
    assert _rows(empty_bank, "select name, kind from parties_party where external_key = 'C3'") == [("王五", "company")]
    assert _rows(
        empty_bank, "select reason, count(*) from ingestion_reject where replayed_by_id is null and feed = 'parties' group by 1"
    ) == [("repeated_header", 1)]
    assert not _unbalanced(empty_bank)


FAULTS: dict[str, Callable[[int], str | bytes]] = {
    "missing_value": lambda n: f"T{n}|+|C1|+||+|1.00|+|C|+|x",
    "bad_date": lambda n: f"T{n}|+|C1|+|20261345|+|1.00|+|C|+|x",
    "bad_number": lambda n: f"T{n}|+|C1|+|20260101|+|1,00|+|C|+|x",
    "unknown_code": lambda n: f"T{n}|+|C1|+|20260101|+|1.00|+|Z|+|x",
    "future_date": lambda n: f"T{n}|+|C1|+|20270101|+|1.00|+|C|+|x",
    "wrong_column_count": lambda n: f"T{n}|+|C1|+|20260101|+|1.00|+|C",
    "bad_encoding": lambda n: f"T{n}|+|C1|+|20260101|+|1.00|+|C|+|".encode() + b"\xff\xff",
    "bad_character": lambda n: f"T{n}|+|C1|+|20260101|+|1.00|+|C|+|\x00",
    "unknown_parent": lambda n: f"T{n}|+|nobody|+|20260101|+|1.00|+|C|+|x",
    "negative_amount": lambda n: f"T{n}|+|C1|+|20260101|+|-1.00|+|C|+|x",
}


def test_a_thousand_broken_rows_of_ten_kinds_among_a_hundred_thousand(empty_bank: Bank, tmp_path: Path, layout: Path) -> None:
    kinds = list(FAULTS.values())
    lines: list[str | bytes] = [f"T{n}|+|C1|+|20260101|+|1.00|+|C|+|工资" if n % 100 else kinds[n // 100 % 10](n) for n in range(100_000)]
    told = empty_bank.load(
        _delivered(tmp_path / "in", "20260105", CUST=[HEADER, "C1|+|张三|+|1|+|19800101|+|"], TXN=[POSTINGS, *lines]), str(layout)
    )
    assert told["feeds"]["transactions"] == {"in": 100_000, "loaded": 99_000, "unchanged": 0, "rejected": 1_000}
    assert _reasons(empty_bank, told["batch"]) == dict.fromkeys(FAULTS, 100)

    def correct(row: dict[str, str]) -> str:
        if row["reason"] == "unknown_parent":
            return row["row"].replace("nobody", "C1")
        return f"{row['row'].split('|+|')[0]}|+|C1|+|20260102|+|2.00|+|D|+|更正"

    fixed = _corrected(empty_bank, told["batch"], tmp_path / "r.csv", correct)
    assert fixed["feeds"]["transactions"] == {"in": 1_000, "loaded": 1_000, "unchanged": 0, "rejected": 0}
    assert _rows(empty_bank, "select count(*), count(*) filter (where summary = '更正'), sum(amount)::text from holdings_transaction") == [
        (100_000, 900, "100900.00")
    ]
    assert _rows(empty_bank, "select count(*) from ingestion_reject where replayed_by_id = %s", fixed["batch"]) == [(1_000,)]
    again = _corrected_again(empty_bank, told["batch"], tmp_path / "r.csv")
    assert again["state"] == "unchanged"
    assert not _unbalanced(empty_bank)


def _corrected_again(bank: Bank, batch: int, file: Path) -> dict[str, Any]:
    told: dict[str, Any] = json.loads(bank.zhike("replay", str(batch), str(file), "--json").splitlines()[-1])
    return told


def test_a_corrected_row_that_is_wrong_again_is_refused_at_its_own_line(empty_bank: Bank, tmp_path: Path, layout: Path) -> None:
    lines = [HEADER, "C1|+|张三|+|1|+|19800101|+|", "C2|+|李四|+|9|+|19810101|+|"]
    told = empty_bank.load(_delivered(tmp_path / "in", "20260105", CUST=[*lines]), str(layout))
    second = _corrected(empty_bank, told["batch"], tmp_path / "r.csv", lambda row: row["row"].replace("|+|9|+|", "|+|8|+|"))
    assert second["feeds"]["parties"]["rejected"] == 1
    assert _rows(
        empty_bank, "select file, line, reason from ingestion_reject where batch_id = %s and feed = 'parties'", second["batch"]
    ) == [("CUST_20260105.dat", 3, "unknown_code")]
    third = _corrected(
        empty_bank, second["batch"], tmp_path / "r2.csv", lambda row: row["row"].replace("|+|8|+|", "|+|2|+|").replace("C9", "C2")
    )
    assert third["feeds"]["parties"] == {"in": 1, "loaded": 1, "unchanged": 0, "rejected": 0}
    assert _rows(empty_bank, "select kind from parties_party where external_key = 'C2'") == [("company",)]


def test_a_correction_of_an_older_day_ends_as_if_the_file_had_been_right(
    empty_bank: Bank, fresh_bank: Bank, tmp_path: Path, layout: Path
) -> None:
    """Two banks: one gets a wrong first day and corrects it after the later ones, the other gets it right at once."""
    days = {
        "20260105": "C2|+|李四|+|9|+|19810101|+|",
        "20260106": "C1|+|张三丰|+|1|+|19800101|+|",
        "20260107": "C2|+|李四光|+|1|+|19810101|+|",
    }
    for name, bank in (("wrong", empty_bank), ("right", fresh_bank)):
        for day, line in days.items():
            good = line.replace("|+|9|+|", "|+|1|+|") if name == "right" else line
            _delivered(tmp_path / name, day, CUST=[HEADER, *(["C1|+|张三|+|1|+|19800101|+|"] if day == "20260105" else []), good])
        bank.load(tmp_path / name, str(layout))
    batch = _rows(empty_bank, "select id from ingestion_batch where batch_date = '2026-01-05'")[0][0]
    fixed = _corrected(empty_bank, batch, tmp_path / "r.csv", lambda row: row["row"].replace("|+|9|+|", "|+|1|+|"))
    assert len(fixed["replayed"]) == 2
    of_core = """select p.external_key, p.name, p.kind, p.valid_from::text, h.values->>'name', h.valid_from::text, h.valid_to::text
                 from parties_party p left join parties_partyhistory h on h.party_id = p.id where p.source = 'core' order by 1, 6"""
    assert _rows(empty_bank, of_core) == _rows(fresh_bank, of_core)
    assert not _unbalanced(empty_bank)


def test_a_mark_of_correction_survives_the_replay_of_its_day(empty_bank: Bank, tmp_path: Path, layout: Path) -> None:
    _delivered(tmp_path / "in", "20260105", CUST=[HEADER, "C1|+|张三|+|1|+|19800101|+|"])
    _delivered(tmp_path / "in", "20260106", CUST=[HEADER, "C2|+|李四|+|9|+|19810101|+|"])
    told = empty_bank.load(tmp_path / "in", str(layout))
    _corrected(empty_bank, told["batches"][1]["batch"], tmp_path / "r.csv", lambda row: row["row"].replace("|+|9|+|", "|+|1|+|"))
    before = fingerprint(empty_bank)
    empty_bank.load(tmp_path / "in" / "20260105", str(layout), "--again")
    assert differing(before, fingerprint(empty_bank)) == {}
    assert _rows(empty_bank, """select r.reason, r.replayed_by_id is not null from ingestion_reject r join ingestion_batch b on b.id = r.batch_id
                                where b.state = 'loaded' and b.kind = 'load'""") == [("unknown_code", True)]  # fmt: skip


def test_a_foreign_or_superseded_correction_is_refused_with_words(empty_bank: Bank, tmp_path: Path, layout: Path) -> None:
    folder = _delivered(tmp_path / "in", "20260105", CUST=[HEADER, "C2|+|李四|+|9|+|19810101|+|"])
    told = empty_bank.load(folder, str(layout))
    empty_bank.zhike("rejects", str(told["batch"]), "--csv", str(tmp_path / "r.csv"))
    assert (tmp_path / "r.csv").stat().st_mode & 0o077 == 0
    again = empty_bank.load(folder, str(layout), "--again")
    refused = [
        empty_bank.run.zhike(empty_bank.name, "replay", str(batch), str(tmp_path / "r.csv")) for batch in (told["batch"], again["batch"])
    ]
    assert [one.returncode for one in refused] == [2, 2]
    assert "nothing of it is in force" in refused[0].stderr and "are no rejects of batch" in refused[1].stderr


def _party(key: str) -> dict[str, str]:
    return {"party_key": key, "kind": "individual", "name": "张三"}


def _account(key: str, party: str) -> dict[str, str]:
    return {"account_key": key, "party_key": party, "currency": "CNY"}


def test_unknown_parents_go_out_as_fields_and_come_back(empty_bank: Bank, tmp_path: Path) -> None:
    told = empty_bank.load(
        deliver(tmp_path, "20260105", parties=[_party("A")], accounts=[_account("a1", "A"), _account("a2", "nobody")]), "zhike"
    )
    assert told["feeds"]["accounts"]["rejected"] == 1
    fixed = _corrected(empty_bank, told["batch"], tmp_path / "r.csv", lambda row: row["row"].replace("nobody", "B"))
    assert fixed["feeds"]["accounts"]["rejected"] == 1
    third = _corrected(empty_bank, fixed["batch"], tmp_path / "r2.csv", lambda row: row["row"].replace('"B"', '"A"'))
    assert third["feeds"]["accounts"] == {"in": 1, "loaded": 1, "unchanged": 0, "rejected": 0}
    assert _rows(
        empty_bank, "select a.external_key, p.external_key from holdings_account a join parties_party p on p.id = a.party_id order by 1"
    ) == [("a1", "A"), ("a2", "A")]


def _on_missing(folder: Path, what: str) -> str:
    path = folder / f"{what}.toml"
    path.write_text(
        f'source = "branch"\n[defaults]\noptional = true\n[files.p]\npath = "p.csv"\n[files.a]\npath = "a.csv"\n[[feed]]\nfeed = "parties"\nfrom = "p"\nfields = "*"\n'
        f'[[feed]]\nfeed = "accounts"\nfrom = "a"\non_missing = "{what}"\nfields = "*"\n',
        encoding="utf-8",
    )
    return str(path)


def _three_days(folder: Path) -> Path:
    for day, file, text in (("20260105", "a.csv", "account_key,party_key,currency\na1,A,CNY\n"), ("20260106", "p.csv", "party_key,kind,name\nB,individual,Bea\n"),
                            ("20260107", "p.csv", "party_key,kind,name\nA,individual,Ann\n"), ("20260108", "a.csv", "account_key,party_key,currency\na2,B,CNY\n")):  # fmt: skip
        (folder / day).mkdir(parents=True)
        (folder / day / file).write_text(text, encoding="utf-8")
    return folder


def test_a_held_row_is_let_in_when_its_parent_has_come(empty_bank: Bank, tmp_path: Path) -> None:
    told = empty_bank.load(_three_days(tmp_path / "in"), _on_missing(tmp_path, "hold"))
    assert told["batches"][0]["feeds"]["accounts"] == {"in": 1, "loaded": 0, "unchanged": 0, "rejected": 0, "held": 1}
    assert told["batches"][3]["feeds"]["accounts"] == {"in": 2, "loaded": 2, "unchanged": 0, "rejected": 0}
    assert _rows(empty_bank, "select count(*), count(released_by_id) from ingestion_held") == [(1, 1)]
    assert not _unbalanced(empty_bank)


def test_a_replay_leaves_nothing_held_twice(empty_bank: Bank, tmp_path: Path) -> None:
    """A replay knows every key that was ever brought, so that what was held the first time is let in at once."""
    empty_bank.load(_three_days(tmp_path / "in"), _on_missing(tmp_path, "hold"))
    empty_bank.load(tmp_path / "in" / "20260105", _on_missing(tmp_path, "hold"), "--again")
    assert _rows(empty_bank, "select external_key from holdings_account order by 1") == [("a1",), ("a2",)]
    assert _rows(empty_bank, "select count(*) from ingestion_held where released_by_id is null") == [(0,)]
    assert not _unbalanced(empty_bank)


def test_a_parent_that_is_missing_is_made(empty_bank: Bank, tmp_path: Path) -> None:
    empty_bank.load(_three_days(tmp_path / "in"), _on_missing(tmp_path, "create"))
    assert _rows(
        empty_bank, "select a.external_key, p.name from holdings_account a join parties_party p on p.id = a.party_id order by 1"
    ) == [("a1", "Ann"), ("a2", "Bea")]
    assert not _unbalanced(empty_bank)
