"""To the bank's own log-in and back."""

from __future__ import annotations

import dataclasses

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

from zhike.access import entering, oidc, single_sign_on
from zhike.access.actions import record
from zhike.access.forms import REASONS
from zhike.access.middleware import ViewerRequest
from zhike.core.pages import address

KEPT = "bank_login"  # in the session, from the question to its answer
MINUTES = 10


@login_not_required
@never_cache
@require_GET
def begin(request: ViewerRequest) -> HttpResponse:
    """Send the browser to the bank's log-in. A link, not a form: the page's policy lets forms go nowhere else."""
    if not oidc.is_on():
        raise Http404
    wanted = request.GET.get("next", "")
    is_ours = url_has_allowed_host_and_scheme(wanted, allowed_hosts={request.get_host()}, require_https=request.is_secure())
    asked = oidc.new_question(wanted if is_ours else "")
    try:
        there = oidc.address_of(asked, _back(request))
    except oidc.BankLogInFailed as wrong:
        return _refused(request, wrong)
    request.session[KEPT] = dataclasses.asdict(asked)
    request.session.set_expiry(MINUTES * 60)
    return redirect(there)


@login_not_required
@never_cache
@require_GET
def back(request: ViewerRequest) -> HttpResponse:
    """She comes back with a code: who is it, and may she come in."""
    if not oidc.is_on():
        raise Http404
    kept = request.session.pop(KEPT, None)
    if kept is None:
        return _refused(request, oidc.BankLogInFailed("nothing was asked"))
    asked = oidc.Asked(**kept)
    try:
        known = oidc.known_by(asked, request.GET.dict(), _back(request))
    except oidc.BankLogInFailed as wrong:
        return _refused(request, wrong)
    tried = single_sign_on.taken_in(actor=request.viewer, at=timezone.now(), known=known, way="oidc")
    if tried.person is None:
        return _told(request, str(tried.refusal))
    request.session.set_expiry(None)
    if not entering.open_session(request, tried.person, way="oidc"):
        return _told(request, "address")
    return redirect(asked.next or address(tried.person.start_page) or address("home") or reverse("profile"))


def _back(request: ViewerRequest) -> str:
    return request.build_absolute_uri(reverse("bank-login-back"))


def _refused(request: ViewerRequest, wrong: oidc.BankLogInFailed) -> HttpResponse:
    record(request.viewer, "session.refused", reason=f"oidc: {wrong}"[:200], at=timezone.now())
    return _told(request, "unreachable" if wrong.is_away else "doubtful")


def _told(request: ViewerRequest, why: str) -> HttpResponse:
    messages.error(request, str(REASONS["no_role" if why == "wrong" else why]))
    return redirect("login")
