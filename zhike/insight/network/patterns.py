"""Shapes of payments that somebody should look at: money that comes back to where it began, and many who pay one within days.

Pure sets over one table of payments, whoever's it is: `payment(payer, payee, day)`, the day a whole number. Found are shapes, not guilt.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import duckdb

from zhike.insight.warehouse import quoted

WITHIN = 10  # days in which a circle closes, or in which payers of one are counted
LONGEST = 6  # payments of a circle
MANY = 20  # payers within these days

_CIRCLES = """
with recursive walk as (
    select payer as began_by, payee as at_, [payer, payee] as nodes, day as began, day as last from payment where payer <> payee
    union all
    select w.began_by, p.payee, case when p.payee = w.began_by then w.nodes else list_append(w.nodes, p.payee) end, w.began, p.day
    from walk w join payment p on p.payer = w.at_ and p.day > w.last and p.day <= w.began + {within}
    where w.at_ <> w.began_by and len(w.nodes) < {longest} and (p.payee = w.began_by or not list_contains(w.nodes, p.payee))
)
select distinct nodes, began, last from walk where at_ = began_by and len(nodes) >= 3 order by began, last, nodes
"""
_FANS = """
with ending as (select distinct payee, day from payment),
counted as (select e.payee, e.day, count(distinct p.payer) as payers from ending e
    join payment p on p.payee = e.payee and p.day > e.day - {within} and p.day <= e.day group by all)
select payee, max(payers) as payers, arg_max(day, payers) as day from counted group by payee having max(payers) >= {many} order by payers desc, payee
"""


@dataclass(frozen=True)
class Circle:
    """Money that went from one to the next, later each time, and back to the first: `nodes` in that order, from day `began` to day `closed`."""

    nodes: Sequence[str]
    began: int
    closed: int


@dataclass(frozen=True)
class Fan:
    """One whom `payers` different ones paid within the days up to `day`."""

    payee: str
    payers: int
    day: int


def read(engine: duckdb.DuckDBPyConnection, file: Path, payer: str, payee: str, day: str) -> None:
    """Make `payment` of a CSV or Parquet file; days may be numbers or dates. Raises duckdb.Error where a column is missing or no day."""
    source = f"read_parquet({quoted(file)})" if file.suffix == ".parquet" else f"read_csv({quoted(file)}, all_varchar = true)"
    names = {name: '"' + name.replace('"', '""') + '"' for name in (payer, payee, day)}
    said = f"coalesce(try_cast({names[day]} as bigint), date_diff('day', date '1970-01-01', try_cast({names[day]} as date)))"
    engine.execute(f"create or replace temp table payment as select {names[payer]}::varchar as payer, {names[payee]}::varchar as payee, {said} as day from {source}")  # fmt: skip


def circles(engine: duckdb.DuckDBPyConnection, *, within: int = WITHIN, longest: int = LONGEST) -> list[Circle]:
    """Circles of three to `longest` payments that close within so many days; each told once for every one it may have begun with."""
    rows = engine.execute(_CIRCLES.format(within=int(within), longest=int(longest) + 1)).fetchall()
    return [Circle(nodes, began, closed) for nodes, began, closed in rows]


def fans(engine: duckdb.DuckDBPyConnection, *, within: int = WITHIN, many: int = MANY) -> list[Fan]:
    """Who is paid by at least so many different ones within so many days, the most first."""
    return [Fan(*row) for row in engine.execute(_FANS.format(within=int(within), many=int(many))).fetchall()]
