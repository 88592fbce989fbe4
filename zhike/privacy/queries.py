"""Reads of requests over personal data. The first argument is the viewer."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from django.conf import settings
from django.db import connection
from django.db.models import QuerySet
from django.http import Http404

from zhike.access.scope import Viewer
from zhike.parties import queries as parties
from zhike.privacy.models import RightsRequest

MOST = 200


class RequestNotSeen(Http404):
    """Not there, or of a customer outside the viewer's scope."""


@dataclass(frozen=True)
class RequestLine:
    """A request as it is shown. `left`: days until it is due, negative where it is late; None once it is decided."""

    row: RightsRequest
    name: str
    left: int | None

    @property
    def is_late(self) -> bool:
        return self.left is not None and self.left < 0


def requests(viewer: Viewer, *, is_open: bool, today: date) -> list[RequestLine]:
    """Open requests, the most urgent first, or decided ones, the latest first; at most 200."""
    rows = RightsRequest.objects.seen_by(viewer)
    open_ones = rows.filter(state=RightsRequest.State.OPEN).order_by("due_date", "pk")
    decided = rows.exclude(state=RightsRequest.State.OPEN).order_by("-decided_at", "-pk")
    return _lines(viewer, list((open_ones if is_open else decided)[:MOST]), today)


def requests_of(viewer: Viewer, party_id: int, today: date) -> list[RequestLine]:
    """The requests of one customer, the latest first."""
    return _lines(viewer, list(RightsRequest.objects.seen_by(viewer).filter(party=party_id).order_by("-received_at", "-pk")), today)


def request_line(viewer: Viewer, request_id: int, today: date) -> RequestLine:
    """One request. Raises RequestNotSeen."""
    return _lines(viewer, [row_of(RightsRequest.objects.seen_by(viewer), request_id)], today)[0]


def row_of(rows: QuerySet[RightsRequest], request_id: int) -> RightsRequest:
    """The row with this key among these. Raises RequestNotSeen."""
    found = rows.filter(pk=request_id).first()
    if found is None:
        raise RequestNotSeen
    return found


def _lines(viewer: Viewer, rows: Sequence[RightsRequest], today: date) -> list[RequestLine]:
    names = parties.names(viewer, [row.party_id for row in rows]) if rows else {}
    return [
        RequestLine(row, names.get(row.party_id, ""), (row.due_date - today).days if row.state == RightsRequest.State.OPEN else None)
        for row in rows
    ]


def may_leave(country: str, day: date) -> bool:
    """Whether data may go to a country on a day (R28): the bank's own, or one that an open entry of the register of sharing names until then.

    Told to whoever manages calls out, and to the job that makes them; to anybody else no."""
    if country == settings.ZHIKE_COUNTRY:
        return True
    with connection.cursor() as cursor:
        cursor.execute("select access.may_leave(%s, %s)", [country, day])
        return bool(cursor.fetchone()[0])
