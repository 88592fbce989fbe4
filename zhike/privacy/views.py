"""The list of requests over personal data, one request, the dialog that takes one in, its letters and its data."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _
from django.utils.translation import pgettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from zhike.access.scope import ViewerRequest, require
from zhike.access.working_days import known_until
from zhike.core.pages import Crumb, Tab, Words, answer, is_fragment
from zhike.core.paper import NoPaper, pdf
from zhike.parties import queries as parties
from zhike.privacy import actions, labels, queries, rules
from zhike.privacy.models import RightsRequest
from zhike.privacy.queries import RequestLine

LETTERS = ("received", "extended", "answer")


@dataclass(frozen=True)
class Outcome:
    """What a deletion did, in words: how far it went, and what stays (why, until when)."""

    measure: Words
    stays: Sequence[tuple[Words, date | None]]


@dataclass(frozen=True)
class RequestsPage:
    """privacy/requests.html."""

    title: str
    crumbs: Sequence[Crumb]
    tabs: Sequence[Tab]
    lines: Sequence[RequestLine]
    is_open: bool
    may_manage: bool
    calendar_until: date | None
    is_calendar_short: bool


@dataclass(frozen=True)
class RequestPage:
    """privacy/request.html. `error`: what was refused, `given`: what was typed."""

    title: str
    crumbs: Sequence[Crumb]
    line: RequestLine
    identities: Sequence[tuple[str, Words]]
    letters: Sequence[tuple[str, Words]]
    has_bundle: bool
    may_manage: bool
    error: Words = ""
    given: Mapping[str, str] | None = None
    can_delete: bool = False
    outcome: Outcome | None = None


@dataclass(frozen=True)
class RequestForm:
    """privacy/_request_form.html."""

    party_id: int
    kinds: Sequence[tuple[str, Words]]
    regimes: Sequence[tuple[str, Words]]
    requesters: Sequence[tuple[str, Words]]
    given: Mapping[str, Any]
    error: Words = ""


@require_GET
def requests(request: ViewerRequest) -> HttpResponse:
    """The requests of the customers one sees: the open ones by their last day, or (`state=decided`) the decided ones."""
    require(request.viewer, "customers.read")
    is_open = request.GET.get("state") != "decided"
    tabs = [
        Tab(pgettext("request", "Open"), reverse("privacy-requests"), current=is_open),
        Tab(_("Decided"), f"{reverse('privacy-requests')}?state=decided", current=not is_open),
    ]
    lines = queries.requests(request.viewer, is_open=is_open, today=timezone.localdate())
    until = known_until()
    page = RequestsPage(
        _("Requests over personal data"),
        [Crumb(_("Requests over personal data"))],
        tabs,
        lines,
        is_open,
        request.viewer.may(actions.MANAGE),
        until,
        until is None or any(line.row.due_date > until for line in lines if is_open),
    )
    return answer(request, "privacy/requests.html", vars(page))


@require_http_methods(["GET", "POST"])
def new(request: ViewerRequest, party_id: int) -> HttpResponse:
    """The dialog on a customer's page, and the taking in of what she asks."""
    parties.require_seen(request.viewer, party_id)
    require(request.viewer, actions.RECEIVE)
    if request.method == "GET":
        return _form(request, party_id, {})
    given = request.POST
    try:
        row = actions.receive(
            actor=request.viewer, at=timezone.now(), party_id=party_id, kind=given.get("kind", ""), wanted=given.get("wanted", ""),
            regime=given.get("regime", "cn"), requester=given.get("requester", "self"),
        )  # fmt: skip
    except actions.RequestRefused as wrong:
        return _form(request, party_id, given, labels.REFUSALS[wrong.reason])
    if not is_fragment(request):
        return redirect("privacy-request", row.pk)
    response = HttpResponse(status=204)
    told = _("Taken in; to be answered by %(day)s.") % {"day": row.due_date.isoformat()}
    response["HX-Trigger"] = json.dumps(
        {"zk-toast": {"text": told, "target": "body"}, "zk-done": {"target": "body", "panels": ["consents"]}}
    )
    return response


@require_http_methods(["GET", "POST"])
def one(request: ViewerRequest, request_id: int) -> HttpResponse:
    """One request with its clock; a POST does what `act` says: identity (`how`), extend (`text`), done, refused or withdrawn (`text`)."""
    if request.method == "GET":
        return _page(request, request_id)
    try:
        _act(request, request_id, request.POST.get("act", ""))
    except actions.RequestRefused as wrong:
        return _page(request, request_id, labels.REFUSALS[wrong.reason])
    messages.success(request, _("Kept."))
    return redirect("privacy-request", request_id)


