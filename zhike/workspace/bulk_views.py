"""Acts on many customers: looked at, done, taken back."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.core.exceptions import BadRequest
from django.http import Http404, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from zhike.access.scope import ViewerRequest, require
from zhike.core.pages import is_fragment
from zhike.parties.tagging import TagRefused
from zhike.parties.tags import tags
from zhike.workspace import bulk
from zhike.workspace.asking import Lens
from zhike.workspace.bulk import ACTS, RIGHTS, Act, Bulk, Preview, TooMany
from zhike.workspace.conditions import Refused
from zhike.workspace.list_views import keys_of, lens_of
from zhike.workspace.looks import lists
from zhike.workspace.view_actions import NameMissing


@dataclass(frozen=True)
class BulkPage:
    """workspace/_bulk.html. `targets`: the lists or tags to choose from; `error`: why it was not done."""

    act: Act
    lens: Lens
    preview: Preview
    ids: str
    targets: Sequence[tuple[int, str]]
    target: int | None
    name: str
    takes_name: bool
    error: str


@require_http_methods(["GET", "POST"])
def many(request: ViewerRequest) -> HttpResponse:
    """An act on those ticked (`ids`) or all of the list: GET shows whom it would change, POST does it."""
    require(request.viewer, "customers.read")
    query = request.GET if request.method == "GET" else request.POST
    wanted, lens = _wanted(request, query)
    require(request.viewer, RIGHTS.get(wanted.act, "customers.read"))
    try:
        if request.method == "GET":
            return _show(request, wanted, lens)
        kept = bulk.do(actor=request.viewer, at=timezone.now(), wanted=wanted)
    except Refused as refused:  # nobody is shown, and nothing is done to anybody
        raise BadRequest from refused
    except (NameMissing, TagRefused):
        return _show(request, wanted, lens, _("Give it a name, or choose one that is there."))
    except TooMany as too_many:
        return _show(request, wanted, lens, _("At most %(most)s at once. Narrow the list.") % {"most": f"{too_many.most:,}"})
    if not is_fragment(request):
        return redirect("work")
    answer = HttpResponse()
    toast = {"text": kept.title, "more": kept.note, "tone": "dark", "undo": {"url": kept.undo_url, "values": {}}, "target": "body"}
    answer["HX-Trigger"] = json.dumps({"zk-toast": toast, "zk-bulk-done": {"target": "body"}})
    return answer


def _wanted(request: ViewerRequest, query: QueryDict) -> tuple[Bulk, Lens]:
    act = next((one for one in ACTS if one == query.get("act")), None)
    if act is None:
        raise Http404
    lens = lens_of(request, query)
    keys = keys_of(query)
    if not keys and not query.get("all"):
        raise Http404
    target = query.get("target", "")
    name = query.get("name", "").strip()
    chosen = int(target) if target.isdecimal() and not name else None
    return Bulk(act, lens.asked, keys, chosen, name, lens.state.get("where", "")), lens


def _show(request: ViewerRequest, wanted: Bulk, lens: Lens, error: str = "") -> HttpResponse:
    targets: list[tuple[int, str]] = []
    if wanted.act in ("list", "unlist"):
        targets = [(row.pk, row.name) for row, _count in lists(request.viewer)]
    elif wanted.act in ("tag", "untag"):
        targets = [(tag.id, tag.name) for tag in tags(request.viewer)]
    page = BulkPage(
        wanted.act, lens, bulk.preview(request.viewer, wanted), ",".join(map(str, wanted.keys)), targets, wanted.target, wanted.name,
        wanted.act in ("list", "tag"), error,
    )  # fmt: skip
    context: dict[str, Any] = vars(page)
    return render(request, "workspace/_bulk.html", context)


@require_POST
def undo(request: ViewerRequest, work_id: int) -> HttpResponse:
    """Take an act back."""
    title = bulk.undo(actor=request.viewer, at=timezone.now(), work_id=work_id)
    messages.success(request, _("Taken back: %(title)s") % {"title": title})
    return redirect("work")
