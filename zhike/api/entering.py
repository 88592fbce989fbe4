"""How a program is let in: its token, how often it may ask, in which language it is answered."""

from __future__ import annotations

from typing import cast

from django.conf import settings
from django.http import HttpRequest
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from ninja.security import HttpBearer

from zhike.access.scope import Viewer, announce
from zhike.api.problems import Problem
from zhike.api.tokens import Holder, TokenUnfit, holder_of
from zhike.core.rates import Rates

RATES = Rates()  # by token
_INVALID = {"WWW-Authenticate": 'Bearer error="invalid_token"'}


class ApiRequest(HttpRequest):
    """A request whose token has been looked at."""

    viewer: Viewer
    auth: Holder


class Bearer(HttpBearer):
    """Lets in who shows a valid token, as its person: from here on the database knows who asks, whoever is logged in otherwise."""

    def authenticate(self, request: HttpRequest, token: str) -> Holder:
        """The token's holder, entered. Raises `Problem`."""
        try:
            holder = holder_of(token.strip(), timezone.now())
        except TokenUnfit as wrong:
            raise Problem("token", why_unfit(wrong.reason), headers=_INVALID) from wrong
        if wait := RATES.spend(holder.token_id, most=settings.API_RATE):
            raise Problem("too-many", headers={"Retry-After": str(wait)})
        cast(ApiRequest, request).viewer = holder.viewer
        announce(holder.viewer)
        _speak(request, holder.language)
        return holder


def why_unfit(reason: str) -> str:
    """Why a token does not open, in words. Whoever has its text may know."""
    words = {
        "revoked": _("This token has been revoked."),
        "expired": _("This token has expired."),
        "person": _("The person of this token may not log in any more."),
    }
    return words.get(reason, _("Nobody has this token."))


def _speak(request: HttpRequest, language: str) -> None:
    """Answer in the language asked for; where none is asked for, in the person's own."""
    if language and not request.headers.get("Accept-Language"):
        translation.activate(language)
