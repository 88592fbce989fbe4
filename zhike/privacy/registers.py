"""Reads and writes of the registers, for privacy.manage alone."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from django.conf import settings
from django.db import connection, transaction
from django.http import Http404

from zhike.access.actions import record
from zhike.access.scope import Viewer, require
from zhike.core.data_classes import tables
from zhike.privacy.actions import MANAGE, RequestRefused, checked_words
from zhike.privacy.register_models import Entry
from zhike.privacy.register_rules import FACTS, IMPORTANT, INCIDENT, LONGEST, hours_left, needed, why_not

MOST = 200
STEPS = {"authority": "authority_at", "persons": "persons_at", "close": "closed_at"}


class EntryNotSeen(Http404):
    """There is no such entry."""


@dataclass(frozen=True)
class EntryLine:
    """An entry as it is shown. `hours`: what is left to tell the authority of an incident; None: told, closed, or no incident."""

    row: Entry
    hours: int | None

    @property
    def is_late(self) -> bool:
        return self.hours is not None and self.hours < 0


def entries(viewer: Viewer, kind: str, *, now: datetime) -> list[EntryLine]:
    """The entries of a register, those that are not closed first, the latest first; at most 200."""
    require(viewer, MANAGE)
    rows = Entry.objects.filter(kind=kind).order_by("-began_at", "-pk")
    return [_line(row, now) for row in (*rows.filter(closed_at=None)[:MOST], *rows.exclude(closed_at=None)[:MOST])]


def entry(viewer: Viewer, entry_id: int, *, now: datetime) -> EntryLine:
    """One entry. Raises EntryNotSeen, PermissionDenied."""
    require(viewer, MANAGE)
    found = Entry.objects.filter(pk=entry_id).first()
    if found is None:
        raise EntryNotSeen
    return _line(found, now)


@transaction.atomic
def keep_entry(*, actor: Viewer, at: datetime, kind: str, title: str, facts: Mapping[str, str], entry_id: int | None = None) -> Entry:
    """Write an entry, or change one. Raises PermissionDenied, EntryNotSeen, RequestRefused: no such register, something is not said or cannot be, closed already."""
    require(actor, MANAGE)
    if kind not in FACTS:
        raise RequestRefused("kind", "not_a_choice")
    said = _checked(kind, facts)
    named = checked_words("title", title, longest=200)
    if entry_id is None:
        row, before = Entry(kind=kind, began_at=at, made_name=actor.name), None
    else:
        row = _open(entry_id, kind)
        before = {"title": row.title, **row.facts}
    row.title, row.facts, row.changed_at, row.changed_name = named, said, at, actor.name
    row.save()
    record(actor, f"privacy.{kind}_kept", subject=("entry", row.pk), before=before, after={"title": named, **said}, at=at)
    return row


@transaction.atomic
def take_step(*, actor: Viewer, at: datetime, entry_id: int, step: str) -> Entry:
    """Keep that the authority or the persons were told of an incident, or close an entry. Raises as `keep_entry`; a step is taken once."""
    require(actor, MANAGE)
    row = _open(entry_id)
    column = STEPS.get(step, "")
    if not column or (step != "close" and row.kind != INCIDENT):
        raise RequestRefused("step", "not_a_choice")
    if getattr(row, column) is not None:
        raise RequestRefused("step", "decided")
    setattr(row, column, at)
    row.changed_at, row.changed_name = at, actor.name
    row.save()
    record(actor, f"privacy.{row.kind}_{step}", subject=("entry", row.pk), after={"title": row.title}, at=at)
    return row


def _open(entry_id: int, kind: str = "") -> Entry:
    row = Entry.objects.select_for_update().filter(pk=entry_id).first()
    if row is None or (kind and row.kind != kind):
        raise EntryNotSeen
    if row.closed_at is not None:
        raise RequestRefused("step", "decided")
    return row


def _line(row: Entry, now: datetime) -> EntryLine:
    waits = row.kind == INCIDENT and row.authority_at is None and row.closed_at is None
    return EntryLine(row, hours_left(row.began_at, now) if waits else None)


@dataclass(frozen=True)
class Graded:
    """A table that holds important or core data (R32, R34); `field`: the central bank's field of business, "none" where it is none (R33)."""

    grade: str
    field: str


def graded() -> dict[str, Graded]:
    """Table → its grade, by the open entries of the register of important data. What else stands in them is for privacy.manage."""
    with connection.cursor() as cursor:
        cursor.execute("select tables, grade, field from access.graded()")
        return {name: Graded(grade, field) for text, grade, field in cursor.fetchall() for name in text.split()}


def _checked(kind: str, facts: Mapping[str, str]) -> dict[str, str]:
    """The facts as they are kept. Raises RequestRefused by the name of the first that is not said, or cannot be."""
    given = {
        **facts,
        "country": facts.get("country", "").strip().upper(),
        "tables": " ".join(facts.get("tables", "").replace(",", " ").split()),
    }
    said = {}
    for name in needed(kind, given, home=settings.ZHIKE_COUNTRY):
        said[name] = checked_words(name, given.get(name, ""), longest=LONGEST)
        if wrong := why_not(name, said[name]):
            raise RequestRefused(name, wrong)
    if kind == IMPORTANT and not set(said["tables"].split()) <= set(tables()):
        raise RequestRefused("tables", "not_a_table")
    return said
