"""Pages of prospects, the dialog that declares a relation, and the trash."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse, HttpResponseBadRequest
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.dateparse import parse_date
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from zhike.access.scope import ViewerRequest, require
from zhike.core.pages import Crumb, Words, answer, is_fragment
from zhike.parties import labels, prospects, queries, searching
from zhike.parties import trash as bin_
from zhike.parties.models import Party
from zhike.parties.prospects import DECLARABLE, FIELDS, NEW_KINDS, Draft, OwnRefused

REASONS: Mapping[str, Words] = {
    **labels.REFUSALS,
    "not_own": gettext_lazy("A system of the bank keeps this customer; ask it for a correction."),
    "known_already": gettext_lazy("This relation is known already."),
    "ends_before": gettext_lazy("It cannot end before it begins."),
}
KINDS_OF_TRASH: Mapping[str, Words] = {
    "prospect": gettext_lazy("Prospect"), "relation": gettext_lazy("Relation"), "note": gettext_lazy("Note"), "list": gettext_lazy("List of customers"),
}  # fmt: skip
_INPUT = re.compile(r"v-[a-z][a-z0-9_]{1,39}")  # of a declared field


@dataclass(frozen=True)
class Input:
    """One input of a prospect's form."""

    name: str
    label: Words
    type: str
    value: str
    error: Words = ""


@dataclass(frozen=True)
class ProspectPage:
    """parties/prospect.html: `party` None while she is added; `hints` stand where a phone or e-mail is kept already, masked."""

    title: str
    crumbs: Sequence[Crumb]
    party: Party | None
    inputs: Sequence[Input]
    kinds: Sequence[tuple[str, Words]]
    kind: str
    sexes: Sequence[tuple[str, Words]]
    sex: str
    hints: Mapping[str, str]


@require_http_methods(["GET", "POST"])
@sensitive_post_parameters("mobile", "email")
def new(request: ViewerRequest) -> HttpResponse:
    """Add a prospect to one's own book."""
    require(request.viewer, "customers.edit")
    if request.method == "GET":
        return _page(request, None, {"name": request.GET.get("name", "")})
    viewer = request.viewer
    employee_id, unit_id = prospects.desk_for_new(viewer)
    try:
        key = prospects.add_prospect(actor=viewer, at=timezone.now(), draft=_draft(request.POST), employee_id=employee_id, unit_id=unit_id)
    except OwnRefused as wrong:
        return _page(request, None, request.POST, wrong)
    messages.success(request, _("Added as a prospect."))
    return redirect("customer", key)


@require_http_methods(["GET", "POST"])
@sensitive_post_parameters("mobile", "email")
def edit(request: ViewerRequest, party_id: int) -> HttpResponse:
    """Change a prospect of Zhike's own, or delete her (`act`)."""
    party = queries.party(request.viewer, party_id)
    require(request.viewer, "customers.edit")
    if not prospects.is_own(party):
        raise Http404
    if request.method == "GET":
        return _page(request, party, {name: _typed(getattr(party, name)) for name in FIELDS})
    if request.POST.get("act") == "delete":
        prospects.delete_prospect(actor=request.viewer, at=timezone.now(), party_id=party_id)
        messages.success(request, _("In the trash for 30 days."))
        return redirect("trash")
    try:
        prospects.change_prospect(actor=request.viewer, at=timezone.now(), party_id=party_id, draft=_draft(request.POST))
    except OwnRefused as wrong:
        return _page(request, party, request.POST, wrong)
    return redirect("customer", party_id)


@require_GET
def alike(request: ViewerRequest) -> HttpResponse:
    """Whom the draft may be, as a fragment (`name`, `mobile`); empty where nobody."""
    require(request.viewer, "customers.edit")
    name, mobile = request.GET.get("name", "")[:80], request.GET.get("mobile", "")[:40]
    found = searching.looks_like(request.viewer, name=name, mobile=mobile) if len(name) > 1 or len(mobile) > 6 else []
    return render(request, "parties/_alike.html", {"found": [(one, _why(one.matched)) for one in found]})


def _why(matched: str) -> Words:
    if matched == "name":
        return _("the same name")
    return _("the same ID number") if matched == "id_no" else _("the same number or address")


@require_http_methods(["GET", "POST"])
def relation_new(request: ViewerRequest, party_id: int) -> HttpResponse:
    """The dialog that declares a relation, and its declaring."""
    queries.require_seen(request.viewer, party_id)
    require(request.viewer, "customers.edit")
    if request.method == "GET":
        return _relation_form(request, party_id, {})
    given, other = request.POST, request.POST.get("other", "")
    try:
        key = prospects.declare_relation(
            actor=request.viewer, at=timezone.now(), party_id=party_id, other_id=int(other) if other.isdigit() else 0,
            type_=given.get("type", ""), from_date=_day(given.get("from_date", "")), to_date=_day(given.get("to_date", "")),
        )  # fmt: skip
    except OwnRefused as wrong:
        return _relation_form(request, party_id, given, wrong)
    undo = {"url": reverse("customer-relation", args=[party_id, key]), "values": {"act": "delete"}}
    return _done(request, party_id, _("The relation is kept, on both pages."), undo)


