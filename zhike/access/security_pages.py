"""How somebody gets in and where she is logged in: one page for herself, one for whoever manages people."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from zhike.access import queries, second_factor, sessions
from zhike.access.entering import MUST_SET_UP
from zhike.access.middleware import ViewerRequest
from zhike.access.models import Person
from zhike.access.second_factor import Factors
from zhike.access.second_pages import is_fresh, log_in_again
from zhike.access.sessions import OpenSession
from zhike.core.pages import answer

WAYS: dict[str, str | Promise] = {
    "password": gettext_lazy("with a password"), "passkey": gettext_lazy("with a passkey"), "ldap": gettext_lazy("with the bank's directory"),
    "oidc": gettext_lazy("with the bank's log-in"), "demo": gettext_lazy("by one click"), "": gettext_lazy("with a password"),
}  # fmt: skip


@dataclass(frozen=True)
class SessionRow:
    """A session as it is shown: `way` in words."""

    session: OpenSession
    way: str | Promise


@dataclass(frozen=True)
class SecurityPage:
    """access/security.html (one's own) and access/person_security.html."""

    person: Person
    rows: Sequence[SessionRow]
    end_url: str
    factors: Factors
    is_required: bool
    must_set_up: bool = False


@never_cache
@require_GET
def mine(request: ViewerRequest) -> HttpResponse:
    """Where I am logged in, and what stands between others and my account."""
    assert isinstance(request.user, Person)
    rows = _rows(request, request.user, this=request.session.session_key or "")
    return answer(request, "access/security.html", vars(_page(request, request.user, rows, "my-sessions-end")))


@require_POST
def end_mine(request: ViewerRequest) -> HttpResponse:
    """End one of my sessions, or all but this one; whoever found an open screen does not (ASVS 7.5.2)."""
    if not is_fresh(request):
        return log_in_again(request)
    assert isinstance(request.user, Person)
    key = request.POST.get("session", "")
    count = sessions.end(actor=request.viewer, at=timezone.now(), person=request.user, key=key, this=request.session.session_key or "")
    messages.success(request, _told(count))
    return redirect("security")


@never_cache
@require_GET
def persons(request: ViewerRequest, person_id: int) -> HttpResponse:
    """The same of somebody else."""
    person = _person(request, person_id)
    return answer(request, "access/person_security.html", vars(_page(request, person, _rows(request, person), "person-sessions-end")))


@require_POST
def end_persons(request: ViewerRequest, person_id: int) -> HttpResponse:
    """End one of somebody's sessions, or all of them."""
    person = _person(request, person_id)
    count = sessions.end(actor=request.viewer, at=timezone.now(), person=person, key=request.POST.get("session", ""))
    messages.success(request, _told(count))
    return redirect("person-security", person.pk)


@require_POST
def reset(request: ViewerRequest, person_id: int) -> HttpResponse:
    """Take away somebody's second factors: she has lost her telephone."""
    person = _person(request, person_id)
    second_factor.reset(actor=request.viewer, at=timezone.now(), person=person)
    messages.success(request, _("%(name)s logs in with her password alone now.") % {"name": person.name})
    return redirect("person-security", person.pk)


def _page(request: ViewerRequest, person: Person, rows: Sequence[SessionRow], end_url: str) -> SecurityPage:
    factors, must = second_factor.factors_of(request.viewer, person), bool(request.session.get(MUST_SET_UP))
    return SecurityPage(
        person, rows, end_url, factors, second_factor.is_required(person.role), must and person.pk == request.viewer.person_id
    )


def _person(request: ViewerRequest, person_id: int) -> Person:
    try:
        return queries.person(request.viewer, person_id)
    except Person.DoesNotExist as missing:
        raise Http404 from missing


def _rows(request: ViewerRequest, person: Person, this: str = "") -> list[SessionRow]:
    return [SessionRow(row, WAYS[row.way]) for row in sessions.open_sessions(request.viewer, person, at=timezone.now(), this=this)]


def _told(count: int) -> str:
    return ngettext("%(count)d session has ended.", "%(count)d sessions have ended.", count) % {"count": count}
