"""In any organisation, with any people and assignments: the rules, the query's condition and the wall in the database say the same."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass

import psycopg
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from zhike.access.models import Employee, Person, Unit
from zhike.access.rules import ROLES, scope_of
from zhike.access.scope import Viewer, entered, seen_where, sign, viewer_for
from zhike.parties.models import Party
from zhike.parties.queries import Which
from zhike.testing.databases import Bank
from zhike.workspace.queries import SORTS, ListAsked, customer_list

LEVELS = ("head_office", "branch", "sub_branch", "outlet")


@dataclass(frozen=True)
class Bankful:
    """An organisation with its people: lists of what each unit, employee, customer and role-holder is; numbers count from 0."""

    units: Sequence[tuple[int | None, str]]  # parent, level
    employees: Sequence[tuple[int | None, str]]  # unit, team
    parties: Sequence[tuple[int | None, frozenset[int]]]  # managing unit, managers
    holders: Sequence[tuple[int, frozenset[int], frozenset[int]]]  # of each account: main holder, others, those who were it once
    role: str
    employee: int | None  # who asks

    def below(self, unit: int) -> set[int]:
        """A unit and all below it; parents come before their children."""
        found = {unit}
        for number, (parent, _level) in enumerate(self.units):
            if parent in found:
                found.add(number)
        return found

    def seen(self) -> set[int]:
        """The customers that the rules open to who asks."""
        at, team = self.employees[self.employee] if self.employee is not None else (None, "")
        level = self.units[at][1] if at is not None else None
        scope = scope_of(self.role, unit_level=level, has_employee=self.employee is not None)
        colleagues = {n for n, (unit, name) in enumerate(self.employees) if team and at is not None and (unit, name) == (at, team)}
        books = {"own": {self.employee}, "team": colleagues | {self.employee}}.get(scope, set())
        units = self.below(at) if at is not None and scope in ("outlet", "subtree") else set()
        return {n for n, (unit, managers) in enumerate(self.parties) if scope == "bank" or unit in units or managers & books}


@st.composite
def bankfuls(draw: st.DrawFn) -> Bankful:
    """Up to eight units of any shape, six employees, eight customers, five accounts."""
    count = draw(st.integers(1, 8))
    units = [(draw(st.none() | st.integers(0, number - 1)) if number else None, draw(st.sampled_from(LEVELS))) for number in range(count)]
    somewhere = st.none() | st.integers(0, count - 1)
    employees = draw(st.lists(st.tuples(somewhere, st.sampled_from(["", "A", "B"])), min_size=1, max_size=6))
    anyone = st.integers(0, len(employees) - 1)
    parties = draw(st.lists(st.tuples(somewhere, st.frozensets(anyone, max_size=3)), min_size=1, max_size=8))
    some = st.frozensets(st.integers(0, len(parties) - 1), max_size=2)
    holders = draw(st.lists(st.tuples(st.integers(0, len(parties) - 1), some, some), max_size=5))
    return Bankful(units, employees, parties, holders, draw(st.sampled_from(sorted(ROLES))), draw(st.none() | anyone))


EMPTY = ("holdings_summary", "holdings_accountrole", "holdings_account", "parties_party", "access_employee", "access_unit")
PARTY = """
insert into parties_party (id, kind, status, name, name_tokens, unit_id, rm_ids, source, external_key, valid_from, batch_id, short_name,
    customer_no, sex, nationality, occupation, employer_name, education, marital_status, income_band, region, industry, size_class, is_staff,
    is_related_party, lead_source) overriding system value
