"""Searching the audit, one entry, its export, a person's activity, who looked at a customer. Every look leaves an entry."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from django.contrib import messages
from django.core.exceptions import ObjectDoesNotExist
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_POST

from zhike.access import auditing, work
from zhike.access.approvals import NotProposed
from zhike.access.ask_why import ask_why
from zhike.access.auditing import RIGHT, Asked
from zhike.access.scope import ViewerRequest, require
from zhike.audit import exporting, queries
from zhike.audit.actions import note_reading
from zhike.audit.calendar import Week, calendar
from zhike.audit.labels import ACTS, AREAS, DOORS, REASONS, act_in_words
from zhike.audit.queries import Day, Line, Looked
from zhike.core.pages import Crumb, Tab, answer
from zhike.core.tables import Column, Filter, Page, page_of
from zhike.parties.queries import require_seen

COLUMNS = (
    Column("when", gettext_lazy("When"), "at", descending_first=True), Column("person", gettext_lazy("Who did it")), Column("act", gettext_lazy("What was done")),
    Column("customer", gettext_lazy("Customer")), Column("door", gettext_lazy("Through"), hidden_on_phone=True), Column("reason", gettext_lazy("Why"), hidden_on_phone=True),
)  # fmt: skip
WEEKS = 26


@dataclass(frozen=True)
class AuditPage:
    """audit/audit.html: `rows` are queries.Line beside those of `page`."""

    title: str
    crumbs: Sequence[Crumb]
    tabs: Sequence[Tab]
    page: Page[Any]
    rows: Sequence[Line]
    asked: dict[str, str]
    filters: Sequence[Filter]


@dataclass(frozen=True)
class EntryPage:
    """audit/entry.html: `fields` of queries.differences; `beside`: other entries of the same request."""

    title: str
    crumbs: Sequence[Crumb]
    line: Line
    facts: Sequence[tuple[str, Any]]
    fields: Sequence[tuple[str, Any, Any, bool]]
    state: str
    beside: Sequence[Line]


@dataclass(frozen=True)
class ActivityPage:
    """audit/activity.html: `weeks` of the calendar, and the latest days in words."""

    title: str
    crumbs: Sequence[Crumb]
    person: Any
    weeks: Sequence[Week]
    days: Sequence[Day]
    count_acts: int
    count_customers: int


@dataclass(frozen=True)
class LookedPanel:
    """audit/_looked.html."""

    rows: Sequence[Looked]
    party_id: int


def tabs(current: str) -> list[Tab]:
    """The audit's two lists."""
    return [
        Tab(_("Entries"), reverse("audit"), current == "audit"),
        Tab(_("Unusual access"), reverse("audit-unusual"), current == "unusual"),
    ]


@require_GET
def audit(request: ViewerRequest) -> HttpResponse:
    """Entries that fit, newest first."""
    asked, told = exporting.asked_of(request.viewer, request.GET.dict())
    found: Page[Any] = page_of(auditing.entries(request.viewer, asked), COLUMNS, request.GET.dict(), sort="when", descending=True)
    note_reading(actor=request.viewer, act="searched", at=timezone.now(), asked={**told, "shown": len(found.rows)})
    rows = queries.lines(request.viewer, found.rows)
    page = AuditPage(
        _("Audit"), [Crumb(_("Audit"))], tabs("audit"), replace(found, rows=rows), rows, {name: told.get(name, "") for name in exporting.ASKED}, _filters(told)
    )  # fmt: skip
    return answer(request, "audit/audit.html", vars(page))


@require_GET
def entry(request: ViewerRequest, audit_id: int) -> HttpResponse:
    """One entry: before and after, what else came of the same request, whether it is as it was sealed."""
    row = auditing.entries(request.viewer, Asked()).filter(pk=audit_id).first()
    if row is None:
        raise Http404
    note_reading(actor=request.viewer, act="entry_read", at=timezone.now(), subject=("entry", audit_id))
    near = (
        auditing.entries(request.viewer, Asked(request=row.request_id)).exclude(pk=audit_id).order_by("pk")[:20] if row.request_id else []
    )
    (line,) = queries.lines(request.viewer, [row])
    crumbs = [Crumb(_("Audit"), reverse("audit")), Crumb(f"{act_in_words(row.act)} {audit_id}")]
    page = EntryPage(
        act_in_words(row.act), crumbs, line, _facts(line), queries.differences(row.before, row.after),
        auditing.chain_state(request.viewer, audit_id), queries.lines(request.viewer, list(near)),
    )  # fmt: skip
    return answer(request, "audit/entry.html", vars(page))


