"""Writes of views and lists: what a person keeps for herself, or shares. `actor` must be entered; row security lets her write her own only."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Literal

from django.db import transaction
from django.db.models import Max
from django.http import Http404

from zhike.access.actions import record
from zhike.access.scope import Viewer, require
from zhike.workspace.columns import is_column, width
from zhike.workspace.looks import Look
from zhike.workspace.models import CustomerList, SavedView, ViewLook

LONGEST_NAME = 60
Move = Literal["in", "out", "left", "right", "first", "not_first"]
MOVES: tuple[Move, ...] = ("in", "out", "left", "right", "first", "not_first")


class NameMissing(Exception):
    """A view or list needs a name that is not empty."""


@transaction.atomic
def save_view(
    *,
    actor: Viewer,
    at: datetime,
    name: str,
    asked: Mapping[str, str],
    columns: Sequence[str],
    shared: str = "own",
    unit_id: int | None = None,
) -> SavedView:
    """Keep a view under a name, as the last of her tabs. Raises NameMissing."""
    view = SavedView(owner_id=actor.person_id or 0, name=_named(name), asked=dict(asked), columns=list(columns), changed_at=at)
    _share(actor, view, shared, unit_id)
    view.save(force_insert=True)
    last = ViewLook.objects.filter(person_id=actor.person_id or 0).aggregate(last=Max("place"))["last"]
    ViewLook.objects.create(person_id=actor.person_id or 0, view=str(view.pk), saved=view, place=(last or 0) + 1)
    record(actor, "views.saved", subject=("view", view.pk), after=_told(view), at=at)
    return view


@transaction.atomic
def save_again(*, actor: Viewer, at: datetime, view_id: int, asked: Mapping[str, str], columns: Sequence[str]) -> SavedView:
    """Keep her view as it is now. Raises Http404 where it is not hers."""
    view = _hers(actor, view_id)
    before = _told(view)
    view.asked, view.columns, view.changed_at = dict(asked), list(columns), at
    view.save()
    ViewLook.objects.filter(person_id=actor.person_id or 0, view=str(view.pk)).update(columns=[])
    record(actor, "views.changed", subject=("view", view.pk), before=before, after=_told(view), at=at)
    return view


@transaction.atomic
def change_view(*, actor: Viewer, at: datetime, view_id: int, name: str, shared: str, unit_id: int | None) -> None:
    """Give her view another name, or share it with others. Raises NameMissing, PermissionDenied, Http404."""
    view = _hers(actor, view_id)
    before = _told(view)
    view.name, view.changed_at = _named(name), at
    _share(actor, view, shared, unit_id)
    view.save()
    record(actor, "views.changed", subject=("view", view.pk), before=before, after=_told(view), at=at)


@transaction.atomic
def throw_view_away(*, actor: Viewer, at: datetime, view_id: int, is_back: bool = False) -> None:
    """Throw her view away, or bring it back. Raises Http404 where it is not hers."""
    view = _hers(actor, view_id)
    SavedView.objects.filter(pk=view.pk).update(deleted_at=None if is_back else at)
    record(actor, "views.brought_back" if is_back else "views.thrown_away", subject=("view", view.pk), before=_told(view), at=at)


@transaction.atomic
def choose_columns(*, actor: Viewer, at: datetime, look: Look, columns: Sequence[str], widths: Mapping[str, object]) -> None:
    """Which columns a view has for her, in which order and how wide. Without columns it has those that the view says."""
    known = [name for name in dict.fromkeys(columns) if is_column(name)]
    wide = {name: pixels for name, given in widths.items() if is_column(name) and (pixels := width(given))}
    ViewLook.objects.update_or_create(
        person_id=actor.person_id or 0, view=look.view, defaults={"columns": known, "widths": wide, "saved_id": look.saved.id if look.saved else None}
    )  # fmt: skip
    record(actor, "views.columns_chosen", subject=("view", look.view), after={"columns": known, "widths": wide}, at=at)


@transaction.atomic
def move_view(*, actor: Viewer, at: datetime, look: Look, move: Move) -> None:
    """Put a view among her tabs or take it out, move it, begin with it or no longer."""
    hers = ViewLook.objects.filter(person_id=actor.person_id or 0)
    row, _is_new = hers.get_or_create(
        person_id=actor.person_id or 0, view=look.view, defaults={"saved_id": look.saved.id if look.saved else None}
    )  # fmt: skip
    if move in ("first", "not_first"):
        hers.filter(is_default=True).update(is_default=False)
        hers.filter(pk=row.pk).update(is_default=move == "first")
    else:
        _put(list(hers.filter(place__isnull=False).order_by("place", "pk")), row, move)
    record(actor, "views.moved", subject=("view", look.view), after={"move": move}, at=at)


def _put(placed: Sequence[ViewLook], row: ViewLook, move: Move) -> None:
    """The tabs anew, from 1."""
    order = [one.pk for one in placed if one.pk != row.pk]
    at = next((number for number, one in enumerate(placed) if one.pk == row.pk), len(order))
    if move != "out":
        order.insert(max(at + {"left": -1, "right": 1}.get(move, 0), 0), row.pk)
    else:
        ViewLook.objects.filter(pk=row.pk).update(place=None)
    ViewLook.objects.bulk_update([ViewLook(pk=key, place=number) for number, key in enumerate(order, 1)], ["place"])


@transaction.atomic
def make_list(*, actor: Viewer, at: datetime, name: str) -> CustomerList:
    """An empty list of hers; what is put on it writes the audit entry. Raises NameMissing."""
    return CustomerList.objects.create(owner_id=actor.person_id or 0, name=_named(name), created_at=at)


@transaction.atomic
def rename_list(*, actor: Viewer, at: datetime, list_id: int, name: str) -> None:
    """Give her list another name. Raises NameMissing, Http404."""
    row = her_list(actor, list_id)
    before, row.name = row.name, _named(name)
    row.save(update_fields=["name"])
    record(actor, "lists.renamed", subject=("list", row.pk), before={"name": before}, after={"name": row.name}, at=at)


@transaction.atomic
def throw_list_away(*, actor: Viewer, at: datetime, list_id: int, is_back: bool = False) -> None:
    """Throw her list away with the names on it, or bring it back. Raises Http404."""
    row = her_list(actor, list_id)
    CustomerList.objects.filter(pk=row.pk).update(deleted_at=None if is_back else at)
    record(actor, "lists.brought_back" if is_back else "lists.thrown_away", subject=("list", row.pk), before={"name": row.name}, at=at)


def her_list(actor: Viewer, list_id: int) -> CustomerList:
    """A list of the actor's own. Raises Http404."""
    row = CustomerList.objects.filter(pk=list_id, owner_id=actor.person_id or 0).first()
    if row is None:
        raise Http404
    return row


def _hers(actor: Viewer, view_id: int) -> SavedView:
    row = SavedView.objects.filter(pk=view_id, owner_id=actor.person_id or 0).first()
    if row is None:
        raise Http404
    return row


def _share(actor: Viewer, view: SavedView, shared: str, unit_id: int | None) -> None:
    if shared == SavedView.Shared.BANK:
        require(actor, "views.share")
    is_unit = shared == SavedView.Shared.UNIT and unit_id is not None
    view.shared = SavedView.Shared.UNIT if is_unit else SavedView.Shared.BANK if shared == SavedView.Shared.BANK else SavedView.Shared.OWN
    view.unit_id = unit_id if is_unit else None


def _named(name: str) -> str:
    if not name.strip():
        raise NameMissing
    return name.strip()[:LONGEST_NAME]


def _told(view: SavedView) -> dict[str, object]:
    return {"name": view.name, "shared": view.shared, "unit": view.unit_id, "asked": view.asked, "columns": view.columns}
