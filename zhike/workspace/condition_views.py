"""Addresses of conditions on the customer list: the editor, what it asks while somebody works in it, and the count on demand."""

from __future__ import annotations

import json
from functools import lru_cache
from typing import Any

from django.http import HttpResponse, JsonResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from zhike.access.scope import ViewerRequest, require
from zhike.core.conditions.describing import described
from zhike.core.conditions.fields import Catalogue
from zhike.core.conditions.trees import LONGEST_STORED, MOST_NODES
from zhike.parties.rules import name_tokens
from zhike.workspace import conditions
from zhike.workspace.asking import list_asked
from zhike.workspace.conditions import Counted, Refused
from zhike.workspace.customer_fields import catalogue
from zhike.workspace.queries import ListAsked

MOST_CHOICES = 100


@require_GET
def editor(request: ViewerRequest) -> HttpResponse:
    """The editor with the condition of the address in it, readable or not, as a fragment."""
    require(request.viewer, "customers.read")
    tree = _plain(request.GET.get("where", ""))
    about = {
        **described(catalogue(request.viewer), _spellings), "most": MOST_NODES, "tree": tree, "counted": conditions.MOST_COUNTED,
        "read": reverse("condition-read"), "choices": reverse("condition-choices"), "list": reverse("customers"),
    }  # fmt: skip
    return render(request, "workspace/_condition_editor.html", {"about": about})


def _plain(text: str) -> Any:
    """The node in a stored form, as far as it is one: the editor shows what it can, and reading says what is wrong with the rest."""
    try:
        given = json.loads(text[:LONGEST_STORED]) if text else None
    except (ValueError, RecursionError):
        return None
    return given.get("where") if isinstance(given, dict) else None


@require_POST
def read(request: ViewerRequest) -> JsonResponse:
    """What a condition means while it is being made: its faults by row, or itself in words and how many fit after each line."""
    require(request.viewer, "customers.read")
    asked = list_asked_of(request)
    try:
        tree = conditions.read_for(request.viewer, request.POST.get("where", ""))
    except Refused as refused:
        problems = [{"at": problem.at, "text": problem.text} for problem in refused.problems]
        return JsonResponse({"problems": problems})
    found = conditions.counted(request.viewer, asked.which, tree)
    said = conditions.said_of(request.viewer, request.POST.get("where", ""))
    steps = [_shown(number, found.most) for number in found.steps]
    return JsonResponse({"problems": [], "said": said, "steps": steps, "where": conditions.as_text(tree)})


def _shown(number: int | None, most: int) -> str:
    return "" if number is None else f"{most:,}+" if number >= most else f"{number:,}"


@require_GET
def count(request: ViewerRequest) -> HttpResponse:
    """How many customers the list of the same address has: exactly up to ten thousand, `exact`: to the last one."""
    require(request.viewer, "customers.read")
    asked = list_asked_of(request)
    try:
        tree = conditions.read_for(request.viewer, asked.where or conditions.as_text(conditions.EVERYBODY))
        found = conditions.count(request.viewer, asked.which, tree, exact="exact" in request.GET)
    except Refused:
        found = Counted([None])
    is_over = found.total is not None and found.total >= found.most
    return render(request, "workspace/_count.html", {"total": found.total, "is_over": is_over})


def list_asked_of(request: ViewerRequest) -> ListAsked:
    """What the list's own address asks for, also where another address carries its parameters."""
    given = request.POST if request.method == "POST" else request.GET
    return list_asked(request.viewer, given, getattr(request.user, "employee_id", None))


@require_GET
def choices(request: ViewerRequest) -> JsonResponse:
    """Choices of a field that has many of them, by what is typed (`q`) or by their keys (`key`); `has` leads through relations."""
    require(request.viewer, "customers.read")
    known: Catalogue | None = catalogue(request.viewer)
    for name in request.GET.getlist("has"):
        relation = known.relations.get(name) if known else None
        known = relation.catalogue() if relation else None
    asked = known.fields.get(request.GET.get("field", "")) if known else None
    every = asked.choices() if asked and asked.choices else ()
    words, keys = request.GET.get("q", "").strip().lower(), set(request.GET.getlist("key"))
    fitting = [
        [one.key, str(one.title)] for one in every
        if (one.key in keys if keys else any(token.startswith(words) or words in token for token in _spellings(str(one.title))))
    ]  # fmt: skip
    return JsonResponse({"choices": fitting[:MOST_CHOICES], "more": len(fitting) > MOST_CHOICES, "said": _("Type to narrow")})


@lru_cache(maxsize=4000)
def _spellings(title: str) -> tuple[str, ...]:
    """What somebody may type for a title: itself, its pinyin, its initials."""
    return tuple({title.lower(), *name_tokens(title)})
