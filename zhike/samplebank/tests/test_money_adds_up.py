"""To the cent: opening + credits − debits = balance, and nobody's demand account is ever below zero."""

from __future__ import annotations

import duckdb
import pytest

SIGNED = "case when (direction = 'credit') <> (p.side = 'asset') then amount::decimal(20, 2) else -amount::decimal(20, 2) end"


@pytest.fixture(scope="module")
def book(read: duckdb.DuckDBPyConnection) -> duckdb.DuckDBPyConnection:
    """Adds `acct` (one row per account, with side and opening balance) and `booked` (signed transactions in order)."""
    read.execute(
        "create or replace table acct as select a.account_key, any_value(p.side) as side, any_value(p.family) as family, coalesce(any_value(b.balance)::decimal(20, 2), 0) as opening "
        "from accounts a join products p using (product_key) left join balances b on b.account_key = a.account_key and b._batch = (select min(_batch) from balances) "
        "group by a.account_key"
    )
    read.execute(
        f'create or replace table booked as select t.*, opening + sum({SIGNED}) over (partition by account_key order by "at", transaction_key) as running, p.side, p.family '
        "from transactions t join acct p using (account_key)"
    )
    return read


def test_the_balance_after_each_transaction_is_what_the_movements_say(book: duckdb.DuckDBPyConnection) -> None:
    assert book.execute("select count(*) from booked").fetchone() != (0,)
    assert (
        book.execute(
            "select account_key, transaction_key, running, balance_after from booked where running <> balance_after::decimal(20, 2) limit 3"
        ).fetchall()
        == []
    )


def test_the_balance_of_a_day_is_the_one_after_its_last_transaction(book: duckdb.DuckDBPyConnection) -> None:
    wrong = book.execute(
        "with last as (select account_key, booking_date, arg_max(balance_after, transaction_key) as b from booked group by all) "
        "select * from last full join (select * from balances where _batch > (select min(_batch) from balances)) c on c.account_key = last.account_key and c.balance_date = last.booking_date "
        "where b is distinct from c.balance limit 3"
    ).fetchall()
    assert wrong == []


def test_no_account_is_ever_below_zero(book: duckdb.DuckDBPyConnection) -> None:
    assert (
        book.execute(
            "select account_key, transaction_key, balance_after from booked where balance_after::decimal(20, 2) < 0 limit 3"
        ).fetchall()
        == []
    )
    assert book.execute("select * from balances where balance::decimal(20, 2) < 0 limit 3").fetchall() == []


def test_closed_accounts_end_at_zero(book: duckdb.DuckDBPyConnection) -> None:
    left = book.execute(
        "select account_key, arg_max(balance_after, transaction_key) as b from booked where account_key in (select account_key from accounts where status = 'closed') "
        "group by 1 having b::decimal(20, 2) <> 0 limit 3"
    ).fetchall()
    assert left == []


def test_nothing_is_booked_before_an_account_opens_or_after_it_closes(book: duckdb.DuckDBPyConnection) -> None:
    outside = book.execute(
        "select t.account_key, booking_date, a.o, a.c from transactions t join (select account_key, min(opened_date) as o, max(closed_date) as c from accounts group by 1) a using (account_key) "
        "where booking_date < o or booking_date > c limit 3"
    ).fetchall()
    assert outside == []


def test_loan_balances_of_the_feed_agree_with_the_accounts(book: duckdb.DuckDBPyConnection) -> None:
    wrong = book.execute(
        "with l as (select account_key, arg_max(balance, _batch) as b from loans group by 1), c as (select account_key, arg_max(balance, balance_date) as b from balances group by 1) "
        "select * from l join c using (account_key) where l.b <> c.b limit 3"
    ).fetchall()
    assert wrong == []


def test_an_employer_pays_what_its_employees_receive(book: duckdb.DuckDBPyConnection) -> None:
    wrong = book.execute(
        "with paid as (select a.account_key, pay_date, sum(d.amount::decimal(20, 2)) as s from payroll_details d join payroll_agreements a using (agreement_key) group by all), "
        "booked as (select account_key, booking_date as pay_date, sum(amount::decimal(20, 2)) as s from transactions where source_code = 'DFZC' group by all) "
        "select * from paid full join booked using (account_key, pay_date) where paid.s is distinct from booked.s limit 3"
    ).fetchall()
    assert wrong == []
