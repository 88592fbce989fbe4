"""The views a person has: those that are always there, those that she or a colleague has saved, her own lists. The first argument is the viewer."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db.models import Count, Q

from zhike.access.scope import Viewer
from zhike.core import prepared
from zhike.workspace.models import CustomerList, ListMember, SavedView

LIST = re.compile(r"list-(\d{1,15})")


@dataclass(frozen=True)
class Saved:
    """A saved view as whoever opens it finds it."""

    id: int
    name: str
    is_hers: bool
    shared: str
    asked: Mapping[str, str]
    columns: Sequence[str]


@dataclass(frozen=True)
class Look:
    """A view as one person has it. `columns` empty: as the view says. `list_id`: it is one of her lists, `list_name` long."""

    view: str
    columns: Sequence[str] = ()
    widths: Mapping[str, int] = field(default_factory=dict)
    place: int | None = None
    is_default: bool = False
    saved: Saved | None = None
    list_id: int | None = None
    list_name: str = ""

    @property
    def name(self) -> str:
        """What a person called it; empty for those that are always there."""
        return self.saved.name if self.saved else self.list_name


def looks(viewer: Viewer, asked: str = "") -> dict[str, Look]:
    """Every view that she has chosen anything for, and the one asked for, by key, in the order of her tabs. One statement.

    A view that was thrown away, or is no longer shared with her, has neither `saved` nor `list_id`.
    """
    with prepared.cursor() as cursor:
        cursor.execute(_LOOKS, {"me": viewer.person_id, "asked": asked})
        return {row[0]: _look(viewer, *row) for row in cursor.fetchall() if row[0]}


_LOOKS = r"""
with hers as (select * from workspace_viewlook where person_id = %(me)s),
asked as (select view from hers union select %(asked)s::text)
select a.view, l.columns, l.widths::text, l.place, l.is_default, v.id, v.name, v.owner_id, v.shared, v.asked::text, v.columns, c.id, c.name
from asked a left join hers l on l.view = a.view
left join workspace_savedview v on v.deleted_at is null and (v.owner_id = %(me)s or v.shared <> 'own')
    and v.id = case when a.view ~ '^\d{1,15}$' then a.view::bigint end
left join workspace_customerlist c on c.deleted_at is null and c.owner_id = %(me)s
    and c.id = case when a.view ~ '^list-\d{1,15}$' then substr(a.view, 6)::bigint end
order by l.place nulls last, a.view
"""


def _look(
    viewer: Viewer, view: str, columns: list[str] | None, widths: str | None, place: int | None, is_default: bool | None, key: int | None,
    name: str, owner: int, shared: str, asked: str, view_columns: list[str], list_id: int | None, list_name: str | None,
) -> Look:  # fmt: skip
    saved = Saved(key, name, owner == viewer.person_id, shared, _json(asked), view_columns) if key else None
    return Look(view, columns or (), _json(widths or "{}"), place, bool(is_default), saved, list_id, list_name or "")


def _json(text: str) -> Any:
    return json.loads(text)


def saved_views(viewer: Viewer) -> list[SavedView]:
    """Hers, then those that others share with her; row security knows her unit."""
    rows = SavedView.objects.filter(Q(owner_id=viewer.person_id or 0) | ~Q(shared="own"), deleted_at=None).select_related("owner")
    return sorted(rows, key=lambda row: (row.owner_id != viewer.person_id, row.name))


def lists(viewer: Viewer) -> list[tuple[CustomerList, int]]:
    """Her lists, each with how many customers on it she sees."""
    rows = list(CustomerList.objects.filter(owner_id=viewer.person_id or 0, deleted_at=None).order_by("name"))
    members = ListMember.objects.seen_by(viewer).filter(list__in=rows).order_by()
    counted = dict(members.values_list("list_id").annotate(count=Count("pk")))
    return [(row, counted.get(row.pk, 0)) for row in rows]
