"""Hand-overs of books (移交交接): prepared, put forward for agreement and approval, done as one act, taken back as one. Set-based throughout."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

from django.core.serializers.json import DjangoJSONEncoder
from django.db import DatabaseError, connection, transaction
from django.http import Http404
from django.utils import timezone
from psycopg import errors

from zhike.access import queries as access
from zhike.access.actions import close_log_ins, open_log_ins, record
from zhike.access.approvals import propose
from zhike.access.proposals import state_of
from zhike.access.scope import Viewer, Where, require, seen_where
from zhike.parties.handover_models import Handover, HandoverCustomer

WRITE = "handovers.write"
KIND = "parties.handover"


class HandoverRefused(Exception):
    """It cannot be handed over so; `reason` is one of no_giver, not_hers, no_receiver, to_herself, nobody, unassigned, future, not_open, state."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@transaction.atomic
def prepare(*, actor: Viewer, at: datetime, giver_no: str, reason: str, cutoff: date, ends_login: bool = False) -> Handover:
    """Begin a hand-over with every customer of the giver's book that the actor sees. Raises PermissionDenied, `HandoverRefused`."""
    require(actor, WRITE)
    giver = access.employee(giver_no)
    if giver is None:
        raise HandoverRefused("no_giver")
    if not (actor.sees_all or giver.pk in actor.employee_ids or giver.unit_id in actor.unit_ids):
        raise HandoverRefused("not_hers")
    if cutoff > timezone.localdate(at):
        raise HandoverRefused("future")
    known = reason if reason in Handover.Reason.values else Handover.Reason.OTHER
    row = Handover.objects.create(
        giver_id=giver.pk,
        unit_id=giver.unit_id,
        reason=known,
        cutoff_date=cutoff,
        ends_login=ends_login,
        made_by_id=actor.person_id or 0,
        made_at=at,
    )
    row.count_customers = _take_in(actor, row)
    if not row.count_customers:
        raise HandoverRefused("nobody")
    row.save(update_fields=["count_customers"])
    record(
        actor, "handovers.prepared", subject=("handover", row.pk), after={"giver": giver.staff_no, "customers": row.count_customers}, at=at
    )
    return row


_TAKE_IN = """
insert into parties_handovercustomer (handover_id, party_id, role, frozen, state)
select %(handover)s, p.id, case when p.main_rm_id = %(giver)s then 'main' else 'assisting' end, '{{}}', 'planned'
from parties_party p where p.rm_ids @> array[%(giver)s]::bigint[] and {seen}
"""


def _take_in(actor: Viewer, row: Handover) -> int:
    where = seen_where(actor)
    with connection.cursor() as cursor:
        cursor.execute(_TAKE_IN.format(seen=where.sql), {**where.values, "handover": row.pk, "giver": row.giver_id})
        return int(cursor.rowcount)


@transaction.atomic
def assign(
    *, actor: Viewer, at: datetime, handover_id: int, receiver_no: str, party_ids: Sequence[int] | None = None, where: Where | None = None,
    only_rest: bool = False,
) -> int:  # fmt: skip
    """Say who takes over: those ticked (`party_ids`), those of a condition over `p`, or all; `only_rest`: of these whom nobody has yet. How many.

    An empty `receiver_no` leaves them with the giver. Raises Http404, PermissionDenied, `HandoverRefused`.
    """
    row = _draft(actor, handover_id)
    receiver = access.employee(receiver_no) if receiver_no.strip() else None
    if receiver_no.strip() and (receiver is None or receiver.status == "left"):
        raise HandoverRefused("no_receiver")
    if receiver is not None and receiver.pk == row.giver_id:
        raise HandoverRefused("to_herself")
    chosen = HandoverCustomer.objects.seen_by(actor).filter(handover=row)
    chosen = chosen.filter(party__in=party_ids) if party_ids is not None else chosen
    chosen = chosen.filter(receiver=None) if only_rest else chosen
    if where is not None:
        chosen = chosen.filter(party__in=_fitting(row, where))
    count = chosen.update(receiver=receiver)
    _note_receivers(actor, row)
    after = {"receiver": receiver.staff_no if receiver else None, "customers": count}
    record(actor, "handovers.assigned", subject=("handover", row.pk), after=after, at=at)
    return count


def _fitting(row: Handover, where: Where) -> list[int]:
    statement = f"select p.id from parties_party p join parties_handovercustomer c on c.party_id = p.id where c.handover_id = %(handover)s and {where.sql}"  # noqa: S608 - compiled
    with connection.cursor() as cursor:
        cursor.execute(statement, {**where.values, "handover": row.pk})
        return [key for (key,) in cursor.fetchall()]


def _note_receivers(actor: Viewer, row: Handover) -> None:
    given = HandoverCustomer.objects.seen_by(actor).filter(handover=row).exclude(receiver=None)
    row.receiver_ids = sorted(set(given.order_by().values_list("receiver_id", flat=True).distinct()))
    row.save(update_fields=["receiver_ids"])


