"""A report as a file: the table as it stands on its page, with whose copy it is. Written at once: a table has as many lines as a person reads."""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import xlsxwriter
from django.utils import timezone
from django.utils.translation import gettext as _

from zhike.access.actions import record
from zhike.access.marks import Mark
from zhike.access.scope import Viewer, require
from zhike.access.woven import TEXT_CELL, Weave, line_of
from zhike.reports.catalogue import DIMENSIONS, Shape
from zhike.reports.drawing import Table
from zhike.reports.rules import Line, Value
from zhike.reports.stands import Stand
from zhike.workspace.exporting import Form, as_text, said_by

MOST_LINES, MOST_COLUMNS = 20_000, 400
_FORMATS = {"money": "#,##0.00", "rate": "0.00%", "number": "#,##0.00", "count": "#,##0"}
Cell = str | Value


@dataclass(frozen=True)
class Sheet:
    """The table as cells: `heads`, and rows that begin with the members down; `shapes` of the figures behind them."""

    heads: Sequence[str]
    rows: Sequence[Sequence[Cell]]
    shapes: Sequence[Shape]
    texts: int  # so many cells of a row are names


def sheet_of(table: Table) -> Sheet:
    """One line for each line of the table, a column for each dimension down, the total last."""
    asked, measures = table.asked, table.measures
    across = [f"{head} · {measure.title}" for head in table.heads for measure in measures]
    total = f"{_('Total')} · " if asked.columns else ""
    heads = [*(str(DIMENSIONS[name].title) for name in asked.rows), *across, *(f"{total}{measure.title}" for measure in measures)]
    texts = max(len(asked.rows), 1)
    rows = [_row(table, line, texts) for line in (*table.pivot.lines, table.pivot.total)]
    return Sheet(
        heads if asked.rows else [_("Total"), *heads], rows, [measure.shape for measure in measures] * (len(table.heads) + 1), texts
    )


def _row(table: Table, line: Line, texts: int) -> list[Cell]:
    names = [table.names.of(name, member) for name, member in zip(table.asked.rows, line.key, strict=False)]
    empty: Sequence[Value] = [None] * len(table.measures)
    values = [value for some in (*line.values, line.total) for value in (some or empty)]
    return [*(names or [_("Total")]), *[""] * (texts - max(len(names), 1)), *values]


def written(viewer: Viewer, table: Table, stand: Stand, form: Form, *, at: datetime, months: tuple[date, date], kept: str = "") -> bytes:
    """The file for this viewer, recorded. Raises PermissionDenied."""
    require(viewer, "customers.export")
    mark, said = Mark(viewer.person_id or 0, at, "export"), said_by(viewer, at)
    sheet = sheet_of(table)
    content = _book(sheet, mark, said, _about(viewer, table, stand, at, months, kept)) if form == "xlsx" else _csv(sheet, mark, said, form)
    record(viewer, "reports.exported", after={"asked": table.asked.plain, "form": form, "lines": len(sheet.rows), "count": 0}, at=at)
    return content


def name_of(form: Form, at: datetime) -> str:
    """What the file is called."""
    return f"{_('report')}-{at:%Y%m%d-%H%M}.{'xlsx' if form == 'xlsx' else 'csv'}"


def _csv(sheet: Sheet, mark: Mark, said: str, form: Form) -> bytes:
    weave = Weave(mark)
    heads = [as_text(head) for head in sheet.heads]
    lines = [line_of(heads, (at < sheet.texts and weave(text) for at, text in enumerate(heads)))]
    for row in sheet.rows:
        fields = [as_text(value) for value in row]
        lines.append(line_of(fields, (at < sheet.texts and bool(text) and weave(text) for at, text in enumerate(fields))))
    if form == "csv":  # what programs read has no line that is no line of the table
        lines.append(line_of([f"{said} · {mark.code}"], [False]))
    return "".join(lines).encode("utf-8-sig" if form == "csv" else "utf-8")


def _book(sheet: Sheet, mark: Mark, said: str, about: Sequence[tuple[str, str]]) -> bytes:
    out = io.BytesIO()
    book = xlsxwriter.Workbook(out, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False})
    page, weave = book.add_worksheet(_("Report")), Weave(mark)
    head, text = book.add_format({"bold": True, "bg_color": "#F6F5F2", "bottom": 1}), book.add_format({"num_format": TEXT_CELL})
    looks = {shape: book.add_format({"num_format": words}) for shape, words in _FORMATS.items()}
    for at, title in enumerate(sheet.heads):
        page.write_string(0, at, title, head)
    page.set_column(0, sheet.texts - 1, 22)
    page.set_column(sheet.texts, max(len(sheet.heads) - 1, sheet.texts), 16)
    page.freeze_panes(1, sheet.texts)
    for number, row in enumerate(sheet.rows, 1):
        for at, value in enumerate(row):
            _write(page, number, at, value, text if isinstance(value, str) and weave(value) else looks.get(_shape(sheet, at) or ""))
    page.set_footer(f"&L{said.replace('&', '&&')}&R{mark.code}")
    book.set_custom_property("ZhikeMark", mark.code)
    more = book.add_worksheet(_("About this file"))
    more.set_column(0, 0, 22)
    more.set_column(1, 1, 80)
    for number, (label, told) in enumerate([*about, (_("Mark"), mark.code)]):
        more.write_string(number, 0, label)
        more.write_string(number, 1, told)
    book.close()
    return out.getvalue()


def _shape(sheet: Sheet, at: int) -> Shape | None:
    return sheet.shapes[at - sheet.texts] if at >= sheet.texts else None


def _write(page: Any, row: int, at: int, value: Cell, look: Any) -> None:
    if isinstance(value, str):
        if value:
            page.write_string(row, at, value, look if look is not None and look.num_format == TEXT_CELL else None)
    elif value is not None:
        page.write_number(row, at, float(value) if isinstance(value, Decimal) else value, look)


def _about(viewer: Viewer, table: Table, stand: Stand, at: datetime, months: tuple[date, date], kept: str) -> list[tuple[str, str]]:
    narrowed = "; ".join(f"{DIMENSIONS[name].title}: {table.names.of(name, member)}" for name, member in table.asked.only)
    version = _("as it was reported then") if table.asked.version == "reported" else _("as corrected since")
    return [
        (_("Report"), kept or table.row_title), (_("Narrowed by"), narrowed or _("nothing")), (_("Period"), f"{months[0]:%Y-%m} – {months[1]:%Y-%m}"),
        (_("Day of the figures"), f"{stand.business_date.isoformat()} · {version}"), (_("Made"), f"{timezone.localtime(at):%Y-%m-%d %H:%M}"),
        (_("Exported by"), f"{viewer.name} ({viewer.login}){' · ' + viewer.unit_name if viewer.unit_name else ''}"),
        (_("Contains"), _("figures of the customers within the scope of whoever made it")),
    ]  # fmt: skip
