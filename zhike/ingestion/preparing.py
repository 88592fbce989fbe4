"""From a delivery to checked, sealed, landed feeds: the whole of steps 1 to 5 in docs/map.md, and again from what has landed.

In = good + rejected for every feed, always: a line that could not be read counts in every feed that its file fills.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path

import duckdb
import pyarrow as pa

from zhike.holdings.merging import REDUCED
from zhike.ingestion.checking import Checked, check_feed
from zhike.ingestion.deliveries import Delivery
from zhike.ingestion.feeds import FEEDS, Feed
from zhike.ingestion.figures import Check, column_checks, delivery_checks, layout_checks
from zhike.ingestion.forgotten import LEFT_OUT, Gone, hidden, is_hers
from zhike.ingestion.hands import Hands
from zhike.ingestion.keyed import allow_digests
from zhike.ingestion.landing import Sealer, land_feed, vault_select
from zhike.ingestion.layouts import FeedMap, Layout
from zhike.ingestion.lookups import keep_lookups
from zhike.ingestion.mapping import mapped_select, text
from zhike.ingestion.screening import REASON, holds_secret
from zhike.ingestion.sources import Sources, read_sources
from zhike.ingestion.texts import Text, if_little, texts_of, vault_texts
from zhike.insight.warehouse import quoted

Progress = Callable[[str, str], None]
REJECTS = "rejects"
REJECTS_FILE = "_rejects.parquet"
ROW_KIND = "row"
SMALL = 30_000  # rows of a feed that may turn out to be little text; of one that staging reduces, ten times as many
REJECT_COLUMNS = "feed varchar, file varchar, line bigint, field varchar, reason varchar, severity varchar, value_masked varchar, row_sealed blob, row_digest blob"


@dataclass(frozen=True)
class PreparedFeed:
    """One feed of a batch, ready to be staged.

    `landing`: immutable Parquet as delivered. `good`: a table of typed canonical columns (for a protected field f only `f_digest`,
    `f_last4`, `f_masked`), `_row` (unique), `_file`, `_line`. `count_left_out`: good lines of forgotten customers that are not
    staged. `vault`: a table of distinct `digest, kind, last4, masked, sealed`, or None. `texts` and
    `vault_texts`: both as COPY reads them, where that is little.
    """

    feed: Feed
    mode: str
    on_missing: str
    files: tuple[str, ...]
    landing: Path
    good: str
    vault: str | None
    count_in: int
    count_good: int
    count_rejected: int
    count_left_out: int = 0
    seconds: dict[str, float] = field(default_factory=dict)
    texts: list[Text] | None = None
    vault_texts: list[Text] | None = None


@dataclass(frozen=True)
class Prepared:
    """A prepared batch: its feeds in load order, the table of rejects and warnings, and the check figures."""

    batch_date: date
    source: str
    feeds: dict[str, PreparedFeed]
    rejects: str
    checks: list[Check]


def prepare(
    hands: Hands,
    layout: Layout,
    delivery: Delivery,
    keyring: Sealer,
    landing_root: Path,
    *,
    progress: Progress | None = None,
    gone: Gone | None = None,
) -> Prepared:
    """Read, map, seal, land and check a delivery. `landing_root` is the new folder of this attempt; `progress(feed, step)` is told of
    every step; `gone`: whom the files may not bring back. Raises FileExistsError when the attempt has landed before; nothing that a bank's file contains raises."""
    con = hands.engine
    work = _Preparation(con, layout, keyring, landing_root, delivery.batch_date, progress or _silent, gone or Gone())
    con.execute(f"create or replace table {REJECTS} ({REJECT_COLUMNS})")
    allow_digests(con, layout, keyring)
    work.progress("", "read")
    sources = read_sources(hands, layout, delivery)
    present = [(feed, there) for feed, entries in _in_order(layout) if (there := _with_rows(entries, sources))]
    largest_first = sorted(present, key=lambda one: -_size(one[1], sources))
    done = hands.each(lambda cursor, one: replace(work, con=cursor).feed(*one, sources), largest_first)
    by_name = {ready.feed.name: ready for ready in done}
    feeds = {feed.name: by_name[feed.name] for feed, _ in present}
    con.execute(f"copy {REJECTS} to {quoted(landing_root / REJECTS_FILE)} (format parquet, compression zstd)")
    checks = delivery_checks(con, layout, delivery, sources, {one: ready.good for one, ready in feeds.items()}) + column_checks(
        layout, sources
    )
    checks += layout_checks(con, layout, {one: ready.good for one, ready in feeds.items()})
    keep_lookups(con, layout, feeds, sources, landing_root, keyring)
    sources.drop(con)
    return Prepared(delivery.batch_date, layout.source, feeds, REJECTS, checks)


