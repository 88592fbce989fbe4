"""Seals the audit: links what was written into the chain, in order, and signs how far it reaches.

Nothing is linked while an act is written: acts would wait for each other. The worker does it every minute; what is younger is the *tail*, small
and held by its stamps alone. A link's order is the order of sealing. Ids are no order: an entry of a long transaction turns up late under a
low id, and ids of acts that were taken back never turn up. So a seal says up to which id everything had turned up (`low_id`): every
transaction that could still write below it has ended. An entry that comes to stand below it was put there by hand.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from django.db import connection, transaction
from django.utils import timezone

from zhike.access import outside
from zhike.access.chain import BEGINNING, ENTRY, ChainKeys, Seal, sign
from zhike.access.sealing import keyring

AT_A_TIME = 20_000
# An id is given a moment before its transaction has a number; nobody needs this long for that.
SETTLES_IN = timedelta(minutes=10)
_LOCK = 0x7A68_6175  # "zhau": one sealer at a time


@dataclass(frozen=True)
class Horizon:
    """Below `low_id` nothing turns up any more; nor below `waiting_id`, once all transactions before `xid` of moment `since` have ended."""

    low_id: int
    waiting_id: int
    xid: int
    since: datetime


@dataclass(frozen=True)
class Reached:
    """How far the chain reaches: its last seal and the horizon kept with it."""

    number: int
    place: int
    mac: bytes
    unstamped_to: int
    horizon: Horizon


def seal(*, at: datetime) -> int:
    """Link and sign what has been written since the last time; how many entries. Housekeeping of the worker, nobody's act: no entry.

    Where another process is at it, nothing is done. What is kept outside follows after the commit, and makes up for what it missed.
    """
    count, after = 0, 0
    while True:
        with transaction.atomic():
            linked, after = _seal_some(at, after)
        count += linked
        if linked < AT_A_TIME:
            break
    outside.keep(signed_seals)
    return count


def signed_seals(after: int = 0) -> Iterator[tuple[Seal, bytes]]:
    """Seals with their signatures, from the one after this number on."""
    with connection.cursor() as cursor:
        cursor.execute(f"select {_SEAL} from access_auditseal s where s.number > %s order by s.number", [after])
        for row in cursor.fetchall():
            yield _as_seal(row[:-1]), bytes(row[-1])


def rows_of(statement: str, values: Sequence[Any] = ()) -> Iterator[bytes]:
    """The rows of a query as COPY writes them, without the line's end; one after the other, never all in memory."""
    with connection.cursor() as cursor, cursor.copy(f"copy ({statement}) to stdout", values) as copy:
        rest = b""
        for block in copy:
            *lines, rest = (rest + bytes(block)).split(b"\n")
            yield from lines


def _seal_some(at: datetime, after: int) -> tuple[int, int]:
    """Link at most `AT_A_TIME` entries with an id above `after`; how many, and the last id."""
    with connection.cursor() as cursor:
        cursor.execute("select pg_try_advisory_xact_lock(%s)", [_LOCK])
        if not cursor.fetchone()[0]:
            return 0, after
    reached = _reached(at)
    horizon = _next_horizon(reached.horizon, at)
    rows = list(rows_of(_UNSEALED, [max(reached.horizon.low_id, after), AT_A_TIME]))
    if not rows:
        return 0, after
    ids = [int(row[: row.index(b"\t")]) for row in rows]
    is_all = len(rows) < AT_A_TIME
    kept = horizon if is_all else Horizon(reached.horizon.low_id, horizon.waiting_id, horizon.xid, horizon.since)
    mac = _link(rows, ids, reached)
    _close(at, reached, kept, len(rows), mac, ids)
    return len(rows), ids[-1]


def _link(rows: Sequence[bytes], ids: Sequence[int], reached: Reached) -> bytes:
    """Write the links of these entries; the last one's hash."""
    keys, mac = ChainKeys.of(keyring()), reached.mac
    places, contents, macs = range(reached.place + 1, reached.place + 1 + len(rows)), [], []
    for place, entry_id, row in zip(places, ids, rows, strict=True):
        content = keys.content_of(row)
        mac = keys.link_of(mac, place, entry_id, content)
        contents.append(content)
        macs.append(mac)
    with connection.cursor() as cursor:
        cursor.execute(
            "insert into access_auditlink (place, entry_id, content, mac) select * from unnest(%s::bigint[], %s::bigint[], %s::bytea[], %s::bytea[])",
            [list(places), list(ids), contents, macs],
        )
    return mac


def _close(at: datetime, reached: Reached, horizon: Horizon, count: int, mac: bytes, ids: Sequence[int]) -> None:
    made = Seal(
        reached.number + 1, timezone.localdate(at).isoformat(), _instant(at), reached.place + 1, reached.place + count, mac.hex(), horizon.low_id,
        reached.unstamped_to if reached.number else _last_unstamped(),
    )  # fmt: skip
    with connection.cursor() as cursor:
        cursor.execute(
            "insert into access_auditseal (number, day, sealed_at, first_place, last_place, mac, low_id, unstamped_to, signature, waiting_id,"
            " waiting_xid, waiting_since_at) values (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s)",
            [
                made.number, made.day, at, made.first_place, made.last_place, mac, made.low_id, made.unstamped_to, sign(keyring(), made),
                horizon.waiting_id, horizon.xid, horizon.since,
            ],
        )  # fmt: skip


def _last_unstamped() -> int:
    """The last entry that is older than stamps; asked once, when the first seal is made."""
    with connection.cursor() as cursor:
        cursor.execute("select coalesce(max(id), 0) from access_auditentry where stamp is null")
        return int(cursor.fetchone()[0])


def _reached(at: datetime) -> Reached:
    with connection.cursor() as cursor:
        cursor.execute(
            "select number, last_place, mac, unstamped_to, low_id, waiting_id, waiting_xid, waiting_since_at from access_auditseal"
            " order by number desc limit 1"
        )
        row = cursor.fetchone()
    if row is None:
        return Reached(0, 0, BEGINNING, 0, Horizon(0, 0, 0, at - SETTLES_IN))
    return Reached(row[0], row[1], bytes(row[2]), row[3], Horizon(*row[4:]))


def _next_horizon(before: Horizon, at: datetime) -> Horizon:
    """The horizon from now on. Read before the entries are: what had ended by now, they will see."""
    with connection.cursor() as cursor:
        cursor.execute(
            "select pg_snapshot_xmin(s)::text::bigint, pg_snapshot_xmax(s)::text::bigint, (select coalesce(max(id), 0) from access_auditentry)"
            " from pg_current_snapshot() s"
        )
        oldest, coming, last_id = cursor.fetchone()
    if coming < before.xid:  # another server counts its transactions anew: a restored copy
        return Horizon(before.low_id, last_id, coming, at)
    if oldest >= before.xid and at - before.since >= SETTLES_IN:
        return Horizon(max(before.low_id, before.waiting_id), last_id, coming, at)
    return before


def _as_seal(row: Sequence[Any]) -> Seal:
    number, day, sealed_at, first, last, mac, low, unstamped = row
    return Seal(number, day.isoformat(), _instant(sealed_at), first, last, bytes(mac).hex(), low, unstamped)


def _instant(at: datetime) -> str:
    return at.astimezone(UTC).isoformat(timespec="microseconds")


_SEAL = "s.number, s.day, s.sealed_at, s.first_place, s.last_place, s.mac, s.low_id, s.unstamped_to, s.signature"
_UNSEALED = f"""
select {ENTRY} from access_auditentry e
where e.id > %s and not exists (select from access_auditlink l where l.entry_id = e.id) order by e.id limit %s
"""
