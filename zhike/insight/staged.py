"""Rows of large feeds: those of new files are typed and kept, those of known files taken as they are."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, timedelta
from functools import reduce
from operator import or_
from typing import TYPE_CHECKING

import ibis
from ibis.expr.types import BooleanValue

from zhike.insight import snapshots, sources
from zhike.insight.assembling import STAGED, Room, made
from zhike.insight.engines import Part
from zhike.insight.snapshots import Piece

if TYPE_CHECKING:
    from zhike.insight.build import Build


def stage(build: Build) -> None:
    """Every staged table of a build, from the files that count."""
    root = snapshots.root(build.inputs.home)
    for name, one in STAGED.items():
        feed = one.inputs[0].removeprefix("raw_")
        asked = [part for kind, part in build.inputs.files if kind == feed and _is_asked(build, name, part)]
        files = {str(part.path.relative_to(root)): part for part in asked}
        kept = [piece for piece in build.pieces_before(name) if set(piece.covers) <= files.keys() and (root / piece.path).exists()]
        covered = {path for piece in kept for path in piece.covers}
        new = {path: part for path, part in files.items() if path not in covered}
        schema = made(one, {one.inputs[0]: sources.raw(feed)}).schema()
        fresh = list(_written(build, one, feed, new, list(files.values())))
        build.engine.read_marts(f"{name}_new", schema, [(root / piece.path, "true") for piece in fresh])
        build.new[name] = bool(fresh)
        build.pieces[name] = (*kept, *fresh)
        build.engine.read_marts(name, schema, [(root / piece.path, "true") for piece in build.pieces[name]])
        build.known[name] = ibis.table(schema, name=name)


def _written(build: Build, one: Room, feed: str, new: Mapping[str, Part], every: Sequence[Part]) -> Iterator[Piece]:
    """What comes of new files, those of a month at once: so a posting's sort is added up whole, and nothing need be spilled."""
    if not new:
        return
    root, is_late = snapshots.root(build.inputs.home), _has_late(build, feed, list(new.values()), every)
    groups = _by_month(new)
    for number, some in enumerate(groups):
        rows = build.raw(feed, [new[path] for path in some], f"new_{feed}")
        if is_late:
            rows = _without_known(build, feed, rows, [new[path] for path in some], every)
        path = build.path_of("staged", one.name)
        if len(groups) > 1:
            path = path.with_name(f"{path.stem}-{number:03}.parquet")
        write = build.engine.write(f"{one.name}_new", made(one, {one.inputs[0]: rows}), path, by_month=build.is_by_month(one.name))
        build.counted.append((one.name, write))
        yield Piece(str(path.relative_to(root)), tuple(some))


def _by_month(new: Mapping[str, Part]) -> list[list[str]]:
    """Files of each month together, in their order."""
    found: dict[str, list[str]] = {}
    for path, part in new.items():
        found.setdefault(part.batch_date[:7], []).append(path)
    return list(found.values())


def _is_asked(build: Build, name: str, part: Part) -> bool:
    """Whether a file says it: balances are taken from postings only where their source delivers none."""
    return name != "posted_balance" or part.source not in build.sources_of("balances")


def _late(feed: str, rows: ibis.Table, new: Sequence[Part], every: Sequence[Part]) -> BooleanValue | None:
    """Rows dated on or before the batch before: only they can have come already."""
    _key, column = sources.ONCE[feed]
    first = {
        one.order: max(
            (other.batch_date for other in every if other.source == one.source and other.batch_date < one.batch_date), default=""
        )
        for one in new
    }
    # days and instants are landed as ISO says, so that text tells which came first and a file's own statistics answer
    conditions = [(rows["_order"] == order) & (rows[column] < _day_after(day)) for order, day in first.items() if day]
    return reduce(or_, conditions) if conditions else None


def _has_late(build: Build, feed: str, new: Sequence[Part], every: Sequence[Part]) -> bool:
    """Whether a row of new files may have come before under its key (decision 8); mostly there is none, and nothing is compared."""
    if feed not in sources.ONCE:
        return False
    rows = build.raw(feed, new, f"new_{feed}")
    late = _late(feed, rows, new, every)
    return late is not None and bool(build.engine.ask(rows.filter(late).limit(1)))


def _without_known(build: Build, feed: str, rows: ibis.Table, new: Sequence[Part], every: Sequence[Part]) -> ibis.Table:
    """Rows of new files, those left out that came before under the same key."""
    late = _late(feed, rows, new, every)
    if late is None:
        return rows
    key, _column = sources.ONCE[feed]
    build.engine.read(f"all_{feed}", sources.schema_of(feed), every)
    whole = ibis.table(sources.schema_of(feed), name=f"all_{feed}")
    suspects = rows.filter(late)
    earlier = whole.join(suspects.select("_source", *key, own_order=suspects["_order"]), ["_source", *key]).filter(
        lambda t: t["_order"] < t["own_order"]
    )
    known = earlier.select("_source", *key, "own_order").distinct()
    return rows.anti_join(
        known, [rows["_source"] == known["_source"], *(rows[one] == known[one] for one in key), rows["_order"] == known["own_order"]]
    )


def _day_after(day: str) -> str:
    return (date.fromisoformat(day) + timedelta(days=1)).isoformat()
