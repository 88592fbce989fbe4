"""The database believes who asks only when the application has signed it (decision 12)."""

from __future__ import annotations

import time
from collections.abc import Callable

import pytest
from django.db import connection
from psycopg_pool import ConnectionPool

from zhike.access.scope import NOBODY, entered, sign
from zhike.access.tests.conftest import SmallBank

EVERYBODY = {101, 102, 103, 104, 105, 106}
Ask = Callable[[str | None], set[int]]


def later() -> float:
    return time.time() + 60


def test_without_a_viewer_there_are_no_rows_and_no_error(ids_by_sql: Ask) -> None:
    assert ids_by_sql(None) == set()
    assert ids_by_sql("") == set()


def test_a_signed_viewer_sees_her_rows(small_bank: SmallBank, ids_by_sql: Ask) -> None:
    assert ids_by_sql(sign(small_bank.viewer("administrator"), expires=later())) == EVERYBODY
    assert ids_by_sql(sign(small_bank.viewer("relationship_manager", "E11"), expires=later())) == {101, 106}


def test_a_viewer_who_makes_herself_greater_is_nobody(small_bank: SmallBank, ids_by_sql: Ask) -> None:
    signed = sign(small_bank.viewer("relationship_manager", "E11"), expires=later())
    person, _flags, rest = signed.split(";", 2)
    assert ids_by_sql(f"{person};aw;{rest}") == set()


@pytest.mark.parametrize("forged", ["x", "{}" + "0" * 64, "no claims" + "f" * 64, "é" * 200, ";aw;9999999999;" + "g" * 64])
def test_nonsense_is_nobody(ids_by_sql: Ask, forged: str) -> None:
    assert ids_by_sql(forged) == set()


def test_a_viewer_whose_time_is_over_is_nobody(small_bank: SmallBank, ids_by_sql: Ask) -> None:
    assert ids_by_sql(sign(small_bank.viewer("administrator"), expires=time.time() - 2)) == set()


def test_nobody_signed_sees_nothing(small_bank: SmallBank, ids_by_sql: Ask) -> None:
    assert ids_by_sql(sign(NOBODY, expires=later())) == set()


def test_a_viewer_ends_with_her_transaction_on_a_pooled_connection(small_bank: SmallBank) -> None:
    viewer = small_bank.viewer("administrator")
    words = small_bank.bank.run.installation(small_bank.bank.name).parameters("web")
    with ConnectionPool(kwargs=words, min_size=1, max_size=1, open=True) as pool:
        with pool.connection() as first:
            first.execute("select set_config('zhike.viewer', %s, true)", [sign(viewer, expires=later())])
            count = first.execute("select count(*) from parties_party").fetchone()
            backend = first.info.backend_pid
        with pool.connection() as second:
            assert second.info.backend_pid == backend
            assert count == (6,)
            assert second.execute("select count(*), current_setting('zhike.viewer', true) from parties_party").fetchone() == (0, "")


def test_the_signed_text_is_not_to_be_seen_by_other_connections(small_bank: SmallBank) -> None:
    with entered(small_bank.viewer("administrator")), small_bank.bank.connected("web") as other:
        seen = other.execute("select string_agg(query, ' ') from pg_stat_activity where usename = current_user").fetchone()
        assert seen is not None
        assert '"a":true' not in seen[0]


def test_inside_a_transaction_the_viewer_stays_and_outside_she_is_gone(small_bank: SmallBank) -> None:
    with entered(small_bank.viewer("administrator")), connection.cursor() as cursor:
        cursor.execute("select count(*) from parties_party")
        assert cursor.fetchone() == (6,)
    with connection.cursor() as cursor:
        cursor.execute("select count(*) from parties_party")
        assert cursor.fetchone() == (0,)


def test_the_functions_run_once_a_statement(small_bank: SmallBank) -> None:
    with entered(small_bank.viewer("branch_manager", "E14")), connection.cursor() as cursor:
        cursor.execute("explain (format text) select id from parties_party")
        plan = "\n".join(row[0] for row in cursor.fetchall())
    assert "InitPlan" in plan
