"""Which key versions the landed Parquet still needs."""

from __future__ import annotations

from pathlib import Path

import pyarrow.parquet as pq

from zhike.insight.warehouse import connect, quoted


def versions_in(folder: Path) -> dict[int, int]:
    """How many Parquet files below `folder` hold a ciphertext of each key version. Reads the first byte of every one."""
    counted: dict[int, int] = {}
    engine = connect(threads=1)
    for path in sorted(folder.rglob("*.parquet")):
        columns = [column for column in pq.read_schema(path).names if column == "sealed" or column.endswith("_sealed")]
        if not columns:
            continue
        heads = " union ".join(f'select left(hex("{column}"), 2) as head from read_parquet({quoted(path)})' for column in columns)
        for (head,) in engine.execute(f"select distinct head from ({heads}) where head is not null and head <> ''").fetchall():
            counted[int(head, 16)] = counted.get(int(head, 16), 0) + 1
    engine.close()
    return counted
