"""Acts on many customers: looked at, done, taken back."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from django.contrib import messages
from django.core.exceptions import BadRequest
from django.http import Http404, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from zhike.access.scope import ViewerRequest, require
from zhike.access.teams import NoSuchTeam, kept_by
from zhike.core.pages import is_fragment
from zhike.core.words import language
from zhike.parties.field_types import Definition, NotThis
from zhike.parties.setting import refusal, settable, setting_of
from zhike.parties.tagging import TagRefused
from zhike.parties.tags import tags
from zhike.workspace import bulk
from zhike.workspace.asking import Lens
from zhike.workspace.bulk import ACTS, RIGHTS, Act, Bulk, FieldMissing, Preview, TooMany
from zhike.workspace.conditions import Refused
from zhike.workspace.list_views import keys_of, lens_of
from zhike.workspace.looks import lists
from zhike.workspace.view_actions import NameMissing


@dataclass(frozen=True)
class SetField:
    """The declared field that is to be set, with what is typed: `choices` are value, word, and whether it is chosen."""

    definition: Definition
    label: str
    texts: Sequence[str]
    choices: Sequence[tuple[str, str, bool]]


@dataclass(frozen=True)
class BulkPage:
    """workspace/_bulk.html. `targets`: the lists or tags to choose from; `fields`: the declared fields; `error`: why it was not done."""

    act: Act
    lens: Lens
    preview: Preview
    ids: str
    targets: Sequence[tuple[int, str]]
    target: int | None
    name: str
    takes_name: bool
    error: str
    field: SetField | None = None
    fields: Sequence[tuple[str, str]] = ()


@require_http_methods(["GET", "POST"])
def many(request: ViewerRequest) -> HttpResponse:
    """An act on those ticked (`ids`) or all of the list: GET shows whom it would change, POST does it."""
    require(request.viewer, "customers.read")
    query = request.GET if request.method == "GET" else request.POST
    wanted, lens = _wanted(request, query)
    require(request.viewer, RIGHTS.get(wanted.act, "customers.read"))
    try:
        if wanted.act == "set":
            wanted = replace(wanted, setting=setting_of(request.viewer, query.get("field", ""), query.getlist("value")))
        if request.method == "GET":
            return _show(request, wanted, lens)
        kept = bulk.do(actor=request.viewer, at=timezone.now(), wanted=wanted)
    except Refused as refused:  # nobody is shown, and nothing is done to anybody
        raise BadRequest from refused
    except (NotThis, FieldMissing, NameMissing, NoSuchTeam, TagRefused, TooMany) as wrong:
        return _show(request, wanted, lens, _why(wrong))
    if not is_fragment(request):
        return redirect("work")
    answer = HttpResponse()
    toast = {"text": kept.title, "more": kept.note, "tone": "dark", "undo": {"url": kept.undo_url, "values": {}}, "target": "body"}
    answer["HX-Trigger"] = json.dumps({"zk-toast": toast, "zk-bulk-done": {"target": "body"}})
    return answer


def _why(wrong: Exception) -> str:
    """Why it was not done, and what to do."""
    if isinstance(wrong, TooMany):
        return _("At most %(most)s at once. Narrow the list.") % {"most": f"{wrong.most:,}"}
    if isinstance(wrong, NotThis):
        return refusal(wrong)
    if isinstance(wrong, NoSuchTeam):
        return _("Choose a team.")
    return _("Choose a field.") if isinstance(wrong, FieldMissing) else _("Give it a name, or choose one that is there.")


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
    elif wanted.act in ("team", "unteam"):
        targets = [(0, _("Choose a team")), *kept_by(request.viewer)]
    page = BulkPage(
        wanted.act, lens, bulk.preview(request.viewer, wanted), ",".join(map(str, wanted.keys)), targets, wanted.target, wanted.name,
        wanted.act in ("list", "tag"), error, *_fields(request),
    )  # fmt: skip
    context: dict[str, Any] = vars(page)
    return render(request, "workspace/_bulk.html", context)


def _fields(request: ViewerRequest) -> tuple[SetField | None, Sequence[tuple[str, str]]]:
    """The field that the dialog asks for with what is typed in it, and those to choose from."""
    query = request.GET if request.method == "GET" else request.POST
    if query.get("act") != "set":
        return None, ()
    words, fields = language(), settable(request.viewer)
    one = next((field for field in fields if field.name == query.get("field")), None)
    texts = query.getlist("value")
    offered = [(choice.value, one.words_of(choice.value, words)) for choice in one.choices] if one else []
    offered = [("yes", _("Yes")), ("no", _("No"))] if one and one.type == "yes_no" else offered
    shown = SetField(one, one.label(words), texts, [(value, word, value in texts) for value, word in offered]) if one else None
    return shown, [(field.name, field.label(words)) for field in fields]


@require_POST
def undo(request: ViewerRequest, work_id: int) -> HttpResponse:
    """Take an act back."""
    title = bulk.undo(actor=request.viewer, at=timezone.now(), work_id=work_id)
    messages.success(request, _("Taken back: %(title)s") % {"title": title})
    return redirect("work")
