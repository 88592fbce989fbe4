"""What a program is told when something cannot be answered: problem details (RFC 9457), in the language asked for."""

from __future__ import annotations

import json
import logging
from collections.abc import Mapping, Sequence
from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from ninja import NinjaAPI
from ninja.errors import AuthenticationError, HttpError, ValidationError

from zhike.core.pages import error_number

log = logging.getLogger(__name__)

MEDIA_TYPE = "application/problem+json"
WHERE = "/api/docs/#"  # what a problem's `type` leads to

# kind → (status, title, what to do)
KINDS: Mapping[str, tuple[int, str | Promise, str | Promise]] = {
    "unreadable": (400, gettext_lazy("The request cannot be read"), gettext_lazy("The body must be JSON in UTF-8, as the description of the address says.")),
    "cursor": (400, gettext_lazy("This is not a cursor of this list"), gettext_lazy("Take `next` from the last answer to the same question, or begin without a cursor.")),
    "token": (401, gettext_lazy("A token is needed"), gettext_lazy("Send the header `Authorization: Bearer` with a token that is valid.")),
    "right": (403, gettext_lazy("Not allowed"), gettext_lazy("The token or its person lacks this right.")),
    "not-found": (404, gettext_lazy("Not there"), gettext_lazy("There is nothing at this address, or not within this token's reach.")),
    "method": (405, gettext_lazy("Not at this address"), gettext_lazy("The header `Allow` names what this address takes.")),
    "question": (422, gettext_lazy("The question does not fit"), gettext_lazy("`errors` names what does not fit, and why.")),
    "key-used": (422, gettext_lazy("This Idempotency-Key was used for another request"), gettext_lazy("Send a new key with a new request; the old key only with the same body.")),
    "too-many": (429, gettext_lazy("Too many requests"), gettext_lazy("Wait as many seconds as the header `Retry-After` says.")),
    "failed": (500, gettext_lazy("It failed"), gettext_lazy("It is not your fault. The number leads to it in the log.")),
}  # fmt: skip


class Problem(Exception):
    """Something that is answered with problem details: `kind` of KINDS, `detail` in place of what the kind says to do."""

    def __init__(
        self, kind: str, detail: str = "", *, errors: Sequence[Mapping[str, str]] = (), headers: Mapping[str, str] | None = None
    ) -> None:
        super().__init__(kind)
        self.kind, self.detail, self.errors, self.headers = kind, detail, errors, dict(headers or {})


def answer(request: HttpRequest, problem: Problem, **more: str) -> HttpResponse:
    """A problem as a response; `more` are further members."""
    status, title, what_to_do = KINDS[problem.kind]
    body: dict[str, Any] = {
        "type": WHERE + problem.kind, "title": str(title), "status": status, "detail": problem.detail or str(what_to_do),
        "instance": request.path, **more,
    }  # fmt: skip
    if problem.errors:
        body["errors"] = list(problem.errors)
    response = HttpResponse(json.dumps(body, ensure_ascii=False), status=status, content_type=MEDIA_TYPE)
    for name, value in problem.headers.items():
        response[name] = value
    return response


def question(where: str, name: str, detail: str) -> Problem:
    """A problem with one thing of the question: `where` is query, header, path or body; a name in the body is a JSON pointer."""
    return Problem("question", errors=[_error(where, name, detail)])


def wrong_parameter(name: str, detail: str) -> dict[str, str]:
    """One finding about a parameter of the address, for the `errors` of a problem."""
    return _error("query", name, detail)


def _error(where: str, name: str, detail: str) -> dict[str, str]:
    place = {"body": "pointer", "query": "parameter", "path": "parameter", "header": "header"}.get(where, "parameter")
    return {place: f"#/{name}" if place == "pointer" else name, "detail": detail}


