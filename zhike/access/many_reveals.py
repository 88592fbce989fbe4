"""Protected values of many customers at once, which a second person approved: each still leaves its own entry."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from django.conf import settings
from django.db import connection

from zhike.access.actions import TooManyReveals, revealed
from zhike.access.scope import Viewer

NO_LIMIT = 2**40  # by the hour: these count by the day


def reveal_approved(
    *, actor: Viewer, values: Mapping[int, bytes], purpose: str, step: Callable[[int], None] = lambda _done: None
) -> dict[int, str]:
    """The values behind digests of many customers (party → digest), which somebody approved: each leaves its own entry, as with `reveal`.

    They count by the day, not by the hour. Raises `TooManyReveals` where these would go beyond ZHIKE_BULK_REVEALS_A_DAY; nothing is opened then.
    """
    with connection.cursor() as cursor:
        cursor.execute("select access.approved_reveals_lately()")
        (lately,) = cursor.fetchone()
    if lately + len(values) > settings.BULK_REVEALS_A_DAY:
        raise TooManyReveals(lately)
    found = {}
    for number, (party_id, digest) in enumerate(values.items()):
        value = revealed(actor, digest, party_id, purpose, most=NO_LIMIT)
        if value is not None:
            found[party_id] = value
        step(number)
    return found
