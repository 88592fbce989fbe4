"""The panel of a customer's consents and the dialog that adds to their ledger."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.dateparse import parse_date
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from zhike.access.scope import ViewerRequest, require
from zhike.core.asof import asked_day, end_of
from zhike.core.pages import Words, is_fragment
from zhike.parties import consenting, labels, queries
from zhike.parties import consents as reads
from zhike.parties.consent_rules import CHANNELS, GIVEN, PURPOSES, SEPARATE, WITHDRAWN
from zhike.parties.restrictions import RestrictionLine, restrictions


@dataclass(frozen=True)
class ConsentsPanel:
    """parties/_consents.html."""

    lines: Sequence[reads.ConsentLine]
    restrictions: Sequence[RestrictionLine]
    party_id: int
    may_write: bool


@dataclass(frozen=True)
class ConsentForm:
    """parties/_consent_form.html: what is chosen and typed, and what is wrong with `field`."""

    party_id: int
    is_given: bool
    purposes: Sequence[tuple[str, Words]]
    channels: Sequence[tuple[str, Words]]
    separate: Sequence[Words]
    given: Mapping[str, Any]
    field: str = ""
    error: Words = ""


@require_http_methods(["GET", "POST"])
def consents(request: ViewerRequest, party_id: int) -> HttpResponse:
    """What a customer agreed to, today or as of a past day; a POST adds an entry (`state`, `purpose`, `channel`, `evidence`, …)."""
    queries.require_seen(request.viewer, party_id)
    require(request.viewer, "customers.read")
    if request.method == "POST":
        return _keep(request, party_id)
    on = asked_day(request)
    lines = reads.consents(request.viewer, party_id, until=end_of(on))
    barred = restrictions(request.viewer, party_id, until=end_of(on))
    panel = ConsentsPanel(lines, barred, party_id, request.viewer.may("consents.write") and on is None)
    return render(request, "parties/_consents.html", vars(panel))


@require_GET
def form(request: ViewerRequest, party_id: int) -> HttpResponse:
    """The dialog: `state` given or withdrawn, of a `purpose` and `channel` where they are known."""
    queries.require_seen(request.viewer, party_id)
    require(request.viewer, "consents.write")
    return _form(request, party_id, request.GET)


@require_POST
def cancel(request: ViewerRequest, party_id: int, entry_id: int) -> HttpResponse:
    """Cancel an entry that was written here by mistake."""
    consenting.cancel_entry(actor=request.viewer, at=timezone.now(), party_id=party_id, entry_id=entry_id)
    return _done(request, party_id, _("The entry is cancelled. It stays in the ledger, struck out."), None)


def _keep(request: ViewerRequest, party_id: int) -> HttpResponse:
    given = request.POST
    try:
        entry = consenting.keep_consent(
            actor=request.viewer, at=timezone.now(), party_id=party_id, state=given.get("state", ""), purpose=given.get("purpose", ""),
            channel=given.get("channel", ""), evidence=given.get("evidence", ""), notice_version=given.get("notice_version", ""),
            expires_date=day_from(given.get("expires_date", "")),
        )  # fmt: skip
    except consenting.ConsentRefused as wrong:
        return _form(request, party_id, given, wrong)
    told = _("Consent is kept.") if entry.state == GIVEN else _("Consent is withdrawn, from this moment on.")
    undo = {"url": reverse("customer-consent-cancel", args=[party_id, entry.pk]), "values": {}}
    return _done(request, party_id, told, undo)


def _form(request: ViewerRequest, party_id: int, given: Mapping[str, Any], wrong: consenting.ConsentRefused | None = None) -> HttpResponse:
    purposes = list(dict.fromkeys([*PURPOSES, *reads.known_purposes(request.viewer, party_id)]))
    channels = list(dict.fromkeys([*CHANNELS, str(given.get("channel", ""))]))
    made = ConsentForm(
        party_id, given.get("state") != WITHDRAWN, [(code, labels.word(labels.CONSENT_PURPOSES, code)) for code in purposes],
        [(code, labels.channel(code)) for code in channels], [labels.CONSENT_PURPOSES[code] for code in PURPOSES if code in SEPARATE], given,
        wrong.field if wrong else "", labels.CONSENT_REFUSALS[wrong.reason] if wrong else "",
    )  # fmt: skip
    return render(request, "parties/_consent_form.html", vars(made), status=422 if wrong else 200)


def _done(request: ViewerRequest, party_id: int, text: str, undo: Mapping[str, Any] | None) -> HttpResponse:
    if not is_fragment(request):
        return redirect("customer", party_id)
    toast = {"text": text, "target": "body", **({"undo": undo, "tone": "dark"} if undo else {})}
    response = HttpResponse(status=204)
    response["HX-Trigger"] = json.dumps({"zk-toast": toast, "zk-done": {"target": "body", "panels": ["consents", "timeline"]}})
    return response


def day_from(text: str) -> date | None:
    """A day as an input sends it; None for nothing and for what is no day."""
    try:
        return parse_date(text)
    except ValueError:  # 30 February
        return None
