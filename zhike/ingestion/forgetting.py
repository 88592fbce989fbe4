"""Takes a forgotten customer out of what had landed before she was: landed files, rejected lines, held rows, tables brought in the browser.

Landings are otherwise never changed; here a file is written anew beside itself and put in its place, with as many lines as it had. Lines and
tables that are sealed whole are opened and searched for what tells that they are hers (`core.forgetting.Gone.needles`).
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
from django.conf import settings
from django.db import connection

from zhike.access.sealing import open_sealed, seal_one
from zhike.core.forgetting import Gone, cleaned
from zhike.ingestion.feeds import FEEDS, Feed
from zhike.ingestion.forgotten import SOFT, account_fields, keep_gone, party_fields, replaced
from zhike.ingestion.mapping import name
from zhike.ingestion.preparing import REJECTS_FILE
from zhike.insight import warehouse
from zhike.insight.warehouse import quoted
from zhike.parties.forgotten import Tombstone

AT_A_TIME = 5_000
TABLE = "gone_now"


def pattern_of(needles: Sequence[str]) -> re.Pattern[str] | None:
    """What finds one of these as a word of its own; None where there is nothing to look for."""
    words = "|".join(re.escape(one) for one in sorted(set(needles), key=len, reverse=True) if one)
    return re.compile(rf"(?<![0-9A-Za-z])(?:{words})(?![0-9A-Za-z])") if words else None


@cleaned("ingestion.landings")
def clean_landings(gone: Gone) -> int:
    """Write the landed files anew that hold her; how many. A file that does not is only looked at, by its key columns."""
    found, pattern = 0, pattern_of(gone.needles)
    with closing(warehouse.connect(memory=settings.MEMORY, temp=settings.HOME / "spill")) as con:
        for source in sorted({key.source for key in gone.keys}):
            keep_gone(con, TABLE, source, _keys_of(gone, source))
            for path in sorted((settings.HOME / "warehouse" / "landing" / source).glob("*/*/*.parquet")):
                gone.step(f"{source} {path.parent.parent.name} {path.stem}")
                found += _is_changed(con, path, pattern, is_any_whole=bool(gone.whole))
    return found


def _keys_of(gone: Gone, source: str) -> list[tuple[str, str, Tombstone]]:
    people = [("party", key.external_key, Tombstone(key.party_id in gone.whole, gone.at)) for key in gone.keys if key.source == source]
    return people + [("account", key, Tombstone(True, gone.at)) for of, key in gone.accounts if of == source]


def _is_changed(con: duckdb.DuckDBPyConnection, path: Path, pattern: re.Pattern[str] | None, *, is_any_whole: bool) -> bool:
    if path.name == REJECTS_FILE:
        return pattern is not None and _clean_rejects_file(path, pattern)
    if path.name.startswith("_lookup_"):
        return pattern is not None and _clean_lookup(path, pattern)
    feed = FEEDS.get(path.stem)
    if feed is None or not (is_any_whole or feed.name in SOFT) or not _holds(con, feed, path):
        return False
    partial = path.with_name(f".{path.name}.partial")
    rows = replaced(feed, f"read_parquet({quoted(path)})", TABLE, landed=True)
    con.execute(f"copy ({rows}) to {quoted(partial)} (format parquet, compression zstd, compression_level 1)")
    partial.replace(path)
    return True


def _holds(con: duckdb.DuckDBPyConnection, feed: Feed, path: Path) -> bool:
    met = [
        f"{name(one.name)} in (select key from {TABLE} where what = '{what}')"
        for what, fields in (("party", party_fields(feed)), ("account", account_fields(feed))) for one in fields
    ]  # fmt: skip
    return bool(met) and bool(con.execute(f"select exists (from read_parquet({quoted(path)}) where {' or '.join(met)})").fetchall()[0][0])


def _clean_rejects_file(path: Path, pattern: re.Pattern[str]) -> bool:
    table = pq.read_table(path)
    hers = [_is_hers(sealed, pattern) or bool(shown and pattern.search(shown))
            for sealed, shown in zip(table["row_sealed"].to_pylist(), table["value_masked"].to_pylist(), strict=True)]  # fmt: skip
    if not any(hers):
        return False
    for column in ("value_masked", "row_sealed", "row_digest"):
        kept = [None if is_hers else value for is_hers, value in zip(hers, table[column].to_pylist(), strict=True)]
        table = table.set_column(
            table.schema.get_field_index(column), table.schema.field(column), pa.array(kept, table.schema.field(column).type)
        )
    _written(path, table)
    return True


def _clean_lookup(path: Path, pattern: re.Pattern[str]) -> bool:
    texts = [open_sealed(sealed) for sealed in pq.read_table(path)["sealed"].to_pylist()]
    if not any(pattern.search(text) for text in texts):
        return False
    kept = [seal_one("row", _without(text, pattern))["sealed"] for text in texts]
    _written(path, pa.table({"sealed": pa.array(kept, pa.binary())}))
    return True


def _without(text: str, pattern: re.Pattern[str]) -> str:
    """A CSV without its records that are hers."""
    into = io.StringIO()
    csv.writer(into).writerows(row for row in csv.reader(io.StringIO(text)) if not pattern.search("\x1f".join(row)))
    return into.getvalue()


def _written(path: Path, table: pa.Table) -> None:
    partial = path.with_name(f".{path.name}.partial")
    pq.write_table(table, partial, compression="zstd")
    partial.replace(path)


@cleaned("ingestion.tables")
def clean_tables(gone: Gone) -> int:
    """Empty rejected lines that are hers, drop rows of hers that wait for a parent, purge tables brought in the browser that hold her."""
    pattern, found = pattern_of(gone.needles), 0
    if pattern is None:
        return 0
    with connection.cursor() as cursor:
        for column in sorted({one.name for feed in FEEDS.values() for one in party_fields(feed)}):
            cursor.execute(
                """delete from ingestion_held h using going_key k join going g on g.party_id = k.party_id and g.is_whole
                   where h.source = k.source and h."row" ->> %s = k.external_key""",
                [column],
            )
            found += cursor.rowcount
        hers = [key for key, sealed, shown in _rejects(gone) if _is_hers(sealed, pattern) or bool(pattern.search(shown))]
        cursor.execute("update ingestion_reject set row_sealed = null, value_masked = '' where id = any(%s)", [hers])
        brought = [key for key, *sealed in _imports() if any(_is_hers(one, pattern) for one in sealed)]
        cursor.execute(
            """update ingestion_import set sealed = '', findings_sealed = null, rejects_sealed = null, answers = '{}', purged_at = %s where id = any(%s)""",
            [gone.at, brought],
        )
    return found + len(hers) + len(brought)


def _rejects(gone: Gone) -> Iterator[tuple[int, Any, str]]:
    """Every rejected line that is still kept, some thousands at a time."""
    last = 0
    with connection.cursor() as cursor:
        while True:
            gone.step("rejects")
            cursor.execute(
                """select id, row_sealed, value_masked from ingestion_reject where id > %s and (row_sealed is not null or value_masked <> '')
                   order by id limit %s""",
                [last, AT_A_TIME],
            )
            rows = cursor.fetchall()
            if not rows:
                return
            yield from rows
            last = rows[-1][0]


def _imports() -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute("select id, sealed, findings_sealed, rejects_sealed from ingestion_import where length(sealed) > 0")
        rows: list[tuple[Any, ...]] = cursor.fetchall()
    return rows


def _is_hers(sealed: Any, pattern: re.Pattern[str]) -> bool:
    return bool(sealed) and bool(pattern.search(open_sealed(bytes(sealed))))
