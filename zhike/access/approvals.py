"""Four eyes: acts that need a second person, as one mechanism for all areas (审批流).

An area says in its `approvable.py` which of its acts may need one, and how each is done once it is approved:

    @kind("workspace.export", title=_("Export of customers"), tell=in_words)
    def export(asked: Asked) -> Done: ...

and asks where it acts: `if approvals.is_needed("workspace.export", amount=count, on=today)` it calls `propose` instead. Approving
(`deciding.py`) does the act in the same transaction, in the name, with the rights and the scope that the proposer has at that moment.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.conf import settings
from django.core.serializers.json import DjangoJSONEncoder
from django.db import transaction
from django.db.models import Q
from django.utils import translation
from django.utils.module_loading import autodiscover_modules

from zhike.access.actions import record
from zhike.access.approval_models import ApprovalRule, Proposal, ProposalStep
from zhike.access.approval_rules import DECIDE, Need, Route, may_decide
from zhike.access.models import Person, Unit
from zhike.access.queries import desk_of
from zhike.access.roles import names_of_wide, names_with
from zhike.access.scope import Viewer, viewer_for
from zhike.core.pages import Words

DAYS = 5  # until a proposal lapses, where its kind says nothing else
MOST_ASKED = 40  # people whose rights are looked at to say who may decide


class NotProposed(Exception):
    """It cannot be proposed; `reason` is one of no_reason, waits_already, nobody."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class CannotBeDone(Exception):
    """The act can no longer be done as it was proposed; `str()` says why, in words."""


@dataclass(frozen=True)
class Line:
    """One thing that would be different: what, before, after."""

    what: Words
    before: Words = ""
    after: Words = ""


@dataclass(frozen=True)
class Told:
    """What is proposed, in words: a title and the lines of what would be different."""

    title: Words
    lines: Sequence[Line] = ()


@dataclass(frozen=True)
class Asked:
    """An approved proposal as the function that does it sees it: its proposer as she is now, with what, when, and its number."""

    actor: Viewer
    values: Mapping[str, Any]
    at: datetime
    proposal_id: int


@dataclass(frozen=True)
class Done:
    """What came of an approved act: in words, and where it is seen."""

    note: str = ""
    result_url: str = ""


Doing = Callable[[Asked], Done]


@dataclass(frozen=True)
class Kind:
    """A kind of act that may need a second person.

    `tell` says it in words, `changed` what is different since it was proposed ("": nothing), `usual` when it needs approval where
    nobody has set anything; `unit`: what `above` of a `Need` counts.
    """

    name: str
    title: Words
    do: Doing
    tell: Callable[[Viewer, Mapping[str, Any]], Told]
    changed: Callable[[Viewer, Mapping[str, Any]], str]
    usual: Callable[[], Need]
    counts: Words
    route: Route
    permission: str
    days: int


KINDS: dict[str, Kind] = {}


def kind(
    name: str, *, title: Words, tell: Callable[[Viewer, Mapping[str, Any]], Told], usual: Callable[[], Need], counts: Words = "", route: Route = "manager",
    permission: str = DECIDE, days: int = DAYS, changed: Callable[[Viewer, Mapping[str, Any]], str] = lambda _viewer, _asked: "",
) -> Callable[[Doing], Doing]:  # fmt: skip
    """Declares the function that does an approved act of this kind (dotted: area.act)."""

    def declare(do: Doing) -> Doing:
        KINDS[name] = Kind(name, title, do, tell, changed, usual, counts, route, permission, days)
        return do

    return declare


def kinds() -> Mapping[str, Kind]:
    """All kinds that the areas of this installation declare."""
    if not _FOUND:
        autodiscover_modules("approvable")
        _FOUND.append(True)
    return KINDS


_FOUND: list[bool] = []


def need_of(name: str, on: date) -> Need:
    """When acts of this kind need approval on a day: what was set, else what the kind says."""
    rule = (
        ApprovalRule.objects.filter(Q(to_date=None) | Q(to_date__gt=on), kind=name, from_date__lte=on).order_by("-from_date", "-pk").first()
    )
    return Need(rule.is_needed, rule.above) if rule else kinds()[name].usual()


def is_needed(name: str, *, amount: int = 1, on: date) -> bool:
    """Whether an act of this kind that concerns `amount` needs a second person on a day."""
    return need_of(name, on).asks(amount)


@dataclass(frozen=True)
class Approver:
    """Somebody who may decide."""

    person_id: int
    name: str
    unit: str


