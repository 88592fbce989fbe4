"""The outbox: what happened is written with the act itself and told, after commit, to whoever reacts (decision 17).

An event is a frozen dataclass of keys; `publish` writes it in the caller's transaction. The worker delivers at least once, in order
within a customer: a reaction that fails is tried again later, and later events of the same customer wait for it.
"""

from __future__ import annotations

import dataclasses
import json
import logging
from collections.abc import Mapping
from datetime import datetime
from typing import Any, ClassVar, Protocol, cast

from django.core.serializers.json import DjangoJSONEncoder
from django.db import connection, transaction
from django.utils.module_loading import import_string

log = logging.getLogger(__name__)

CHANNEL = "zhike_event"
LONGEST_WAIT = 3600  # seconds between two tries of an event that keeps failing
EVERY = "*"  # in the table of reactions: called for every event, with `Told` instead of the payload alone
Reactions = Mapping[str, tuple[str, ...]]


@dataclasses.dataclass(frozen=True)
class Told:
    """An event as it is delivered: its number in the outbox, its name and version, its keys, whom it is about, when it happened."""

    number: int
    name: str
    version: int
    payload: Mapping[str, Any]
    party_id: int | None
    at: datetime


class Happened(Protocol):
    """An event: a frozen dataclass; its class may say `version`."""

    __dataclass_fields__: ClassVar[dict[str, Any]]


def name_of(event: type | Happened) -> str:
    """The name under which an event travels: parties.PartyMerged."""
    kind = event if isinstance(event, type) else type(event)
    return f"{kind.__module__.split('.')[1]}.{kind.__name__}"


def publish(event: Happened, *, party_id: int | None = None) -> None:
    """Write `event` into the outbox, in the transaction of the act; without one this raises. `party_id`: whom it is about."""
    if not connection.in_atomic_block:
        raise transaction.TransactionManagementError("an event is published inside the transaction of its act")
    payload = json.dumps(dataclasses.asdict(cast(Any, event)), cls=DjangoJSONEncoder)
    with connection.cursor() as cursor:
        cursor.execute(
            "insert into core_event (name, version, payload, party_id) values (%s, %s, %s, %s)",
            [name_of(event), getattr(event, "version", 1), payload, party_id],
        )
        cursor.execute("select pg_notify(%s, '')", [CHANNEL])


NEXT = """
    select id, name, payload, version, party_id, at from core_event e
    where done_at is null and next_at <= now()
      and not exists (select 1 from core_event b where b.done_at is null and b.party_id = e.party_id and b.id < e.id)
    order by id limit 1 for update skip locked
"""


def deliver_next(reactions: Reactions) -> bool:
    """Deliver one event that is due; False when none is. Several workers may do so at once."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(NEXT)
        row = cursor.fetchone()
        if row is None:
            return False
        number, name, payload, version, party_id, at = row
        keys = json.loads(payload) if isinstance(payload, str) else payload
        try:
            with transaction.atomic():
                for path in reactions.get(name, ()):
                    import_string(path.replace(":", "."))(keys)
                for path in reactions.get(EVERY, ()):
                    import_string(path.replace(":", "."))(Told(number, name, version, keys, party_id, at))
        except Exception as wrong:
            log.exception("event %s %s failed", number, name)
            cursor.execute(
                "update core_event set attempts = attempts + 1, error = %s,"
                " next_at = now() + least(%s, power(2, attempts)) * interval '1 second' where id = %s",
                [f"{type(wrong).__name__}: {wrong}"[:500], LONGEST_WAIT, number],
            )
        else:
            cursor.execute("update core_event set done_at = now(), error = '' where id = %s", [number])
    return True


def drain(reactions: Reactions) -> int:
    """Deliver everything that is due; how many events were tried."""
    tried = 0
    while deliver_next(reactions):
        tried += 1
    return tried
