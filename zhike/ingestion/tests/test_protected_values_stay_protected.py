"""What identifies somebody is readable nowhere after a load: not in the database, not in the data folder, not in what was refused."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import psycopg
import pytest

from zhike.testing.databases import Bank

ID_NO, PHONE, CARD, VERIFICATION = "11010519491231002X", "13912345678", "6222020012345678", "84731"
LAYOUT = """
source = "core"
[files.p]
path = "people.csv"
[[feed]]
feed = "parties"
from = "p"
[feed.fields]
party_key = "no"
name = "name"
kind = { column = "kind", map = { "1" = "individual" } }
[[feed]]
feed = "identifiers"
from = "p"
[feed.fields]
party_key = "no"
id_type = { value = "resident_id" }
id_no = "id"
[[feed]]
feed = "contact_points"
from = "p"
[feed.fields]
party_key = "no"
contact_key = { value = "1" }
kind = { value = "mobile" }
phone = "phone"
[[feed]]
feed = "cards"
from = "p"
[feed.fields]
card_key = "no"
card_no = "card"
type = { value = "debit" }
role_key = "no"
"""


def _database_text(bank: Bank) -> bytes:
    """Every row of every table as text."""
    found = b""
    with psycopg.connect(bank.run.url(bank.name)) as connection:
        tables = connection.execute(
            "select quote_ident(n.nspname) || '.' || quote_ident(c.relname) from pg_class c join pg_namespace n on n.oid = c.relnamespace"
            " where c.relkind = 'r' and n.nspname not in ('pg_catalog', 'information_schema')"
        ).fetchall()
        for (table,) in tables:
            with connection.cursor().copy(f"copy (select * from {table}) to stdout") as copy:
                found += b"".join(bytes(part) for part in copy)
    return found


def _folder_bytes(folder: Path) -> bytes:
    return b"".join(path.read_bytes() for path in folder.rglob("*") if path.is_file() and "files" not in path.relative_to(folder).parts)


def test_no_planted_number_is_readable_anywhere_after_a_load_with_rejects(empty_bank: Bank, tmp_path: Path) -> None:
    layout = tmp_path / "core.toml"
    layout.write_text(LAYOUT, encoding="utf-8")
    person = f"1,{ID_NO},{PHONE},{CARD},{VERIFICATION}"
    lines = [
        "no,name,kind,id,phone,card,cvv2",
        f"A,Ann,{person}",
        f"B,Bea,9,{ID_NO},{PHONE},{CARD},{VERIFICATION}",
        f"C,Cid,{person},{PHONE},more",
        f"D,Dan,{person}"[:50],
    ]
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "people.csv").write_text("\n".join(lines), encoding="utf-8")
    told = empty_bank.load(tmp_path / "in", str(layout), "--batch-date", "2026-01-05")
    assert told["feeds"]["identifiers"]["rejected"] >= 2 and told["feeds"]["parties"]["loaded"] == 1
    assert [c["actual"] for c in told["checks"] if c["name"].startswith("forbidden_columns")] == ["cvv2"]
    everything = _database_text(empty_bank) + _folder_bytes(empty_bank.home)
    assert b"Ann" in everything
    assert [planted for planted in (ID_NO, PHONE, CARD, VERIFICATION) if planted.encode() in everything] == []
    empty_bank.zhike("rejects", str(told["batch"]), "--csv", str(tmp_path / "r.csv"))
    assert VERIFICATION not in (tmp_path / "r.csv").read_text("utf-8") and PHONE in (tmp_path / "r.csv").read_text("utf-8")


STATEMENT = ":20:A1\n:25:{account}\n:28C:1/1\n:60F:C260130CNY100,00\n:61:2601310131D30,00NTRFNONREF\n:86:rent\n:62F:C260131CNY70,00\n-\n"


def test_an_account_known_by_its_number_alone_has_a_digest_as_its_key(empty_bank: Bank, tmp_path: Path) -> None:
    account = "1202024109900123456"
    for day, text in (
        ("20260131", STATEMENT),
        ("20260201", STATEMENT.replace("0131D30,00", "0131D31,00").replace("C260131CNY70", "C260131CNY69")),
    ):
        (tmp_path / day).mkdir()
        (tmp_path / day / "day.sta").write_text(text.format(account=account), encoding="utf-8")
    told = empty_bank.load(tmp_path, "mt940")
    assert [one["feeds"]["transactions"]["loaded"] for one in told["batches"]] == [1, 1]
    with empty_bank.connected("job") as connection:
        assert connection.execute(
            "select left(external_key, 1), length(external_key), account_no_masked from holdings_account"
        ).fetchall() == [("~", 33, "••••3456")]
    assert account.encode() not in _database_text(empty_bank) + _folder_bytes(empty_bank.home)


@pytest.mark.realdata
def test_a_statement_of_each_kind_is_loaded(empty_bank: Bank, real_data: Path) -> None:
    mt940 = empty_bank.load(real_data / "mt940" / "cmxl" / "mt940.sta", "mt940", "--batch-date", "2026-01-05")
    camt = empty_bank.load(real_data / "camt" / "camt053.v2.multi.statement.xml", "camt", "--batch-date", "2026-01-05")
    assert (mt940["feeds"]["transactions"]["loaded"], camt["feeds"]["transactions"]["loaded"]) == (16, 2)
    with empty_bank.connected("job") as connection:
        sums = connection.execute("select sum(amount) from holdings_transaction where source = 'camt'").fetchone()
        assert sums == (Decimal("15.85"),)


@pytest.mark.realdata
def test_payments_load_through_a_layout_written_without_python(empty_bank: Bank, real_data: Path) -> None:
    layout = Path(__file__).with_name("layouts") / "amlsim.toml"
    told = empty_bank.load(real_data / "amlsim", str(layout), "--batch-date", "2026-01-05")
    assert told["feeds"]["parties"]["loaded"] == 20_000
    assert told["feeds"]["transactions"] == {"in": 241_116, "loaded": 241_116, "unchanged": 0, "rejected": 0}
    with empty_bank.connected("job") as connection:
        assert connection.execute(
            "select sum(case direction when 'credit' then amount else -amount end) from holdings_transaction"
        ).fetchone() == (Decimal(0),)