def _act(request: ViewerRequest, request_id: int, act: str) -> None:
    actor, now, text = request.viewer, timezone.now(), request.POST.get("text", "")
    if act == "identity":
        actions.check_identity(actor=actor, at=now, request_id=request_id, how=request.POST.get("how", ""))
    elif act == "extend":
        actions.extend(actor=actor, at=now, request_id=request_id, reason=text)
    else:
        actions.answer(actor=actor, at=now, request_id=request_id, state=act, text=text)


@require_POST
@never_cache
def data(request: ViewerRequest, request_id: int) -> HttpResponse:
    """The data that a request asks for, as a folder of JSON and CSV; recorded."""
    now = timezone.now()
    require(request.viewer, "customers.read")
    try:
        made = actions.hand_out(actor=request.viewer, at=now, request_id=request_id)
    except actions.RequestRefused as wrong:
        return _page(request, request_id, labels.REFUSALS[wrong.reason])
    return _file(made.zipped(), "application/zip", f"personal-data-{request_id}-{timezone.localdate(now)}.zip")


@require_GET
@never_cache
def letter(request: ViewerRequest, request_id: int, which: str) -> HttpResponse:
    """A letter to the customer as PDF: received, extended or answer; where the machine makes no PDF, the page to print."""
    line = queries.request_line(request.viewer, request_id, timezone.localdate())
    require(request.viewer, actions.MANAGE)
    require(request.viewer, "customers.read")
    if which not in dict(_letters(line.row)):
        raise queries.RequestNotSeen
    bank = settings.ZHIKE_BANK_NAME or _("The bank's name is not set (ZHIKE_BANK_NAME)")
    html = render_to_string(
        "privacy/letter.html", {"line": line, "which": which, "bank": bank, "at": _now(), "outcome": _outcome(line.row)}, request
    )
    try:
        return _file(pdf(html, "privacy/letter.css"), "application/pdf", f"{which}-{request_id}.pdf")
    except NoPaper:
        return HttpResponse(html)


def _now() -> datetime:
    return timezone.localtime()


def _file(content: bytes, kind: str, name: str) -> HttpResponse:
    headers = {
        "Content-Disposition": content_disposition_header(as_attachment=True, filename=name) or "attachment",
        "Cache-Control": "private, no-store",
    }
    return HttpResponse(content, content_type=kind, headers=headers)


def _outcome(row: RightsRequest) -> Outcome | None:
    if not row.outcome:
        return None
    stays = [(labels.STAYS[one["why"]], date.fromisoformat(one["until"]) if one["until"] else None) for one in row.outcome["stays"]]
    return Outcome(labels.MEASURES[row.outcome["measure"]], stays)


def _letters(row: RightsRequest) -> list[tuple[str, Words]]:
    there = {"received": True, "extended": bool(row.extended_reason), "answer": row.state in ("done", "refused")}
    words = {"received": _("Letter: received"), "extended": _("Letter: it takes longer"), "answer": _("Letter: the answer")}
    return [(name, words[name]) for name in LETTERS if there[name]]


def _page(request: ViewerRequest, request_id: int, error: Words = "") -> HttpResponse:
    line = queries.request_line(request.viewer, request_id, timezone.localdate())
    require(request.viewer, "customers.read")
    row = line.row
    may_manage = request.viewer.may(actions.MANAGE)
    title = f"{RightsRequest.Kind(row.kind).label} · {line.name}"
    page = RequestPage(
        title, [Crumb(_("Requests over personal data"), reverse("privacy-requests")), Crumb(line.name)], line, list(RightsRequest.Identity.choices),
        _letters(row) if may_manage else (), row.kind in rules.WITH_BUNDLE and bool(row.identity) and row.state in ("open", "done"), may_manage, error,
        request.POST.dict() if error else None, may_manage and row.kind == "delete" and row.state == "open" and bool(row.identity), _outcome(row),
    )  # fmt: skip
    return answer(request, "privacy/request.html", vars(page), status=422 if error else 200)


def _form(request: ViewerRequest, party_id: int, given: Mapping[str, Any], error: Words = "") -> HttpResponse:
    made = RequestForm(party_id, RightsRequest.Kind.choices, RightsRequest.Regime.choices, RightsRequest.Requester.choices, given, error)
    return render(request, "privacy/_request_form.html", vars(made), status=422 if error else 200)
