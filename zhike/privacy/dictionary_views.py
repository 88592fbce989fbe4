"""The page of the data dictionary, and the same as CSV."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass, replace

from django.http import HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from zhike.access.scope import ViewerRequest
from zhike.core.pages import Crumb, answer
from zhike.core.tables import Filter
from zhike.privacy.catalogue import AREAS, GRADES, LEVELS, TableLine, dictionary

MOST = 400  # columns on a page: every area fits, all of them do not
FIRST = "parties"
EVERYWHERE = "all"


@dataclass(frozen=True)
class DictionaryPage:
    """privacy/dictionary.html: `cut` where more columns fit than are shown."""

    title: str
    crumbs: Sequence[Crumb]
    tables: Sequence[TableLine]
    filters: Sequence[Filter]
    words: str
    most: int
    cut: bool


@require_GET
def page(request: ViewerRequest) -> HttpResponse:
    """Columns by area, class and words; without any of them those of customers."""
    words, level, grade = request.GET.get("q", "").strip()[:100], request.GET.get("class", ""), request.GET.get("grade", "")
    area = request.GET.get("area") or (EVERYWHERE if words or level or grade else FIRST)
    found = dictionary(request.viewer, area="" if area == EVERYWHERE else area, level=level, grade=grade, words=words)
    shown = _first(found, MOST)
    title = _("Data dictionary")
    filters = (
        Filter("area", _("Area of data"), [(EVERYWHERE, _("Every area")), *AREAS.items()], area),
        Filter("class", _("Class"), [("", _("Every class")), *LEVELS.items()], level),
        Filter("grade", _("Grade"), [("", _("Every grade")), *GRADES.items()], grade),
    )
    is_cut = sum(len(table.columns) for table in found) > MOST
    return answer(request, "privacy/dictionary.html", vars(DictionaryPage(title, [Crumb(title)], shown, filters, words, MOST, is_cut)))


@require_GET
def export(request: ViewerRequest) -> HttpResponse:
    """All of it as CSV. No customer stands in it, so nothing of it is marked or recorded."""
    text = io.StringIO()
    out = csv.writer(text)
    out.writerow([_("Area of data"), _("Table"), _("Column"), _("Type"), _("Meaning"), _("Class"), _("Form"), _("Kept"), _("Grade")])
    for table in dictionary(request.viewer):
        for one in table.columns:
            out.writerow(
                [table.area_words, table.name, one.name, one.type, one.meaning, one.level, one.form, table.kept, table.grade_words]
            )
    headers = {"Content-Disposition": 'attachment; filename="data-dictionary.csv"'}
    return HttpResponse("\ufeff" + text.getvalue(), content_type="text/csv; charset=utf-8", headers=headers)


def _first(tables: Sequence[TableLine], most: int) -> list[TableLine]:
    shown: list[TableLine] = []
    for table in tables:
        if most <= 0:
            break
        shown.append(replace(table, columns=table.columns[:most]))
        most -= len(table.columns)
    return shown
