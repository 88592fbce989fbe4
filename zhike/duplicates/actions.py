"""Finding pairs (a job), and what a person decides about them: one customer, its undo, never the same."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import duckdb
from django.conf import settings
from django.db import DatabaseError, connection, transaction
from django.utils import timezone
from psycopg import errors
from psycopg.types.json import Jsonb

from zhike.access.actions import record
from zhike.access.scope import Viewer, entered, require
from zhike.core.events import publish
from zhike.duplicates.events import MergeUndone, PartiesMerged
from zhike.duplicates.features import read_records
from zhike.duplicates.matching import RECORDS, likely_pairs
from zhike.duplicates.models import Merge, Pair
from zhike.duplicates.rules import CHOOSABLE, MODELS, THRESHOLD
from zhike.insight import warehouse
from zhike.parties.queries import PartyNotSeen, require_seen

Say = Callable[[str, int], None]


class NotMergeable(Exception):
    """These two cannot become one: a person and an organisation, or the same party twice."""


class NotUndoable(Exception):
    """Undone already, or what it made was merged further since: that comes first."""


@dataclass(frozen=True)
class Found:
    """What came of looking for duplicates: records compared, pairs kept, and how many of these nobody had seen."""

    records: int
    pairs: int
    new: int


def find(*, actor: Viewer, at: datetime, threshold: float = THRESHOLD, say: Say = lambda step, count: None) -> Found:
    """Compare all parties and keep the pairs from `threshold` on. What a person has decided stays; what is no longer likely goes.

    Memory is bounded by the engine's limit (`ZHIKE_MEMORY`); the tables are locked for the last statement only.
    """
    records = 0
    with warehouse.connect(memory=settings.MEMORY, temp=settings.HOME / "spill") as con:
        con.execute("create table found (left_id bigint, right_id bigint, probability double, features varchar)")
        for model in MODELS:
            with entered(actor):
                count = read_records(con, model.kinds, table=RECORDS)
            say(model.kinds[0], count)
            records += count
            if count > 1:
                con.execute(f"insert into found from {likely_pairs(con, model, records=count, threshold=threshold)}")
        with entered(actor):
            return _keep(con, actor, at, records)


def _keep(con: duckdb.DuckDBPyConnection, actor: Viewer, at: datetime, records: int) -> Found:
    found = con.execute("from found")
    with connection.cursor() as cursor:
        cursor.execute("create temp table found (left_id bigint, right_id bigint, probability float8, features jsonb) on commit drop")
        with cursor.copy("copy found from stdin") as copy:
            for row in iter(found.fetchone, None):
                copy.write_row(row)
        cursor.execute(
            """delete from duplicates_pair p where p.state = 'likely'
               and not exists (select from found f where f.left_id = p.left_id and f.right_id = p.right_id)"""
        )
        cursor.execute(
            """insert into duplicates_pair (left_id, right_id, probability, features, state, found_at, decided_by)
               select f.left_id, f.right_id, f.probability, f.features, 'likely', %s, '' from found f
               join parties_party l on l.id = f.left_id join parties_party r on r.id = f.right_id
               where not exists (select from duplicates_pair p where p.left_id = f.left_id and p.right_id = f.right_id)""",
            [at],
        )
        new = cursor.rowcount
        cursor.execute(
            """update duplicates_pair p set probability = f.probability, features = f.features from found f
               where p.left_id = f.left_id and p.right_id = f.right_id and p.state = 'likely'
                 and (p.probability, p.features) is distinct from (f.probability, f.features)"""
        )
        cursor.execute("select count(*) from duplicates_pair where state = 'likely'")
        pairs = int(cursor.fetchone()[0])
    record(actor, "duplicates.found", after={"records": records, "pairs": pairs, "new": new}, at=at)
    return Found(records, pairs, new)


@transaction.atomic
def decide(*, actor: Viewer, at: datetime, pair_id: int, never: bool) -> Pair:
    """Mark that these two are never one customer, or that one may look again. Raises Pair.DoesNotExist outside the scope."""
    pair = Pair.objects.seen_by(actor).get(pk=pair_id)
    require(actor, "duplicates.decide")
    if pair.state != Pair.State.MERGED:
        pair.state = Pair.State.NEVER if never else Pair.State.LIKELY
        pair.decided_at, pair.decided_by = (at, actor.login) if never else (None, "")
        pair.save(update_fields=["state", "decided_at", "decided_by"])
        record(
            actor, "duplicates.never" if never else "duplicates.reopened", subject=("pair", pair.pk), party_id=pair.left_id,
            after={"left": pair.left_id, "right": pair.right_id}, at=at,
        )  # fmt: skip
    return pair


@transaction.atomic
def merge(*, actor: Viewer, at: datetime, survivor_id: int, absorbed_id: int, chosen: Mapping[str, int] | None = None) -> int:
    """Make two parties one (decision 1): keys, facts and what people wrote move to the survivor, in one transaction. The merge's id.

    `chosen`: field → which of the two its value comes from; what is not chosen goes by the rank of the sources. Raises PartyNotSeen where
    one of them is outside the scope, PermissionDenied without customers.merge, NotMergeable.
    """
    for party_id in (survivor_id, absorbed_id):
        require_seen(actor, party_id)
    require(actor, "customers.merge")
    kept = {field: party for field, party in (chosen or {}).items() if field in CHOOSABLE and party in (survivor_id, absorbed_id)}
    merge_id = _asked_of_database(
        "select duplicates_merge_parties(%s, %s, %s, %s, %s)", [survivor_id, absorbed_id, Jsonb(kept), at, timezone.localdate(at)],
        {errors.CheckViolation: NotMergeable, errors.InsufficientPrivilege: PartyNotSeen, errors.NoDataFound: PartyNotSeen},
    )  # fmt: skip
    record(
        actor, "duplicates.merged", subject=("merge", merge_id), party_id=survivor_id, at=at, before={"absorbed": absorbed_id}, after={"chosen": kept}
    )  # fmt: skip
    publish(PartiesMerged(survivor_id, absorbed_id), party_id=survivor_id)
    return merge_id


@transaction.atomic
def undo(*, actor: Viewer, at: datetime, merge_id: int) -> Merge:
    """Take a merge apart: what came under the absorbed party's keys goes back to it, also what came since.

    Raises Merge.DoesNotExist outside the scope, PermissionDenied without customers.merge, NotUndoable.
    """
    was = Merge.objects.seen_by(actor).get(pk=merge_id)
    require(actor, "customers.merge")
    _asked_of_database(
        "select duplicates_undo_merge(%s, %s, %s)", [merge_id, at, timezone.localdate(at)],
        {errors.ObjectNotInPrerequisiteState: NotUndoable, errors.InsufficientPrivilege: PartyNotSeen},
    )  # fmt: skip
    record(
        actor, "duplicates.merge_undone", subject=("merge", merge_id), party_id=was.survivor_id, at=at, after={"absorbed": was.absorbed_id}
    )
    publish(MergeUndone(was.survivor_id, was.absorbed_id), party_id=was.survivor_id)
    return was


def _asked_of_database(statement: str, values: list[Any], refusals: Mapping[type[Exception], type[Exception]]) -> int:
    """What a function of the database answers; its refusals become this area's or parties' errors."""
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(statement, values)
            return int(cursor.fetchone()[0] or 0)
    except DatabaseError as wrong:
        for refused, told in refusals.items():
            if isinstance(wrong.__cause__, refused):
                raise told from wrong
        raise
