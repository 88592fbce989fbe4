"""What the pages of audiences fetch: the editor, what a condition means while it is made, its breakdown, a few of its customers."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from django.http import HttpResponse, JsonResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.safestring import SafeString
from django.views.decorators.http import require_GET, require_POST

from zhike.access.scope import ViewerRequest, require
from zhike.audiences import counting, queries
from zhike.core.conditions.describing import described
from zhike.core.conditions.trees import LONGEST_STORED, MOST_NODES
from zhike.core.deadlines import TookTooLong
from zhike.parties.queries import Which
from zhike.parties.rules import name_tokens
from zhike.workspace import conditions
from zhike.workspace.conditions import Refused
from zhike.workspace.customer_fields import catalogue
from zhike.workspace.rows import customer_rows


@require_GET
def editor(request: ViewerRequest) -> HttpResponse:
    """The editor with the condition of the address in it; what it applies comes back to the page that it stands on."""
    require(request.viewer, "customers.read")
    about = {
        **described(catalogue(request.viewer), lambda title: sorted({title.lower(), *name_tokens(title)})), "most": MOST_NODES,
        "tree": _plain(request.GET.get("where", "")), "counted": conditions.MOST_COUNTED, "read": reverse("audience-read"),
        "choices": reverse("condition-choices"), "list": "",
    }  # fmt: skip
    return render(request, "core/_conditions.html", {"about": about})


def _plain(text: str) -> Any:
    """The node in a stored form, as far as it is one: reading says what is wrong with the rest."""
    try:
        given = json.loads(text[:LONGEST_STORED]) if text else None
    except (ValueError, RecursionError):
        return None
    return given.get("where") if isinstance(given, dict) else None


@require_POST
def read(request: ViewerRequest) -> JsonResponse:
    """What a condition means while it is being made, over everybody she sees: its faults by row, or itself in words and counted line by line."""
    require(request.viewer, "customers.read")
    try:
        tree = conditions.read_for(request.viewer, request.POST.get("where", ""))
    except Refused as refused:
        return JsonResponse({"problems": [{"at": problem.at, "text": problem.text} for problem in refused.problems]})
    found = conditions.counted(request.viewer, Which(), tree)
    steps = ["" if number is None else f"{number:,}{'+' if number >= found.most else ''}" for number in found.steps]
    said = conditions.said_of(request.viewer, request.POST.get("where", ""))
    return JsonResponse({"problems": [], "said": said, "steps": steps, "where": conditions.as_text(tree)})


@require_GET
def breakdown(request: ViewerRequest) -> HttpResponse:
    """Panel: how many they are, by outlet, tier, age, assets and kind."""
    return _panel(
        request, "audiences/_breakdown.html", lambda said: {"found": counting.breakdown(request.viewer, said.tree)} if said.tree else {}
    )


@require_GET
def sample(request: ViewerRequest) -> HttpResponse:
    """Panel: a few of them, masked as in every list."""

    def rows(said: queries.Said) -> dict[str, Any]:
        if said.tree is None:
            return {}
        found, columns = counting.sample(request.viewer, said.tree)
        table: SafeString = customer_rows(found, columns)
        return {"rows": table, "columns": columns, "where": said.where, "is_empty": not found}

    return _panel(request, "audiences/_sample.html", rows)


def _panel(request: ViewerRequest, template: str, fill: Callable[[queries.Said], dict[str, Any]]) -> HttpResponse:
    require(request.viewer, "customers.read")
    said = queries.said_of(request.viewer, request.GET.get("where", ""))
    try:
        context = fill(said)
    except TookTooLong:
        context = {"is_too_broad": True}
    return render(request, template, {"fault": "" if said.tree is not None else said.text, **context})