def _with_rows(entries: list[FeedMap], sources: Sources) -> list[FeedMap]:
    """The entries of a feed that this delivery gives something to read."""
    return [entry for entry in entries if entry.rows or entry.source in sources.tables]


def _size(entries: list[FeedMap], sources: Sources) -> int:
    """How many bytes of files fill a feed."""
    files = {entry.source for entry in entries if entry.source}
    return sum(sources.bytes[name] for file in files for name in sources.names[file])


def prepare_landed(
    con: duckdb.DuckDBPyConnection, layout: Layout, landing_root: Path, batch_date: date, keyring: Sealer, *, has_gone: bool = False
) -> Prepared:
    """The same from an earlier landing: no source files, no keys needed; the lines that could not be read then are rejects again.

    `has_gone`: customers of this source were forgotten, also in what has landed.
    """
    con.execute(f"create or replace table {REJECTS} ({REJECT_COLUMNS})")
    con.execute(f"create or replace temp table landed_rejects as select * from read_parquet({quoted(landing_root / REJECTS_FILE)})")
    feeds = {}
    for feed, entries in _in_order(layout):
        path = landing_root / f"{feed.name}.parquet"
        if not path.exists():
            continue
        started = time.perf_counter()
        checked = check_feed(con, feed, path, batch_date, layout.severities, feed.name, has_gone=has_gone)
        con.execute(
            f"insert into {REJECTS} select {text(feed.name)}, f._file, f._line, f.field, f.reason, f.severity, f.value_masked, r.row_sealed, r.row_digest from {checked.faults} f"
            f" left join (select distinct on (file, line) file, line, row_sealed, row_digest from landed_rejects where feed = {text(feed.name)}) r on r.file = f._file and r.line = f._line"
        )
        con.execute(f"insert into {REJECTS} select * from landed_rejects where feed = {text(feed.name)} and field = ''")
        files = tuple(row[0] for row in con.execute(f"select distinct _file from read_parquet({quoted(path)}) order by 1").fetchall())
        unread = _count(con, f"select count(*) from landed_rejects where feed = {text(feed.name)} and field = ''")
        left_out = _left_out(con, feed, checked) if has_gone else 0
        seconds = {"check": time.perf_counter() - started}
        feeds[feed.name] = _prepared_feed(con, feed, entries, files, path, checked, unread, seconds, left_out)
    checks = layout_checks(con, layout, {one: ready.good for one, ready in feeds.items()})
    return Prepared(batch_date, layout.source, feeds, REJECTS, checks)


def _silent(_feed: str, _step: str) -> None:
    """Nobody is watching."""


def _in_order(layout: Layout) -> list[tuple[Feed, list[FeedMap]]]:
    """The layout's entries by feed, in load order; several entries may fill one feed."""
    by_feed: dict[str, list[FeedMap]] = {}
    for entry in layout.feeds:
        by_feed.setdefault(entry.feed, []).append(entry)
    return [(feed, by_feed[feed.name]) for feed in FEEDS.values() if feed.name in by_feed]


