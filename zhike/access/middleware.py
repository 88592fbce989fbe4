"""One transaction a request, in which the database knows who asks (decision 16).

`transaction_and_viewer` stands outside sessions and log-in, since they write too; until the person is known, the viewer is nobody.
`person_of_the_request` stands innermost. Both are synchronous, so that everything between them and the view runs in one thread, on one
connection. What streams runs after the transaction: it enters its viewer by itself.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable
from typing import cast

from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import translation

from zhike.access import scope
from zhike.access.addresses import address_of
from zhike.access.doors import coming_through
from zhike.access.entering import must_set_up, turned_away
from zhike.access.models import Person
from zhike.access.scope import NOBODY, REQUEST_ID, announce, viewer_for

API = "/api/v1/"
Answer = Callable[[HttpRequest], HttpResponse]


class ViewerRequest(scope.ViewerRequest):
    """A request as this middleware makes it."""

    request_id: str
    is_taken_back: bool


class RequestTransaction:
    """Opens the transaction; takes everything back when the view raised or the answer is a server's error."""

    def __init__(self, get_response: Answer) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        asked = cast(ViewerRequest, request)
        asked.viewer, asked.is_taken_back, asked.request_id = NOBODY, False, secrets.token_hex(8)
        here = REQUEST_ID.set(asked.request_id)
        door = coming_through("api" if request.path_info.startswith(API) else "page", address_of(request) or "")
        try:
            with door, transaction.atomic():
                announce(NOBODY)
                response = self.get_response(request)
                if asked.is_taken_back or response.status_code >= 500:
                    transaction.set_rollback(True)
        finally:
            REQUEST_ID.reset(here)  # what is remembered for a request ends with it: the thread goes on to other things
        return response

    def process_exception(self, request: HttpRequest, _exception: Exception) -> None:
        """Called when a view raises, also what becomes a 403 or 404: half an act is not kept."""
        cast(ViewerRequest, request).is_taken_back = True


transaction_and_viewer = RequestTransaction


def person_of_the_request(get_response: Answer) -> Answer:
    """Puts `request.viewer`, tells the database, and answers in the person's language."""

    def answer(request: HttpRequest) -> HttpResponse:
        if isinstance(request.user, Person):
            request.viewer = viewer_for(request.user)  # type: ignore[attr-defined]
            announce(request.viewer)  # type: ignore[attr-defined]
            turned_away(cast(ViewerRequest, request), request.user)
            if must_set_up(cast(ViewerRequest, request)):
                return redirect("security")
        if isinstance(request.user, Person) and request.user.language:
            translation.activate(request.user.language)
            request.LANGUAGE_CODE = translation.get_language() or "en"
        return get_response(request)

    return answer