@transaction.atomic
def propose(
    *, actor: Viewer, at: datetime, name: str, asked: Mapping[str, Any], why: str, subject: tuple[str, object] = ("", ""),
    party_ids: Sequence[int] = (), confirmers: Sequence[int] = (), unit_id: int | None = None,
) -> Proposal:  # fmt: skip
    """Put an act before whoever may approve it. `party_ids`: customers whom the approver must see; `confirmers`: people who must agree first
    (the actor does so by proposing); `unit_id`: whose manager decides, without it the actor's own. Raises `NotProposed`."""
    if not why.strip():
        raise NotProposed("no_reason")
    doing = kinds()[name]
    subject_type, subject_id = subject[0], str(subject[1])
    if subject_id and Proposal.objects.filter(kind=name, subject_type=subject_type, subject_id=subject_id, state="proposed").exists():
        raise NotProposed("waits_already")
    plain = json.loads(json.dumps(asked, cls=DjangoJSONEncoder))
    row = Proposal(
        kind=name, subject_type=subject_type, subject_id=subject_id, asked=plain, words=_in_every_language(doing, actor, plain), why=why.strip(),
        language=translation.get_language() or "en", proposer_id=actor.person_id or 0, proposer_name=actor.name,
        approver_unit_id=_put_to(doing.route, unit_id or desk_of(actor)[1]), approver_permission=doing.permission, party_ids=list(party_ids),
        confirmer_ids=list(dict.fromkeys(confirmers)), confirmed_ids=[one for one in dict.fromkeys(confirmers) if one == actor.person_id],
        proposed_at=at, deadline_at=at + timedelta(days=doing.days),
    )  # fmt: skip
    if not approvers(row):
        raise NotProposed("nobody")
    row.save(force_insert=True)
    add_step(row, actor, at, ProposalStep.What.PROPOSED)
    about = {"kind": name, "subject": [subject_type, subject_id]}
    record(actor, "approvals.proposed", subject=("proposal", row.pk), reason=row.why, after=about, at=at)
    return row


def approvers(row: Proposal) -> list[Approver]:
    """Who may decide about it as things stand, nearest first: people of its unit and those above, then of the whole bank."""
    above = _units_above(row.approver_unit_id)
    wide = names_of_wide()
    asked = Person.objects.select_related("employee__unit").filter(is_active=True, role__in=names_with(row.approver_permission))
    near = asked.filter(Q(employee__unit_id__in=above) | Q(role__in=wide)).exclude(pk=row.proposer_id)
    found = sorted(near[:MOST_ASKED], key=lambda person: _distance(person, above))
    return [
        Approver(person.pk, person.name, person.employee.unit.name if person.employee and person.employee.unit else "")
        for person in found
        if decides(viewer_for(person), row)
    ]


def decides(viewer: Viewer, row: Proposal) -> bool:
    """Whether this viewer may approve or refuse it, by permission and scope; the wall also asks whether she sees its customers."""
    return not is_about(viewer, row) and may_decide(
        row.put, person_id=viewer.person_id, permissions=viewer.permissions, sees_all=viewer.sees_all, unit_ids=viewer.unit_ids
    )


def is_about(viewer: Viewer, row: Proposal) -> bool:
    """Whether it gives a right to the viewer herself, or to the role she holds: then somebody else decides."""
    hers = {"person": str(viewer.person_id), "role": viewer.role}
    return row.subject_id != "" and hers.get(row.subject_type) == row.subject_id


def add_step(row: Proposal, actor: Viewer, at: datetime, what: str, words: str = "") -> None:
    """Write what happened to a proposal into its history."""
    ProposalStep.objects.create(proposal=row, at=at, person_id=actor.person_id, person_name=actor.name, what=what, words=words)


def _in_every_language(doing: Kind, actor: Viewer, asked: Mapping[str, Any]) -> dict[str, Any]:
    """The words of a proposal as they are now, for whoever reads it later in whichever language."""
    words = {}
    for language, _name in settings.LANGUAGES:
        with translation.override(language):
            told = doing.tell(actor, asked)
            words[language] = {
                "title": str(told.title), "lines": [[str(line.what), str(line.before), str(line.after)] for line in told.lines],
            }  # fmt: skip
    return words


def _put_to(route: Route, unit_id: int | None) -> int | None:
    """The unit whose manager decides; None: only who sees the whole bank."""
    if route == "bank" or unit_id is None:
        return None
    if route == "manager":
        return unit_id
    return Unit.objects.filter(pk=unit_id).values_list("parent_id", flat=True).first() or unit_id


def _units_above(unit_id: int | None) -> list[int]:
    """A unit and those above it, from the nearest on."""
    found: list[int] = []
    while unit_id is not None and unit_id not in found:
        found.append(unit_id)
        unit_id = Unit.objects.filter(pk=unit_id).values_list("parent_id", flat=True).first()
    return found


def _distance(person: Person, above: Sequence[int]) -> tuple[int, str]:
    unit_id = person.employee.unit_id if person.employee else None
    return (above.index(unit_id) if unit_id in above else len(above), person.name)