@require_POST
def relation(request: ViewerRequest, party_id: int, relation_id: int) -> HttpResponse:
    """End a declared relation (`act=end`, `to_date`), or put it into the trash (`act=delete`)."""
    queries.require_seen(request.viewer, party_id)
    require(request.viewer, "customers.edit")
    at = timezone.now()
    if request.POST.get("act") == "delete":
        key = prospects.delete_relation(actor=request.viewer, at=at, party_id=party_id, relation_id=relation_id)
        return _done(request, party_id, _("The relation is in the trash."), {"url": reverse("trash-restore", args=[key]), "values": {}})
    to_date = _day(request.POST.get("to_date", "")) or timezone.localdate()
    try:
        prospects.end_relation(actor=request.viewer, at=at, party_id=party_id, relation_id=relation_id, to_date=to_date)
    except OwnRefused:
        return HttpResponseBadRequest()
    return _done(request, party_id, _("The relation has ended."), None)


@require_GET
def pick(request: ViewerRequest) -> HttpResponse:
    """Customers to choose one of, by what is typed (`q`, or the input that `of` names), as radio buttons called `name`, the first one chosen."""
    require(request.viewer, "customers.read")
    words = request.GET.get(request.GET.get("of", "q"), "").strip()[:80]
    keys = searching.search(request.viewer, words, most=8) if len(words) > 1 else []
    name = request.GET.get("name", "")
    shown = {"lines": queries.lines(request.viewer, keys), "words": words, "name": name if _INPUT.fullmatch(name) else "other"}
    return render(request, "parties/_picks.html", shown)


@require_GET
def trash(request: ViewerRequest) -> HttpResponse:
    """What one may bring back."""
    thrown = [(one, labels.word(KINDS_OF_TRASH, one.kind)) for one in bin_.trash(request.viewer)]
    return answer(request, "parties/trash.html", {"title": _("Trash"), "crumbs": [Crumb(_("Trash"))], "thrown": thrown})


@require_POST
def restore(request: ViewerRequest, trash_id: int) -> HttpResponse:
    """Bring it back."""
    try:
        back = bin_.restore(actor=request.viewer, at=timezone.now(), trash_id=trash_id)
    except bin_.CannotRestore:
        messages.error(request, _("Something with the same key is there again; it cannot be brought back beside it."))
        return redirect("trash")
    messages.success(request, _("“%(title)s” is back.") % {"title": back.title})
    return redirect("trash")


def _page(request: ViewerRequest, party: Party | None, given: Mapping[str, Any], wrong: OwnRefused | None = None) -> HttpResponse:
    error = REASONS[wrong.reason] if wrong else ""
    inputs = [
        Input(
            name,
            labels.FIELDS[name],
            "date" if kind == "date" else "text",
            given.get(name) or "",
            error if wrong and wrong.field == name else "",
        )
        for name, kind in FIELDS.items()
        if name not in ("name", "sex")
    ]
    name = Input("name", labels.FIELDS["name"], "text", given.get("name") or "", error if wrong and wrong.field == "name" else "")
    hints = {point.kind: point.value.masked for point in queries.contact_points(request.viewer, party.pk)} if party else {}
    title = party.name if party else _("Add a prospect")
    page = ProspectPage(
        title, [Crumb(_("Customers"), reverse("customers")), Crumb(title)], party, [name, *inputs],
        [(kind, words) for kind, words in Party.Kind.choices if kind in NEW_KINDS], party.kind if party else given.get("kind", "individual"),
        list(labels.SEX.items()), given.get("sex") or "", hints,
    )  # fmt: skip
    return answer(request, "parties/prospect.html", vars(page), status=422 if wrong else 200)


def _draft(given: Mapping[str, Any]) -> Draft:
    texts = {name: str(given.get(name, "")) for name in FIELDS}
    return Draft(str(given.get("kind", "")), texts, str(given.get("mobile", "")), str(given.get("email", "")))


def _typed(value: Any) -> str:
    return "" if value is None else value.isoformat() if isinstance(value, date) else str(value)


def _relation_form(request: ViewerRequest, party_id: int, given: Mapping[str, Any], wrong: OwnRefused | None = None) -> HttpResponse:
    other = str(given.get("other", ""))
    context = {
        "party_id": party_id, "types": [(code, labels.RELATIONS[code]) for code in DECLARABLE], "given": given,
        "lines": queries.lines(request.viewer, [int(other)]) if other.isdigit() else [], "error": REASONS[wrong.reason] if wrong else "",
        "field": wrong.field if wrong else "",
    }  # fmt: skip
    return render(request, "parties/_relation_form.html", context, status=422 if wrong else 200)


def _done(request: ViewerRequest, party_id: int, text: str, undo: Mapping[str, Any] | None) -> HttpResponse:
    if not is_fragment(request):
        return redirect("customer", party_id)
    response = HttpResponse(status=204)
    toast = {"text": text, "target": "body", **({"undo": undo, "tone": "dark"} if undo else {})}
    response["HX-Trigger"] = json.dumps({"zk-toast": toast, "zk-done": {"target": "body", "panels": ["relations"]}})
    return response


def _day(text: str) -> date | None:
    try:
        return parse_date(text)
    except ValueError:
        return None
