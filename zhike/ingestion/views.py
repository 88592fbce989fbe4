"""Pages of batches: what the bank delivered, whether it balances, and what was refused and why."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any
from urllib.parse import urlencode

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_GET

from zhike.access import actions as access_actions
from zhike.access.scope import Viewer, require
from zhike.core.dates import duration
from zhike.core.pages import Panel, address, answer
from zhike.core.tables import Column, Page, page_of
from zhike.ingestion import panels, queries, touched
from zhike.ingestion.corrections import explain
from zhike.ingestion.models import Batch, FeedRun, Reject
from zhike.ingestion.words import FEED_NAMES, FIGURE_WORDS, MODES, REASON_TITLES, check_name

Words = str | Promise
MOST_ROWS_IN_CSV = 100_000

COLUMNS = (
    Column("date", _("Business date"), "batch_date", descending_first=True), Column("source", _("Source")), Column("state", _("State")),
    Column("in", _("In"), right=True), Column("loaded", _("Loaded"), right=True, hidden_on_phone=True),
    Column("unchanged", _("Unchanged"), right=True, hidden_on_phone=True), Column("rejected", _("Rejected"), right=True),
    Column("time", _("Begun, took"), "id", right=True, hidden_on_phone=True, descending_first=True),
)  # fmt: skip
REJECT_COLUMNS = (
    Column("line", _("Line"), "line", right=True),
    Column("file", _("File")),
    Column("field", _("Field")),
    Column("value", _("Value")),
)
ROW_COLUMNS = (
    Column("id", _("Name")), Column("account", _("Account")), Column("since", _("Holds from"), hidden_on_phone=True),
    Column("amount", _("Amount"), right=True),
)  # fmt: skip


# Kinds of check figures that say little one by one while they agree.
AGREEING: dict[str, Words] = {
    "rows": _("Rows of each file"), "bytes": _("Size of each file"), "md5": _("Checksum of each file"), "control": _("Control file"),
}  # fmt: skip


@dataclass(frozen=True)
class Total:
    """The sums of a batch and whether they balance."""

    count_in: int
    count_loaded: int
    count_unchanged: int
    count_rejected: int
    count_held: int
    seconds: float

    @property
    def adds_up(self) -> bool:
        """In = loaded + unchanged + rejected + held."""
        return self.count_in == self.count_loaded + self.count_unchanged + self.count_rejected + self.count_held

    @property
    def share_rejected(self) -> float:
        return self.count_rejected / self.count_in if self.count_in else 0.0


@dataclass(frozen=True)
class FeedRow:
    """One feed of a batch on its page."""

    name: Words
    file: str
    mode: Words
    count_in: int
    count_loaded: int
    count_unchanged: int
    count_rejected: int
    count_held: int
    seconds: float
    state: str
    state_label: Words
    rows_url: str = ""
    rejects_url: str = ""


@dataclass(frozen=True)
class CheckRow:
    """One check figure in words."""

    name: str
    expected: str
    actual: str
    ok: bool
    severity: str


@dataclass(frozen=True)
class ReasonRow:
    """One reason in the list left of the rejected rows."""

    code: str
    title: Words
    feed: Words
    field: str
    count: int
    share: float
    severity: str
    url: str
    current: bool
    sentence: str = ""


@dataclass(frozen=True)
class Step:
    """One step of the load over all feeds, and how long it took."""

    title: Words
    note: Words
    time: str
    state: str


@dataclass(frozen=True)
class BatchPage:
    """ingestion/batch.html"""

    batch: Batch
    total: Total
    feeds: Sequence[FeedRow]
    checks: Sequence[CheckRow]
    reasons: Sequence[ReasonRow]
    reason: ReasonRow | None
    rejects: Page[Reject]
    csv_url: str
    previous_url: str
    is_running: bool
    steps: Sequence[Step] = ()
    panels: Sequence[Panel] = ()


@require_GET
def batches(request: HttpRequest) -> HttpResponse:
    """Every batch, latest business date first."""
    viewer = _reader(request)
    page = page_of(queries.recent_batches(viewer), COLUMNS, request.GET, sort="date", descending=True, by="batch_date")
    for row in page.rows:
        row.url = address("batch", row.pk)  # type: ignore[attr-defined]
        row.seconds = _seconds(row)  # type: ignore[attr-defined]
    return answer(request, "ingestion/batches.html", {"page": page})


@require_GET
def batch(request: HttpRequest, batch_id: int) -> HttpResponse:
    """One batch: does it balance, what was refused, from which files, with which check figures."""
    viewer = _reader(request)
    one = _batch(viewer, batch_id)
    context = vars(_batch_page(request, viewer, one))
    if request.GET.get("part") == "balance":
        return answer(request, "ingestion/_balance.html", context)
    return answer(request, "ingestion/batch.html", context, fragment="ingestion/_rejects.html")


@require_GET
def batch_changes(request: HttpRequest, batch_id: int) -> HttpResponse:
    """The panel that says what a batch changed and where it shows."""
    viewer = _reader(request)
    one: Any = _batch(viewer, batch_id)
    return render(request, "ingestion/_changes.html", {"changes": panels.changes(viewer, one, loaded=one.count_loaded)})


@require_GET
def batch_history(request: HttpRequest, batch_id: int) -> HttpResponse:
    """The panel that says how long batches like this one took."""
    return render(request, "ingestion/_history.html", vars(panels.history(_batch(_reader(request), batch_id))))


@require_GET
def batch_rows(request: HttpRequest, batch_id: int) -> HttpResponse:
    """The rows of a feed that stand as this batch brought them; without a feed, the customers of whom it changed anything."""
    viewer = _reader(request)
    one, feed = _batch(viewer, batch_id), request.GET.get("feed", "")
    require(viewer, "customers.read")
    if feed and feed not in touched.FACTS:
        raise Http404
    found = touched.rows_of(viewer, one, feed) if feed else touched.customers_of(viewer, one)
    columns = [column for column in ROW_COLUMNS if column.name in touched.columns_of(feed)]
    page = page_of(found, columns, request.GET, sort="id", by="pk")
    for row in page.rows:
        row.shown = panels.changed_row(row, feed)
    loaded = one.feeds.filter(feed=feed).values_list("count_loaded", flat=True).first() if feed else None
    context = {"batch": one, "page": page, "name": FEED_NAMES.get(feed, ""), "loaded": loaded, "columns": {c.name for c in columns}}
    return answer(request, "ingestion/rows.html", context)


@require_GET
def rejects_csv(request: HttpRequest, batch_id: int) -> HttpResponse:
    """The rejected rows with their masked values, for a spreadsheet. The lines in clear come from `zhike rejects --csv` alone."""
    viewer = _reader(request)
    one = _batch(viewer, batch_id)
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(("feed", "file", "line", "field", "reason", "severity", "explanation", "value"))
    for row in queries.rejects(viewer, one).order_by("feed", "file", "line", "pk")[:MOST_ROWS_IN_CSV].iterator():
        writer.writerow((row.feed, row.file, row.line, row.field, row.reason, row.severity, explain(row), _harmless(row.value_masked)))
    access_actions.record(viewer, "ingestion.rejects_listed", subject=("batch", one.pk))
    answered = HttpResponse("\ufeff" + text.getvalue(), content_type="text/csv; charset=utf-8")
    answered["Content-Disposition"] = f'attachment; filename="rejects-{one.source}-{one.batch_date:%Y%m%d}-{one.pk}.csv"'
    return answered


def _harmless(text: str) -> str:
    """A value that a spreadsheet does not take for a formula."""
    return f"'{text}" if text[:1] in "=+-@\t\r" and text[:1] else text


def _reader(request: HttpRequest) -> Viewer:
    viewer: Viewer = request.viewer  # type: ignore[attr-defined]
    require(viewer, queries.READ)
    return viewer


def _batch(viewer: Viewer, batch_id: int) -> Batch:
    try:
        return queries.batch(viewer, batch_id)
    except Batch.DoesNotExist as missing:
        raise Http404 from missing


def _seconds(row: Batch) -> float:
    return (row.finished_at - row.started_at).total_seconds() if row.finished_at else 0.0


def _batch_page(request: HttpRequest, viewer: Viewer, one: Batch) -> BatchPage:
    counted = queries.rejects_by_reason(viewer, one)
    chosen = _chosen(request, counted)
    reasons = [_reason_row(one, c, counted[0].rows, current=c == chosen) for c in counted]
    found = queries.rejects(viewer, one, feed=chosen.feed, field=chosen.field, reason=chosen.reason) if chosen else Reject.objects.none()
    page = page_of(found, REJECT_COLUMNS, request.GET, sort="line", by="line", size=20)
    for row in page.rows:
        row.sentence, row.replayed, row.correct_url = explain(row), row.replayed_by_id is not None, ""  # type: ignore[attr-defined]
    runs = list(one.feeds.order_by("position"))
    before = queries.batch_before(viewer, one)
    sums = {f"count_{what}": getattr(one, f"count_{what}") for what in queries.COUNTS}
    return BatchPage(
        one, Total(**sums, seconds=_seconds(one)), [_feed_row(one, run, counted) for run in runs],
        _check_rows(one), reasons, next((row for row in reasons if row.current), None), page,
        reverse("batch-rejects", args=[one.pk]) if reasons else "", address("batch", before.pk) if before else "",
        is_running=one.state == Batch.State.STARTED, steps=_steps(one, runs), panels=_panels(one),
    )  # fmt: skip


def _panels(one: Batch) -> list[Panel]:
    return [
        Panel("changes", reverse("batch-changes", args=[one.pk]), _("What it changed"), 240),
        Panel("history", reverse("batch-history", args=[one.pk]), _("How long batches take"), 180, when="seen"),
    ]


STEPS: dict[str, tuple[Words, Words]] = {
    "land": (_("Read, seal and land"), _("as delivered, protected values encrypted")), "check": (_("Check"), _("types, codes, dates, keys, identifiers")),
    "stage": (_("Find what keys mean"), _("unknown parents are set aside")), "merge": (_("Merge into the facts"), _("with the days from which they hold")),
}  # fmt: skip


def _steps(one: Batch, runs: Sequence[FeedRun]) -> list[Step]:
    """The steps with their time over all feeds; of a batch that came to nothing there are none."""
    spent = {step: sum(run.seconds.get(step, 0.0) for run in runs) for step in STEPS}
    if one.state in (Batch.State.STARTED, Batch.State.FAILED) or not any(spent.values()):
        return []
    return [Step(title, note, str(duration(spent[step])), "done") for step, (title, note) in STEPS.items()]


def _chosen(request: HttpRequest, counted: Sequence[queries.RejectReason]) -> queries.RejectReason | None:
    """The reason asked for, else the most frequent one."""
    asked = (request.GET.get("reason", ""), request.GET.get("feed", ""), request.GET.get("field", ""))
    return next((c for c in counted if (c.reason, c.feed, c.field) == asked), counted[0] if counted else None)


def _reason_row(one: Batch, c: queries.RejectReason, most: int, *, current: bool) -> ReasonRow:
    return ReasonRow(
        c.reason, REASON_TITLES.get(c.reason, c.reason), FEED_NAMES.get(c.feed, c.feed), c.field, c.rows, c.rows / most, c.severity,
        _reason_url(one, c), current=current,
    )  # fmt: skip


def _reason_url(one: Batch, c: queries.RejectReason) -> str:
    return f"{reverse('batch', args=[one.pk])}?{urlencode({'reason': c.reason, 'feed': c.feed, 'field': c.field})}"


def _check_rows(one: Batch) -> list[CheckRow]:
    """Check figures that differ and sums that agree each by itself; rows, bytes and checksums that agree in one line per kind."""
    checks = list(one.checks.order_by("ok", "pk"))
    shown = [c for c in checks if not c.ok or c.name.partition(":")[0] not in AGREEING]
    rows = [CheckRow(check_name(c.name), _grouped(c.expected), _grouped(c.actual), c.ok, c.severity) for c in shown]
    for kind, words in AGREEING.items():
        of_kind = [c for c in checks if c.name.partition(":")[0] == kind]
        if agreeing := sum(c.ok for c in of_kind):
            rows.append(CheckRow(str(words), "", f"{agreeing} / {len(of_kind)}", ok=True, severity="warning"))
    return rows


def _grouped(text: str) -> str:
    """A number with its thousands apart; a word in the reader's language; anything else as it is."""
    try:
        return f"{Decimal(text):,}"
    except InvalidOperation:
        return str(FIGURE_WORDS.get(text, text))


def _feed_row(one: Batch, run: FeedRun, counted: Sequence[queries.RejectReason]) -> FeedRow:
    """A feed with the ways to what it changed, while that is in force, and to its most frequent reason for refusing a row."""
    state = str(run.state) if run.is_merged else "landed"
    label = {"loaded": _("Loaded"), "landed": _("Landed; its area does not exist yet"), "failed": _("Failed"), "started": _("Being loaded")}
    is_listed = run.feed in touched.FACTS and one.state == Batch.State.LOADED
    why = next((c for c in counted if c.feed == run.feed and c.severity == "reject"), None)
    return FeedRow(
        FEED_NAMES.get(run.feed, run.feed), ", ".join(run.files[:3]) + (" …" if len(run.files) > 3 else ""), MODES.get(run.mode, run.mode),
        run.count_in, run.count_loaded, run.count_unchanged, run.count_rejected, run.count_held, sum(run.seconds.values()), state, label.get(state, state),
        f"{reverse('batch-rows', args=[one.pk])}?{urlencode({'feed': run.feed})}" if is_listed else "", f"{_reason_url(one, why)}#rejects" if why else "",
    )  # fmt: skip