@require_POST
def export(request: ViewerRequest) -> HttpResponse:
    """What the list shows as CSV, at most `exporting.MOST` entries; many wait for a second person."""
    at = timezone.now()
    try:
        made = exporting.export(actor=request.viewer, at=at, given=request.POST.dict(), why=request.POST.get("why", ""))
    except NotProposed as wrong:
        return ask_why(request, name=exporting.KIND, wrong=wrong, back=reverse("audit"))
    if isinstance(made, int):
        messages.success(request, _("It waits for somebody else to approve it; the bell tells you."))
        return redirect("approval", made)
    return _csv(made, at)


@require_GET
def export_file(request: ViewerRequest, work_id: int) -> HttpResponse:
    """An approved export, to whoever asked for it, for a day."""
    require(request.viewer, RIGHT)
    row = work.hers(request.viewer, work_id)
    path = exporting.path_of(row.pk)
    if row.kind != exporting.KIND or row.state != "done" or not path.exists():
        raise Http404
    return _csv(path.read_text(encoding="utf-8"), row.finished_at or row.asked_at)


def _csv(text: str, at: datetime) -> HttpResponse:
    headers = {
        "Content-Disposition": f'attachment; filename="audit-{timezone.localtime(at):%Y%m%d-%H%M}.csv"',
        "Cache-Control": "private, no-store",
    }
    return HttpResponse(text, content_type="text/csv; charset=utf-8", headers=headers)


@require_GET
def activity(request: ViewerRequest, person_id: int) -> HttpResponse:
    """What a person did, day by day, over half a year."""
    require(request.viewer, RIGHT)
    try:
        person = auditing.person(request.viewer, person_id)
    except ObjectDoesNotExist as missing:
        raise Http404 from missing
    today = timezone.localdate()
    first = queries.first_day(today, WEEKS)
    note_reading(actor=request.viewer, act="activity_read", at=timezone.now(), subject=("person", person_id))
    days = queries.days_of(request.viewer, person_id, first, today + timedelta(days=1))
    crumbs = [Crumb(_("Audit"), reverse("audit")), Crumb(person.name)]
    page = ActivityPage(
        person.name, crumbs, person, calendar(days, first, today), days[::-1][:14], sum(day.acts for day in days),
        sum(day.customers for day in days),
    )  # fmt: skip
    return answer(request, "audit/activity.html", vars(page))


@require_GET
def looked(request: ViewerRequest, party_id: int) -> HttpResponse:
    """Who looked at a customer, for whoever may read the audit."""
    require_seen(request.viewer, party_id)
    require(request.viewer, RIGHT)
    note_reading(actor=request.viewer, act="looks_read", at=timezone.now(), party_id=party_id)
    return render(request, "audit/_looked.html", vars(LookedPanel(queries.who_looked(request.viewer, party_id), party_id)))


def _filters(told: dict[str, str]) -> list[Filter]:
    by_words = sorted(ACTS.items(), key=lambda pair: str(pair[1]))
    return [
        Filter("act", _("Act"), by_words, told.get("act", "")), Filter("area", _("Area"), list(AREAS.items()), told.get("area", "")),
        Filter("door", _("Door"), list(DOORS.items()), told.get("door", "")),
    ]  # fmt: skip


def _facts(line: Line) -> list[tuple[str, Any]]:
    row = line.entry
    moment = timezone.localtime(row.at)
    facts = [
        (_("When"), f"{moment:%Y-%m-%d %H:%M:%S}"), (_("Who did it"), f"{line.person} ({row.login})" if line.person else row.login or "—"),
        (_("What was done"), f"{act_in_words(row.act)} · {row.act}"), (_("On what"), f"{row.subject_type} {row.subject_id}".strip()),
        (_("Customer"), line.customer), (_("Why"), str(REASONS.get(row.reason, row.reason))), (_("Through"), DOORS.get(row.door, row.door)), (_("Address"), row.address),
        (_("Request"), row.request_id),
    ]  # fmt: skip
    return [(label, value) for label, value in facts if value]
