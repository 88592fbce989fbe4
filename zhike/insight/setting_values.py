"""Reads and writes of dated settings: a group as it holds on a day, what was set when, and a change, which a second person approves."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from django.db import transaction
from django.utils import timezone

from zhike.access.actions import record
from zhike.access.approvals import is_needed, propose
from zhike.access.scope import Viewer, require
from zhike.insight.dated import NotASetting, Plain, flattened, read, settings_on
from zhike.insight.models import DatedSetting
from zhike.insight.settings_labels import GROUPS, entered
from zhike.insight.settings_rules import Settings

KIND = "insight.settings"
READ, SET = "insight.read", "insight.set"
MOST = 200
EARLIEST = date(2000, 1, 1)


class SettingRefused(Exception):
    """It cannot be set; `path` names the value ("from_date": the day), `reason` is one of no_group, value, day, nothing, no_reason."""

    def __init__(self, path: str, reason: str) -> None:
        super().__init__(f"{path}: {reason}")
        self.path, self.reason = path, reason


@dataclass(frozen=True)
class Held:
    """A value of a day: what holds, what Zhike ships with, and the row that set it (None: nobody has)."""

    path: str
    value: Plain
    usual: Plain
    row: DatedSetting | None

    @property
    def is_usual(self) -> bool:
        return self.value == self.usual


def group_on(viewer: Viewer, group: str, day: date) -> list[Held]:
    """The values of a group as they hold on a day. Raises SettingRefused: no such group. Needs insight.read."""
    require(viewer, READ)
    if group not in GROUPS:
        raise SettingRefused(group, "no_group")
    rows = (
        DatedSetting.objects.filter(path__startswith=f"{group}.", from_date__lte=day).order_by("path", "-from_date", "-pk").distinct("path")
    )
    set_here = {row.path: row for row in rows}
    usual = flattened(Settings())
    return [
        Held(path, _read_or_usual(usual[path], set_here.get(path)), usual[path], set_here.get(path))
        for path in usual
        if path.startswith(f"{group}.")
    ]


def _read_or_usual(usual: Plain, row: DatedSetting | None) -> Plain:
    """What was set; what Zhike ships with where nothing was, or where this version cannot read it."""
    try:
        return read(usual, row.value) if row else usual
    except NotASetting:
        return usual


def history(viewer: Viewer, group: str) -> Sequence[DatedSetting]:
    """What was set in a group, the latest first; at most 200 rows. Needs insight.read."""
    require(viewer, READ)
    return list(DatedSetting.objects.filter(path__startswith=f"{group}.").order_by("-set_at", "path")[:MOST])


def last_of_groups(viewer: Viewer) -> dict[str, tuple[int, DatedSetting]]:
    """Of each group in which something was set: how many values, and the row that was set last. Needs insight.read."""
    require(viewer, READ)
    found: dict[str, tuple[int, DatedSetting]] = {}
    for row in DatedSetting.objects.order_by("path", "-set_at", "-pk").distinct("path"):
        group = row.path.partition(".")[0]
        count, last = found.get(group, (0, row))
        found[group] = (count + 1, max(last, row, key=lambda one: (one.set_at, one.pk)))
    return found


def changes(group: str, given: Mapping[str, str], day: date) -> dict[str, tuple[str, str]]:
    """What of the values typed in differs from what holds on a day: path → as it is kept, as it was. Raises SettingRefused."""
    found = {}
    for path, value in flattened(settings_on(day)).items():
        if not path.startswith(f"{group}.") or path not in given:
            continue
        try:
            text = entered(path, given[path])
        except NotASetting as wrong:
            raise SettingRefused(path, "value") from wrong
        if read(value, text) != value:
            found[path] = (text, str(value))
    return found


@transaction.atomic
def set_or_propose(*, actor: Viewer, at: datetime, group: str, given: Mapping[str, str], from_date: date | None, why: str) -> int | None:
    """Set values of a group from a day on, or propose it where a second person has to approve; None: it is done.

    Raises SettingRefused, NotProposed, PermissionDenied without insight.set.
    """
    require(actor, SET)
    if group not in GROUPS:
        raise SettingRefused(group, "no_group")
    if from_date is None or not EARLIEST <= from_date <= date(2100, 1, 1):
        raise SettingRefused("from_date", "day")
    changed = changes(group, given, from_date)
    if not changed:
        raise SettingRefused(group, "nothing")
    if not why.strip():
        raise SettingRefused("why", "no_reason")
    asked = {
        "group": group, "from_date": from_date.isoformat(), "why": why.strip(),
        "to": {path: to for path, (to, _was) in changed.items()}, "was": {path: was for path, (_to, was) in changed.items()},
    }  # fmt: skip
    if is_needed(KIND, on=timezone.localdate(at)):
        return propose(actor=actor, at=at, name=KIND, asked=asked, why=why, subject=("insight-settings", group)).pk
    keep(actor=actor, at=at, asked=asked)
    return None


@transaction.atomic
def keep(*, actor: Viewer, at: datetime, asked: Mapping[str, object], approved_name: str = "") -> None:
    """Write what was decided: a row a value. Needs insight.set."""
    require(actor, SET)
    to, was = asked["to"], asked["was"]
    if not isinstance(to, dict) or not isinstance(was, dict):
        raise TypeError("values by path")
    from_date = date.fromisoformat(str(asked["from_date"]))
    DatedSetting.objects.bulk_create([
        DatedSetting(
            path=path, value=value, from_date=from_date, set_at=at, set_name=actor.name, approved_name=approved_name, why=str(asked["why"])
        )
        for path, value in to.items()
    ])  # fmt: skip
    record(
        actor, "insight.settings_set", subject=("insight-settings", str(asked["group"])), reason=str(asked["why"]), before=was,
        after={"from_date": from_date.isoformat(), **to}, at=at,
    )  # fmt: skip
