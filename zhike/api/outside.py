"""What fails before a view is reached: a page for people, a problem for programs. Denials and what is not there never come here from
the API: its addresses handle them, and `nowhere` answers every other address under it."""

from __future__ import annotations

import logging

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from zhike.api.problems import Problem, answer
from zhike.core import pages
from zhike.core.pages import error_number

API = "/api/v1/"
log = logging.getLogger(__name__)


def bad_request(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """400: the request makes no sense by itself, such as one for a host that this is not."""
    if request.path_info.startswith(API):
        return answer(
            request, Problem("unreadable", _("Its headers or its address make no sense, such as a host name that is not this one's."))
        )
    return pages.bad_request(request, exception)


def server_error(request: HttpRequest) -> HttpResponse:
    """500: a program finds the number in the log, as people do."""
    if not request.path_info.startswith(API):
        return pages.server_error(request)
    number = error_number()
    log.error("API failed, number %s: %s %s", number, request.method, request.path)
    return answer(request, Problem("failed"), number=number)
