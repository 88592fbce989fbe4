"""Postings of a month that nobody has seen are copied straight into their partition; nobody who reads them can tell."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import psycopg
import pytest

from zhike.ingestion.tests.canonical import deliver
from zhike.testing.databases import Bank

PARTY = [{"party_key": "A", "kind": "individual", "name": "张三", "unit_key": "1"}]
UNIT = [{"unit_key": "1", "name": "Head office", "level": "head_office"}]
ACCOUNT = [{"account_key": "a1", "party_key": "A", "currency": "CNY", "unit_key": "1", "opened_date": "2025-12-05"}]


def _posting(key: str, day: str, account: str = "a1", **more: str) -> dict[str, str]:
    return {
        "transaction_key": key,
        "account_key": account,
        "booking_date": day,
        "amount": "8.80",
        "currency": "CNY",
        "direction": "debit",
        **more,
    }


def _postings(bank: Bank) -> list[tuple[Any, ...]]:
    with bank.connected("job") as connection:
        rows = connection.execute(
            "select t.external_key, t.tableoid::regclass::text, amount::text, p.name, counterparty_name from holdings_transaction t"
            " join parties_party p on p.id = t.party_id order by 1"
        ).fetchall()
    return [tuple(row) for row in rows]


def test_postings_of_two_new_months_and_one_that_is_there(empty_bank: Bank, tmp_path: Path) -> None:
    deliver(tmp_path, "20260110", organisation=UNIT, parties=PARTY, accounts=ACCOUNT, transactions=[
        _posting("t1", "2025-12-31", counterparty_name='"引号", 逗号\n'.strip()), _posting("t2", "2026-01-01"),
    ])  # fmt: skip
    deliver(tmp_path, "20260205", transactions=[_posting("t2", "2026-01-01"), _posting("t3", "2026-01-31"), _posting("t4", "2026-02-05")])
    told = empty_bank.load(tmp_path, "zhike")
    assert told["feeds"]["transactions"] == {"in": 5, "loaded": 4, "unchanged": 1, "rejected": 0}
    assert _postings(empty_bank) == [
        ("t1", "holdings_transaction_202512", "8.80", "张三", '"引号", 逗号'), ("t2", "holdings_transaction_202601", "8.80", "张三", None),
        ("t3", "holdings_transaction_202601", "8.80", "张三", None), ("t4", "holdings_transaction_202602", "8.80", "张三", None),
    ]  # fmt: skip


def test_a_posting_of_an_unknown_account_is_refused_by_name_and_the_others_stay(empty_bank: Bank, tmp_path: Path) -> None:
    deliver(tmp_path, "20260110", organisation=UNIT, parties=PARTY, accounts=ACCOUNT, transactions=[
        _posting("t1", "2026-01-02"), _posting("t2", "2026-01-03", account="nobody's"), _posting("t3", "2026-01-04"),
    ])  # fmt: skip
    told = empty_bank.load(tmp_path, "zhike")
    assert told["feeds"]["transactions"] == {"in": 3, "loaded": 2, "unchanged": 0, "rejected": 1}
    assert [row[0] for row in _postings(empty_bank)] == ["t1", "t3"]
    with empty_bank.connected("job") as connection:
        rejects = connection.execute("select line, field, reason, value_masked from ingestion_reject").fetchall()
    assert [tuple(one) for one in rejects] == [(3, "account_key", "unknown_parent", "nobody's")]


def test_a_month_is_reached_through_its_parent_only(empty_bank: Bank, tmp_path: Path) -> None:
    deliver(tmp_path, "20260110", organisation=UNIT, parties=PARTY, accounts=ACCOUNT, transactions=[_posting("t1", "2026-01-02")])
    empty_bank.load(tmp_path, "zhike")
    with empty_bank.connected("web") as connection, pytest.raises(psycopg.errors.InsufficientPrivilege):
        connection.execute("select from holdings_transaction_202601")
    with empty_bank.connected("read") as connection, pytest.raises(psycopg.errors.InsufficientPrivilege):
        connection.execute("select from holdings_transaction_202601")
    with empty_bank.connected("job") as connection, pytest.raises(psycopg.errors.InsufficientPrivilege):
        connection.execute("insert into holdings_transaction_202601 select * from holdings_transaction")
