"""In any organisation, with any people and assignments: the rules, the query's condition and the wall in the database say the same."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass

import psycopg
from django.db import connection
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from zhike.access.models import Person, Unit
from zhike.access.rules import BREADTHS, ROLES
from zhike.access.scope import Viewer, entered, seen_where, sign, system_viewer, viewer_for
from zhike.parties.models import Party
from zhike.parties.queries import Which
from zhike.testing.databases import Bank
from zhike.workspace.queries import SORTS, ListAsked, customer_list

BELONGS = ("member", "absent one", "left", "over", "to come", "team over", "customer taken", "customer to come")
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
    absent: tuple[str, int | None] | None = None  # role and employee of whom she stands in for
    opened: frozenset[int] = frozenset()  # customers she takes part in, or broke the glass for
    over: frozenset[int] = frozenset()  # those where that has ended, or has yet to begin
    lists: Sequence[tuple[frozenset[int], bool, bool]] = ()  # who stands on each, whether it admits who asks, whether it has ended
    teams: Sequence[tuple[frozenset[int], str]] = ()  # the customers of each service team, and how far who asks belongs to it

    def below(self, unit: int) -> set[int]:
        """A unit and all below it; parents come before their children."""
        found = {unit}
        for number, (parent, _level) in enumerate(self.units):
            if parent in found:
                found.add(number)
        return found

    def lent(self) -> set[int]:
        """What the absent one's role opens to her deputy; the whole bank is lent by nobody."""
        return set() if self.absent is None or self.lends_the_bank() else self.reach(*self.absent)

    def reach(self, role: str, employee: int | None) -> set[int]:
        """The customers that a role opens to an employee."""
        at, team = self.employees[employee] if employee is not None else (None, "")
        level = self.units[at][1] if at is not None else None
        breadth: str = role if role in BREADTHS else ROLES[role].scope
        colleagues = {n for n, (unit, name) in enumerate(self.employees) if team and at is not None and (unit, name) == (at, team)}
        books = {"own": {employee}, "team": colleagues | {employee}}.get(breadth, set())
        units = {"outlet": {at}, "unit": self.below(at)}.get(breadth, set()) if at is not None and level else set()
        return {n for n, (unit, managers) in enumerate(self.parties) if breadth == "bank" or unit in units or managers & books}

    def lends_the_bank(self) -> bool:
        """Whether she would stand in for somebody who sees the whole bank: nobody lends that, nor anything beside it."""
        return self.absent is None or "bank" in (self.absent[0], ROLES[self.absent[0]].scope if self.absent[0] in ROLES else "")

    def served(self) -> set[int]:
        """The customers of the teams that she is in now, and of those of the one she stands in for."""
        hers = {"member"} if self.lends_the_bank() else {"member", "absent one"}
        return set().union(*(customers for customers, belongs in self.teams if belongs in hers))

    def seen(self) -> set[int]:
        """The customers that who asks sees: by her role, as a deputy, opened by name, in a team; without those that a list closes to her."""
        found = self.reach(self.role, self.employee) | self.opened | self.lent() | self.served()
        return {n for n in found if all(admits or ended for listed, admits, ended in self.lists if n in listed)}


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
    roles = st.sampled_from([*sorted(ROLES), *BREADTHS])
    few = st.frozensets(st.integers(0, len(parties) - 1), max_size=2)
    lists = draw(st.lists(st.tuples(few, st.booleans(), st.booleans()), max_size=3))
    absent = draw(st.none() | st.tuples(roles, st.none() | anyone))
    teams = draw(st.lists(st.tuples(few, st.sampled_from(("member", "absent one")) | st.sampled_from(BELONGS)), max_size=3))
    return Bankful(units, employees, parties, holders, draw(roles), draw(st.none() | anyone), absent, draw(few), draw(few), lists, teams)


EMPTY = ("parties_teamed", "access_teammember", "access_serviceteam", "access_listed", "access_admission", "access_barrier", "access_absence", "access_participation", "access_brokenglass", "access_person",
         "holdings_summary", "holdings_accountrole", "holdings_account", "parties_party", "access_employee", "access_unit")  # fmt: skip
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


def fill_people(job: psycopg.Connection, made: Bankful) -> None:
    """Who asks is person 1, the absent one 2; a breadth as a role stands for a composed one of that name."""
    for breadth in BREADTHS:
        job.execute(
            "insert into access_role (name, scope, permissions) values (%s, %s, '{customers.read}') on conflict do nothing", [breadth] * 2
        )
    for number, (role, employee) in enumerate([(made.role, made.employee), *([made.absent] if made.absent else [])], 1):
        job.execute(
            "insert into access_person (id, login, name, role, employee_id, password) overriding system value values (%s, %s, 'x', %s, %s, '')",
            [number, f"p{number}", role, None if employee is None else employee + 1],
        )
    given = "reason, given_at) values ({}, now() + %s, now() + %s, 'x', now())"
    if made.absent:
        job.execute("insert into access_absence (absent_id, deputy_id, from_at, until_at, " + given.format("2, 1"), ["-1 day", "1 day"])
    for table, parties, since, until in [
        ("participation", made.opened, "-1 day", "1 day"),
        ("brokenglass", made.opened, "-1 minute", "30 minutes"),
        ("participation", made.over, "-2 days", "-1 day"),
        ("brokenglass", made.over, "1 day", "2 days"),
    ]:
        for party in parties:
            columns = f"insert into access_{table} (party_id, person_id, from_at, until_at, "
            job.execute(columns + given.format(f"{party + 1}, 1"), [since, until])


