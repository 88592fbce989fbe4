"""Who asks is checked once a transaction, and a customer is opened once: what the database keeps of it is nobody's to write."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import replace
from importlib import import_module
from itertools import pairwise
from typing import Any

import psycopg
import pytest

from zhike.access.kept import KEPT_PERMISSIONS
from zhike.access.scope import Door, sign
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


@pytest.mark.parametrize("sequence", ["entry", "entered_at", "entered_as", "entered_with", "opened_party", "opened_by"])
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
        assert web.execute("select access.opened(), access.viewer_all(), access.viewer_employees()").fetchone() == (101, False, [11])


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
        assert opened(web, 101) == (101, 101)
        assert opened(web, 104) == (None, 101)


# Everything that shows what hangs on the customer who is open, or on customers whom their own wall lets through.
OF_THE_OPEN_ONE = (
    "parties_head_opened", "holdings_summary_opened", "holdings_balance_opened", "engagement_interaction_opened",
)  # fmt: skip


@pytest.fixture
def filled(small_bank: SmallBank) -> None:
    """A telephone, a sum and a contact of each customer."""
    with small_bank.bank.connected("job") as job:
        job.execute(
            """insert into parties_contactpoint (party_id, kind, purpose, region, value_masked, value_digest, value_last4, is_main, is_valid, source, external_key,
                   valid_from, batch_id)
               select id, 'mobile', '', '', '139••••0000', sha256(id::text::bytea), sha256(id::text::bytea), true, true, 'core', id::text, '2026-01-01', 1 from parties_party;
               insert into holdings_summary (party_id, currency, deposits, wealth, loans, aum, count_accounts, count_families, unit_id, place)
               select id, 'CNY', id, 0, 0, id, 1, 1, unit_id, id * 100 from parties_party"""
        )


def of_whom(web: psycopg.Connection, view: str) -> set[int]:
    key = "id" if view in ("parties_head_opened", "parties_line", "holdings_sum") else "party_id"
    return {row[0] for row in web.execute(f"select {key} from {view}").fetchall()}


@pytest.mark.parametrize("view", ["parties_head_opened", "holdings_summary_opened"])
def test_what_is_open_shows_the_open_customer_and_nobody_else(web: psycopg.Connection, lin: str, he: str, filled: None, view: str) -> None:
    with web.transaction():
        enter(web, lin)
        assert of_whom(web, view) == set(), "nobody is open yet"
        assert opened(web, 104) == (None, None)
        assert of_whom(web, view) == set(), "who asks for another opens nobody"
        assert opened(web, 101) == (101, 101)
        assert of_whom(web, view) == {101}
        with web.transaction(force_rollback=True):
            assert opened(web, 106) == (106, 106)
            assert of_whom(web, view) == {106}
        assert of_whom(web, view) == {101}
        web.execute("select set_config('zhike.opened', '104', true)")
        assert of_whom(web, view) == set()
        web.execute("select set_config('zhike.opened', '106', true)")
        assert of_whom(web, view) == {106}, "her own, asked for by another way"
    with web.transaction():
        assert of_whom(web, view) == set(), "the next transaction of the connection"
        web.execute("select set_config('zhike.opened', '101', true)")
        assert of_whom(web, view) == set()
    with web.transaction():
        enter(web, he)
        assert opened(web, 104) == (104, 104)
        enter(web, lin)
        assert of_whom(web, view) == set(), "somebody else asks"


def test_what_is_open_is_open_on_its_own_connection_alone(
    small_bank: SmallBank, web: psycopg.Connection, lin: str, he: str, filled: None
) -> None:
    with small_bank.bank.connected("web") as other, web.transaction(), other.transaction():
        enter(web, he)
        assert opened(web, 104) == (104, 104)
        enter(other, lin)
        entry = web.execute("select current_setting('zhike.entry')").fetchone()
        other.execute("select set_config('zhike.entry', %s, true), set_config('zhike.opened', '104', true)", entry)
        assert [view for view in OF_THE_OPEN_ONE if other.execute(f"select 1 from {view}").fetchall()] == []


def test_who_may_not_read_contacts_reads_none_of_the_open_customer(small_bank: SmallBank, web: psycopg.Connection, filled: None) -> None:
    analyst = sign(small_bank.viewer("analyst"), expires=time.time() + 60)
    with web.transaction():
        enter(web, analyst)
        assert opened(web, 101) == (101, 101)
        assert web.execute("select id, value_masked, value_digest, id_type from parties_head_opened").fetchone() == (101, None, None, None)
        assert of_whom(web, "parties_line") == EVERYBODY
        assert web.execute("select count(value_masked) from parties_line").fetchone() == (0,)


def test_lines_and_sums_are_those_of_her_customers(web: psycopg.Connection, lin: str, he: str, filled: None) -> None:
    for signed, expected in ((lin, HERS), (he, EVERYBODY), ("forged" + "0" * 64, set())):
        with web.transaction():
            enter(web, signed)
            assert of_whom(web, "parties_line") == of_whom(web, "holdings_sum") == expected
    with web.transaction():
        enter(web, lin)
        web.execute("set local client_min_messages = notice")
        told: list[str] = []
        web.add_notice_handler(lambda notice: told.append(notice.message_primary or ""))
        spy = "create function pg_temp.spy(t numeric) returns boolean language plpgsql cost 0.0001 as $$ begin raise notice 'seen %', t; return true; end $$"
        web.execute(spy)
        web.execute("select id from holdings_sum where pg_temp.spy(deposits)")
        assert {int(float(one.split()[1])) for one in told} == HERS, "a function of her own is not asked about others' rows"


def test_the_lists_of_a_unit_are_those_of_who_asks(small_bank: SmallBank, web: psycopg.Connection, lin: str, filled: None) -> None:
    zhou = sign(small_bank.viewer("branch_manager", "E13"), expires=time.time() + 60)  # one unit
    wu = sign(small_bank.viewer("branch_manager", "E14"), expires=time.time() + 60)  # a sub-branch and its outlets
    for signed, expected in ((zhou, [102, 101]), (wu, [106, 103, 102, 101]), (lin, []), ("forged" + "0" * 64, [])):
        with web.transaction():
            enter(web, signed)
            assert [key for _place, key in web.execute("select * from holdings_units(null, null, false, 50)")] == expected
            assert [key for _place, key in web.execute("select * from holdings_units(null, null, true, 50)")] == expected[::-1]
            assert {key for _name, key in web.execute("select * from parties_units(null, null, false, 50)")} == set(expected)
    with small_bank.bank.connected("job") as job:  # she has moved, and the sum does not say so yet
        job.execute("update parties_party set unit_id = 6 where id = 102")
    with web.transaction():
        enter(web, zhou)
        assert [key for _place, key in web.execute("select * from holdings_units(null, null, false, 50)")] == [101]


def test_a_number_kept_with_an_entry_says_what_her_claims_say(small_bank: SmallBank, web: psycopg.Connection) -> None:
    some = {"branch_manager": "E13", "relationship_manager": "E11", "team_leader": "E12", "analyst": "", "auditor": ""}
    asked = ", ".join(f"access.viewer_may('{name}')" for name in (*KEPT_PERMISSIONS, "people.manage", "glass.break", "app"))
    asked = f"access.viewer_units(), access.viewer_employees(), access.viewer_person(), access.viewer_all(), access.viewer_whole(), {asked}"
    viewers = [small_bank.viewer(role, staff) for role, staff in some.items()]
    viewers += [
        replace(viewers[0], unit_ids=(3, 4, 5)),
        replace(viewers[0], unit_ids=(1 << 25,)),
        replace(viewers[1], employee_ids=(1 << 30,)),
    ]
    for viewer in viewers:
        signed = sign(viewer, expires=time.time() + 60)
        with web.transaction():
            web.execute("select set_config('zhike.viewer', %s, true)", [signed])
            by_claims = web.execute(f"select {asked}").fetchone()
        with web.transaction():
            enter(web, signed)
            assert web.execute(f"select {asked}").fetchone() == by_claims
            assert by_claims is not None and tuple(by_claims[:2]) == (list(viewer.unit_ids), list(viewer.employee_ids))


def test_who_comes_by_another_door_sees_neither_sessions_nor_people(small_bank: SmallBank, web: psycopg.Connection) -> None:
    viewer = small_bank.viewer("administrator")
    doors: tuple[tuple[Door, bool], ...] = (("app", True), ("sql", False))
    for door, is_let_in in doors:
        with web.transaction():
            enter(web, sign(viewer, expires=time.time() + 60, door=door))
            assert web.execute("select access.viewer_is_app(), access.viewer_may('app')").fetchone() == (is_let_in, is_let_in)
            assert bool(web.execute("select 1 from access_person").fetchall()) is is_let_in


def test_the_places_of_permissions_are_those_of_the_database() -> None:
    kept = import_module("zhike.access.migrations.0022_asked_at_once")
    assert kept.PERMISSIONS == (*KEPT_PERMISSIONS, "app")


# Who reaches customers by more than one unit or book: by amount (her key is her amount), by name and by opening each gives what the wall gives.
RARE: dict[str, tuple[str, str, dict[str, Any], set[int]]] = {
    "a book": ("relationship_manager", "E11", {}, {101, 106}),
    "a book and units": ("relationship_manager", "E11", {"scope": "subtree", "unit_ids": (4, 6)}, {101, 102, 104, 106}),
    "a unit and one by name": ("branch_manager", "E13", {"party_ids": (104,)}, {101, 102, 104}),
    "a unit and one of it by name": ("branch_manager", "E13", {"party_ids": (101, 103)}, {101, 102, 103}),
    "by name alone": ("branch_manager", "E13", {"scope": "participant", "unit_ids": (), "party_ids": (105,)}, {105}),
    "nobody": ("branch_manager", "E13", {"scope": "none", "unit_ids": ()}, set()),
    "the bank but for a list": ("administrator", "", {"is_barred": True}, EVERYBODY),
    "the bank, let in to a list": ("administrator", "", {"is_barred": True, "list_ids": (900,)}, EVERYBODY),
}


@pytest.mark.parametrize("who", RARE)
@pytest.mark.parametrize("is_listed", [False, True])
def test_whoever_reaches_further_is_listed_what_the_wall_shows_her(
    small_bank: SmallBank, web: psycopg.Connection, filled: None, who: str, is_listed: bool
) -> None:
    role, staff, more, expected = RARE[who]
    if is_listed:  # on a list that admits nobody but by its key
        with small_bank.bank.connected("job") as job:
            job.execute("update parties_party set barrier_ids = '{900}' where id in (101, 105)")
        expected = expected if more.get("list_ids") else expected - {101, 105}
    signed = sign(replace(small_bank.viewer(role, staff), **more), expires=time.time() + 60)
    with web.transaction():
        enter(web, signed)
        assert seen(web) == expected
        paged(web, "parties_reached", web.execute("select name, id from parties_party order by name, id").fetchall())
        paged(web, "holdings_reached", [(key * 100, key) for key in sorted(expected, reverse=True)])
    with web.transaction():
        enter(web, signed)
        assert {key for key in sorted(EVERYBODY) if opened(web, key)[0]} == expected
    with web.transaction():
        web.execute("set transaction read only")
        enter(web, signed)
        assert {key for key in sorted(EVERYBODY) if opened(web, key)[0]} == expected


def paged(web: psycopg.Connection, function: str, expected: list[tuple[Any, ...]]) -> None:
    """A page from either end is the whole of it; pages of one, past the row before, are the same rows, and back again."""
    assert web.execute(f"select * from {function}(null, null, false, 50)").fetchall() == expected
    assert web.execute(f"select * from {function}(null, null, true, 50)").fetchall() == expected[::-1]
    for is_backward, rows in ((False, expected), (True, expected[::-1])):
        for before, after in pairwise(rows):
            assert web.execute(f"select * from {function}(%s, %s::bigint, %s, 1)", [*before, is_backward]).fetchall() == [after]
