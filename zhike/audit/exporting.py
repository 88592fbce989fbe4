"""Entries of the audit as a file: a small one at once, a large one only by two people; each is recorded with what was asked for."""

from __future__ import annotations

import os
from collections.abc import Mapping
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import transaction
from django.utils import timezone
from django.utils.dateparse import parse_date
from django.utils.translation import gettext as _

from zhike.access import approvals, auditing, work
from zhike.access.auditing import RIGHT, Asked
from zhike.access.marks import Mark
from zhike.access.scope import Viewer, require
from zhike.access.woven import Weave, line_of
from zhike.audit import queries
from zhike.audit.actions import note_reading
from zhike.audit.queries import Line

KIND = "audit.export"
MOST = 20_000
ASKED = ("person", "customer", "act", "area", "door", "request", "since", "until")
KEPT_FOR = timedelta(days=1)
HEADS = ["id", "at", "login", "person", "act", "subject", "customer", "reason", "door", "address", "request", "before", "after"]


def asked_of(viewer: Viewer, given: Mapping[str, str]) -> tuple[Asked, dict[str, str]]:
    """What somebody looks for, and the words in which she said it; needs audit.read."""
    require(viewer, RIGHT)
    told = {name: text for name in ASKED if (text := given.get(name, "").strip().replace("\x00", "")[:80])}
    since, until = _day(told.get("since")), _day(told.get("until"))
    customer = told.get("customer", "")
    return Asked(
        **{name: told.get(name, "") for name in ("person", "act", "area", "door", "request")},
        since=since, until=until + timedelta(days=1) if until else None, parties=queries.customers_named(viewer, customer) if customer else None,
    ), told  # fmt: skip


@transaction.atomic
def export(*, actor: Viewer, at: datetime, given: Mapping[str, str], why: str = "") -> str | int:
    """The CSV, where it is small; a number: it waits under that number for a second person. Raises PermissionDenied, `approvals.NotProposed`."""
    asked, told = asked_of(actor, given)
    count = auditing.entries(actor, asked).order_by()[:MOST].count()
    if approvals.is_needed(KIND, amount=count, on=timezone.localdate(at)):
        return approvals.propose(actor=actor, at=at, name=KIND, asked={"told": told, "count": count}, why=why).pk
    return as_csv(actor, told, at=at)


def begin(*, actor: Viewer, at: datetime, asked: Mapping[str, Any]) -> None:
    """Have an approved file made in the background, for whoever proposed it."""
    require(actor, RIGHT)
    work.start(actor=actor, at=at, kind=KIND, title=_("Export of the audit"), asked=asked, total=asked["count"])


def as_csv(viewer: Viewer, given: Mapping[str, str], *, at: datetime) -> str:
    """The entries that fit, newest first, at most `MOST`, with whose copy it is; recorded."""
    asked, told = asked_of(viewer, given)
    rows = queries.lines(viewer, list(auditing.entries(viewer, asked).order_by("-at", "-pk")[:MOST]))
    note_reading(actor=viewer, act="exported", at=at, asked={**told, "count": len(rows)})
    mark = Mark(viewer.person_id or 0, at, "audit")
    weave, carries = Weave(mark), [head not in ("id", "at") for head in HEADS]
    lines = [line_of(HEADS, (may and weave(head) for head, may in zip(HEADS, carries, strict=True)))]
    for row in rows:
        fields = [_safe(value) for value in _cells(row)]
        lines.append(line_of(fields, (bool(text) and may and weave(text) for text, may in zip(fields, carries, strict=True))))
    lines.append(line_of([_("Exported by %(who)s (%(login)s) on %(when)s") % {
        "who": viewer.name, "login": viewer.login, "when": f"{timezone.localtime(at):%Y-%m-%d %H:%M}",
    } + f" · {mark.code}"], [False]))  # fmt: skip
    return "\ufeff" + "".join(lines)


def keep(text: str, work_id: int) -> None:
    """Put an approved file where whoever asked for it fetches it, readable by this installation alone."""
    path = path_of(work_id)
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    with os.fdopen(os.open(path, os.O_CREAT | os.O_WRONLY | os.O_TRUNC, 0o600), "w", encoding="utf-8") as file:
        file.write(text)


def path_of(work_id: int) -> Path:
    """Where the file of a piece of work lies, for a day, as all exports do."""
    home: Path = settings.HOME
    return home / "exports" / f"audit-{work_id}.csv"


def _day(text: str | None) -> date | None:
    try:
        return parse_date(text) if text else None
    except ValueError:
        return None


def _cells(line: Line) -> list[Any]:
    row = line.entry
    return [
        row.pk, timezone.localtime(row.at).isoformat(), row.login, line.person, row.act, f"{row.subject_type} {row.subject_id}".strip(), line.customer,
        row.reason, row.door, row.address, row.request_id, row.before if row.before is not None else "", row.after if row.after is not None else "",
    ]  # fmt: skip


def _safe(value: Any) -> str:
    """A cell that no spreadsheet takes for a formula."""
    text = str(value)
    return f"'{text}" if text.startswith(("=", "+", "-", "@", "\t", "\r")) else text
