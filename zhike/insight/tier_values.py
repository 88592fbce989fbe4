"""The months that a shadow run of tier schemes reads: those of a snapshot, opened in an engine."""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Callable, Sequence
from datetime import date
from pathlib import Path

import ibis
from ibis.expr import types as ir

from zhike.insight import snapshots
from zhike.insight.assembling import everything
from zhike.insight.engines import Engine
from zhike.insight.snapshots import Snapshot
from zhike.insight.terms import month_after, months_between

NAME = "customer_month_of_snapshot"


def customer_months(engine: Engine, home: Path, snapshot: Snapshot) -> ir.Table:
    """The mart of customers' months as a snapshot has it, opened in the engine."""
    schema = everything()["customer_month"].schema()
    pieces = [
        (snapshots.root(home) / piece.path, f"month >= date '{piece.first}' and month <= date '{piece.last}'")
        for piece in snapshot.pieces["customer_month"]
    ]
    engine.read_marts(NAME, schema, pieces)
    return ibis.table(schema, name=NAME)


def full_months(snapshot: Snapshot, most: int) -> Sequence[date]:
    """The first days of the last `most` months that are over on the business date and known from their beginning."""
    day = snapshot.business_date
    is_over = day.day == monthrange(day.year, day.month)[1]
    last = day.replace(day=1) if is_over else month_after(day.replace(day=1), -1)
    return months_between(snapshot.first_month, last)[-most:] if last >= snapshot.first_month else []


def keeping(engine: Engine) -> Callable[[str, ir.Table], ir.Table]:
    """Puts rows into a table of the engine, for `shadowing.shadow`."""

    def keep(name: str, rows: ir.Table) -> ir.Table:
        engine.keep(name, rows)
        return ibis.table(rows.schema(), name=name)

    return keep
