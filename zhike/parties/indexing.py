"""Indexes of declared fields, on request: asked for with the field, made and dropped by the worker in small transactions.

An indexed value stands once more in `DeclaredKey` as a text or a whole number, since row security lets an index compare those and neither
JSON nor numerics. A trigger keeps what is written from the moment of asking; the worker adds what was there before. Filters and sorting use
an index only while its state is `there`.
"""

from __future__ import annotations

from collections.abc import Callable

from django.db import DatabaseError, connection, transaction

from zhike.core.jobs import Interrupted, is_stopping, later
from zhike.parties.field_types import INDEXABLE
from zhike.parties.models import DeclaredField

JOB = "parties.index_field"
AT_A_TIME = 2_000  # parties of one transaction: what a save may have to wait for
Step = Callable[[int], None]


def wants_index(row: DeclaredField) -> bool:
    """Whether an index of this field should be there."""
    return row.is_indexed and row.retired_at is None and row.type in INDEXABLE


def ask(row: DeclaredField) -> None:
    """Have the index of a field made or dropped after this transaction, where it is not as it should be. Part of the act that changed the field."""
    state = "making" if wants_index(row) else "going" if row.index_state else ""
    if row.index_state == "there" and state == "making":
        return
    if state != row.index_state or row.index_error:
        row.index_state, row.index_error = state, ""
        row.save(update_fields=["index_state", "index_error"])
    if state:
        later(JOB, lock=f"index of field {row.pk}", field_id=row.pk)


def put_right(field_id: int, *, step: Step = lambda count: None) -> int:
    """Make or drop the index of a field as it is asked for now; how many values were added or taken away. The worker's; begun again, it goes
    on. Raises DeclaredField.DoesNotExist, Interrupted, DatabaseError after noting why."""
    row = DeclaredField.objects.get(pk=field_id)
    try:
        count = _made(row, step) if wants_index(row) else _dropped(row, step)
    except DatabaseError as wrong:
        DeclaredField.objects.filter(pk=field_id).update(index_state="failed", index_error=str(wrong).strip()[:500])
        raise
    return count


def unfinished() -> list[int]:
    """The fields whose index is not as it should be, by key: a wish of before there was a worker for it, or what failed."""
    rows = DeclaredField.objects.order_by("pk")
    return [row.pk for row in rows if (row.index_state != "there") is wants_index(row) or row.index_state in ("going", "failed")]


def _made(row: DeclaredField, step: Step) -> int:
    DeclaredField.objects.filter(pk=row.pk).update(index_state="making", index_error="")
    count = _in_parts(_ADD, row, step)
    with connection.cursor() as cursor:
        cursor.execute("select parties_learn_declared_keys()")
    DeclaredField.objects.filter(pk=row.pk, is_indexed=True, retired_at=None).update(index_state="there")
    return count


def _dropped(row: DeclaredField, step: Step) -> int:
    """Nobody asks an index that is going, so its rows need no order."""
    DeclaredField.objects.filter(pk=row.pk).update(index_state="going")
    count = _in_parts(_TAKE_AWAY, row, step)
    DeclaredField.objects.filter(pk=row.pk, index_state="going").update(index_state="", index_error="")
    return count


# A row is locked while its keys are written, so that a save of the same moment comes before or after, and the trigger of its transaction
# knows of the index.
_ADD = """
with part as (select d.party_id, d."values" -> %(name)s as kept from parties_declared d
              where d.party_id > %(last)s and d."values" ? %(name)s order by d.party_id limit %(most)s for no key update),
added as (insert into parties_declaredkey (field_id, of_party, word, place)
          select %(field)s, part.party_id, k.word, k.place from part cross join lateral parties_declared_keys(%(type)s, part.kept) k
          where not exists (select 1 from parties_declaredkey o where o.of_party = part.party_id and o.field_id = %(field)s)
          on conflict do nothing returning 1)
select max(part.party_id), count(*) from part
"""
_TAKE_AWAY = """
with part as (select k.id from parties_declaredkey k where k.field_id = %(field)s limit %(most)s),
gone as (delete from parties_declaredkey k using part where k.id = part.id returning 1)
select case when count(*) > 0 then 0 end, count(*) from gone
"""


def _in_parts(statement: str, row: DeclaredField, step: Step) -> int:
    """The statement again and again, each time in a transaction of its own, until it finds nothing more."""
    last, done = 0, 0
    while True:
        if is_stopping():
            raise Interrupted
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(statement, {"field": row.pk, "name": row.name, "type": row.type, "last": last, "most": AT_A_TIME})
            reached, count = cursor.fetchone()
        if reached is None:
            return done
        last, done = reached, done + count
        step(done)
