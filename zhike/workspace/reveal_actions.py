"""Phones or ID numbers of many customers in clear, as a file: always by two people, with a reason, for exactly those who were approved (R30).

Each number that is opened leaves its own entry on its customer, as one opened on a page does. The limit by the hour is for what one person opens by
herself; files that somebody approved count by the day (ZHIKE_BULK_REVEALS_A_DAY), and a file that would go beyond waits.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any, Literal

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from zhike.access import approvals, work
from zhike.access.actions import record
from zhike.access.many_reveals import reveal_approved
from zhike.access.marks import Mark
from zhike.access.scope import Viewer, require
from zhike.core.pages import Words
from zhike.parties.cells import sealed_of
from zhike.parties.queries import Which
from zhike.workspace.asking import Lens
from zhike.workspace.columns import ALL, ListColumn
from zhike.workspace.export_actions import TooMany
from zhike.workspace.exporting import Export, Form, batches, said_by, write
from zhike.workspace.queries import ListAsked

KIND = "reveals.bulk"
What = Literal["phone", "id_no"]
WORDS: Mapping[What, Words] = {"phone": gettext_lazy("Mobile, in clear"), "id_no": gettext_lazy("ID number, in clear")}
SHOWN = ("name", "number")


class NothingChosen(Exception):
    """No customers, or neither phones nor ID numbers."""


@transaction.atomic
def propose(*, actor: Viewer, at: datetime, wanted: Lens, keys: Sequence[int], what: Sequence[str], form: Form, why: str) -> int:
    """Put before a second person that these customers (or all of the list) leave with numbers in clear; the proposal's number.

    Raises PermissionDenied, NothingChosen, TooMany, `approvals.NotProposed`.
    """
    for right in ("customers.export", "contacts.reveal"):
        require(actor, right)
    most: int = settings.BULK_REVEALS_A_DAY
    found = _keys(actor, wanted, keys, most)
    chosen = [one for one in WORDS if one in what]
    if not found or not chosen:
        raise NothingChosen
    if len(found) * len(chosen) > most:
        raise TooMany(most // len(chosen))
    asked = {"keys": found, "what": chosen, "form": form}
    return approvals.propose(actor=actor, at=at, name=KIND, asked=asked, why=why, party_ids=found).pk


def _keys(viewer: Viewer, wanted: Lens, keys: Sequence[int], most: int) -> list[int]:
    """The customers as they are now, at most one more than a file may hold: what is approved are these, and no others that a list may have later."""
    found: list[int] = []
    listing = Export(replace(wanted.asked, needs=frozenset()), [ALL[name] for name in SHOWN], "csv", keys)
    for batch in batches(viewer, listing):
        found += [row.party.id for row in batch]
        if len(found) > most:
            break
    return found[: most + 1]


def begin(*, actor: Viewer, at: datetime, asked: Mapping[str, Any], proposal_id: int) -> None:
    """Have the approved file made in the background, for whoever proposed it."""
    title = _("Numbers of %(n)s customers in clear") % {"n": f"{len(asked['keys']):,}"}
    work.start(actor=actor, at=at, kind=KIND, title=title, asked={**asked, "proposal_id": proposal_id}, total=len(asked["keys"]))


def make(viewer: Viewer, asked: Mapping[str, Any], path: Path, *, at: datetime, step: Callable[[int], None]) -> int:
    """Write the file, each number with its entry; how many customers are in it. Raises PermissionDenied, access.actions.TooManyReveals."""
    for right in ("customers.export", "contacts.reveal"):
        require(viewer, right)
    purpose = f"approval {asked['proposal_id']}"
    shown = [ALL[name] for name in SHOWN]
    for what in asked["what"]:
        sealed = sealed_of(viewer, asked["keys"], what)
        opened = reveal_approved(actor=viewer, values=sealed, purpose=purpose)
        shown.append(_column(what, opened))
    told = [(_("Approval"), str(asked["proposal_id"]))]
    export = Export(
        ListAsked(Which(), needs=frozenset()),
        shown,
        asked["form"],
        asked["keys"],
        told,
        Mark(viewer.person_id or 0, at, "export"),
        said_by(viewer, at),
    )
    count = write(viewer, export, path, most=len(asked["keys"]), step=step)
    after = {"count": count, "form": asked["form"], "what": list(asked["what"]), "proposal": asked["proposal_id"]}
    record(viewer, "customers.revealed_many", after=after, at=at)
    return count


def _column(what: What, opened: Mapping[int, str]) -> ListColumn:
    return ListColumn(f"{what}_clear", WORDS[what], lambda row: opened.get(row.party.id, ""))
