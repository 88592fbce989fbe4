"""Asking a source to correct what it has wrong, and the page of all corrections of a unit."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.http import HttpResponse, HttpResponseBadRequest
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_GET, require_POST

from zhike.access.scope import ViewerRequest, require
from zhike.core.pages import Crumb, Tab, Words, answer, is_fragment
from zhike.core.tables import Column, Page, page_of
from zhike.parties import correcting, labels, queries
from zhike.parties import corrections as reads
from zhike.parties.corrections import CORRECTABLE, DOCUMENT, OPEN, POINT, SEALED_AS, Wrong
from zhike.parties.models import Correction, Party

REASONS: Mapping[str, Words] = {
    **labels.REFUSALS,
    "no_value": gettext_lazy("Write what is right."),
    "no_reason": gettext_lazy("Say in a sentence how you know it; whoever keeps the source will ask."),
    "reason_secret": gettext_lazy("The reason holds a number that is kept nowhere; take it out."),
    "same": gettext_lazy("That is what the source says already."),
    "asked_already": gettext_lazy("Somebody asked for this already. It waits for the source; withdraw it to ask for something else."),
    "no_field": gettext_lazy("This cannot be corrected here."),
    "no_answer": gettext_lazy("Say why the source is right; whoever asked reads it."),
    "decided": gettext_lazy("This was decided meanwhile."),
}
ABOUT_REASON = frozenset({"no_reason", "reason_secret"})


@dataclass(frozen=True)
class CorrectionForm:
    """parties/_correction_form.html. `choices`: where one of a few codes is proposed; `kinds`: where something is missing."""

    party_id: int
    wrong: Wrong
    what: Words
    was: Words
    input: str
    choices: Sequence[tuple[str, Words]]
    kinds: Sequence[tuple[str, Words]]
    is_protected: bool
    value: str = ""
    reason: str = ""
    error: Words = ""
    reason_error: Words = ""


@dataclass(frozen=True)
class CorrectionsPage:
    """parties/corrections.html. `rows` beside `page`, which pages them."""

    title: str
    crumbs: Sequence[Crumb]
    page: Page[Correction]
    rows: Sequence[reads.Asked]
    tabs: Sequence[Tab]
    may_decide: bool
    is_open: bool
    error: Words = ""


@require_GET
def form(request: ViewerRequest, party_id: int) -> HttpResponse:
    """The form for a field (`field`), a contact point (`contact`, `kind`) or a document (`document`, `kind`); without an id one is missing."""
    party = queries.party(request.viewer, party_id)
    require(request.viewer, "customers.edit")
    wrong = _wrong(request.GET)
    if wrong is None:
        return HttpResponseBadRequest()
    return render(request, "parties/_correction_form.html", vars(_form(request, party, wrong)))


@require_POST
@sensitive_post_parameters("value")
def ask(request: ViewerRequest, party_id: int) -> HttpResponse:
    """Ask for it; the panels then say so."""
    party = queries.party(request.viewer, party_id)
    require(request.viewer, "customers.edit")
    wrong = _wrong(request.POST)
    if wrong is None:
        return HttpResponseBadRequest()
    value, reason = request.POST.get("value", ""), request.POST.get("reason", "")
    try:
        correcting.ask(actor=request.viewer, at=timezone.now(), party_id=party_id, wrong=wrong, text=value, reason=reason)
    except correcting.CorrectionRefused as refused:
        told = _form(request, party, wrong, value=value, reason=reason, why=refused.reason)
        return render(request, "parties/_correction_form.html", vars(told), status=422)
    if not is_fragment(request):
        return redirect("customer", party_id)
    response = HttpResponse(status=204)
    toast = {"text": _("Asked. It shows here until the source confirms it."), "target": "body"}
    response["HX-Trigger"] = json.dumps({"zk-toast": toast, "zk-done": {"target": "body", "panels": ["profile", "contact"]}})
    return response


COLUMNS = (
    Column("customer", gettext_lazy("Customer")), Column("what", gettext_lazy("What")), Column("was", gettext_lazy("The source says")),
    Column("proposed", gettext_lazy("Proposed")), Column("asked", gettext_lazy("Asked"), "asked_at", descending_first=True),
    Column("state", gettext_lazy("State")),
)  # fmt: skip


@require_GET
def corrections(request: ViewerRequest) -> HttpResponse:
    """The corrections of the customers one sees: those that wait, or those that are decided (`view=decided`)."""
    require(request.viewer, "customers.read")
    return _page(request)


@require_POST
def decide(request: ViewerRequest, correction_id: int) -> HttpResponse:
    """Withdraw it, or refuse it with an answer (`act`)."""
    act, at = request.POST.get("act", ""), timezone.now()
    try:
        if act == "refuse":
            correcting.refuse(actor=request.viewer, at=at, correction_id=correction_id, answer=request.POST.get("answer", ""))
        else:
            correcting.withdraw(actor=request.viewer, at=at, correction_id=correction_id)
    except correcting.CorrectionRefused as refused:
        return _page(request, REASONS[refused.reason], 422)
    return redirect("corrections")


def _page(request: ViewerRequest, error: Words = "", status: int = 200) -> HttpResponse:
    is_open = request.GET.get("view") != "decided"
    wanted = reads.corrections(request.viewer)
    rows = wanted.filter(state__in=OPEN) if is_open else wanted.exclude(state__in=OPEN)
    page = page_of(rows, COLUMNS, request.GET.dict(), sort="asked", descending=True)
    tabs = [Tab(_("Waiting"), reverse("corrections"), is_open), Tab(_("Decided"), "?view=decided", not is_open)]
    shown = CorrectionsPage(
        _("Corrections"), [Crumb(_("Corrections"))], page, reads.asked(request.viewer, page.rows), tabs,
        request.viewer.may("corrections.decide"), is_open, error,
    )  # fmt: skip
    return answer(request, "parties/corrections.html", vars(shown), status=status)


def _wrong(query: Mapping[str, Any]) -> Wrong | None:
    """What the address or the form says is wrong; None where that makes no sense."""
    field = str(query.get("field", ""))
    if field in CORRECTABLE:
        return Wrong(field)
    kind, subject = str(query.get("kind", "")), str(query.get("subject", ""))
    if field not in (POINT, DOCUMENT) or kind not in SEALED_AS[field]:
        return None
    return Wrong(field, kind, int(subject) if subject.isdigit() else None)


def _form(request: ViewerRequest, party: Party, wrong: Wrong, *, value: str = "", reason: str = "", why: str = "") -> CorrectionForm:
    is_protected = wrong.field in SEALED_AS
    coded = labels.CODED.get(wrong.field, {})
    was = "" if is_protected else correcting.plain(getattr(party, wrong.field))
    kinds = [(kind, reads.name_of(wrong.field, kind)) for kind in SEALED_AS.get(wrong.field, {})] if wrong.subject_id is None else []
    told = REASONS.get(why, "")
    return CorrectionForm(
        party.pk, wrong, reads.name_of(wrong.field, wrong.kind), labels.word(coded, was), "date" if CORRECTABLE.get(wrong.field) == "date" else "text",
        list(coded.items()), kinds, is_protected, value, reason, "" if why in ABOUT_REASON else told, told if why in ABOUT_REASON else "",
    )  # fmt: skip
