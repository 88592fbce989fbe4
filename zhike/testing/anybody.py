"""Somebody made up: a composed role, an employee or none, whom she stands in for, what was opened and closed to her by name.

Whom she sees is worked out in plain Python from the bank's rows (`Bankful`), without a line of the code that answers her.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import psycopg
from hypothesis import strategies as st

from zhike.access.rules import known_permissions
from zhike.access.tests.test_scope_of_any_organisation import Bankful

LOGIN, ABSENT, COLLEAGUE = "any", "absent", "colleague"
_CLASSES = ("contacts.read", "accounts.read", "transactions.read", "interactions.read")


@dataclass(frozen=True)
class World:
    """The bank as the model reads it: ids in the order that the model numbers them, from 0."""

    unit_ids: Sequence[int]
    employee_ids: Sequence[int]
    party_ids: Sequence[int]
    units: Sequence[tuple[int | None, str]]
    employees: Sequence[tuple[int | None, str]]
    parties: Sequence[tuple[int | None, frozenset[int]]]
    worth_being: Sequence[int]  # one employee for each post in each unit, those of outlets first

    @classmethod
    def read(cls, job: psycopg.Connection) -> World:
        """From the rows of a bank, as the job role."""
        units = job.execute(
            """with recursive tree(id, parent_id, level, deep) as (select id, parent_id, level, 0 from access_unit where parent_id is null
               union all select u.id, u.parent_id, u.level, deep + 1 from access_unit u join tree t on u.parent_id = t.id)
               select id, parent_id, level from tree order by deep, id"""
        ).fetchall()
        employees = job.execute("select id, unit_id, team, post from access_employee order by id").fetchall()
        parties = job.execute("select id, unit_id, rm_ids from parties_party order by id").fetchall()
        unit, employee = ({key: number for number, (key, *_rest) in enumerate(rows)} for rows in (units, employees))
        level = {key: of_level for key, _parent, of_level in units}
        kinds: dict[tuple[str, int | None], int] = {}
        for key, of_unit, _team, post in employees:
            kinds.setdefault((post, of_unit), employee[key])
        return cls(
            [key for key, *_rest in units], [key for key, *_rest in employees], [key for key, *_rest in parties],
            [(unit.get(parent), level) for _key, parent, level in units],
            [(unit.get(of_unit), team) for _key, of_unit, team, _post in employees],
            [(unit.get(of_unit), frozenset(employee[one] for one in managers if one in employee)) for _key, of_unit, managers in parties],
            sorted(kinds.values(), key=lambda one: (level.get(employees[one][1]) != "outlet", one)),
        )  # fmt: skip


@dataclass(frozen=True)
class Anybody:
    """Who asks. Numbers count from 0, as in the model."""

    breadth: str
    permissions: frozenset[str]
    employee: int | None
    absent: tuple[str, int] | None
    opened: frozenset[int]
    over: frozenset[int]
    lists: Sequence[tuple[frozenset[int], bool, bool]]  # who stands on each, whether it admits her, whether it has ended

    def seen(self, world: World) -> set[int]:
        """The ids of the customers she sees: the oracle."""
        made = Bankful(
            world.units, world.employees, world.parties, (), self.breadth, self.employee, self.absent, self.opened, self.over, self.lists
        )
        return {world.party_ids[number] for number in made.seen()}

    def put(self, job: psycopg.Connection, world: World) -> None:
        """Write her into a bank that has the three people of this module and nothing of this kind yet."""
        job.execute(
            "insert into access_role (name, title, scope, permissions) values ('any', 'any', %s, %s), ('absent', 'absent', %s, '{customers.read}')",
            [self.breadth, sorted(self.permissions), self.absent[0] if self.absent else "own"],
        )
        self._person(job, world, LOGIN, self.employee)
        if self.absent:
            self._person(job, world, ABSENT, self.absent[1])
            job.execute(
                """insert into access_absence (absent_id, deputy_id, from_at, until_at, reason, given_at) select a.id, d.id, now() - interval '1 day',
                   now() + interval '1 day', 'x', now() from access_person a, access_person d where (a.login, d.login) = (%s, %s)""",
                [ABSENT, LOGIN],
            )
        for number, (table, since, until) in enumerate(
            [("participation", "-1 day", "1 day"), ("participation", "-2 days", "-1 day"), ("brokenglass", "1 day", "2 days")]
        ):
            for party in self.opened if number == 0 else self.over:
                job.execute(
                    f"""insert into access_{table} (party_id, person_id, from_at, until_at, reason, given_at)
                        select %s, id, now() + %s, now() + %s, 'x', now() from access_person where login = %s""",
                    [world.party_ids[party], since, until, LOGIN],
                )
        self._lists(job, world)

    def _person(self, job: psycopg.Connection, world: World, login: str, employee: int | None) -> None:
        job.execute(
            "update access_person set role = %s, employee_id = %s where login = %s",
            [login, None if employee is None else world.employee_ids[employee], login],
        )

    def _lists(self, job: psycopg.Connection, world: World) -> None:
        for number, (listed, admits, ended) in enumerate(self.lists, 900):
            job.execute(
                "insert into access_barrier (id, name, kind, made_at) overriding system value values (%s, %s, 'staff', now())",
                [number, f"list {number}"],
            )
            for party in listed:
                job.execute(
                    "insert into access_listed (barrier_id, party_id, listed_at) values (%s, %s, now())", [number, world.party_ids[party]]
                )
            if admits:
                job.execute(
                    """insert into access_admission (barrier_id, person_id, from_at, reason, given_at)
                       select %s, id, now() - interval '1 day', 'x', now() from access_person where login = %s""",
                    [number, LOGIN],
                )
            if ended:
                job.execute("update access_barrier set ended_at = now() where id = %s", [number])


@st.composite
def anybodies(draw: st.DrawFn, world: World) -> Anybody:
    """Any breadth, any set of permissions (classes of fields drawn one by one), any place in the organisation, a few things by name.

    What is drawn first is the simplest for hypothesis: a manager of a unit with every right, not somebody who may nothing.
    """
    lacking = st.frozensets(st.sampled_from(sorted(known_permissions() - {*_CLASSES, "customers.read"})))
    hidden = st.frozensets(st.sampled_from(_CLASSES))
    somebody = st.sampled_from(list(world.worth_being))
    breadths = st.sampled_from(("unit", "own", "team", "outlet", "bank", "participant"))
    few = st.frozensets(st.integers(0, len(world.parties) - 1), max_size=2)
    return Anybody(
        draw(breadths), known_permissions() - draw(lacking) - draw(hidden), draw(somebody | st.none()),
        draw(st.none() | st.tuples(breadths, somebody)), draw(few), draw(few), draw(st.lists(st.tuples(few, st.booleans(), st.booleans()), max_size=2)),
    )  # fmt: skip


def hardest(world: World) -> Anybody:
    """Somebody of whom everything is hidden that can be: a book, no class of fields, a deputy's outlet, a customer let in to, two special lists."""
    employee = next(one for one in world.worth_being if any(one in managers for _unit, managers in world.parties))
    hers = [number for number, (_unit, managers) in enumerate(world.parties) if employee in managers]
    others = [number for number in range(len(world.parties)) if number not in hers]
    lists = [(frozenset({hers[0], others[0]}), False, False), (frozenset({hers[-1]}), True, False)]
    absent = ("outlet", world.worth_being[-1])
    return Anybody("own", known_permissions() - {*_CLASSES}, employee, absent, frozenset(others[1:2]), frozenset(others[2:3]), lists)