def handle(api: NinjaAPI) -> None:
    """Have every error of an API answered as a problem."""
    api.add_exception_handler(Problem, _problem)
    api.add_exception_handler(Http404, lambda request, _wrong: answer(request, Problem("not-found")))
    api.add_exception_handler(PermissionDenied, _denied)
    api.add_exception_handler(AuthenticationError, lambda request, _wrong: answer(request, Problem("token")))
    api.add_exception_handler(HttpError, _http_error)
    api.add_exception_handler(ValidationError, _invalid)
    api.add_exception_handler(Exception, _failed)


def _problem(request: HttpRequest, wrong: Problem | type[Problem]) -> HttpResponse:
    return answer(request, wrong if isinstance(wrong, Problem) else Problem("failed"))


def _denied(request: HttpRequest, wrong: PermissionDenied | type[PermissionDenied]) -> HttpResponse:
    right = str(wrong)
    detail = _("The right %(right)s is missing: the token does not carry it, or its person does not hold it.") % {"right": right}
    return answer(request, Problem("right", detail if right else ""), **({"right": right} if right else {}))


def _http_error(request: HttpRequest, wrong: HttpError | type[HttpError]) -> HttpResponse:
    """What the library refuses by itself: a body that is no JSON."""
    if isinstance(wrong, HttpError) and wrong.status_code == 400:
        return answer(request, Problem("unreadable"))
    return _failed(request, wrong)


def _failed(request: HttpRequest, wrong: Exception | type[Exception]) -> HttpResponse:
    number = error_number()
    log.error(
        "API failed, number %s: %s %s", number, request.method, request.path, exc_info=wrong if isinstance(wrong, Exception) else True
    )
    return answer(request, Problem("failed"), number=number)


def _invalid(request: HttpRequest, wrong: ValidationError | type[ValidationError]) -> HttpResponse:
    found = wrong.errors if isinstance(wrong, ValidationError) else []
    return answer(request, Problem("question", errors=[_told(error) for error in found]))


def _told(error: Mapping[str, Any]) -> dict[str, str]:
    """A finding of the validation: where, and in the reader's words what would fit."""
    where, *path = (str(part) for part in error.get("loc", ("body",)))
    names = path[1:] if where == "body" and len(path) > 1 else path
    return _error(where, "/".join(names), what_fits(str(error.get("type", "")), error.get("ctx") or {}))


def what_fits(kind: str, limits: Mapping[str, Any]) -> str:
    """What a value has to be, by the kind of the validation's finding and its limits."""
    words = {
        "missing": _("It must be given."),
        "extra_forbidden": _("There is no such thing here."),
        "int_parsing": _("It must be a whole number."), "int_type": _("It must be a whole number."), "int_from_float": _("It must be a whole number."),
        "int_parsing_size": _("The number is too large."),
        "bool_parsing": _("It must be true or false."), "bool_type": _("It must be true or false."),
        "string_type": _("It must be a text."), "string_unicode": _("It must be a text in UTF-8."),
        "string_pattern_mismatch": _("It does not have the form that the description shows."),
        "date_from_datetime_parsing": _("It must be a day, such as 2026-09-30."), "date_parsing": _("It must be a day, such as 2026-09-30."),
        "date_type": _("It must be a day, such as 2026-09-30."),
        "datetime_from_date_parsing": _("It must be an instant with its zone, such as 2026-09-30T09:00:00Z."),
        "datetime_parsing": _("It must be an instant with its zone, such as 2026-09-30T09:00:00Z."),
        "datetime_type": _("It must be an instant with its zone, such as 2026-09-30T09:00:00Z."),
        "timezone_aware": _("It must be an instant with its zone, such as 2026-09-30T09:00:00Z."),
        "model_type": _("It must be a JSON object."), "model_attributes_type": _("It must be a JSON object."), "dict_type": _("It must be a JSON object."),
    }  # fmt: skip
    limited = {
        "greater_than_equal": _("At least %(ge)s."), "less_than_equal": _("At most %(le)s."), "string_too_long": _("At most %(max_length)s characters."),
        "string_too_short": _("At least %(min_length)s characters."), "literal_error": _("One of: %(expected)s."),
    }  # fmt: skip
    if kind in limited:
        return limited[kind] % limits
    return words.get(kind, _("It does not fit the description."))
