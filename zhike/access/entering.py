"""The door: who is let in to a session, and who is sent back out of one.

A right password (or passkey, or the bank's own log-in) says who somebody is; this says whether she comes in, from where and for how long.
"""

from __future__ import annotations

from django.contrib import auth, messages
from django.contrib.auth.models import AnonymousUser
from django.utils import timezone

from zhike.access import actions, sessions
from zhike.access.actions import Way, record
from zhike.access.addresses import address_of, may_come_from
from zhike.access.forms import REASONS
from zhike.access.models import Person
from zhike.access.scope import NOBODY, ViewerRequest, announce, viewer_for

BACKEND = "zhike.access.backends.Passwords"


def open_session(request: ViewerRequest, person: Person, *, way: Way) -> bool:
    """Open a session for somebody who has shown who she is; False, with an audit entry, where she may not come from this address."""
    at = timezone.now()
    if not may_come_from(address_of(request), role=person.role, own=person.networks):
        record(
            request.viewer,
            "session.refused",
            subject=("person", person.pk),
            reason="address",
            after={"address": address_of(request)},
            at=at,
        )
        return False
    auth.login(request, person, backend=BACKEND)
    sessions.begun(request, way=way, at=at)
    request.viewer = viewer_for(person)
    announce(request.viewer)
    actions.note_log_in(actor=request.viewer, way=way)
    return True


def turned_away(request: ViewerRequest, person: Person) -> bool:
    """End the session of a request that has stood unused or open for too long, or comes from where she may not; the log-in page says why."""
    at = timezone.now()
    why = sessions.ended(request, person, at) or (
        "" if may_come_from(address_of(request), role=person.role, own=person.networks) else "address"
    )
    if not why:
        return False
    sessions.note_ended(actor=request.viewer, why=why, at=at)
    request.session.flush()
    request.user = AnonymousUser()
    request.viewer = NOBODY
    announce(NOBODY)
    messages.info(request, str(REASONS[why]))
    return True
