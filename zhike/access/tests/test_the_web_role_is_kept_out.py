"""What SQL under the web role cannot do, whoever signed in: ciphertext, keys, passwords, sessions, the past."""

from __future__ import annotations

import time

import pytest

from zhike.access.scope import sign
from zhike.access.tests.conftest import SmallBank, refused

FORBIDDEN = [
    "select sealed from access_vault",
    "select count(*) from access_vault",
    "select * from access_viewersecret",
    "update access_auditentry set reason = 'x'",
    "delete from access_auditentry",
    "truncate access_auditentry",
    "insert into access_vault (digest, kind, masked, sealed, key_version) values ('a', 'phone', '', 'a', 1)",
    "delete from parties_party",
    "update parties_party set unit_id = 1",
    "select * from core_event",
    "create table mine (a int)",
    "alter table parties_party disable row level security",
    "create or replace function access.viewer() returns jsonb language sql as 'select null::jsonb'",
    "set role postgres",
]


@pytest.mark.parametrize("statement", FORBIDDEN)
def test_the_web_role_may_not(small_bank: SmallBank, statement: str) -> None:
    with small_bank.bank.connected("web") as web:
        if statement.startswith("set role"):
            statement = f"set role {small_bank.bank.run.installation(small_bank.bank.name).role('migrate')}"
        assert refused(web, statement)


def test_a_persons_own_sql_sees_neither_sessions_nor_password_hashes(small_bank: SmallBank) -> None:
    viewer = small_bank.viewer("administrator")
    with small_bank.bank.connected("web") as web, web.transaction():
        web.execute("select set_config('zhike.viewer', %s, true)", [sign(viewer, expires=time.time() + 60, door="sql")])
        assert web.execute("select count(*) from access_person").fetchone() == (0,)
        assert web.execute("select count(*) from django_session").fetchone() == (0,)
        assert web.execute("select count(*) from parties_party").fetchone() == (6,)


def test_the_read_role_sees_through_a_viewer_too(small_bank: SmallBank) -> None:
    viewer = small_bank.viewer("branch_manager", "E13")
    with small_bank.bank.connected("read") as read, read.transaction():
        assert read.execute("select count(*) from parties_party").fetchone() == (0,)
        read.execute("select set_config('zhike.viewer', %s, true)", [sign(viewer, expires=time.time() + 60)])
        assert read.execute("select count(*) from parties_party").fetchone() == (2,)
        assert refused(read, "select * from access_vault")


def test_every_table_with_customers_that_viewers_reach_has_a_forced_wall(small_bank: SmallBank) -> None:
    with small_bank.bank.connected("migrate") as migrate:
        rows = migrate.execute(
            """select c.relname, c.relrowsecurity and c.relforcerowsecurity, exists (select 1 from pg_policy p where p.polrelid = c.oid)
               from pg_class c join pg_attribute a on a.attrelid = c.oid
               where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p') and not c.relispartition
                 and (a.attname = 'party_id' or c.relname = 'parties_party' and a.attname = 'id')"""
        ).fetchall()
    assert len(rows) > 5
    assert [name for name, is_forced, has_policy in rows if not (is_forced and has_policy)] == []