@dataclass(frozen=True)
class _Preparation:
    """What stays the same through one preparation."""

    con: duckdb.DuckDBPyConnection
    layout: Layout
    sealer: Sealer
    landing_root: Path
    batch_date: date
    progress: Progress
    gone: Gone

    def feed(self, feed: Feed, entries: list[FeedMap], sources: Sources) -> PreparedFeed:
        """Map, land and check one feed from all its entries."""
        seconds: dict[str, float] = {}
        started = time.perf_counter()
        self.progress(feed.name, "land")
        path = self.landing_root / f"{feed.name}.parquet"
        select = "\nunion all by name\n".join(mapped_select(self.layout, entry, sources.tables) for entry in entries)
        land_feed(self.con, feed, hidden(self.con, feed, select, self.gone), path, self.sealer)
        seconds["land"] = time.perf_counter() - started
        self.progress(feed.name, "check")
        has_gone = bool(self.gone.stones)
        checked = check_feed(self.con, feed, path, self.batch_date, self.layout.severities, feed.name, has_gone=has_gone)
        files = sorted({entry.source for entry in entries if entry.source})
        unread = self.reject_unread(feed, files, sources)
        self.reject_faulty(feed, files, checked, sources)
        seconds["check"] = time.perf_counter() - started - seconds["land"]
        names = tuple(one for source in files for one in sources.names[source])
        left_out = _left_out(self.con, feed, checked) if has_gone else 0
        return _prepared_feed(self.con, feed, entries, names, path, checked, unread, seconds, left_out)

    def reject_unread(self, feed: Feed, files: list[str], sources: Sources) -> int:
        """The lines of the feed's files that became no row, by name."""
        total = 0
        for source in files:
            for place in range(0, len(sources.unread[source]), 50_000):
                batch = sources.unread[source][place : place + 50_000]
                rows = pa.table({
                    "feed": [feed.name] * len(batch), "file": [one.file for one in batch], "line": [one.line for one in batch], "field": [""] * len(batch),
                    "reason": [one.reason for one in batch], "severity": ["reject"] * len(batch), "value_masked": pa.array([one.shown for one in batch], pa.string()),
                    **self.sealed_rows(pa.array([_kept_line(one.raw) for one in batch], pa.string())),
                })  # fmt: skip
                self.add_rejects(rows)
                total += len(batch)
        return total

    def reject_faulty(self, feed: Feed, files: list[str], checked: Checked, sources: Sources) -> None:
        """The rows that the check refused or doubted, with their whole source line sealed."""
        count = _count(self.con, f"select count(*) from {checked.faults}")
        if not count:
            return
        lines = (
            " union all ".join(sources.line_select(source, self.layout) for source in files)
            or "select null::varchar as file, null::bigint as line, null::varchar as whole limit 0"
        )
        # the line of a row with C3 is not kept, not even sealed (R30)
        wanted = f"select _file as file, _line as line from {checked.faults} group by all having not bool_or(reason = {text(REASON)})"
        found = self.con.sql(f"select file, line, whole from ({lines}) semi join ({wanted}) using (file, line)").to_arrow_table()
        sealed = pa.table({"file": found["file"], "line": found["line"], **self.sealed_rows(found["whole"])})
        self.con.register("sealed_lines", sealed)
        self.con.execute(
            f"insert into {REJECTS} select {text(feed.name)}, f._file, f._line, f.field, f.reason, f.severity, f.value_masked, s.row_sealed, s.row_digest"
            f" from {checked.faults} f left join sealed_lines s on s.file = f._file and s.line = f._line"
        )
        self.con.unregister("sealed_lines")

    def sealed_rows(self, whole: pa.Array | pa.ChunkedArray) -> dict[str, pa.ChunkedArray]:
        """Whole lines as ciphertext and digest."""
        sealed = self.sealer.seal_values(ROW_KIND, whole)
        return {"row_sealed": sealed["sealed"], "row_digest": sealed["digest"]}

    def add_rejects(self, rows: pa.Table) -> None:
        self.con.register("new_rejects", rows)
        self.con.execute(f"insert into {REJECTS} by name select * from new_rejects")
        self.con.unregister("new_rejects")


def _kept_line(raw: bytes) -> str | None:
    """A line that could not be read, as it may be kept: not where it holds C3."""
    line = raw.decode("utf-8", errors="backslashreplace")
    return None if holds_secret(line) else line


def _prepared_feed(
    con: duckdb.DuckDBPyConnection,
    feed: Feed,
    entries: list[FeedMap],
    files: tuple[str, ...],
    path: Path,
    checked: Checked,
    unread: int,
    seconds: dict[str, float],
    left_out: int,
) -> PreparedFeed:
    select, vault = vault_select(feed, path), None
    if select:
        vault = f"{feed.name}_vault"
        con.execute(f"create or replace table {vault} as {select}")
    count_in = checked.count_in + unread
    is_small = feed.merged and checked.count_good <= (SMALL * 10 if feed.name in REDUCED else SMALL)
    return PreparedFeed(
        feed=feed, mode=entries[0].mode, on_missing=entries[0].on_missing, files=files or ("layout",), landing=path, good=checked.good, vault=vault,
        count_in=count_in, count_good=checked.count_good, count_rejected=count_in - checked.count_good, count_left_out=left_out, seconds=seconds,
        texts=if_little(texts_of(con, feed, checked.good)) if is_small else None,
        vault_texts=if_little(vault_texts(con, vault)) if vault and is_small else None,
    )  # fmt: skip


def _left_out(con: duckdb.DuckDBPyConnection, feed: Feed, checked: Checked) -> int:
    """Take the lines that were about a forgotten customer alone out of the good ones: nobody stages them. How many."""
    if feed.name not in LEFT_OUT:
        return 0
    return _count(con, f"delete from {checked.good} where {is_hers(feed)}")


def _count(con: duckdb.DuckDBPyConnection, sql: str) -> int:
    return int(con.execute(sql).fetchall()[0][0])
