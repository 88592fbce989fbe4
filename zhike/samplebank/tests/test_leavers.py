"""Customers leave for reasons that are in the data, before they leave; the truth stays in its own file."""

from __future__ import annotations

from pathlib import Path

import duckdb
import pytest


@pytest.fixture(scope="module")
def truth(read: duckdb.DuckDBPyConnection, bank: Path) -> duckdb.DuckDBPyConnection:
    """Adds the hidden truth and who left when."""
    read.execute(f"create or replace table truth as from read_parquet('{bank}/truth/truth.parquet')")
    read.execute(
        "create or replace table leaver as select party_key, min(left_date::date) as left_date from parties where status = 'former' group by 1"
    )
    return read


def test_the_truth_is_a_file_of_its_own_that_no_feed_shows(bank: Path) -> None:
    assert sorted(p.name for p in bank.glob("truth/*")) == ["duplicates.parquet", "outside.parquet", "truth.parquet"]
    for path in bank.glob("*/*.txt"):
        header = path.open(encoding="utf-8").readline()
        assert not any(word in header for word in ("hazard", "response_ppm", "future_contribution", "copy"))


def test_the_truth_knows_every_customer_and_month(truth: duckdb.DuckDBPyConnection) -> None:
    assert (
        truth.execute(
            "select party_key from parties where status = 'customer' and party_key not in (select party_key from truth) "
            "and party_key not in (select copy_key from duplicates)"
        ).fetchall()
        == []
    )
    assert truth.execute("select count(*) from truth group by party_key, month having count(*) > 1").fetchall() == []


def test_some_leave_and_their_balances_fall_first(truth: duckdb.DuckDBPyConnection) -> None:
    rows = truth.execute(
        "select party_key, arg_max(b.balance::double, balance_date) filter (balance_date::date < left_date - 100) as before, "
        "arg_max(b.balance::double, balance_date) filter (balance_date::date < left_date - 5) as at_last "
        "from leaver join accounts a using (party_key) join balances b using (account_key) where a.product_key = 'HQ001' group by 1 having before is not null"
    ).fetchall()
    assert len(rows) >= 3
    assert sum(last < before for _, before, last in rows) >= 0.7 * len(rows)


def test_leavers_use_the_app_less_before_they_go(truth: duckdb.DuckDBPyConnection) -> None:
    early, late = truth.execute(
        'select count(*) filter ("at"::timestamptz::date between left_date - 210 and left_date - 121), count(*) filter ("at"::timestamptz::date > left_date - 90) '
        "from leaver join channel_events using (party_key)"
    ).fetchone() or (0, 0)
    assert late < early


def test_each_reason_left_its_mark_before_the_leaving(truth: duckdb.DuckDBPyConnection) -> None:
    begun = "(select party_key, min(month) as began, any_value(reason) as reason from truth where reason <> 'none' group by 1)"
    marks = {
        "complaint": "select 1 from cases c where c.party_key = l.party_key and c.kind = 'complaint' and c.opened_at::timestamptz::date <= l.began + 31",
        "rival_rate": "select 1 from transactions t join accounts a using (account_key) where a.party_key = l.party_key and t.summary in ('转存他行', '转本人他行账户', '转出') "
        "union all select 1 from interactions i where i.party_key = l.party_key",
        "moved": "select 1 from contact_points c where c.party_key = l.party_key and c.region = '外地'",
    }
    for reason, mark in marks.items():
        unseen = truth.execute(
            f"select party_key from {begun} l where reason = '{reason}' and party_key < 'P000000480' and began < date '2026-11-01' and not exists ({mark})"
        ).fetchall()
        assert unseen == [], reason


def test_who_lost_the_salary_account_received_no_more_salary(truth: duckdb.DuckDBPyConnection) -> None:
    still = truth.execute(
        "select d.party_key from payroll_details d join leaver l using (party_key) where d.pay_date::date > l.left_date - 45"
    ).fetchall()
    assert still == []
