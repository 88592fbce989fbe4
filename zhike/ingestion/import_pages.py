"""What the pages of an import show: figures, columns, the rows of the preview and of the result, in words and within the viewer's scope."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.conf import settings
from django.http import Http404
from django.urls import reverse
from django.utils.translation import gettext as _

from zhike.access import work
from zhike.access.scope import Viewer
from zhike.core.pages import Crumb
from zhike.ingestion import import_taking, importing
from zhike.ingestion.import_columns import KEY, NAME
from zhike.ingestion.import_findings import Finding, Findings
from zhike.ingestion.import_words import DOES, MATCHED, MODES, POLICIES, Options, options, why
from zhike.ingestion.models import Import
from zhike.parties.queries import names

LEFT_SHOWN = 50  # refused rows of a result; the file has all
MADE_SHOWN = 8


@dataclass(frozen=True)
class ImportsPage:
    """ingestion/imports.html: what she brought before; `error`: why the file just now was not taken; `days`: how long files are kept."""

    title: str
    crumbs: Sequence[Crumb]
    rows: Sequence[Import]
    error: str
    largest: int
    days: int


@dataclass(frozen=True)
class Head:
    """A column of the file, what it fills, and what stands in it first."""

    number: int
    name: str
    target: str
    sample: str


@dataclass(frozen=True)
class Cell:
    """A cell of the preview under its head; `fault` says what is wrong with it."""

    head: str
    text: str
    fault: str
    is_used: bool


@dataclass(frozen=True)
class Somebody:
    """A customer she sees, and by what a row looks like her."""

    id: int
    name: str
    matched: str = ""


@dataclass(frozen=True)
class PreviewRow:
    """A row as it would be taken. `does`: a key of DOES, with its words; `whom`: the customer it finds; `alike`: whom it looks like; `answer`:
    what she said of it."""

    line: int
    cells: Sequence[Cell]
    does: str
    word: str
    fault: str
    whom: Somebody | None
    alike: Sequence[Somebody]
    twin: int | None
    answer: str


@dataclass(frozen=True)
class Progress:
    """How far the worker is; `error`: why it stopped."""

    id: int
    done: int
    total: int
    is_open: bool
    error: str


@dataclass(frozen=True)
class Outcome:
    """What came of it: the first of whom it made, the first of those its undo left, and the first rows that were not taken."""

    counts: Mapping[str, int]
    made: Sequence[Somebody]
    stayed: Sequence[Somebody]
    left: Sequence[PreviewRow]


@dataclass(frozen=True)
class ImportPage:
    """ingestion/import.html. `findings` None: the file is no longer kept; `outcome` None: it was not taken; `missing`: the column without which
    nothing can be done."""

    title: str
    crumbs: Sequence[Crumb]
    brought: Import
    progress: Progress | None
    may_change: bool
    heads: Sequence[Head]
    options: Options
    modes: Mapping[str, object]
    policies: Mapping[str, object]
    findings: Findings | None
    missing: str
    faults: Sequence[tuple[str, int]]
    rows: Sequence[PreviewRow]
    doubtful: Sequence[PreviewRow]
    outcome: Outcome | None
    forgotten_at: datetime | None


def page_of(viewer: Viewer, brought: Import) -> ImportPage:
    """The page of an import as it stands: columns and preview, or how far it is, or what came of it."""
    found = importing.findings(brought)
    rows = _rows(viewer, brought, found) if found else []
    may_change = importing.may_change(viewer, brought)
    return ImportPage(
        brought.name, [Crumb(_("Import"), reverse("imports")), Crumb(brought.name)], brought, progress_of(viewer, brought), may_change,
        _heads(brought, found), options(viewer) if may_change else [], MODES, {key: word for key, word in POLICIES.items() if key != "update" or brought.mode != "create"},
        found, _missing(brought), [(why(reason), count) for reason, count in found.faults.items()] if found else [],
        [row for row in rows if not row.alike and row.twin is None], [row for row in rows if row.alike or row.twin is not None],
        _outcome(viewer, brought) if brought.state in (Import.State.DONE, Import.State.UNDONE) else None, brought.purged_at,
    )  # fmt: skip


def imports_page(viewer: Viewer, error: str, largest: int) -> ImportsPage:
    """What she brought, and why the file just now was not taken."""
    return ImportsPage(_("Import"), [Crumb(_("Import"))], importing.imports(viewer), error, largest, settings.IMPORT_DAYS)


def progress_of(viewer: Viewer, brought: Import) -> Progress | None:
    """How far it is; None where nothing is under way and nothing went wrong."""
    if brought.state != Import.State.RUNNING:
        return None
    try:
        row = work.hers(viewer, brought.work_id or 0)
    except Http404:
        return None
    return Progress(row.pk, row.done_count, row.total_count or brought.count_rows, row.is_open, row.error)


def _heads(brought: Import, found: Findings | None) -> list[Head]:
    first = found.rows[0].cells if found and found.rows else []
    return [
        Head(number, name, target, first[number] if number < len(first) else "")
        for number, (name, target) in enumerate(zip(brought.heads, brought.mapping, strict=False))
    ]


def _missing(brought: Import) -> str:
    if brought.mode == "update" and KEY not in brought.mapping:
        return _("Say which column has the customer number.")
    if brought.mode != "update" and NAME not in brought.mapping:
        return _("Say which column has the name, or only change known ones.")
    return ""


def _rows(viewer: Viewer, brought: Import, found: Findings) -> list[PreviewRow]:
    """The rows that are worth looking at, with the names of whom they find or look like: one statement."""
    asked = {row.party_id for row in found.rows if row.party_id} | {party for row in found.rows for party, _matched in row.alike}
    called = names(viewer, sorted(asked))
    return [_row(brought, row, called) for row in found.rows]


def _row(brought: Import, row: Finding, called: Mapping[int, str]) -> PreviewRow:
    cells = [
        Cell(head, text, why(row.faults[number]) if number in row.faults else "", bool(brought.mapping[number]))
        for number, (head, text) in enumerate(zip(brought.heads, row.cells, strict=False))
    ]
    said = "; ".join(why(reason) for _place, reason in sorted(row.faults.items())) or (why(row.why) if row.why else "")
    alike = [Somebody(party, called[party], str(MATCHED[matched])) for party, matched in row.alike if party in called]
    whom = Somebody(row.party_id, called[row.party_id]) if row.party_id and row.party_id in called else None
    return PreviewRow(
        row.line, cells, row.does, str(DOES[row.does]), said, whom, alike, row.twin, brought.answers.get(str(row.line), "")
    )  # fmt: skip


def _outcome(viewer: Viewer, brought: Import) -> Outcome:
    made = [int(party) for party in list(brought.created)[:MADE_SHOWN]]
    left = import_taking.rejects_of(brought)[:LEFT_SHOWN]
    asked = [*made, *brought.stayed[:MADE_SHOWN], *(party for row in left for party in row.get("alike", ()))]
    called = names(viewer, asked)
    return Outcome(
        import_taking.counts(brought), _known(made, called), _known(brought.stayed[:MADE_SHOWN], called),
        [_left(brought, row, _known(row.get("alike", ()), called)) for row in left],
    )  # fmt: skip


def _known(parties: Sequence[int], called: Mapping[int, str]) -> list[Somebody]:
    """Those of them whom she sees."""
    return [Somebody(party, called[party]) for party in parties if party in called]


def _left(brought: Import, row: import_taking.Reject, alike: Sequence[Somebody]) -> PreviewRow:
    """A row that was not taken."""
    cells = [Cell(head, text, "", True) for head, text in zip(brought.heads, row["cells"], strict=False)]
    said = "; ".join(reason_of(head, reason) for head, reason in row["reasons"])
    return PreviewRow(row["line"], cells, "refuse", "", said, None, alike, row.get("twin"), "")


def reason_of(head: str, reason: str) -> str:
    """Why a row was not taken, with the head of the cell it lies in."""
    return f"{head}: {why(reason)}" if head else why(reason)
