"""Who is outside the bank, ranked with every path that leads there, as a file: by the same rights, limits, second person, marks and record as a customer list.

A line is one path, so that a customer's name stands on each: her line counts as a customer exported.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from django.conf import settings
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from zhike.access import approvals, work
from zhike.access.actions import record
from zhike.access.marks import Mark
from zhike.access.scope import Viewer, require
from zhike.insight import prospect_paths
from zhike.insight.prospect_paths import ProspectAsked, ProspectPath
from zhike.parties.queries import Which
from zhike.workspace.columns import ListColumn, Shape, Value
from zhike.workspace.export_actions import AT_ONCE, File, TooMany, folder_of_exports
from zhike.workspace.exporting import FORMS, Export, Form, about, said_by, writer
from zhike.workspace.queries import ListAsked

KIND = "workspace.export_prospects"


def columns() -> list[ListColumn]:
    """The head of the file, in the reader's language; `values` says the cells."""
    titles: list[tuple[str, str, Shape]] = [
        ("place", _("Place"), "count"), ("outsider", _("Not a customer yet"), "text"), ("banks", _("Its banks"), "text"),
        ("amount", _("Amount of all paths, CNY"), "number"), ("customers", _("Customers who lead there"), "count"), ("customer", _("Customer on the path"), "text"),
        ("how", _("What she has to do with it"), "text"), ("path_amount", _("Amount of the path, CNY"), "number"), ("payments", _("Payments"), "count"),
        ("first", _("First payment"), "date"), ("last", _("Last payment"), "date"),
    ]  # fmt: skip
    return [ListColumn(name, title, lambda _row: None, shape) for name, title, shape in titles]


def values(one: ProspectPath) -> list[Value]:
    """The cells of a line. Who works somewhere and pays nothing has no amount, as on the page; it is not nought."""
    outsider, path = one.outsider, one.path
    paid = (path.amount, path.count) if path.count else (None, None)
    return [
        one.place,
        outsider.name,
        outsider.banks,
        outsider.amount or None,
        outsider.customers,
        path.name,
        one.how,
        *paid,
        path.first,
        path.last,
    ]


@transaction.atomic
def export(*, actor: Viewer, at: datetime, asked: ProspectAsked, form: Form, why: str = "") -> File | int | None:
    """The file, where it is small; None: it is being made in the background; a number: it waits under that number for a second person to approve it.

    Raises PermissionDenied, TooMany, `approvals.NotProposed` (also where approval is needed and `why` is missing).
    """
    require(actor, "customers.read")
    require(actor, "customers.export")
    most: int = settings.EXPORT_MOST
    count = prospect_paths.count(actor, asked, most + 1)
    if count > most:
        raise TooMany(most)
    kept = {"asked": asked.plain, "form": form, "count": count}
    if approvals.is_needed(KIND, amount=count, on=timezone.localdate(at)):
        return approvals.propose(actor=actor, at=at, name=KIND, asked=kept, why=why).pk
    if count > AT_ONCE:
        begin(actor=actor, at=at, asked=kept)
        return None
    with TemporaryDirectory(dir=folder_of_exports()) as temporary:
        path = Path(temporary) / "export"
        make(actor, kept, path, at=at, step=lambda done: None)
        return File(name_of(form, timezone.localtime(at)), path.read_bytes())


def begin(*, actor: Viewer, at: datetime, asked: Mapping[str, Any]) -> None:
    """Have the file made in the background."""
    work.start(
        actor=actor,
        at=at,
        kind=KIND,
        title=_("Export: %(list)s") % {"list": _("Prospects in the payment network")},
        asked=dict(asked),
        total=asked["count"],
    )


def make(viewer: Viewer, asked: Mapping[str, Any], path: Path, *, at: datetime, step: Callable[[int], None]) -> int:
    """Write the file for this viewer as she is now, and record it; how many lines are in it. Raises PermissionDenied."""
    require(viewer, "customers.read")
    require(viewer, "customers.export")
    wanted = ProspectAsked.of(asked["asked"])
    told = about(
        viewer, list_name=_("Prospects in the payment network"), words=wanted.in_words, at=at, data_to=prospect_paths.computed_on()
    )
    told[-1] = (told[-1][0], _("paths from customers within the scope of whoever made it to who is no customer yet"))
    said = Export(
        ListAsked(Which()),
        columns(),
        asked["form"],
        about=told,
        mark=Mark(viewer.person_id or 0, at, "export"),
        said=said_by(viewer, at),
        sheet=_("Paths"),
    )
    count, most, customers = 0, settings.EXPORT_MOST, set[int]()
    with writer(said, path) as line:
        for some in prospect_paths.every(viewer, wanted):
            for one in some[: most - count]:
                line(values(one))
                customers.add(one.path.party_id)
            count += min(len(some), most - count)
            step(count)
            if count >= most:
                break
    after = {"count": len(customers), "form": asked["form"], "list": "prospects", "paths": count, "asked": wanted.plain}
    record(viewer, "customers.exported", after=after, at=at)
    return count


def name_of(form: Form, at: datetime) -> str:
    """What the file is called when it is fetched."""
    return f"{_('prospects')}-{at:%Y%m%d-%H%M}.{FORMS[form]}"
