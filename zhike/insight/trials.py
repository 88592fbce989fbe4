"""Who would move under a scheme that was run in the shadow: kept beside the marts until the next run, read over the viewer's customers alone."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

from django.conf import settings

from zhike.access.scope import Viewer, require
from zhike.insight import snapshots, warehouse
from zhike.insight.standings import narrowed
from zhike.insight.warehouse import quoted

READ = "accounts.read"
FOLDER = "trials"
MOST_ROWS = 200


@dataclass(frozen=True)
class Mover:
    """A customer who would be in another tier, and the average of her AUM in the last month of the run."""

    party_id: int
    aum: Decimal


def path_of(home: Path, scheme_id: int) -> Path:
    """Where the last run of a version keeps who would move: party_id, was, became, aum."""
    return snapshots.root(home) / FOLDER / f"{scheme_id}.parquet"


def movers(viewer: Viewer, scheme_id: int, was: str, became: str) -> list[Mover]:
    """Those of the viewer's customers who would move so, those with most first; none where nothing is kept. Needs accounts.read."""
    require(viewer, READ)
    path = path_of(settings.HOME, scheme_id)
    if not path.exists():
        return []
    with warehouse.connect(threads=1) as engine:
        hers = narrowed(engine, viewer)
        rows = engine.execute(
            f"select party_id, aum from read_parquet({quoted(path)}){hers} where was = ? and became = ? order by aum desc, party_id limit {MOST_ROWS}",
            [was, became],
        )
        return [Mover(*row) for row in rows.fetchall()]
