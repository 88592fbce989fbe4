"""What counting an audience of ten conditions costs, against one query written by hand for DuckDB over the same profile (`insight_bench`)."""

from __future__ import annotations

import json
import statistics
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import click
import ibis
from django.conf import settings
from django.utils import timezone

from zhike.access.scope import Viewer, entered, system_viewer
from zhike.core.conditions.expressions import Frame, expression
from zhike.core.conditions.trees import Node
from zhike.insight import snapshots
from zhike.insight.assembling import everything
from zhike.insight.engines import DuckEngine
from zhike.insight.warehouse import quoted
from zhike.parties.queries import Which
from zhike.testing.measured import Measured
from zhike.workspace.conditions import count, read_for
from zhike.workspace.customer_fields import catalogue

COUNT_LIMIT = 3.0
ROUNDS = 9
RIGHTS = frozenset(
    {"customers.read", "accounts.read", "transactions.read", "insight.read"}
)  # of whoever sees the whole bank and what it earns
# Ten conditions, and the same by hand.
CONDITIONS = (
    ("aum_month_average", "at_least", "50000"), ("aum_12m_average", "at_least", "20000"), ("aum_change_month", "more_than", "-500000"),
    ("term_deposits", "less_than", "3000000"), ("inflow_12m", "at_least", "1000"), ("initiated_12m", "at_least", "3"), ("logins_12m", "at_least", "1"),
    ("value_percentile", "at_least", "20"), ("lum_month_average", "less_than", "9000000"), ("contribution_12m", "more_than", "-10000"),
)  # fmt: skip
BY_HAND = """select count(*) from read_parquet({path}) where aum_month_average >= 50000 and aum_12m_average >= 20000 and aum_change_month > -500000
    and term_deposits < 3000000 and inflow_12m >= 1000 and initiated_12m >= 3 and logins_12m >= 1 and value_percentile >= 20
    and lum_month_average < 9000000 and contribution_12m > -10000"""


def counts(viewer: Viewer) -> Iterator[Measured]:
    """Ten conditions counted by the warehouse's engine and by PostgreSQL behind the wall, each against the query written by hand."""
    snapshot = snapshots.latest(settings.HOME)
    if snapshot is None:
        return
    path = snapshots.root(settings.HOME) / snapshot.pieces["profile"][0].path
    plain = [{"field": f"profile_{name}", "op": op, "value": value} for name, op, value in CONDITIONS]
    tree = read_for(viewer, {"version": 1, "where": {"all": plain}})
    engine = DuckEngine()
    by_hand = BY_HAND.format(path=quoted(path))
    ways: dict[str, Callable[[], Any]] = {
        "by hand": lambda: engine.connection.execute(by_hand).fetchall()[0][0],
        "in the warehouse": lambda: engine.ask(_in_the_warehouse(engine, viewer, tree, path))[0][0],
        "on a page": lambda: count(viewer, Which(), tree, exact=True).total,
    }
    taken: dict[str, list[float]] = {way: [] for way in ways}
    for _round in range(ROUNDS):
        for way, ask in ways.items():
            began = time.perf_counter()
            ask()
            taken[way].append(time.perf_counter() - began)
    customers = engine.connection.execute(f"select count(*) from read_parquet({quoted(path)})").fetchall()[0][0]
    found = {way: ask() for way, ask in ways.items()}
    engine.close()
    for way in ("in the warehouse", "on a page"):
        told = f"{found[way]:,} customers, by hand {found['by hand']:,}" if found[way] is not None else "took too long"
        yield Measured(f"audience {way}", customers, statistics.median(taken[way]), statistics.median(taken["by hand"]), COUNT_LIMIT, told)


def _in_the_warehouse(engine: DuckEngine, viewer: Viewer, tree: Node, path: Path) -> ibis.Table:
    declared = everything()["profile"].schema()
    schema = ibis.schema({name: declared[name] for name in ("party_id", *(field for field, _op, _value in CONDITIONS))})
    engine.read_marts("profile", schema, [(path, "true")])
    table = ibis.table(schema, name="profile")
    frame = Frame(table, "party_id")
    fits = expression(tree, catalogue(viewer), frame, today=timezone.localdate(), zone=timezone.get_current_timezone())
    return table.filter(fits).agg(count=lambda t: t.count())


@click.command()
@click.option("--json", "as_json", is_flag=True, help="A line of JSON for each ratio.")
def main(as_json: bool) -> None:
    """Count an audience on the bank of ZHIKE_HOME, whose server runs meanwhile."""
    with ExitStack() as stack:
        if settings.INSTALLATION.is_embedded:
            stack.enter_context(settings.INSTALLATION.server.running())
        viewer = replace(system_viewer("bench"), permissions=RIGHTS)
        stack.enter_context(entered(viewer))
        for one in counts(viewer):
            click.echo(
                json.dumps(asdict(one))
                if as_json
                else f"{one.what}: {one.seconds:.4f} s, {one.ratio:.2f} × {one.yardstick:.4f} s, {one.note}"
            )
