"""What changes from one business date to the next, and what happens when a date is delivered again or late."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import Any

import pytest

from zhike.ingestion.tests.canonical import deliver, differing, fingerprint
from zhike.testing.databases import Bank

UNIT = [{"unit_key": "1", "name": "Head office", "level": "head_office"}]


def _party(key: str, name: str, **more: str) -> dict[str, str]:
    return {"party_key": key, "kind": "individual", "name": name, "unit_key": "1", **more}


def _phone(party: str, number: str) -> dict[str, str]:
    return {"party_key": party, "contact_key": "1", "kind": "mobile", "phone": number, "is_main": "1"}


def _account(key: str, party: str) -> dict[str, str]:
    return {"account_key": key, "party_key": party, "currency": "CNY", "unit_key": "1", "opened_date": "2026-01-05"}


def _balance(account: str, day: str, amount: str) -> dict[str, str]:
    return {"account_key": account, "currency": "CNY", "balance_date": day, "balance": amount}


def _posting(key: str, account: str, day: str, amount: str) -> dict[str, str]:
    return {"transaction_key": key, "account_key": account, "booking_date": day, "amount": amount, "currency": "CNY", "direction": "credit"}


def _three_days(root: Path, *, first_name: str = "张三") -> Path:
    deliver(
        root, "20260105", organisation=UNIT, parties=[_party("A", first_name), _party("B", "李四")], contact_points=[_phone("A", "13800000001")],
        accounts=[_account("a1", "A")], account_roles=[{"role_key": "r1", "account_key": "a1", "party_key": "A", "role": "owner"}],
        balances=[_balance("a1", "2026-01-05", "100.00")], transactions=[_posting("t1", "a1", "2026-01-05", "100.00")],
    )  # fmt: skip
    deliver(
        root, "20260106", parties=[_party("A", "张三丰")], contact_points=[_phone("A", "13800000002")],
        balances=[_balance("a1", "2026-01-06", "150.00")], transactions=[_posting("t2", "a1", "2026-01-06", "50.00")],
    )  # fmt: skip
    deliver(root, "20260107", parties=[_party("C", "王五")], balances=[_balance("a1", "2026-01-07", "90.00")])
    return root


def _rows(bank: Bank, sql: str) -> list[tuple[Any, ...]]:
    with bank.connected("job") as connection:
        return [tuple(row) for row in connection.execute(sql).fetchall()]


def test_a_changed_name_is_kept_with_the_days_it_was_true(empty_bank: Bank, tmp_path: Path) -> None:
    empty_bank.load(_three_days(tmp_path / "in"), "zhike")
    assert _rows(empty_bank, "select name, valid_from::text, valid_to from parties_party where external_key = 'A'") == [
        ("张三丰", "2026-01-06", None)
    ]
    assert _rows(empty_bank, "select values->>'name', valid_from::text, valid_to::text from parties_partyhistory") == [
        ("张三", "2026-01-05", "2026-01-06")
    ]


def test_a_new_phone_closes_the_old_one_on_the_day_it_comes(empty_bank: Bank, tmp_path: Path) -> None:
    empty_bank.load(_three_days(tmp_path / "in"), "zhike")
    assert _rows(empty_bank, "select value_masked, valid_from::text, valid_to::text from parties_contactpoint order by valid_from") == [
        ("138••••0001", "2026-01-05", "2026-01-06"), ("138••••0002", "2026-01-06", None),
    ]  # fmt: skip


def test_balances_form_a_chain_without_gap_and_the_account_shows_the_last(empty_bank: Bank, tmp_path: Path) -> None:
    empty_bank.load(_three_days(tmp_path / "in"), "zhike")
    assert _rows(empty_bank, "select balance::text, valid_from::text, valid_to::text from holdings_balance order by valid_from") == [
        ("100.00", "2026-01-05", "2026-01-06"), ("150.00", "2026-01-06", "2026-01-07"), ("90.00", "2026-01-07", None),
    ]  # fmt: skip
    assert _rows(empty_bank, "select balance::text, balance_date::text from holdings_account") == [("90.00", "2026-01-07")]


def test_what_is_missing_in_a_full_file_has_ended(empty_bank: Bank, tmp_path: Path) -> None:
    layout = tmp_path / "people.toml"
    layout.write_text(
        'source = "people"\n[files.p]\npath = "p*.csv"\n[[feed]]\nfeed = "parties"\nfrom = "p"\nmode = "full"\n'
        '[feed.fields]\nparty_key = "no"\nname = "name"\nkind = { value = "individual" }\n',
        encoding="utf-8",
    )
    for day, rows in {"20260105": "1,Ann\n2,Bob\n", "20260106": "1,Ann\n"}.items():
        (tmp_path / "in" / day).mkdir(parents=True)
        (tmp_path / "in" / day / "p.csv").write_text("no,name\n" + rows, encoding="utf-8")
    told = empty_bank.load(tmp_path / "in", str(layout))
    assert told["batches"][1]["feeds"]["parties"] == {"in": 1, "loaded": 0, "unchanged": 1, "rejected": 0}
    assert _rows(empty_bank, "select name, valid_to::text from parties_party order by name") == [("Ann", None), ("Bob", "2026-01-06")]


def test_a_date_delivered_again_is_superseded_and_the_later_ones_are_replayed(empty_bank: Bank, tmp_path: Path) -> None:
    """The first day comes again with another name; the end is as if it had come so at once."""
    empty_bank.load(_three_days(tmp_path / "first"), "zhike")
    corrected = _three_days(tmp_path / "second", first_name="张散")
    told = empty_bank.load(corrected / "20260105", "zhike")
    assert told["state"] == "loaded" and len(told["replayed"]) == 2
    assert _rows(empty_bank, "select values->>'name' from parties_partyhistory") == [("张散",)]
    assert _rows(empty_bank, "select state, count(*) from ingestion_batch group by 1 order by 1") == [("loaded", 3), ("superseded", 3)]


def test_after_a_replay_everything_is_as_if_it_had_been_so_from_the_start(empty_bank: Bank, fresh_bank: Bank, tmp_path: Path) -> None:
    """`fresh_bank` has a whole sample bank: its middle batch is delivered again, unchanged in content."""
    files = Path(_rows(fresh_bank, "select path from ingestion_batch where state = 'loaded' order by batch_date limit 1")[0][0]).parent
    if not files.exists():
        files = tmp_path / "files"
        fresh_bank.zhike("samplebank", str(files), "--customers", "200", "--months", "2", "--until", "2026-09-30", "--seed", "3")
    empty_bank.load(files, "zhike")
    before = fingerprint(empty_bank)
    days = sorted(child for child in files.iterdir() if child.name.isdigit())
    empty_bank.load(days[len(days) // 2], "zhike", "--again")
    assert differing(before, fingerprint(empty_bank)) == {}


def test_a_late_date_is_put_where_it_belongs(empty_bank: Bank, tmp_path: Path) -> None:
    days = _three_days(tmp_path / "in")
    for day in ("20260105", "20260107", "20260106"):
        empty_bank.load(days / day, "zhike")
    assert _rows(empty_bank, "select balance::text, valid_from::text, valid_to::text from holdings_balance order by valid_from") == [
        ("100.00", "2026-01-05", "2026-01-06"), ("150.00", "2026-01-06", "2026-01-07"), ("90.00", "2026-01-07", None),
    ]  # fmt: skip
    assert _rows(empty_bank, "select batch_date::text from ingestion_dataasof") == [("2026-01-07",)]


def test_two_loads_at_once_do_not_hurt_each_other(empty_bank: Bank, tmp_path: Path) -> None:
    days = _three_days(tmp_path / "in")
    told: list[dict[str, Any]] = []
    threads = [threading.Thread(target=lambda: told.append(empty_bank.load(days, "zhike"))) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(one["state"] for one in told) == ["loaded", "unchanged"]
    assert _rows(empty_bank, "select count(*) from parties_party") == [(3,)]


@pytest.mark.parametrize("feed", ["parties", "accounts"])
def test_every_row_names_the_batch_that_brought_it(empty_bank: Bank, tmp_path: Path, feed: str) -> None:
    empty_bank.load(_three_days(tmp_path / "in"), "zhike")
    table = {"parties": "parties_party", "accounts": "holdings_account"}[feed]
    assert _rows(empty_bank, f"select count(*) from {table} t left join ingestion_batch b on b.id = t.batch_id where b.id is null") == [
        (0,)
    ]
