"""How a program is let in: its token, how often it may ask, in which language it is answered."""

from __future__ import annotations

import math
import threading
import time
from typing import cast

from django.conf import settings
from django.http import HttpRequest
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from ninja.security import HttpBearer

from zhike.access.scope import Viewer, announce
from zhike.api.problems import Problem
from zhike.api.tokens import Holder, TokenUnfit, holder_of

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
        RATES.spend(holder.token_id)
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


class Rates:
    """How often each token may ask: as many times a minute as the setting says, saved up for a minute at most.

    Counted in each web process by itself: a row in the database would make requests of one token wait for each other.
    """

    def __init__(self) -> None:
        self._left: dict[int, tuple[float, float]] = {}
        self._lock = threading.Lock()

    def spend(self, token_id: int, *, now: float | None = None) -> None:
        """Count one request. Raises `Problem` when there is none left."""
        most = settings.API_RATE
        at = time.monotonic() if now is None else now
        with self._lock:
            left, since = self._left.get(token_id, (float(most), at))
            left = min(float(most), left + (at - since) * most / 60)
            if left < 1:
                wait = math.ceil((1 - left) * 60 / most)
                raise Problem("too-many", headers={"Retry-After": str(wait)})
            self._left[token_id] = (left - 1, at)


RATES = Rates()
