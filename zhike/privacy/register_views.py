"""The registers of purposes, assessments, sharing and incidents."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from zhike.access.scope import ViewerRequest, require
from zhike.core.pages import Crumb, Tab, Words, answer
from zhike.privacy import labels, registers
from zhike.privacy.actions import MANAGE, RequestRefused
from zhike.privacy.register_models import Entry
from zhike.privacy.register_rules import CHOICES, DATES, FACTS, INCIDENT


@dataclass(frozen=True)
class Input:
    """One fact in a form: `type` is text, date, country or choice; `said` is what a reader sees of its value."""

    name: str
    word: Words
    value: str
    type: str
    options: Sequence[tuple[str, Words]]
    said: Words


@dataclass(frozen=True)
class RegisterPage:
    """privacy/register.html: a register, and the form of a new entry (`given`, `error`)."""

    title: str
    crumbs: Sequence[Crumb]
    tabs: Sequence[Tab]
    kind: str
    lines: Sequence[registers.EntryLine]
    inputs: Sequence[Input]
    given_title: str
    error: Words


@dataclass(frozen=True)
class EntryPage:
    """privacy/entry.html."""

    title: str
    crumbs: Sequence[Crumb]
    line: registers.EntryLine
    inputs: Sequence[Input]
    given_title: str
    is_incident: bool
    error: Words


@require_http_methods(["GET", "POST"])
def register(request: ViewerRequest, kind: str) -> HttpResponse:
    """One register; a POST adds an entry."""
    require(request.viewer, MANAGE)
    if kind not in FACTS:
        raise Http404
    error: Words = ""
    if request.method == "POST":
        try:
            row = registers.keep_entry(
                actor=request.viewer, at=timezone.now(), kind=kind, title=request.POST.get("title", ""), facts=request.POST.dict()
            )
        except RequestRefused as wrong:
            error = _why(wrong)
        else:
            messages.success(request, _("Kept."))
            return redirect("privacy-entry", row.pk)
    title = str(Entry.Kind(kind).label)
    tabs = [Tab(word, reverse("privacy-register", args=[code]), current=code == kind) for code, word in Entry.Kind.choices]
    lines = registers.entries(request.viewer, kind, now=timezone.now())
    given = request.POST.dict() if error else {}
    page = RegisterPage(title, _crumbs(title), tabs, kind, lines, _inputs(kind, given), given.get("title", ""), error)
    return answer(request, "privacy/register.html", vars(page), status=422 if error else 200)


@require_http_methods(["GET", "POST"])
def entry(request: ViewerRequest, entry_id: int) -> HttpResponse:
    """One entry; a POST changes it, or takes a `step`: authority, persons or close."""
    now, error = timezone.now(), ""
    line = registers.entry(request.viewer, entry_id, now=now)
    if request.method == "POST":
        try:
            _change(request, line.row)
        except RequestRefused as wrong:
            error = _why(wrong)
        else:
            messages.success(request, _("Kept."))
            return redirect("privacy-entry", entry_id)
    row = line.row
    given: Mapping[str, str] = request.POST.dict() if error else {"title": row.title, **row.facts}
    kind = Entry.Kind(row.kind)
    crumbs = [Crumb(str(kind.label), reverse("privacy-register", args=[row.kind])), Crumb(row.title)]
    page = EntryPage(row.title, crumbs, line, _inputs(row.kind, given), given.get("title", ""), row.kind == INCIDENT, error)
    return answer(request, "privacy/entry.html", vars(page), status=422 if error else 200)


def _change(request: ViewerRequest, row: Entry) -> None:
    step, now = request.POST.get("step", ""), timezone.now()
    if step:
        registers.take_step(actor=request.viewer, at=now, entry_id=row.pk, step=step)
    else:
        given = request.POST.dict()
        registers.keep_entry(actor=request.viewer, at=now, kind=row.kind, title=given.get("title", ""), facts=given, entry_id=row.pk)


def _why(wrong: RequestRefused) -> str:
    """Which field is at fault, and what to do."""
    word = labels.FACTS.get(wrong.field)
    return f"{word} – {labels.REFUSALS[wrong.reason]}" if word else str(labels.REFUSALS[wrong.reason])


def _inputs(kind: str, given: Mapping[str, str]) -> list[Input]:
    return [_input(name, given.get(name, "")) for name in FACTS[kind]]


def _input(name: str, value: str) -> Input:
    words = labels.CHOICES.get(name, {})
    kind = "choice" if name in CHOICES else "date" if name in DATES else name if name == "country" else "text"
    options = [(code, words[code]) for code in CHOICES.get(name, ())]
    return Input(name, labels.FACTS[name], value, kind, options, words.get(value, value))


def _crumbs(title: str) -> list[Crumb]:
    return [Crumb(_("Requests over personal data"), reverse("privacy-requests")), Crumb(title)]
