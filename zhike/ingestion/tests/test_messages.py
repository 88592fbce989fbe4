"""Statements that banks send as messages load through readers; what is broken is named."""

from datetime import date
from decimal import Decimal

import pytest

from zhike.ingestion.layout_reading import load_layout
from zhike.ingestion.tests.delivering import Asked, prepared_files, prepared_from, real_data

FRAGMENTS = {
    "betterplace/amount_formats.sta", "betterplace/empty_86.sta", "betterplace/empty_entry_date.sta", "betterplace/empty_line.sta", "betterplace/missing_crlf_at_end.sta",
    "cmxl/account_balance_credit.sta", "cmxl/account_balance_debit.sta", "cmxl/available_balance.sta", "cmxl/closing_balance.sta", "cmxl/reference.sta",
    "cmxl/statement_details.sta", "cmxl/statement_line.sta", "cmxl/statement_number.sta",
}  # fmt: skip


@pytest.fixture(scope="module")
def mt940(tmp_path_factory: pytest.TempPathFactory) -> Asked:
    return prepared_from(real_data("mt940"), load_layout("mt940"), tmp_path_factory.mktemp("mt940") / "landing")


@pytest.fixture(scope="module")
def camt(tmp_path_factory: pytest.TempPathFactory) -> Asked:
    return prepared_from(real_data("camt"), load_layout("camt"), tmp_path_factory.mktemp("camt") / "landing")


@pytest.mark.realdata
def test_every_mt940_file_loads_or_says_why_not(mt940):
    refused = dict(
        mt940.rows("select file, any_value(value_masked) from rejects where feed = 'transactions' and reason = 'broken_message' group by 1")
    )
    assert {file for file, why in refused.items() if why == "names no account (:25:)"} >= FRAGMENTS - {"betterplace/empty_line.sta"}
    assert refused["betterplace/sepa_snippet_broken.sta"] == "names more than one account (:25:)"
    loaded = dict(mt940.rows("select _file, count(*) from transactions_good group by 1"))
    assert (
        loaded["betterplace/sepa_mt9401.sta"] > 90
        and loaded["cmxl/mt940.sta"] == 16
        and loaded["mBank/mt940.sta"] == 3
        and loaded["mBank/mt942.sta"] == 3
    )


@pytest.mark.realdata
def test_opening_balance_and_entries_give_the_closing_balance(mt940):
    checks = [check for check in mt940.prepared.checks if check.name.startswith("closing_balance")]
    apart = [check.name.rsplit(":", 1)[-1] for check in checks if not check.ok]
    assert len(checks) == 35 and apart == [
        "betterplace/sepa_snippet.sta",
        "mBank/with_newline_in_tnr.sta",
    ]  # these two are cut short by their authors


@pytest.mark.realdata
def test_a_reversed_credit_takes_away(mt940):
    reversed_ones = mt940.rows(
        "select direction, amount from transactions_good where is_reversal and _file = 'betterplace/sepa_mt9401.sta'"
    )
    assert reversed_ones and {direction for direction, _ in reversed_ones} == {"debit"}


@pytest.mark.realdata
def test_every_camt_file_gives_its_entries(camt):
    loaded = dict(camt.rows("select _file, count(*) from transactions_good group by 1"))
    rejected = dict(camt.rows("select file, any_value(field || ':' || reason) from rejects where feed = 'transactions' group by 1"))
    announced = {"camt052.v4.xml", "camt052.v6.xml"}  # nothing in them is booked
    assert {*loaded, *rejected, *announced} == {path.name for path in real_data("camt").iterdir()} and not loaded.keys() & rejected.keys()
    assert loaded["camt053.v2.multi.statement.xml"] == 2
    assert set(rejected.values()) == {"booking_date:missing_value"}
    assert camt.rows("select booking_date, amount, direction, counterparty_name, summary from transactions_good where _file = 'camt053.v2.multi.statement.xml' order by _line") == [
        (date(2014, 12, 31), Decimal("8.85"), "credit", None, "Transaction Description 1"),
        (date(2014, 12, 31), Decimal("7.00"), "debit", "Company Name 2", "Transaction Description 2"),
    ]  # fmt: skip


STATEMENT = ":20:A1\n:25:12345678\n:28C:1/1\n:60F:C260130CNY100,00\n:61:2601310131D30,00NTRFNONREF\n:86:rent\n:62F:C260131CNY70,00\n-\n"


def test_a_broken_message_takes_no_other_with_it(tmp_path):
    broken = STATEMENT.replace(":25:12345678\n", "").replace("A1", "B1")
    asked = prepared_files(
        tmp_path, load_layout("mt940"), {"day.sta": (STATEMENT + broken + STATEMENT.replace("A1", "C1").replace("rent", "food")).encode()}
    )
    assert asked.rows("select line, value_masked from rejects where feed = 'transactions'") == [(9, "names no account (:25:)")]
    assert asked.rows("select _line, amount, summary from transactions_good order by 1") == [
        (5, Decimal(30), "rent"),
        (20, Decimal(30), "food"),
    ]
    assert asked.prepared.feeds["transactions"].count_in == 3


def test_the_same_entry_twice_in_a_day_has_two_keys_and_the_same_keys_tomorrow(tmp_path):
    twice = STATEMENT.replace(":62F:", ":61:2601310131D30,00NTRFNONREF\n:86:rent\n:62F:")
    keys = []
    for day in ("a", "b"):
        asked = prepared_files(tmp_path / day, load_layout("mt940"), {"day.sta": twice.encode()})
        keys.append(asked.rows("select transaction_key from transactions_good order by 1"))
    assert keys[0] == keys[1] and len(set(keys[0])) == 2


def test_xml_with_entities_is_refused(tmp_path):
    evil = b'<?xml version="1.0"?><!DOCTYPE d [<!ENTITY a "b">]><Document>&a;</Document>'
    asked = prepared_files(tmp_path, load_layout("camt"), {"a.xml": evil, "b.xml": b"<Document>\n<x></Document>", "c.xml": b"<Other/>"})
    assert asked.rows("select file, line from rejects where feed = 'transactions' order by 1") == [("a.xml", 1), ("b.xml", 2), ("c.xml", 1)]
