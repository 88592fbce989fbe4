"""Flags in the head of a customer's page, and the dialog that restricts contacting her."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from zhike.access.scope import ViewerRequest, require
from zhike.core.asof import asked_day, end_of
from zhike.core.pages import Words, is_fragment
from zhike.parties import labels, queries, restricting
from zhike.parties import restrictions as reads
from zhike.parties.consent_rules import CHANNELS
from zhike.parties.consent_views import day_from
from zhike.parties.restriction_models import ContactRestriction
from zhike.parties.restriction_rules import NEEDS
from zhike.parties.seeing import why_beside


@dataclass(frozen=True)
class RestrictionForm:
    """parties/_restriction_form.html."""

    party_id: int
    kinds: Sequence[tuple[str, Words]]
    channels: Sequence[tuple[str, Words]]
    given: Mapping[str, Any]
    field: str = ""
    error: Words = ""


@require_GET
def flags(request: ViewerRequest, party_id: int) -> HttpResponse:
    """What restricts a customer, as flags, and why who asks sees her, where that is not by her own role and place; empty where nothing is so."""
    queries.require_seen(request.viewer, party_id)
    require(request.viewer, "customers.read")
    found = reads.restrictions(request.viewer, party_id, until=end_of(asked_day(request)))
    ways = why_beside(request.viewer, request.user, party_id, timezone.now())
    return render(request, "parties/_flags.html", {"flags": found, "party_id": party_id, "ways": ways})


@require_http_methods(["GET", "POST"])
def new(request: ViewerRequest, party_id: int) -> HttpResponse:
    """The dialog (`kind`, `channel`), and its keeping."""
    queries.require_seen(request.viewer, party_id)
    require(request.viewer, "consents.write")
    given = request.POST
    if request.method == "GET":
        return _form(request, party_id, request.GET)
    try:
        row = restricting.restrict(
            actor=request.viewer, at=timezone.now(), party_id=party_id, kind=given.get("kind", ""), reason=given.get("reason", ""),
            channel=given.get("channel", ""), ends_date=day_from(given.get("ends_date", "")),
        )  # fmt: skip
    except restricting.RestrictionRefused as wrong:
        return _form(request, party_id, given, wrong)
    return _done(request, party_id, _("Kept: %(what)s.") % {"what": ContactRestriction.Kind(row.kind).label}, row.pk, "lift")


@require_POST
def lift(request: ViewerRequest, party_id: int, restriction_id: int) -> HttpResponse:
    """Lift a restriction; `act=restore` sets a lifted one again."""
    at = timezone.now()
    if request.POST.get("act") == "restore":
        restricting.restore(actor=request.viewer, at=at, party_id=party_id, restriction_id=restriction_id)
        return _done(request, party_id, _("The restriction is in force again."), None, "")
    restricting.lift(actor=request.viewer, at=at, party_id=party_id, restriction_id=restriction_id)
    return _done(request, party_id, _("The restriction is lifted."), restriction_id, "restore")


def _form(
    request: ViewerRequest, party_id: int, given: Mapping[str, Any], wrong: restricting.RestrictionRefused | None = None
) -> HttpResponse:
    kinds = [(code, word) for code, word in ContactRestriction.Kind.choices if request.viewer.may(NEEDS[code])]
    error = labels.RESTRICTION_REFUSALS[wrong.reason] if wrong else ""
    made = RestrictionForm(party_id, kinds, [(code, labels.channel(code)) for code in CHANNELS], given, wrong.field if wrong else "", error)
    return render(request, "parties/_restriction_form.html", vars(made), status=422 if wrong else 200)


def _done(request: ViewerRequest, party_id: int, text: str, undone: int | None, act: str) -> HttpResponse:
    if not is_fragment(request):
        return redirect("customer", party_id)
    undo = {"url": reverse("customer-restriction", args=[party_id, undone]), "values": {"act": act}} if undone else None
    toast = {"text": text, "target": "body", **({"undo": undo, "tone": "dark"} if undo else {})}
    response = HttpResponse(status=204)
    response["HX-Trigger"] = json.dumps({"zk-toast": toast, "zk-done": {"target": "body", "panels": ["consents"]}})
    return response
