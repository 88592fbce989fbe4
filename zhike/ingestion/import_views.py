"""Pages on which a person brings a table: upload, columns, preview, progress, result, undo. Each sees her own only."""

from __future__ import annotations

import csv
import io
import json
from urllib.parse import quote

from django.contrib import messages
from django.http import HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from zhike.access.scope import ViewerRequest, require
from zhike.core.pages import answer
from zhike.ingestion import import_taking, importing
from zhike.ingestion.import_pages import imports_page, page_of, reason_of
from zhike.ingestion.import_taking import Undone
from zhike.ingestion.import_words import REFUSED
from zhike.ingestion.models import Import
from zhike.ingestion.uploads import LARGEST, UploadRefused
from zhike.parties.queries import names

CONFLICT = 409
MEGABYTE = 1 << 20
NAMED = 5  # of those whom an undo left, in its message; the page names more


@require_http_methods(["GET", "POST"])
def imports(request: ViewerRequest) -> HttpResponse:
    """What she brought before, and the form that brings another."""
    require(request.viewer, "customers.import")
    if request.method == "GET":
        return _imports_page(request)
    file = request.FILES.get("file")
    try:
        if file is None:
            raise UploadRefused("missing")
        if (file.size or 0) > LARGEST:
            raise UploadRefused("too_large")
        brought = importing.bring(actor=request.viewer, at=timezone.now(), name=file.name or "", content=file.read())
    except UploadRefused as wrong:
        return _imports_page(request, str(REFUSED[wrong.reason]), status=400)
    return redirect("import", brought.pk)


