"""A customer list as a file: exactly what its page would show this viewer, page after page, in CSV or as a workbook.

Read along the list's own keyset, a thousand at a time, with the same masks and the same scope; nothing is ever all in memory. What somebody
typed into a name cannot become a formula: a workbook holds it as text, and in CSV what would begin one carries an apostrophe. Whose copy it is stands
where people see it, and is woven into how texts are written (`access.woven`), never into the texts.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import IO, Any, Literal

import xlsxwriter
from django.utils import timezone
from django.utils.translation import gettext as _

from zhike.access.marks import Mark
from zhike.access.scope import Viewer
from zhike.access.woven import TEXT_CELL, Weave, line_of
from zhike.workspace.columns import ListColumn, Value
from zhike.workspace.paging import page_of_keys
from zhike.workspace.queries import CustomerRow, ListAsked, customer_list, rows_of, stretches

Form = Literal["xlsx", "csv", "csv_plain"]
FORMS: Mapping[Form, str] = {"xlsx": "xlsx", "csv": "csv", "csv_plain": "csv"}  # → what the file's name ends with
AT_A_TIME = 1000
LARGEST_SHEET = 1_048_575  # rows a worksheet has below its head
KEY = "number"  # the column by which files are joined; it is written in one way throughout
_BEGINS_A_FORMULA = ("=", "+", "-", "@", "\t", "\r")
Row = Sequence[Value]
Writer = Callable[[Row], None]


@dataclass(frozen=True)
class Export:
    """What to write: a list or some of it (`keys`), with these columns. `about`: what the second sheet says, label and text. `mark`: whose copy
    it is, put where people see it and where they do not."""

    asked: ListAsked
    columns: Sequence[ListColumn]
    form: Form
    keys: Sequence[int] = ()
    about: Sequence[tuple[str, str]] = ()
    mark: Mark | None = None
    said: str = ""  # whose copy this is, in words
    sheet: str = ""  # what the lines are, where they are no customers

    @property
    def titles(self) -> list[str]:
        """The head of the file; amounts are in each customer's main currency, which has a column of its own."""
        return [*(str(column.title) for column in self.columns), *([_("Currency")] if self.has_money else [])]

    @property
    def has_money(self) -> bool:
        """Whether any column holds amounts."""
        return any(column.shape == "money" for column in self.columns)


def batches(viewer: Viewer, wanted: Export) -> Iterator[list[CustomerRow]]:
    """The customers of the list in its order, a thousand at a time."""
    if wanted.keys:
        for at in range(0, len(wanted.keys), AT_A_TIME):
            yield rows_of(viewer, wanted.keys[at : at + AT_A_TIME], wanted.asked.needs)
    elif wanted.asked.words:
        yield list(customer_list(viewer, wanted.asked).rows)
    else:
        after = ""
        while True:
            page = page_of_keys(stretches(viewer, wanted.asked), wanted.asked.sorting, after=after, size=AT_A_TIME)
            yield rows_of(viewer, page.keys, wanted.asked.needs)
            after = page.next
            if not after:
                return


def write(viewer: Viewer, wanted: Export, path: Path, *, most: int, step: Callable[[int], None]) -> int:
    """Write the file, readable by this installation alone; how many customers are in it, at most `most`. `step` is told how far it is."""
    count = 0
    with writer(wanted, path) as line:
        for batch in batches(viewer, wanted):
            for row in batch[: most - count]:
                line(_values(wanted, row))
            count += min(len(batch), most - count)
            step(count)
            if count >= most:
                break
    return count


def _values(wanted: Export, row: CustomerRow) -> list[Value]:
    currency = [row.held.currency if row.held else ""] if wanted.has_money else []
    return [*(column.value(row) for column in wanted.columns), *currency]


