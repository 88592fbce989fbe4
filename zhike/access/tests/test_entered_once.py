"""Who asks is checked once a transaction, and a customer is opened once: what the database keeps of it is nobody's to write."""

from __future__ import annotations

import time
from collections.abc import Iterator

import psycopg
import pytest

from zhike.access.scope import sign
from zhike.access.tests.conftest import SmallBank, refused

HERS, EVERYBODY = {101, 106}, {101, 102, 103, 104, 105, 106}


@pytest.fixture
def lin(small_bank: SmallBank) -> str:
    """A relationship manager's signed text."""
    return sign(small_bank.viewer("relationship_manager", "E11"), expires=time.time() + 60)


@pytest.fixture
def he(small_bank: SmallBank) -> str:
    """An administrator's: the whole bank."""
    return sign(small_bank.viewer("administrator"), expires=time.time() + 60)


@pytest.fixture
def web(small_bank: SmallBank) -> Iterator[psycopg.Connection]:
    """A connection as pages have them."""
    with small_bank.bank.connected("web") as connection:
        yield connection


def enter(web: psycopg.Connection, signed: str) -> None:
    web.execute("select access.enter(%s, 'test')", [signed])


def seen(web: psycopg.Connection) -> set[int]:
    return {row[0] for row in web.execute("select id from parties_party").fetchall()}


def opened(web: psycopg.Connection, party: int) -> tuple[int | None, int | None]:
    """What opening answers, and what then is open."""
    (answer,) = web.execute("select access.open(%s)", [party]).fetchone() or (None,)
    (now,) = web.execute("select access.opened()").fetchone() or (None,)
    return answer, now


def test_whoever_enters_sees_hers_and_nobody_after_her_does(web: psycopg.Connection, lin: str, he: str) -> None:
    for signed, expected in ((lin, HERS), (he, EVERYBODY), (lin, HERS)):
        with web.transaction():
            enter(web, signed)
            assert seen(web) == expected
        with web.transaction():
            assert seen(web) == set()


def test_a_number_left_by_somebody_else_on_the_connection_opens_nothing(web: psycopg.Connection, he: str) -> None:
    with web.transaction():
        enter(web, he)
        entry = web.execute("select current_setting('zhike.entry')").fetchone()
        assert opened(web, 104) == (104, 104)
    with web.transaction():
        web.execute("select set_config('zhike.entry', %s, true), set_config('zhike.opened', '104', true)", entry)
        assert seen(web) == set()
        assert web.execute("select access.opened(), access.viewer_all(), access.viewer_person()").fetchone() == (None, False, None)


@pytest.mark.parametrize("setting", ["zhike.entry", "zhike.opened", "zhike.viewer"])
@pytest.mark.parametrize("value", ["1", "2", "104", "yes", ""])
def test_settings_that_she_writes_herself_show_nothing_more(web: psycopg.Connection, lin: str, setting: str, value: str) -> None:
    with web.transaction():
        enter(web, lin)
        assert opened(web, 101) == (101, 101)
        web.execute("select set_config(%s, %s, true)", [setting, value])
        assert seen(web) <= HERS


@pytest.mark.parametrize("sequence", ["entry", "entered_at", "entered_as", "opened_party", "opened_by"])
def test_nobody_writes_the_numbers(web: psycopg.Connection, lin: str, sequence: str) -> None:
    assert refused(web, f"select setval('access.{sequence}', 7)")
    assert refused(web, f"select nextval('access.{sequence}')")
    assert refused(web, f"select currval('access.{sequence}')")


def test_a_savepoint_that_is_taken_back_leaves_the_one_who_was_there_before(web: psycopg.Connection, lin: str, he: str) -> None:
    with web.transaction():
        enter(web, lin)
        assert opened(web, 101) == (101, 101)
        with web.transaction(force_rollback=True):
            enter(web, he)
            assert opened(web, 104) == (104, 104)
            assert seen(web) == EVERYBODY
        assert seen(web) == HERS
        assert web.execute("select access.opened(), access.viewer_all()").fetchone() == (None, False)


def test_only_a_customer_whom_she_sees_is_opened_and_only_for_her(web: psycopg.Connection, lin: str, he: str) -> None:
    with web.transaction():
        enter(web, lin)
        assert opened(web, 104) == (None, None)
        assert opened(web, 106) == (106, 106)
        assert opened(web, 104) == (None, 106), "what was open stays so"
    with web.transaction():
        enter(web, he)
        assert opened(web, 104) == (104, 104)
        enter(web, lin)
        assert web.execute("select access.opened()").fetchone() == (None,)
        assert seen(web) == HERS


def test_nobody_opens_anybody(web: psycopg.Connection) -> None:
    with web.transaction():
        assert opened(web, 101) == (None, None)
    with web.transaction():
        enter(web, "forged" + "0" * 64)
        assert opened(web, 101) == (None, None)


def test_who_only_reads_is_asked_each_time(web: psycopg.Connection, lin: str) -> None:
    with web.transaction():
        web.execute("set transaction read only")
        enter(web, lin)
        assert seen(web) == HERS
        assert opened(web, 101) == (101, None)
