"""The door: who is let in to a session, and who is sent back out of one.

A right password (or passkey, or the bank's own log-in) says who somebody is; this says whether she comes in, from where and for how long.
"""

from __future__ import annotations

from django.contrib import auth, messages
from django.contrib.auth.models import AnonymousUser
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme

from zhike.access import actions, second_factor, sessions
from zhike.access.actions import Way, record
from zhike.access.addresses import address_of, may_come_from
from zhike.access.forms import REASONS
from zhike.access.models import Person
from zhike.access.scope import NOBODY, ViewerRequest, announce, viewer_for

WAITING, WAITING_SECONDS = "waiting", 600
MUST_SET_UP = "must_set_up"
WITHOUT_SECOND = ("/me/security/", "/logout/", "/language/", "/looks/", "/static/")
BACKEND = "zhike.access.backends.Passwords"


def wait(request: ViewerRequest, person: Person, *, way: Way, next_url: str) -> None:
    """Keep for ten minutes that this browser has given a right password, and still has to show a second factor."""
    request.session[WAITING] = {"person": person.pk, "way": way, "next": next_url}
    request.session.set_expiry(WAITING_SECONDS)


def waiting(request: ViewerRequest) -> tuple[Person, Way, str] | None:
    """Who has given a right password in this browser, how, and where she wants to go; None: nobody."""
    kept = request.session.get(WAITING)
    if kept is None:
        return None
    person = Person.objects.select_related("employee__unit").filter(pk=kept["person"], is_active=True, has_left=False).first()
    return None if person is None else (person, kept["way"], kept["next"])


def forget_waiting(request: ViewerRequest) -> None:
    """She has shown it, or begins anew."""
    request.session.pop(WAITING, None)
    request.session.set_expiry(None)


def ours(request: ViewerRequest, address: str) -> str:
    """An address within Zhike, or nothing."""
    is_ours = url_has_allowed_host_and_scheme(address, allowed_hosts={request.get_host()}, require_https=request.is_secure())
    return address if is_ours else ""


def must_set_up(request: ViewerRequest) -> bool:
    """Whether this session gets no further than setting up the second factor that its role needs; costs no query."""
    return bool(request.session.get(MUST_SET_UP)) and not request.path.startswith(WITHOUT_SECOND)


def has_set_up(request: ViewerRequest) -> None:
    """She has set one up: the session goes everywhere."""
    request.session.pop(MUST_SET_UP, None)


def open_session(request: ViewerRequest, person: Person, *, way: Way, second: str = "") -> bool:
    """Open a session for somebody who has shown who she is (`second`: and by what besides); False, with an audit entry, where she may not come from this address."""
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
    actions.note_log_in(actor=request.viewer, way=way, second=second)
    if way in ("password", "ldap") and not second and second_factor.is_required(person.role):
        request.session[MUST_SET_UP] = True
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
