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
    "truncate parties_party",
    "update access_unit set name = 'x'",
    "select * from core_event",
    "create table mine (a int)",
    "alter table parties_party disable row level security",
    "create or replace function access.viewer() returns text language sql as 'select null::text'",
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
        assert web.execute("select count(*) from access_session").fetchone() == (0,)
        assert web.execute("select count(*) from parties_party").fetchone() == (6,)


def test_of_parties_the_web_role_writes_none_that_a_source_keeps(small_bank: SmallBank) -> None:
    viewer = small_bank.viewer("branch_manager", "E13")
    with small_bank.bank.connected("web") as web, web.transaction():
        web.execute("select set_config('zhike.viewer', %s, true)", [sign(viewer, expires=time.time() + 60)])
        assert web.execute("select count(*) from parties_party").fetchone() != (0,)
        assert web.execute("update parties_party set name = 'x'").rowcount == 0
        assert web.execute("delete from parties_party").rowcount == 0
        assert web.execute("delete from parties_contactpoint").rowcount == 0
        assert web.execute("update parties_relationship set to_date = now()").rowcount == 0
        assert refused(web, "insert into parties_nametoken (token) values ('x'); select * from parties_nametoken")


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


WITH_THE_OWNERS_RIGHTS = {
    "access.viewer": "",
    "access.viewer_all": "",
    "access.viewer_whole": "",
    "access.viewer_is_app": "",
    "access.viewer_person": "",
    "access.viewer_may": "",
    "access.viewer_units": "",
    "access.viewer_unit": "",
    "access.viewer_employees": "",
    "access.viewer_employee": "",
    "access.enter": "web",
    "access.open": "web",
    "access.opened": "",
    "access.party_is_seen": "",
    "access.party_is_hers": "",
    "access.party_is_closed": "",
    "access.parties_are_seen": "",
    "access.break_glass": "web",
    "access.who_sees": "web",
    "access.reveal": "web",
    "access.reveals_lately": "web",
    "access.approved_reveals_lately": "web",
    "access.team_is_managed": "web",
    "access.viewer_parties": "",
    "access.keep_sealed": "web",
    "access.keep_many_sealed": "web",
    "access.may_leave": "web",
    "access.graded": "web",
    "public.parties_find": "",
    "public.parties_book": "",
    "public.parties_names_with": "",
    "public.parties_group_outsiders": "web",
    "public.parties_units": "",
    "public.parties_reached": "",
    "public.holdings_units": "",
    "public.holdings_reached": "",
    "public.holdings_book": "",
    "public.holdings_own_accounts": "web",
    "public.holdings_payroll_months": "",
    "public.core_defer_job": "web",
    "public.duplicates_what_moves": "web",
    "public.duplicates_merge_parties": "web",
    "public.duplicates_undo_merge": "web",
    "public.parties_hand_over": "web",
    "public.parties_hand_back": "web",
    "public.workspace_keep_opened": "web",
}

# Views by what they ask themselves: who is open, or the wall of parties.
VIEWS_WITH_THE_OWNERS_RIGHTS = {
    "parties_line": "parties_walled",
    "holdings_sum": "parties_walled",
    **dict.fromkeys(
        (
            "parties_head_opened", "holdings_summary_opened", "holdings_balance_opened", "engagement_interaction_opened",
            "insight_profile_opened",
        ),
        "access.opened()",
    ),
}  # fmt: skip


def test_what_runs_with_the_owners_rights_is_known_by_name(small_bank: SmallBank) -> None:
    """Such a function or view goes past the walls, so each must ask for the viewer itself."""
    installation = small_bank.bank.run.installation(small_bank.bank.name)
    with small_bank.bank.connected("migrate") as migrate:
        functions = migrate.execute(
            """select n.nspname || '.' || p.proname, coalesce(array_to_string(p.proconfig, ' '), '') like '%%search_path=%%pg_temp%%',
                      has_function_privilege(%(read)s, p.oid, 'execute')
               from pg_proc p join pg_namespace n on n.oid = p.pronamespace
               where p.prosecdef and n.nspname in ('public', 'access')
                 and (has_function_privilege(%(web)s, p.oid, 'execute') or has_function_privilege(%(read)s, p.oid, 'execute'))""",
            {"web": installation.role("web"), "read": installation.role("read")},
        ).fetchall()
        views = migrate.execute(
            """select c.relname, 'security_barrier=true' = any(c.reloptions), pg_get_viewdef(c.oid), has_table_privilege(%s, c.oid, 'select, insert, update, delete')
               from pg_class c where c.relnamespace in ('public'::regnamespace, 'access'::regnamespace) and c.relkind in ('v', 'm')
               and not coalesce('security_invoker=true' = any(c.reloptions), false) and has_table_privilege(%s, c.oid, 'select')""",
            [installation.role("read"), installation.role("web")],
        ).fetchall()
    assert {name for name, _is_closed, _for_read in functions} == set(WITH_THE_OWNERS_RIGHTS)
    assert [name for name, is_closed, _for_read in functions if not is_closed] == [], "without a search path of their own"
    assert [name for name, _is_closed, for_read in functions if for_read and WITH_THE_OWNERS_RIGHTS[name] == "web"] == []
    assert {name for name, *_rest in views} == set(VIEWS_WITH_THE_OWNERS_RIGHTS)
    assert [name for name, is_barrier, _text, is_read in views if not is_barrier or is_read] == [], "no barrier, or open to read"
    assert [name for name, _barrier, text, _read in views if VIEWS_WITH_THE_OWNERS_RIGHTS[name] not in text] == []


def test_claims_are_taken_apart_by_their_own_functions_alone(small_bank: SmallBank) -> None:
    """Whoever reads them by herself breaks when their form changes, as revealing once did."""
    with small_bank.bank.connected("migrate") as migrate:
        others = migrate.execute(
            """select p.oid::regprocedure::text from pg_proc p join pg_namespace n on n.oid = p.pronamespace
               where n.nspname in ('public', 'access') and p.prosrc ~ 'access\\.viewer\\(\\)(?! is (not )?null)' and p.proname !~ '^viewer_'"""
        ).fetchall()
    assert {name for (name,) in others} == set()
