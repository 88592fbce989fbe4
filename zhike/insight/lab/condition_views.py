"""The editor of the lab's two conditions, and what it asks while somebody works in it."""

from __future__ import annotations

import json
from functools import lru_cache
from typing import Any

from django.conf import settings
from django.http import Http404, HttpResponse, JsonResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_POST

from zhike.access.scope import ViewerRequest
from zhike.core.conditions.describing import described
from zhike.core.conditions.fields import Catalogue
from zhike.core.conditions.reading import Refused
from zhike.core.conditions.trees import EVERYBODY, LONGEST_STORED, MOST_NODES
from zhike.insight.lab import asking, counting, keeping
from zhike.insight.lab.asking import Meant
from zhike.insight.lab.fields import Catalogues, catalogues
from zhike.parties.rules import name_tokens


@require_GET
def editor(request: ViewerRequest, part: str) -> HttpResponse:
    """The editor of `of` or `then`, with the condition of the address in it, as a fragment."""
    keeping.may_ask(request.viewer)
    known = _of(catalogues(request.viewer), part)
    about = {
        **described(known, _spellings), "most": MOST_NODES, "tree": _plain(request.GET.get("where", "")), "choices": "",
        "read": reverse("insight-lab-read", args=[part]), "list": reverse("insight-lab-new"),
    }  # fmt: skip
    return render(request, "insight/_lab_editor.html", {"about": about})


@require_POST
def read(request: ViewerRequest, part: str) -> JsonResponse:
    """What a condition means while it is being made: its faults by row, or itself in words and how many fit after each line."""
    keeping.may_ask(request.viewer)
    known, asked = catalogues(request.viewer), asking.asked_in(request.POST)
    try:
        tree = asking.tree_of(request.POST.get("where", ""), _of(known, part))
    except Refused as refused:
        return JsonResponse({"problems": [{"at": one.at, "text": one.text} for one in refused.problems]})
    among = keeping.among(request.viewer)
    if part == "of":
        meant = Meant(asked, known, tree, EVERYBODY)
        steps = counting.whom(meant, settings.HOME, among)
    else:
        meant = Meant(asked, known, _else_everybody(asked.of, known.whom), tree)
        steps = counting.happened(meant, settings.HOME, among)
    return JsonResponse({"problems": [], "said": meant.words_of(part), "steps": [f"{n:,}" for n in steps], "where": asking.as_text(tree)})


def _else_everybody(text: str, catalogue: Catalogue) -> Any:
    try:
        return asking.tree_of(text, catalogue)
    except Refused:
        return EVERYBODY


def _of(known: Catalogues, part: str) -> Catalogue:
    if part not in ("of", "then"):
        raise Http404
    return known.whom if part == "of" else known.happens


def _plain(text: str) -> Any:
    try:
        given = json.loads(text[:LONGEST_STORED]) if text else None
    except (ValueError, RecursionError):
        return None
    return given.get("where") if isinstance(given, dict) else None


@lru_cache(maxsize=4000)
def _spellings(title: str) -> tuple[str, ...]:
    """What somebody may type for a title: itself, its pinyin, its initials."""
    return tuple({title.lower(), *name_tokens(title)})
