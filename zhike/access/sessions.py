"""Who is logged in where, and ending it: by herself, by whoever manages people, by the clock, or because she has left."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.db import connection, transaction
from django.http import HttpRequest

from zhike.access import session_rules
from zhike.access.actions import record
from zhike.access.addresses import address_of
from zhike.access.models import Person, Session
from zhike.access.scope import Viewer
from zhike.access.session_rules import Limits
from zhike.access.session_store import OPENED, SessionStore, digest_of

LONGEST_AGENT = 300


@dataclass(frozen=True)
class OpenSession:
    """One session in a list: `browser` in words that people know, `is_this` where it is the one that asks."""

    key: str
    browser: str
    address: str
    way: str
    opened_at: datetime
    seen_at: datetime
    is_this: bool


def limits_of(role: str) -> Limits:
    """How long sessions of this role last, as the settings say it."""
    return session_rules.limits_of(role, settings.ZHIKE_IDLE_MINUTES, settings.ZHIKE_SESSION_HOURS)


def begun(request: HttpRequest, *, way: str, at: datetime) -> None:
    """Keep with the session that has just been opened when, how and from where."""
    agent = request.headers.get("User-Agent", "")[:LONGEST_AGENT]
    request.session[OPENED] = {"way": way, "at": at.isoformat(), "address": address_of(request), "agent": agent}


def ended(request: HttpRequest, person: Person, at: datetime) -> session_rules.Ended | None:
    """Why the session of this request has ended; None: it goes on, and is noted as used. Costs a statement once a minute."""
    row = request.session.row if isinstance(request.session, SessionStore) else None
    if row is None:  # opened by this very request
        return None
    why = session_rules.ended(row.opened_at, row.seen_at, at, limits_of(person.role))
    if why is None and at - row.seen_at >= session_rules.SEEN_EVERY:
        _note_use(row.pk, at)
    return why


def _note_use(key: str, at: datetime) -> None:
    """Never waits: the panels of a page are asked for beside each other."""
    with connection.cursor() as cursor:
        cursor.execute(
            "update access_session set seen_at = %(at)s where session_key in"
            " (select session_key from access_session where session_key = %(key)s and seen_at < %(at)s for update skip locked)",
            {"at": at, "key": key},
        )


def open_sessions(viewer: Viewer, person: Person, *, at: datetime, this: str = "") -> list[OpenSession]:
    """The sessions of a person that have not ended, last used first: her own, or anybody's for people.manage. `this`: the cookie's key."""
    _check(viewer, person.pk)
    limits, here = limits_of(person.role), digest_of(this) if this else ""
    found = Session.objects.filter(person=person, expire_date__gt=at).order_by("-seen_at")
    return [
        OpenSession(row.pk, session_rules.browser_of(row.agent), row.address or "", row.way, row.opened_at, row.seen_at, row.pk == here)
        for row in found
        if session_rules.ended(row.opened_at, row.seen_at, at, limits) is None
    ]


@transaction.atomic
def end(*, actor: Viewer, at: datetime, person: Person, key: str = "", this: str = "") -> int:
    """End a session (`key`), or all of hers but `this`, the cookie's key of who asks; how many ended. Tokens are not touched."""
    _check(actor, person.pk)
    found = Session.objects.filter(person=person)
    found = found.filter(pk=key) if key else found.exclude(pk=digest_of(this)) if this else found
    count = found.delete()[0]
    record(actor, "session.ended", subject=("person", person.pk), after={"sessions": count}, at=at)
    return count


def note_ended(*, actor: Viewer, why: str, at: datetime) -> None:
    """Write that a session has ended by itself, or was refused where it comes from (`why`)."""
    record(actor, "session.expired", subject=("person", actor.person_id), reason=why, at=at)


def _check(viewer: Viewer, person_id: int) -> None:
    if viewer.person_id != person_id and not viewer.may("people.manage"):
        raise PermissionDenied("people.manage")
