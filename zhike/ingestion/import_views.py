"""Pages on which a person brings a table: upload, columns, preview, result, undo. Each sees her own only."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import quote

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from zhike.access.scope import Viewer, ViewerRequest, require
from zhike.core.pages import Crumb, answer
from zhike.ingestion import importing
from zhike.ingestion.examining import KEY, TAGS, Examined, Row, targets
from zhike.ingestion.models import Import
from zhike.ingestion.uploads import LARGEST, UploadRefused

SHOWN = 12  # rows of the preview, beside those with faults
FAULTS_SHOWN = 20
CONFLICT = 409
MEGABYTE = 1 << 20

REFUSED: Mapping[str, Promise] = {
    "missing": gettext_lazy("Choose a file first."), "empty": gettext_lazy("There is nothing in this file but heads, or nothing at all."),
    "too_large": gettext_lazy("The file is too large. Divide it, or have it loaded as a feed."), "too_many_rows": gettext_lazy("At most 50,000 rows at once. Divide the file."),
    "not_a_table": gettext_lazy("This is neither a CSV file nor a workbook. Save it as CSV or XLSX and bring it again."),
    "locked": gettext_lazy("The workbook has a password. Save it without one and bring it again."),
    "no_heads": gettext_lazy("The first row must say what the columns are: at most 100 of them."),
}  # fmt: skip
FAULTS: Mapping[str, Promise] = {
    "no_such_customer": gettext_lazy("no customer of yours has this number"), "no_customer": gettext_lazy("no customer number"), "twice_in_file": gettext_lazy("this customer stands in the file twice"),
    "broken_characters": gettext_lazy("characters that cannot be read"), "too_many_cells": gettext_lazy("more cells than heads"), "not_for_kind": gettext_lazy("not for this kind of customer"),
    "too_long": gettext_lazy("too long"), "not_a_number": gettext_lazy("not a number"), "too_fine": gettext_lazy("too many decimals"), "not_a_date": gettext_lazy("not a date"),
    "no_such_day": gettext_lazy("there is no such day"), "not_a_choice": gettext_lazy("not one of the choices"), "not_a_link": gettext_lazy("not a web address"),
    "secret": gettext_lazy("passwords and codes are kept nowhere"), "card_number": gettext_lazy("card numbers are kept nowhere"), "id_number": gettext_lazy("ID numbers belong to documents"),
}  # fmt: skip


@dataclass(frozen=True)
class ImportsPage:
    """ingestion/imports.html: what she brought before; `error`: why the file just now was not taken."""

    title: str
    crumbs: Sequence[Crumb]
    rows: Sequence[Import]
    error: str
    largest: int


@dataclass(frozen=True)
class Head:
    """A column of the file and what it fills."""

    number: int
    name: str
    target: str
    sample: str


@dataclass(frozen=True)
class Cell:
    """A cell of the preview; `fault` says what is wrong with it."""

    text: str
    fault: str
    is_used: bool


@dataclass(frozen=True)
class PreviewRow:
    line: int
    cells: Sequence[Cell]
    fault: str


@dataclass(frozen=True)
class ImportPage:
    """ingestion/import.html."""

    title: str
    crumbs: Sequence[Crumb]
    brought: Import
    is_underway: bool
    heads: Sequence[Head]
    options: Sequence[tuple[str, str]]
    has_key: bool
    good: int
    bad: int
    faults: Sequence[tuple[str, int]]
    rows: Sequence[PreviewRow]


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
    page = ImportsPage(_("Import"), [Crumb(_("Import"))], importing.imports(request.viewer), error, LARGEST // MEGABYTE)
    return answer(request, "ingestion/imports.html", vars(page), status=status)


@require_http_methods(["GET", "POST"])
def one(request: ViewerRequest, import_id: int) -> HttpResponse:
    """Columns, preview with what is wrong in which cell, result; POST says which column fills what (`column_0` …)."""
    if request.method == "POST":
        brought = importing.hers(request.viewer, import_id)
        mapping = [request.POST.get(f"column_{number}", "") for number in range(len(brought.heads))]
        try:
            importing.map_columns(actor=request.viewer, at=timezone.now(), import_id=import_id, mapping=mapping)
        except importing.NotNow:
            return _busy(request, import_id)
        return redirect("import", import_id)
    return _import_page(request, import_id)


def _import_page(request: ViewerRequest, import_id: int, *, status: int = 200) -> HttpResponse:
    brought = importing.hers(request.viewer, import_id)
    found = importing.examine(request.viewer, brought)
    first = found.rows[0].cells if found.rows else []
    heads = [
        Head(number, name, target, first[number] if number < len(first) else "")
        for number, (name, target) in enumerate(zip(brought.heads, brought.mapping, strict=False))
    ]
    page = ImportPage(
        brought.name, [Crumb(_("Import"), reverse("imports")), Crumb(brought.name)], brought, importing.is_underway(request.viewer, brought), heads,
        _options(request.viewer), KEY in brought.mapping, len(found.good), len(found.bad), _faults(found), _preview(brought, found),
    )  # fmt: skip
    return answer(request, "ingestion/import.html", vars(page), status=status)


def _options(viewer: Viewer) -> list[tuple[str, str]]:
    language = "zh" if translation.get_language() in ("zh-hans", "zh_Hans") else "en"
    words = {KEY: _("Customer number (finds the customer)"), TAGS: _("Tags")}
    return [(name, words.get(name) or (one.label(language) if one else name)) for name, one in targets(viewer).items()]


def _faults(found: Examined) -> list[tuple[str, int]]:
    counted: dict[str, int] = {}
    for row in found.bad:
        for reason in set(row.faults.values()):
            counted[reason] = counted.get(reason, 0) + 1
    return [(str(FAULTS.get(reason, reason)), count) for reason, count in sorted(counted.items(), key=lambda one: -one[1])]


def _preview(brought: Import, found: Examined) -> list[PreviewRow]:
    """The first rows as they would be taken, and the first of those that would be refused."""
    shown = sorted({row.line: row for row in [*found.bad[:FAULTS_SHOWN], *found.rows[:SHOWN]]}.items())
    return [_shown(row, brought) for _line, row in shown]


def _shown(row: Row, brought: Import) -> PreviewRow:
    cells = [
        Cell(text, str(FAULTS.get(row.faults[number], row.faults[number])) if number in row.faults else "", bool(brought.mapping[number]))
        for number, text in enumerate(row.cells[: len(brought.heads)])
    ]
    said = [str(FAULTS.get(reason, reason)) for _place, reason in sorted(row.faults.items())]
    return PreviewRow(row.line, cells, "; ".join(said))


@require_POST
def run(request: ViewerRequest, import_id: int) -> HttpResponse:
    """Have the good rows taken in the background; her page of work says how far it is."""
    try:
        importing.begin(actor=request.viewer, at=timezone.now(), import_id=import_id)
    except importing.NotNow:
        return _busy(request, import_id)
    return redirect("work")


@require_GET
def rejects(request: ViewerRequest, import_id: int) -> HttpResponse:
    """The refused rows as CSV, with their line and what is wrong: corrected, the file can be brought again as it is."""
    brought = importing.hers(request.viewer, import_id)
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow([*brought.heads, _("Line"), _("What is wrong")])
    for row in importing.rejects_of(brought):
        cells = [*row["cells"], *[""] * len(brought.heads)][: len(brought.heads)]
        said = "; ".join(
            f"{head}: {FAULTS.get(reason, reason)}" if head else str(FAULTS.get(reason, reason)) for head, reason in row["reasons"]
        )
        writer.writerow([*(_harmless(cell) for cell in cells), row["line"], said])
    name = quote(f"{brought.name.rpartition('.')[0] or brought.name}-rejects.csv")
    headers = {"Content-Disposition": f"attachment; filename*=UTF-8''{name}"}
    return HttpResponse("\ufeff" + out.getvalue(), content_type="text/csv; charset=utf-8", headers=headers)


def _harmless(cell: str) -> str:
    """A cell that a spreadsheet would take for a formula is written as a text."""
    return f"'{cell}" if cell.startswith(("=", "+", "-", "@", "\t", "\r")) and not cell[1:].replace(".", "", 1).isdigit() else cell


@require_POST
def undo(request: ViewerRequest, import_id: int) -> HttpResponse:
    """Take the whole import back; what somebody has changed since stays as she left it."""
    try:
        _brought, returned, stayed = importing.undo(actor=request.viewer, at=timezone.now(), import_id=import_id)
    except importing.NotNow:
        return _busy(request, import_id)
    said = ngettext("%(n)s value is as it was before.", "%(n)s values are as they were before.", returned) % {"n": returned}
    kept = (
        ngettext("%(n)s that somebody changed since stays.", "%(n)s that somebody changed since stay.", stayed) % {"n": stayed}
        if stayed
        else ""
    )
    messages.success(request, f"{said} {kept}".strip())
    return redirect("import", import_id)


def _busy(request: ViewerRequest, import_id: int) -> HttpResponse:
    messages.error(request, _("This import is being taken, or there is nothing to take back. Look at your work."))
    return _import_page(request, import_id, status=CONFLICT)
