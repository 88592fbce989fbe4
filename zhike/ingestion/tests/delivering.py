"""What the tests of ingestion share: a delivery written into a folder, prepared, and asked questions."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa

from zhike.ingestion.deliveries import Delivery, find_deliveries
from zhike.ingestion.hands import Hands
from zhike.ingestion.layout_reading import parse_layout
from zhike.ingestion.layouts import Layout
from zhike.ingestion.preparing import Prepared, prepare
from zhike.insight import warehouse
from zhike.testing.left_out import leave_out, real_data_folder


class StandInSealer:
    """Seals with a plain hash, so that these tests say nothing about keys."""

    def seal_values(self, kind: str, values: pa.Array) -> pa.Table:
        texts = values.to_pylist()
        digests = [None if text is None else hashlib.sha256(f"{kind}:{text}".encode()).digest()[:16] for text in texts]
        return pa.table({
            "digest": pa.array(digests, pa.binary()), "last4": pa.array([None if one is None else one[:8] for one in digests], pa.binary()),
            "masked": pa.array([None if text is None else "••" + text[-2:] for text in texts], pa.string()),
            "sealed": pa.array([None if text is None else bytes(byte ^ 90 for byte in text.encode()) for text in texts], pa.binary()),
        })  # fmt: skip


def opened(sealed: bytes) -> str:
    """What StandInSealer sealed."""
    return bytes(byte ^ 90 for byte in sealed).decode()


@dataclass
class Asked:
    """A prepared delivery and the engine that holds it."""

    con: duckdb.DuckDBPyConnection
    layout: Layout
    delivery: Delivery
    prepared: Prepared
    landing: Path

    def rows(self, sql: str) -> list[tuple[Any, ...]]:
        return self.con.execute(sql).fetchall()

    def one(self, sql: str) -> Any:
        return self.rows(sql)[0][0]

    def reasons(self) -> dict[str, int]:
        return dict(self.rows("select reason, count(*) from rejects group by 1"))

    def failed(self) -> dict[str, tuple[str, str]]:
        return {check.name: (check.expected, check.actual) for check in self.prepared.checks if not check.ok}


def prepared_from(folder: Path, layout: Layout | str, landing: Path, day: date = date(2026, 1, 31)) -> Asked:
    """Prepare the only delivery under a folder."""
    ready = parse_layout(layout) if isinstance(layout, str) else layout
    [delivery] = find_deliveries(folder, ready, batch_date=day)
    con = warehouse.connect(threads=2, temp=landing.parent / "spill")
    return Asked(con, ready, delivery, prepare(Hands(con), ready, delivery, StandInSealer(), landing), landing)


def prepared_files(tmp_path: Path, layout: Layout | str, files: dict[str, bytes], day: date = date(2026, 1, 31)) -> Asked:
    """Write files, then prepare them."""
    folder = tmp_path / "delivery"
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    return prepared_from(folder, layout, tmp_path / "landing", day)


def real_data(name: str) -> Path:
    """A folder of the real data, or a skipped test that says why."""
    path = real_data_folder() / name
    if not path.exists():
        leave_out(f"the real data {name} (name their folder by ZHIKE_DATA)")
    return path