values (%s, 'individual', 'customer', 'x', '{}', %s, %s, 'core', %s, '2026-01-01', 1, '', '', '', '', '', '', '', '', '', '', '', '', false, false, '')
"""
ACCOUNT = """
insert into holdings_account (id, party_id, currency, status, account_no_masked, account_class, statement_cycle, source, external_key, valid_from, batch_id)
overriding system value values (%s, %s, 'CNY', 'open', '', '', '', 'core', %s, '2026-01-01', 1)
"""
SUMMARY = """
insert into holdings_summary (party_id, unit_id, place, currency, deposits, wealth, loans, aum, count_accounts, count_families)
select id, unit_id, id / 2 * 100, 'CNY', 1, 0, 0, id / 2, 1, 1 from parties_party where id % 3 > 0
"""
ROLE = """
insert into holdings_accountrole (account_id, party_id, role, signing_rule, source, external_key, valid_from, valid_to, batch_id)
values (%s, %s, 'authorised', '', 'core', %s, '2026-01-01', %s, 1)
"""


def fill(job: psycopg.Connection, made: Bankful) -> None:
    """Write it instead of what was there; row n has the id n + 1."""
    for table in EMPTY:
        job.execute(f"delete from {table}")
    for number, (parent, level) in enumerate(made.units, 1):
        job.execute(
            "insert into access_unit (id, key, name, level, parent_id) overriding system value values (%s, %s, 'x', %s, %s)",
            [number, str(number), level, parent + 1 if parent is not None else None],
        )
    for number, (unit, team) in enumerate(made.employees, 1):
        job.execute(
            "insert into access_employee (id, staff_no, name, unit_id, team) overriding system value values (%s, %s, 'x', %s, %s)",
            [number, str(number), unit + 1 if unit is not None else None, team],
        )
    for number, (unit, managers) in enumerate(made.parties, 1):
        job.execute(PARTY, [number, unit + 1 if unit is not None else None, [manager + 1 for manager in managers], str(number)])
    job.execute(SUMMARY)
    for number, (main, others, former) in enumerate(made.holders, 1):
        job.execute(ACCOUNT, [number, main + 1, str(number)])
        roles = [(party, None) for party in others] + [(party, "2026-02-01") for party in former - others]
        for party, ended in roles:
            job.execute(ROLE, [number, party + 1, f"{number}-{party}", ended])


def viewer_of(made: Bankful) -> Viewer:
    """Who asks, as the application finds out from what is in the database."""
    employee = Employee.objects.select_related("unit").get(pk=made.employee + 1) if made.employee is not None else None
    return viewer_for(Person(pk=1, login="x", name="x", role=made.role, employee=employee))


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(made=bankfuls())
def test_rules_query_and_wall_agree(empty_bank: Bank, made: Bankful) -> None:
    with empty_bank.connected("job") as job, job.transaction():
        fill(job, made)
    expected = {number + 1 for number in made.seen()}
    viewer = viewer_of(made)
    with entered(viewer):
        assert set(Party.objects.seen_by(viewer).values_list("pk", flat=True)) == expected, "the query"
        for sort in SORTS:
            found = customer_list(viewer, ListAsked(Which(), sort=sort))
            assert sorted(row.party.id for row in found.rows) == sorted(found.page.keys) == sorted(expected), f"the list by {sort}"
    with empty_bank.connected("job") as job:
        condition, parameters = Party.objects.seen_by(viewer).values("pk").query.sql_with_params() if viewer.scope != "none" else ("", ())
        without_wall = {row[0] for row in job.execute(condition, parameters).fetchall()} if condition else set()
        where = seen_where(viewer)
        written_out = {row[0] for row in job.execute(f"select p.id from parties_party p where {where.sql}", where.values).fetchall()}
    assert without_wall == written_out == expected, "the query's own condition"
    with empty_bank.connected("web") as web, web.transaction():
        web.execute("select set_config('zhike.viewer', %s, true)", [sign(viewer, expires=time.time() + 60)])
        assert {row[0] for row in web.execute("select id from parties_party").fetchall()} == expected, "the wall"
        accounts = {row[0] for row in web.execute("select id from holdings_account").fetchall()}
    hold = [({main} | others, number) for number, (main, others, _former) in enumerate(made.holders, 1)]
    assert accounts == {number for holders, number in hold if any(holder + 1 in expected for holder in holders)}, "accounts"


def test_units_are_written_with_the_levels_there_are() -> None:
    assert set(LEVELS) == set(Unit.Level.values)
