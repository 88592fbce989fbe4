"""The second step of a log-in, and setting up what it asks for."""

from __future__ import annotations

import base64
import json
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from allauth.mfa.adapter import get_adapter
from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.db import transaction
from django.http import Http404, HttpResponse, JsonResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from zhike.access import entering, second_factor
from zhike.access.actions import Way, checked, record
from zhike.access.forms import REASONS
from zhike.access.middleware import ViewerRequest
from zhike.access.models import Person
from zhike.access.scope import Viewer, viewer_for
from zhike.access.session_store import OPENED
from zhike.core.pages import address, answer

KEPT = "totp_secret"  # in the session, while a telephone is set up
FRESH = timedelta(minutes=15)  # how long after a log-in second factors may be changed: an open browser is not enough


class CodeForm(forms.Form):
    """Six digits of a telephone, or eight of a paper."""

    code = forms.CharField(
        label=gettext_lazy("Code"),
        max_length=20,
        widget=forms.TextInput(attrs={"autocomplete": "one-time-code", "inputmode": "numeric", "autofocus": True}),
    )


@dataclass(frozen=True)
class SecondPage:
    """access/second.html: the second step; `has_passkey`: one may be shown instead of a code."""

    form: CodeForm
    name: str
    has_passkey: bool
    next: str


@dataclass(frozen=True)
class CodePage:
    """access/code.html: a secret as a picture and in letters, and the first code that proves it has arrived."""

    form: CodeForm
    picture: str
    secret: str


@dataclass(frozen=True)
class PapersPage:
    """access/papers.html: codes on paper, shown this once."""

    codes: list[str]


@login_not_required
@never_cache
@require_http_methods(["GET", "POST"])
def second(request: ViewerRequest) -> HttpResponse:
    """Ask for the second factor of whoever has given a right password."""
    found = entering.waiting(request)
    if found is None:
        return redirect("login")
    person, way, next_url = found
    form = CodeForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        refusal = _tried(request, person, form.cleaned_data["code"])
        if refusal is None:
            return came_in(request, person, way, next_url, "code")
        form.add_error(
            "code",
            str(REASONS["locked"]) if refusal == "locked" else _("This code is not right, or was used already. Wait for the next one."),
        )
    has_passkey = bool(second_factor.factors_of(_herself(person), person).passkeys)
    return answer(
        request, "access/second.html", vars(SecondPage(form, person.name, has_passkey, next_url)), status=401 if form.errors else 200
    )


def _tried(request: ViewerRequest, person: Person, code: str) -> str | None:
    with transaction.atomic():
        locked = Person.objects.select_for_update().get(pk=person.pk)
        is_right = lambda: second_factor.code_is_right(locked, code)  # noqa: E731 - asked only where she is not locked out
        return checked(request.viewer, locked, is_right, at=timezone.now(), act="session.second_refused", what="wrong code")


def came_in(request: ViewerRequest, person: Person, way: Way, next_url: str, second_kind: str = "") -> HttpResponse:
    """Let in whoever has shown all she has to show."""
    entering.forget_waiting(request)
    if not entering.open_session(request, person, way=way, second=second_kind):
        messages.error(request, str(REASONS["address"]))
        return redirect("login")
    return redirect(next_url or address(person.start_page) or address("home") or reverse("profile"))


@login_not_required
@require_POST
def passkey_begin(request: ViewerRequest) -> HttpResponse:
    """What the browser needs to show a passkey, as the second step or instead of a password."""
    found = entering.waiting(request)
    return JsonResponse(second_factor.passkey_asked(found[0] if found else None))


@login_not_required
@require_POST
def passkey(request: ViewerRequest) -> HttpResponse:
    """A passkey that was shown; the answer says where to go on."""
    found = entering.waiting(request)
    try:
        person = second_factor.shown_by(_credential(request), found[0] if found else None)
    except ValueError:
        record(request.viewer, "session.refused", reason="passkey", at=timezone.now())
        return JsonResponse({"error": _("This passkey does not open anything here.")}, status=400)
    if not person.may_enter:
        record(request.viewer, "session.refused", subject=("person", person.pk), reason="closed, passkey", at=timezone.now())
        return JsonResponse({"error": _("This passkey does not open anything here.")}, status=400)
    way, next_url = (found[1], found[2]) if found else ("passkey", request.GET.get("next", ""))
    return JsonResponse({"url": came_in(request, person, way, entering.ours(request, next_url), "passkey" if found else "")["Location"]})


