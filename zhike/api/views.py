"""What stands around the API: conditional answers, its description, and the end of every other address under it."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache, wraps
from typing import Any

from django.contrib.auth.decorators import login_not_required
from django.core.serializers.json import DjangoJSONEncoder
from django.http import HttpRequest, HttpResponse, HttpResponseNotModified
from django.utils import translation
from django.utils.cache import patch_vary_headers
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_GET

from zhike.access.scope import ViewerRequest
from zhike.api.describing import DESCRIPTION, completed
from zhike.api.endpoints import api
from zhike.api.entering import Bearer
from zhike.api.parameters import refuse_others
from zhike.api.problems import KINDS, Problem, answer
from zhike.api.rules import SCOPES
from zhike.api.schemas import ProblemDetails
from zhike.core import pages

View = Callable[..., HttpResponse]


def guarded(view: View) -> View:
    """A view of the API: no log-in page, no form's token; a refused method is a problem; a read says its ETag and answers 304."""

    @wraps(view)
    def guard(request: HttpRequest, **parts: Any) -> HttpResponse:
        response = view(request, **parts)
        if response.status_code == 405:
            response = answer(request, Problem("method", headers={"Allow": response["Allow"]}))
        if response.status_code == 401:
            response.headers.setdefault("WWW-Authenticate", "Bearer")
        if request.method == "GET" and response.status_code == 200:
            response = _conditional(request, response)
        response["Cache-Control"] = "private, no-cache"
        patch_vary_headers(response, ["Authorization", "Accept-Language"])
        return response

    return login_not_required(csrf_exempt(guard))


def _conditional(request: HttpRequest, response: HttpResponse) -> HttpResponse:
    tag = f'"{hashlib.sha256(response.content).hexdigest()[:32]}"'
    known = [part.strip().removeprefix("W/") for part in request.headers.get("If-None-Match", "").split(",")]
    if tag in known or known == ["*"]:
        response = HttpResponseNotModified()
    response["ETag"] = tag
    return response


@login_not_required
@csrf_exempt
def nowhere(request: HttpRequest, rest: str) -> HttpResponse:
    """Any other address under /api/v1/."""
    return answer(request, Problem("not-found"))


@login_not_required
def openapi(request: ViewerRequest) -> HttpResponse:
    """The OpenAPI 3.1 document, for whoever has logged in or has a token."""
    if request.method != "GET":
        return answer(request, Problem("method", headers={"Allow": "GET"}))
    try:
        if not request.viewer and Bearer()(request) is None:
            raise Problem("token", headers={"WWW-Authenticate": "Bearer"})
        refuse_others(request.GET, ())
    except Problem as wrong:
        return answer(request, wrong)
    return HttpResponse(document(translation.get_language() or "en"), content_type="application/json")


@dataclass(frozen=True)
class DocsPage:
    """api/docs.html: addresses by group as the OpenAPI document tells them, kinds of problems, rights of a token."""

    groups: Sequence[tuple[str, Sequence[Mapping[str, Any]]]]
    problems: Sequence[tuple[str, int, Any, Any]]
    scopes: Sequence[str]
    about: Any


@require_GET
def docs(request: ViewerRequest) -> HttpResponse:
    """The API in words: every address with its parameters and an example, every kind of problem."""
    page = DocsPage(_groups(translation.get_language() or "en"), [(kind, *told) for kind, told in KINDS.items()], SCOPES, DESCRIPTION)
    return pages.answer(request, "api/docs.html", vars(page))


def _groups(language: str) -> list[tuple[str, list[dict[str, Any]]]]:
    found: dict[str, list[dict[str, Any]]] = {}
    for path, methods in json.loads(document(language))["paths"].items():
        for method, told in methods.items():
            good = next(response for code, response in told["responses"].items() if code.startswith("20"))
            example = json.dumps(good["content"]["application/json"]["example"], ensure_ascii=False, indent=2)
            found.setdefault(told["tags"][0], []).append(
                {**told, "method": method.upper(), "path": path, "right": told.get("x-right", ""), "example": example}
            )
    return list(found.items())


@lru_cache(maxsize=4)
def document(language: str) -> str:
    """The OpenAPI document in a language."""
    with translation.override(language):
        made = dict(api.get_openapi_schema(path_prefix="/api/v1/"))
        problem = ProblemDetails.model_json_schema(ref_template="#/components/schemas/{model}", mode="serialization")
        made["components"]["schemas"].update(problem.pop("$defs"))
        return json.dumps(completed(made, problem), cls=DjangoJSONEncoder, ensure_ascii=False)
