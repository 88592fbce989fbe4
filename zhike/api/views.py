"""What stands around the API: conditional answers, its description, and the end of every other address under it."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from functools import lru_cache, wraps
from typing import Any

from django.contrib.auth.decorators import login_not_required
from django.core.serializers.json import DjangoJSONEncoder
from django.http import HttpRequest, HttpResponse, HttpResponseNotModified
from django.utils import translation
from django.utils.cache import patch_vary_headers
from django.views.decorators.csrf import csrf_exempt

from zhike.access.scope import ViewerRequest
from zhike.api.describing import completed
from zhike.api.endpoints import api
from zhike.api.entering import Bearer
from zhike.api.problems import Problem, answer
from zhike.api.schemas import ProblemDetails

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
    if not request.viewer:
        try:
            if Bearer()(request) is None:
                raise Problem("token", headers={"WWW-Authenticate": "Bearer"})
        except Problem as wrong:
            return answer(request, wrong)
    return HttpResponse(document(translation.get_language() or "en"), content_type="application/json")


@lru_cache(maxsize=4)
def document(language: str) -> str:
    """The OpenAPI document in a language."""
    with translation.override(language):
        made = dict(api.get_openapi_schema(path_prefix="/api/v1/"))
        problem = ProblemDetails.model_json_schema(ref_template="#/components/schemas/{model}", mode="serialization")
        made["components"]["schemas"].update(problem.pop("$defs"))
        return json.dumps(completed(made, problem), cls=DjangoJSONEncoder, ensure_ascii=False)