@never_cache
@require_http_methods(["GET", "POST"])
def code(request: ViewerRequest) -> HttpResponse:
    """Set up a code on a telephone; the answer to the right one shows the codes on paper."""
    person = _person(request)
    if not is_fresh(request):
        return log_in_again(request)
    secret = request.session.setdefault(KEPT, second_factor.new_secret())
    form = CodeForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        papers = second_factor.set_up_code(
            actor=request.viewer, at=timezone.now(), person=person, secret=secret, code=form.cleaned_data["code"]
        )
        if papers is not None:
            del request.session[KEPT]
            entering.has_set_up(request)
            return answer(request, "access/papers.html", vars(PapersPage(papers)))
        form.add_error("code", _("This is not the code of this moment. Is the telephone's clock right?"))
    adapter = get_adapter()
    picture = base64.b64encode(adapter.build_totp_svg(adapter.build_totp_url(person, secret)).encode()).decode()
    return answer(request, "access/code.html", vars(CodePage(form, picture, secret)), status=422 if form.errors else 200)


@require_POST
def code_away(request: ViewerRequest) -> HttpResponse:
    """Ask for no code any more."""
    return _taken_away(request, None)


@require_POST
def passkey_away(request: ViewerRequest, passkey_id: int) -> HttpResponse:
    """Forget a passkey of mine."""
    return _taken_away(request, passkey_id)


@never_cache
@require_POST
def papers(request: ViewerRequest) -> HttpResponse:
    """New codes on paper, shown this once."""
    person = _person(request)
    if not second_factor.has_any(person):
        raise Http404
    if not is_fresh(request):
        return log_in_again(request)
    return answer(
        request, "access/papers.html", vars(PapersPage(second_factor.new_papers(actor=request.viewer, at=timezone.now(), person=person)))
    )


@require_POST
def my_passkey_begin(request: ViewerRequest) -> HttpResponse:
    """What the browser needs to make a passkey."""
    if not is_fresh(request):
        return JsonResponse({"error": str(_AGAIN)}, status=400)
    return JsonResponse(second_factor.passkey_wanted(_person(request)))


@require_POST
def my_passkey(request: ViewerRequest) -> HttpResponse:
    """Keep the passkey that the browser has made."""
    if not is_fresh(request):
        return JsonResponse({"error": str(_AGAIN)}, status=400)
    try:
        second_factor.keep_passkey(
            actor=request.viewer, at=timezone.now(), person=_person(request), name=request.GET.get("name", ""), credential=_credential(request)
        )  # fmt: skip
    except ValueError:
        return JsonResponse({"error": _("This passkey could not be kept. Try once more.")}, status=400)
    entering.has_set_up(request)
    messages.success(request, _("The passkey opens from now on."))
    return JsonResponse({"url": reverse("security")})


def is_fresh(request: ViewerRequest) -> bool:
    """Whether the log-in of this session is recent enough for changing what guards it."""
    at = parse_datetime(request.session.get(OPENED, {}).get("at", ""))
    return at is not None and timezone.now() - at < FRESH


_AGAIN = gettext_lazy("This needs a log-in of the last quarter of an hour: log out and in again.")


def log_in_again(request: ViewerRequest) -> HttpResponse:
    """Back to the page of her log-in, with what she has to do first."""
    messages.warning(request, str(_AGAIN))
    return redirect("security")


def _taken_away(request: ViewerRequest, passkey_id: int | None) -> HttpResponse:
    if not is_fresh(request):
        return log_in_again(request)
    if not second_factor.take_away(actor=request.viewer, at=timezone.now(), person=_person(request), passkey_id=passkey_id):
        raise Http404
    messages.success(request, _("It is gone and opens nothing any more."))
    return redirect("security")


def _credential(request: ViewerRequest) -> dict[str, Any]:
    found = json.loads(request.body or b"null")
    if not isinstance(found, dict):
        raise ValueError("credential")
    return found


def _person(request: ViewerRequest) -> Person:
    assert isinstance(request.user, Person)
    return request.user


def _herself(person: Person) -> Viewer:
    return viewer_for(person)
