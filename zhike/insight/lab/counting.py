"""How many a condition is about, while somebody still makes it: on the last month end, and of those to whom it happened on the last as-of day whose months are over."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
from ibis.expr.types import Table

from zhike.core.conditions.trees import EVERYBODY, Group, Node
from zhike.insight.lab.asking import Meant
from zhike.insight.predictors import outcomes
from zhike.insight.predictors.outcomes import Ends

_AMONG = "party_id in (select party_id from whom)"


def whom(meant: Meant, home: Path, mine: pa.Table | None) -> list[int]:
    """So many customers before, and after each line of the outermost `all`; empty where nothing is computed."""
    ends = outcomes.month_ends(home)
    if ends is None:
        return []
    with outcomes.opened(threads=1) as engine:
        day = ends.latest.business_date
        t = outcomes.now(engine, home, ends.latest, _among(engine, mine))
        return _counted(engine, t, [replace(meant, whom=tree).are_asked(t, day) for tree in steps(meant.whom)])


def happened(meant: Meant, home: Path, mine: pa.Table | None) -> list[int]:
    """Of those asked about: so many, and to how many it happened after each line; empty where no day's months are over."""
    ends = outcomes.month_ends(home)
    origins = ends.origins(meant.asked.months) if ends else []
    if ends is None or not origins:
        return []
    with outcomes.opened(threads=1) as engine:
        t, as_of, end = _last(engine, home, ends, origins[-1], meant, mine)
        rows = t.filter(t["later_status"].notnull() & meant.are_asked(t, as_of) & meant.is_open(t, as_of))
        there = rows["party_id"].notnull()  # everybody is a condition without a column
        return _counted(engine, rows, [there & replace(meant, happens=tree).happened(rows, end) for tree in steps(meant.happens)])


def _last(
    engine: duckdb.DuckDBPyConnection, home: Path, ends: Ends, day: Any, meant: Meant, mine: pa.Table | None
) -> tuple[Table, Any, Any]:
    snapshot, months = ends.by_month[day.replace(day=1)], meant.asked.months
    t = outcomes.now_and_later(engine, home, ends, snapshot, months, _among(engine, mine), meant.question.at_end)
    return t, day, (ends.after(day, months) or [snapshot])[-1].business_date


def _among(engine: duckdb.DuckDBPyConnection, mine: pa.Table | None) -> str:
    if mine is None:
        return "true"
    engine.register("whom", mine)
    return _AMONG


def steps(tree: Node) -> list[Node]:
    """Everybody, and the condition line by line."""
    if isinstance(tree, Group) and tree.joiner == "all":
        return [Group("all", tree.nodes[:number]) for number in range(len(tree.nodes) + 1)]
    return [EVERYBODY, tree]


def _counted(engine: duckdb.DuckDBPyConnection, t: Table, wanted: Sequence[Any]) -> list[int]:
    sums = {f"n{place}": one.cast("int64").sum().fill_null(0) for place, one in enumerate(wanted)}
    row = outcomes.ask(engine, t.aggregate(**sums)).to_pylist()[0]
    return [int(row[name]) for name in sums]