def _imports_page(request: ViewerRequest, error: str = "", *, status: int = 200) -> HttpResponse:
    return answer(request, "ingestion/imports.html", vars(imports_page(request.viewer, error, LARGEST // MEGABYTE)), status=status)


@require_http_methods(["GET", "POST"])
def one(request: ViewerRequest, import_id: int) -> HttpResponse:
    """Columns and preview, how far it is, or what came of it; POST says which column fills what (`column_0` …), `mode`, `alike`, and `answer_<line>`."""
    if request.method == "POST":
        brought = importing.hers(request.viewer, import_id)
        given = request.POST
        try:
            brought = importing.arrange(
                actor=request.viewer, at=timezone.now(), import_id=import_id,
                mapping=[given.get(f"column_{number}", "") for number in range(len(brought.heads))], mode=given.get("mode", ""),
                alike=given.get("alike", ""), answers=_answers(given),
            )  # fmt: skip
        except importing.NotNow:
            return _busy(request, import_id)
        found = importing.findings(brought)
        return begin(request, import_id) if "take" in given and found and found.to_take else redirect("import", import_id)
    return _import_page(request, import_id)


def _answers(given: QueryDict) -> dict[int, str]:
    lines = {name.removeprefix("answer_"): value for name, value in given.items() if name.startswith("answer_")}
    return {int(line): str(said)[:20] for line, said in lines.items() if line.isdecimal()}


def _import_page(request: ViewerRequest, import_id: int, *, status: int = 200) -> HttpResponse:
    page = page_of(request.viewer, importing.hers(request.viewer, import_id))
    return answer(request, "ingestion/import.html", vars(page), status=status)


@require_POST
def run(request: ViewerRequest, import_id: int) -> HttpResponse:
    """Have the good rows taken in the background; the page says how far it is."""
    return begin(request, import_id)


def begin(request: ViewerRequest, import_id: int) -> HttpResponse:
    """Begin it, and show how far it is."""
    try:
        importing.begin(actor=request.viewer, at=timezone.now(), import_id=import_id)
    except importing.NotNow:
        return _busy(request, import_id)
    return redirect("import", import_id)


@require_GET
def state(request: ViewerRequest, import_id: int) -> HttpResponse:
    """How far it is, as a fragment that asks for itself again; once it is taken, the result, and a toast that takes it back."""
    brought = importing.hers(request.viewer, import_id)
    page = page_of(request.viewer, brought)
    if page.progress and page.progress.is_open:
        return render(request, "ingestion/_import_progress.html", vars(page))
    response = render(request, "ingestion/_import_taken.html", vars(page))
    if brought.state == Import.State.DONE:
        undo_ = {"url": reverse("import-undo", args=[brought.pk]), "values": {}}
        said = _("%(created)s new, %(changed)s changed") % import_taking.counts(brought)
        toast = {"text": _("The import is taken."), "more": said, "tone": "dark", "target": "body", "undo": undo_}
        response["HX-Trigger"] = json.dumps({"zk-toast": toast})
    return response


@require_GET
def rejects(request: ViewerRequest, import_id: int) -> HttpResponse:
    """The rows that were not taken as CSV, with their line and why: corrected, the file can be brought again as it is."""
    brought = importing.hers(request.viewer, import_id)
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow([*brought.heads, _("Line"), _("What is wrong")])
    for row in import_taking.rejects_of(brought):
        cells = [*row["cells"], *[""] * len(brought.heads)][: len(brought.heads)]
        said = "; ".join(reason_of(head, reason) for head, reason in row["reasons"])
        writer.writerow([*(_harmless(cell) for cell in cells), row["line"], said])
    name = quote(f"{brought.name.rpartition('.')[0] or brought.name}-rejects.csv")
    headers = {"Content-Disposition": f"attachment; filename*=UTF-8''{name}"}
    return HttpResponse("\ufeff" + out.getvalue(), content_type="text/csv; charset=utf-8", headers=headers)


def _harmless(cell: str) -> str:
    """A cell that a spreadsheet would take for a formula is written as a text."""
    return f"'{cell}" if cell.startswith(("=", "+", "-", "@", "\t", "\r")) and not cell[1:].replace(".", "", 1).isdigit() else cell


@require_POST
def undo(request: ViewerRequest, import_id: int) -> HttpResponse:
    """Take the whole import back; whom somebody did something with since, and what she changed, stays as it is."""
    try:
        done = import_taking.undo(actor=request.viewer, at=timezone.now(), import_id=import_id)
    except importing.NotNow:
        return _busy(request, import_id)
    for text, is_whole in _undone(request, done):
        (messages.success if is_whole else messages.warning)(request, text)
    return redirect("import", import_id)


def _undone(request: ViewerRequest, done: Undone) -> list[tuple[str, bool]]:
    """What an undo did in sentences, each with whether it is as she wished."""
    said = []
    if done.gone or not done.returned:
        said.append(
            (
                ngettext("%(n)s new prospect is gone again.", "%(n)s new prospects are gone again.", done.gone) % {"n": f"{done.gone:,}"},
                True,
            )
        )
    if done.returned:
        words = ngettext("%(n)s value is as it was before.", "%(n)s values are as they were before.", done.returned)
        said.append((words % {"n": f"{done.returned:,}"}, True))
    if done.changed_since:
        words = ngettext("%(n)s that somebody changed since stays.", "%(n)s that somebody changed since stay.", done.changed_since)
        said.append((words % {"n": f"{done.changed_since:,}"}, False))
    if done.stayed:
        called = names(request.viewer, done.stayed[:NAMED])
        words = ngettext(
            "%(n)s prospect stays, because something was done with her since: %(who)s.",
            "%(n)s prospects stay, because something was done with them since: %(who)s.",
            len(done.stayed),
        )
        who = _(", ").join(called[party] for party in done.stayed[:NAMED] if party in called)
        said.append((words % {"n": f"{len(done.stayed):,}", "who": f"{who} …" if len(done.stayed) > NAMED else who}, False))
    return said


def _busy(request: ViewerRequest, import_id: int) -> HttpResponse:
    messages.error(request, _("This cannot be done now: the import is being taken, is taken already, or there is nothing to take back."))
    return _import_page(request, import_id, status=CONFLICT)