@transaction.atomic
def put_forward(*, actor: Viewer, at: datetime, handover_id: int, why: str, frozen: Mapping[int, Mapping[str, Any]]) -> int:
    """Put it before giver, receivers and the giver's manager; the number of its proposal. `frozen`: balances by customer, kept as they are now.

    Customers without a receiver stay with the giver. Raises Http404, PermissionDenied, `HandoverRefused`, `approvals.NotProposed`.
    """
    row = _draft(actor, handover_id)
    count = HandoverCustomer.objects.seen_by(actor).filter(handover=row).exclude(receiver=None).count()
    if not count:
        raise HandoverRefused("unassigned")
    _freeze(row, frozen)
    agree = access.people_of([row.giver_id, *row.receiver_ids])
    asked = {
        "handover_id": row.pk, "count": count, "giver": access.names_of_employees([row.giver_id]), "reason": row.reason,
        "receivers": access.names_of_employees(row.receiver_ids), "cutoff": row.cutoff_date, "ends_login": row.ends_login,
        "no_login": access.names_of_employees([one for one in (row.giver_id, *row.receiver_ids) if one not in agree]),
    }  # fmt: skip
    proposal = propose(
        actor=actor,
        at=at,
        name=KIND,
        asked=asked,
        why=why,
        subject=("handover", row.pk),
        confirmers=list(agree.values()),
        unit_id=row.unit_id,
    )
    row.state, row.proposal_id, row.count_customers = Handover.State.PROPOSED, proposal.pk, count
    row.closed_person_ids = [agree[row.giver_id]] if row.ends_login and row.giver_id in agree else []
    row.save(update_fields=["state", "proposal_id", "count_customers", "closed_person_ids"])
    return proposal.pk


_FREEZE = """
update parties_handovercustomer c set frozen = g.frozen
from jsonb_to_recordset(%(given)s::jsonb) g(party_id bigint, frozen jsonb) where c.handover_id = %(handover)s and c.party_id = g.party_id
"""


def _freeze(row: Handover, frozen: Mapping[int, Mapping[str, Any]]) -> None:
    given = json.dumps([{"party_id": key, "frozen": values} for key, values in frozen.items()], cls=DjangoJSONEncoder)
    with connection.cursor() as cursor:
        cursor.execute(_FREEZE, {"given": given, "handover": row.pk})


def carry_out(*, actor: Viewer, at: datetime, handover_id: int) -> int:
    """Do a hand-over that was approved: the giver's access ends and the receivers' begins with this transaction. How many customers.

    Raises `HandoverRefused`: the database looks for the approval itself.
    """
    count = _asked("select parties_hand_over(%s, %s, %s)", [handover_id, at, timezone.localdate(at)])
    row = Handover.objects.get(pk=handover_id)
    after = {"giver": row.giver_id, "receivers": row.receiver_ids, "customers": count}
    record(actor, "handovers.done", subject=("handover", handover_id), after=after, at=at)
    return count


@transaction.atomic
def take_back(*, actor: Viewer, at: datetime, handover_id: int, why: str) -> int:
    """Take a hand-over back as a whole, but for customers of whom the sources have said so, or otherwise, since; how many went back.

    For who may decide about the giver's unit. Raises Http404, PermissionDenied, `HandoverRefused`.
    """
    row = Handover.objects.filter(pk=handover_id).first()
    if row is None:
        raise Http404
    require(actor, "approvals.decide")
    count = _asked("select parties_hand_back(%s, %s, %s)", [handover_id, at, timezone.localdate(at)])
    if row.closed_person_ids:
        open_log_ins(actor=actor, at=at, person_ids=row.closed_person_ids)
    record(actor, "handovers.undone", subject=("handover", handover_id), reason=why.strip(), after={"customers": count}, at=at)
    return count


def close_login_of_giver(*, actor: Viewer, at: datetime, handover_id: int) -> None:
    """Close the giver's log-in where the hand-over says so; part of doing it."""
    row = Handover.objects.get(pk=handover_id)
    if row.ends_login:
        close_log_ins(actor=actor, at=at, employee_id=row.giver_id)


@transaction.atomic
def discard(*, actor: Viewer, at: datetime, handover_id: int) -> None:
    """Throw a draft away. Raises Http404, PermissionDenied, `HandoverRefused`."""
    row = _draft(actor, handover_id)
    HandoverCustomer.objects.seen_by(actor).filter(handover=row).delete()
    key, row_id = ("handover", row.pk), row.pk
    Handover.objects.filter(pk=row_id).delete()
    record(actor, "handovers.discarded", subject=key, at=at)


def _draft(actor: Viewer, handover_id: int) -> Handover:
    """One's own hand-over while it is prepared, again after its proposal was refused or lapsed. Raises Http404, `HandoverRefused`."""
    row = Handover.objects.filter(pk=handover_id).first()
    if row is None:
        raise Http404
    require(actor, WRITE)
    if row.made_by_id != actor.person_id:
        raise HandoverRefused("not_open")
    if row.state == Handover.State.PROPOSED and state_of(row.proposal_id) in ("refused", "withdrawn", "expired"):
        row.state = Handover.State.DRAFT
        row.save(update_fields=["state"])
    if row.state != Handover.State.DRAFT:
        raise HandoverRefused("not_open")
    return row


def _asked(statement: str, values: Sequence[Any]) -> int:
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(statement, values)
            return int(cursor.fetchone()[0] or 0)
    except DatabaseError as wrong:
        if isinstance(wrong.__cause__, errors.ObjectNotInPrerequisiteState):
            raise HandoverRefused("state") from wrong
        if isinstance(wrong.__cause__, errors.InsufficientPrivilege):
            raise Http404 from wrong
        raise
