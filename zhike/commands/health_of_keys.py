"""What `zhike doctor` says of keys that are still needed, and of how far the audit's chain has come."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta

import psycopg
from django.db import DatabaseError
from django.utils import timezone

from zhike.access import resealing
from zhike.access.sealing import keyring
from zhike.commands.finding import Finding
from zhike.core.connections import Installation

LATE = timedelta(minutes=10)  # the worker seals every minute


def sealed_values(_connection: psycopg.Connection, _installation: Installation) -> Iterator[Finding]:
    """Whether every sealed value has its key, and how much an older key than the newest still holds. Landed files are not read for it."""
    ring = keyring()
    try:
        used = resealing.used()
    except DatabaseError:
        return  # what lacks in the database is told elsewhere
    lost = _counted(used, lambda version: version not in ring.data)
    old = _counted(used, lambda version: version in ring.data and version != ring.version)
    if lost:
        yield Finding("sealed values", "wrong", f"their key is in keys.json no more: {lost}; restore keys.json from its copy")
    elif old:
        yield Finding(
            "sealed values",
            "warning",
            f"under an older key than version {ring.version}: {old}; the night takes them along, or zhike keys rotate --only-reseal",
        )
    else:
        yield Finding("sealed values", "ok", f"all under version {ring.version}; keys kept: {', '.join(map(str, sorted(ring.data)))}")


def _counted(used: dict[str, dict[int, int]], of: Callable[[int], bool]) -> str:
    found = ((name, version, count) for name, versions in used.items() for version, count in sorted(versions.items()) if of(version))
    return ", ".join(f"{name} version {version} ({count:,})" for name, version, count in found)


def sealing_of_the_audit(connection: psycopg.Connection, _installation: Installation) -> Iterator[Finding]:
    """How many entries wait to be linked, and since when: what is not sealed is held by its stamps alone."""
    there = connection.execute("select to_regclass('public.access_auditseal') is not null").fetchone()
    if not there or not there[0]:
        return
    row = connection.execute(_WAITING).fetchone()
    count, since = row or (0, None)
    if since is not None and timezone.now() - since > LATE:
        yield Finding(
            "audit",
            "warning",
            f"{count:,} entries wait to be sealed, the oldest since {timezone.localtime(since):%Y-%m-%d %H:%M}: is the worker running (zhike serve)?",
        )
    else:
        yield Finding("audit", "ok", f"sealed; {count:,} entries of the last minutes wait for the worker")


_WAITING = """
    select count(*), min(e.at) from access_auditentry e
    where e.id > coalesce((select s.low_id from access_auditseal s order by s.number desc limit 1), 0)
      and not exists (select from access_auditlink l where l.entry_id = e.id)
"""
