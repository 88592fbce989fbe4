"""Ten questions of bankers find the same customers in PostgreSQL, in Python and in the warehouse's engine, on the sample bank."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Any

import ibis
import pyarrow as pa
import pytest
from django.db import connection
from django.utils import timezone

from zhike.access.models import Person
from zhike.access.scope import Viewer, entered, viewer_for
from zhike.audiences.tests.questions import QUESTIONS
from zhike.core.conditions.expressions import Frame, Related, expression
from zhike.core.conditions.fields import Catalogue
from zhike.core.conditions.predicate import predicate
from zhike.core.conditions.reading import names_of
from zhike.core.conditions.sql import compiled
from zhike.insight.fields import beside
from zhike.insight.profile_fields import BY_KEY
from zhike.testing.databases import Bank
from zhike.testing.people import add_to, cast_of
from zhike.workspace.conditions import read_for
from zhike.workspace.customer_fields import catalogue, row_of

TODAY = date(2026, 11, 22)
AT_LEAST_FOUND = 8  # of ten questions, somebody in the sample bank fits; the others must agree on nobody

# What a build would say of each customer, near enough to tell them apart: from what she holds today, the rest from her number.
PROFILES = """
insert into insight_profile (id, aum_month_average, holds_mortgage, is_below_cost, aum_change_12m, initiated_3m, salary_12m, holds_wealth, value_percentile,
                             last_login_date, term_share, wallet_band, risk_valid_to, risk_level, rfm_m)
select p.id, s.aum, exists (select 1 from holdings_loan l where l.party_id = p.id and l.valid_to is null), p.id % 3 = 0, (p.id % 100 - 60) * 1000, p.id % 9, (p.id % 4) * 10000,
    coalesce(s.wealth, 0) > 0, p.id % 100 + 1, case when p.id % 2 = 0 then date '2026-11-01' end, (p.id % 11) / 10.0, (array['small', 'half', 'main', null])[p.id % 4 + 1],
    date '2026-06-01' + (p.id % 365)::int, (array['C1', 'C3', null])[p.id % 3 + 1], p.id % 5 + 1
from parties_party p left join holdings_summary s on s.party_id = p.id and s.place is not null where p.id % 10 > 0
"""


@pytest.fixture
def viewer(fresh_bank: Bank) -> Viewer:
    """苏岩, who sees the whole bank but no documents."""
    add_to(fresh_bank, cast_of(fresh_bank)["su"])
    with fresh_bank.connected("job") as job:
        job.execute(PROFILES)
    with fresh_bank.acting_as("job"):
        return viewer_for(Person.objects.select_related("employee__unit").get(login="su"))


def test_ten_questions_find_the_same_customers_in_all_three(fresh_bank: Bank, viewer: Viewer) -> None:
    with entered(viewer):
        engine, zone = ibis.duckdb.connect(), timezone.get_current_timezone()
        known = catalogue(viewer)
        of = _Warehouse(engine, known, {name for tree in QUESTIONS.values() for name in names_of(tree)}).frame()
        found = {}
        for question, plain in QUESTIONS.items():
            tree = read_for(viewer, {"version": 1, "where": plain})
            where = compiled(tree, known, today=TODAY, zone=zone)
            by_postgresql = {row[0] for row in _rows(f"select p.id from parties_party p where {where.sql}", where.values)}
            by_engine = engine.to_pyarrow(of.table.filter(expression(tree, known, of, today=TODAY, zone=zone)).id).to_pylist()
            assert set(by_engine) == by_postgresql, question
            joined, asked = beside(f"where {where.sql}")
            assert _rows(f"select count(*) from parties_party p {joined} {asked}", where.values) == [(len(by_postgresql),)], question
            holds = predicate(tree, known, today=TODAY, zone=zone)
            looked = [*sorted(by_postgresql)[:6], *_others(by_postgresql)]
            assert {key for key in looked if holds(row_of(viewer, key))} == by_postgresql & set(looked), question
            found[question] = len(by_postgresql)
    assert sum(count > 0 for count in found.values()) >= AT_LEAST_FOUND, found


def _others(found: set[int]) -> list[int]:
    """A few customers who are not among those found."""
    return [
        row[0]
        for row in _rows(
            "select id from parties_party where not id = any(%(found)s) order by hashint8(id) limit 10", {"found": list(found)}
        )
    ]


def _rows(sql: str, values: dict[str, Any] | Any = None) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
        return list(cursor.fetchall())


class _Warehouse:
    """The customers of the bank with what the questions ask of them, and those who hang on them, as tables of the engine."""

    def __init__(self, engine: Any, known: Catalogue, names: Iterable[str]) -> None:
        self.engine, self.known, self.names = engine, known, sorted(names)

    def frame(self) -> Frame:
        """Everybody, with relations that lead back to everybody."""
        fields = [self.known.fields[name] for name in self.names if name in self.known.fields]
        plain = [one for one in fields if not one.column]
        columns = [f"({one.sql.replace('{row}', 'p')}) as {one.name}" for one in plain]
        profile = [one.name.removeprefix("profile_") for one in fields if one.column]
        everybody = f"select p.id, {', '.join(columns + [f'q.{key}' for key in profile])} from parties_party p left join insight_profile q on q.id = p.id"
        table = self._table("everybody", everybody, {"today": TODAY})
        related = {name: self._related(name, table) for name in self.names if name in self.known.relations}
        frame = Frame(table, "id", related)
        self.whole = frame
        return frame

    def _related(self, name: str, everybody: Any) -> Related:
        """Rows that hang on customers: of other customers everything, of things of theirs that they are there."""
        relation = self.known.relations[name]
        source = relation.sql.replace("{row}", "p").replace("{new}", "n")
        links = self._table(f"links_{name}", f"select p.id as of_party, n.id as id from parties_party p, {source}", self.known.values)
        if name != "household_member":
            return Related(lambda: Frame(links, "id"), "of_party")
        others = links.join(everybody, links.id == everybody.id).select(links.of_party, everybody)
        return Related(lambda: Frame(others, "id", self.whole.related), "of_party")

    def _table(self, name: str, sql: str, values: Any) -> Any:
        with connection.cursor() as cursor:
            cursor.execute(sql, values)
            heads = [column.name for column in cursor.description or ()]
            rows = cursor.fetchall()
        types = {known.key: _TYPES[known.type] for known in BY_KEY.values()}
        columns = {head: pa.array([row[at] for row in rows], types.get(head)) for at, head in enumerate(heads)}
        self.engine.con.register(name, pa.table(columns))
        return self.engine.table(name)


_TYPES = {
    "money": pa.decimal128(20, 2),
    "rate": pa.decimal128(14, 6),
    "number": pa.int32(),
    "date": pa.date32(),
    "flag": pa.bool_(),
    "text": pa.string(),
    "choice": pa.string(),
}
