"""Deletions outlive the backups that were made before them: a restore deletes again whom the files outside name (`buried`)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from django.db import connection, transaction

from zhike.access.actions import record
from zhike.access.scope import Viewer
from zhike.parties.forgotten import key_digest
from zhike.privacy import deletion
from zhike.privacy.buried import buried_since
from zhike.privacy.deletion_rules import Measure
from zhike.privacy.models import RightsRequest

AT_A_TIME = 500


@dataclass(frozen=True)
class Repeated:
    """What a restore did again: the customers who were deleted once more, those of whom the older copy keeps more than was kept (a hold that was lifted
    since, a relation that had not ended), and the requests about them that are open in it."""

    parties: Sequence[int]
    left: Sequence[int]
    requests: Sequence[int]


def repeat(*, actor: Viewer, at: datetime, folder: Path, since: datetime) -> Repeated:
    """Delete once more whom the files of `folder` name after `since`, as far as they may be deleted; one entry. Needs the job role or the owner's.

    Raises ValueError.
    """
    meant = _parties_of(buried_since(folder, since))
    ids, measures = sorted(meant), dict[int, Measure]()
    for first in range(0, len(ids), AT_A_TIME):
        with transaction.atomic():
            measures |= deletion.carry_out(ids[first : first + AT_A_TIME], at=at).measures
    again = [party for party in ids if measures[party] != "none"]
    left = [party for party in ids if measures[party] == "none" or (meant[party] and measures[party] == "part")]
    if ids:
        record(actor, "privacy.deletions_repeated", after={"since": since.isoformat(), "customers": len(again), "left": left}, at=at)
    requests = RightsRequest.objects.unscoped(reason="a restore tells which requests are open again").filter(
        party__in=ids, kind=RightsRequest.Kind.DELETE, state=RightsRequest.State.OPEN
    )
    return Repeated(again, left, list(requests.order_by("pk").values_list("pk", flat=True)))


def _parties_of(buried: Mapping[tuple[str, bytes], bool]) -> dict[int, bool]:
    """The customers whose keys these are, and whether nothing of them stayed."""
    found: dict[int, bool] = {}
    with connection.cursor() as cursor:
        cursor.execute(
            "select party_id, source, external_key from parties_partysource where source = any(%s)",
            [sorted({source for source, _ in buried})],
        )
        for party, source, key in cursor.fetchall():
            is_whole = buried.get((source, key_digest(source, key)))
            if is_whole is not None:
                found[party] = found.get(party, False) or is_whole
    return found