def fill_teams(job: psycopg.Connection, made: Bankful) -> None:
    """The service teams; what is over, or yet to come, opens nothing."""
    for number, (customers, belongs) in enumerate(made.teams, 1):
        job.execute(
            "insert into access_serviceteam (id, name, pattern, made_at) overriding system value values (%s, %s, 'free', now())",
            [number, str(number)],
        )
        since, until = {"over": ("-2 days", "-1 day"), "to come": ("1 day", "2 days")}.get(belongs, ("-1 day", "1 day"))
        job.execute(
            "insert into access_teammember (team_id, person_id, post, from_at, until_at, reason, given_at, ended_at) select %s, p.id, 'service', now() + %s,"
            " now() + %s, '', now(), case when %s then now() end from access_person p where p.id = %s",
            [number, since, until, belongs == "left", 2 if belongs == "absent one" else 1],
        )
        for party in customers:
            job.execute(
                "insert into parties_teamed (team_id, party_id, from_at, given_at, ended_at) values (%s, %s, now() + %s, now(), case when %s then now() end)",
                [number, party + 1, "1 day" if belongs == "customer to come" else "-1 day", belongs == "customer taken"],
            )
        if belongs == "team over":
            job.execute("update access_serviceteam set ended_at = now() where id = %s", [number])


def fill_lists(job: psycopg.Connection, made: Bankful) -> None:
    """The special lists; one that ended did so after its customers had been put on it."""
    for number, (listed, admits, ended) in enumerate(made.lists, 1):
        job.execute(
            "insert into access_barrier (id, name, kind, made_at) overriding system value values (%s, %s, 'staff', now())",
            [number, str(number)],
        )
        for party in listed:
            job.execute("insert into access_listed (barrier_id, party_id, listed_at) values (%s, %s, now())", [number, party + 1])
        if admits:
            job.execute(
                "insert into access_admission (barrier_id, person_id, from_at, reason, given_at) values (%s, 1, now() - interval '1 day', 'x', now())",
                [number],
            )
        if ended:
            job.execute("update access_barrier set ended_at = now() where id = %s", [number])


def viewer_of() -> Viewer:
    """Who asks, as the application finds out from what is in the database."""
    return viewer_for(Person.objects.select_related("employee__unit").get(pk=1))


def sees_by_name(party: int) -> set[int]:
    """The people of whom the explanation says that they see a customer."""
    with connection.cursor() as cursor:
        cursor.execute("select person_id from access.who_sees(%s) where not is_closed", [party])
        return {row[0] for row in cursor.fetchall()}


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(made=bankfuls())
def test_rules_query_and_wall_agree(empty_bank: Bank, made: Bankful) -> None:
    with empty_bank.connected("job") as job, job.transaction():
        fill(job, made)
        fill_people(job, made)
        fill_teams(job, made)
        fill_lists(job, made)
    expected = {number + 1 for number in made.seen()}
    with entered(system_viewer("test")):
        viewer = viewer_of()
    with entered(viewer):
        assert set(Party.objects.seen_by(viewer).values_list("pk", flat=True)) == expected, "the query"
        for sort in SORTS:
            found = customer_list(viewer, ListAsked(Which(), sort=sort))
            assert sorted(row.party.id for row in found.rows) == sorted(found.page.keys) == sorted(expected), f"the list by {sort}"
    with empty_bank.connected("job") as job:
        condition, parameters = Party.objects.seen_by(viewer).values("pk").query.sql_with_params() if not viewer.sees_nobody else ("", ())
        without_wall = {row[0] for row in job.execute(condition, parameters).fetchall()} if condition else set()
        where = seen_where(viewer)
        written_out = {row[0] for row in job.execute(f"select p.id from parties_party p where {where.sql}", where.values).fetchall()}
    assert without_wall == written_out == expected, "the query's own condition"
    with empty_bank.connected("web") as web, web.transaction():
        web.execute("select set_config('zhike.viewer', %s, true)", [sign(viewer, expires=time.time() + 60)])
        assert {row[0] for row in web.execute("select id from parties_party").fetchall()} == expected, "the wall"
        accounts = {row[0] for row in web.execute("select id from holdings_account").fetchall()}
    with entered(Viewer(None, "explaining", "", "auditor", "bank")):
        told = {party for party in range(1, len(made.parties) + 1) if 1 in sees_by_name(party)}
    reads = made.role in BREADTHS or "customers.read" in ROLES[made.role].permissions
    assert told == (expected if reads else set()), "who can see her, asked for each customer"
    hold = [({main} | others, number) for number, (main, others, _former) in enumerate(made.holders, 1)]
    assert accounts == {number for holders, number in hold if any(holder + 1 in expected for holder in holders)}, "accounts"


def test_units_are_written_with_the_levels_there_are() -> None:
    assert set(LEVELS) == set(Unit.Level.values)