def writer(wanted: Export, path: Path) -> AbstractContextManager[Writer]:
    """What writes a line at a time, of customers or of another list with columns."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    os.close(os.open(path, os.O_CREAT | os.O_WRONLY | os.O_TRUNC, 0o600))  # before anything is in it
    return _workbook(wanted, path) if wanted.form == "xlsx" else _csv(wanted, path)


@contextmanager
def _csv(wanted: Export, path: Path) -> Iterator[Writer]:
    """UTF-8; with a byte order mark unless plain, since Excel would else read Chinese as something else."""
    file: IO[str]
    weave = Weave(wanted.mark) if wanted.mark else lambda _text: False
    carries = [column.shape == "text" and column.name != KEY for column in wanted.columns] + [False] * wanted.has_money
    with path.open("w", encoding="utf-8" if wanted.form == "csv_plain" else "utf-8-sig", newline="") as file:

        def line(values: Row) -> None:
            fields = [as_text(value) for value in values]
            file.write(line_of(fields, (bool(text) and may and weave(text) for text, may in zip(fields, carries, strict=True))))

        line(wanted.titles)  # woven too: in a short file ten heads written always alike would speak against its mark
        yield line
        if wanted.mark is not None and wanted.form == "csv":  # what programs read has no line that is no customer
            file.write(line_of([f"{wanted.said} · {wanted.mark.code}"], [False]))


def as_text(value: Value) -> str:
    """A value in CSV: days as 2026-11-25, amounts as 5486213.08, and no text that a spreadsheet would take for a formula."""
    if value is None:
        return ""
    if isinstance(value, str):
        return f"'{value}" if value.startswith(_BEGINS_A_FORMULA) else value
    return value.isoformat() if isinstance(value, date) else str(value)


@contextmanager
def _workbook(wanted: Export, path: Path) -> Iterator[Writer]:
    """Head in bold and frozen, days as days and amounts as numbers; the second sheet says what this is, of when, and whose."""
    book = xlsxwriter.Workbook(
        str(path), {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "tmpdir": str(path.parent)}
    )
    sheet = book.add_worksheet(wanted.sheet or _("Customers"))
    head = book.add_format({"bold": True, "bg_color": "#F6F5F2", "bottom": 1})
    weave = Weave(wanted.mark) if wanted.mark else lambda _text: False
    looks = {
        TEXT_CELL: book.add_format({"num_format": TEXT_CELL}),
        "money": book.add_format({"num_format": "#,##0.00"}),
        "date": book.add_format({"num_format": "yyyy-mm-dd"}),
        "count": None,
        "number": None,
        "text": None,
    }
    sheet.freeze_panes(1, 1)
    for at, column in enumerate(wanted.columns):
        sheet.set_column(at, at, {"money": 16, "date": 12, "count": 9, "number": 14, "text": 20}[column.shape], looks[column.shape])
    for at, title in enumerate(wanted.titles):
        sheet.write_string(0, at, title, head)
    number = 0

    def line(values: Row) -> None:
        nonlocal number
        number += 1
        for at, value in enumerate(values):
            if isinstance(value, str):
                if value:
                    sheet.write_string(number, at, value, looks[TEXT_CELL] if weave(value) else None)
                continue
            _cell(sheet, number, at, value, looks, is_plain=at < len(wanted.columns) and wanted.columns[at].shape == "number")

    try:
        yield line
        if wanted.mark is not None:
            sheet.set_footer(f"&L{wanted.said.replace('&', '&&')}&R{wanted.mark.code}")
            book.set_custom_property("ZhikeMark", wanted.mark.code)
        sheet.autofilter(0, 0, number, max(len(wanted.titles) - 1, 0))
        _about(book, wanted, number)
    finally:
        book.close()


def _cell(sheet: Any, row: int, at: int, value: date | Decimal | int | None, looks: Mapping[str, Any], *, is_plain: bool) -> None:
    if value is None:
        return
    if isinstance(value, date):
        sheet.write_datetime(row, at, value, looks["date"])
    elif isinstance(value, Decimal):
        sheet.write_number(row, at, float(value), None if is_plain else looks["money"])
    else:
        sheet.write_number(row, at, value)


def _about(book: Any, wanted: Export, count: int) -> None:
    sheet = book.add_worksheet(_("About this file"))
    sheet.set_column(0, 0, 22)
    sheet.set_column(1, 1, 80)
    for row, (label, text) in enumerate(
        [*wanted.about, (wanted.sheet or _("Customers"), f"{count:,}"), *([(_("Mark"), wanted.mark.code)] if wanted.mark else [])]
    ):
        sheet.write_string(row, 0, label)
        sheet.write_string(row, 1, text)


def said_by(viewer: Viewer, at: datetime) -> str:
    """Whose copy it is, in words."""
    words = _("Exported by %(who)s (%(login)s) on %(when)s")
    return words % {"who": viewer.name, "login": viewer.login, "when": f"{timezone.localtime(at):%Y-%m-%d %H:%M}"}


def about(viewer: Viewer, *, list_name: str, words: str, at: datetime, data_to: date | None) -> list[tuple[str, str]]:
    """What the second sheet says: which list, narrowed by what, when, by whom."""
    moment = timezone.localtime(at)
    return [
        (_("Which list"), list_name),
        (_("Narrowed by"), words or _("nothing")),
        (_("Data to"), data_to.isoformat() if data_to else "—"),
        (_("Made"), f"{moment:%Y-%m-%d %H:%M}"),
        (_("Exported by"), f"{viewer.name} ({viewer.login}){' · ' + viewer.unit_name if viewer.unit_name else ''}"),
        (_("Contains"), _("customers within the scope of whoever made it, masked as on the page")),
    ]
