"""Reads of audiences and segments. The first argument is the viewer: she finds what is hers or shared with her, and in it her own customers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.http import Http404

from zhike.access.scope import Viewer, require
from zhike.audiences.models import Audience, AudienceVersion
from zhike.audiences.rules import Difference, difference
from zhike.core.conditions.trees import Node
from zhike.core.conditions.wording import said
from zhike.workspace import conditions
from zhike.workspace.conditions import Refused
from zhike.workspace.customer_fields import catalogue

MOST_SHOWN = 300


@dataclass(frozen=True)
class Said:
    """A condition as a page says it: `tree` None where this viewer cannot use it, and `text` then says why."""

    tree: Node | None
    text: str

    @property
    def where(self) -> str:
        """As it stands in an address; empty where it cannot be used."""
        return conditions.as_text(self.tree) if self.tree is not None else ""


@dataclass(frozen=True)
class AudienceLine:
    """An audience in the list, with what it asks in words."""

    audience: Audience
    said: Said
    is_hers: bool


@dataclass(frozen=True)
class VersionLine:
    """A version of an audience with what differs from the one before, in words; `since` None: the first one."""

    version: AudienceVersion
    said: Said
    added: Sequence[str]
    removed: Sequence[str]
    is_rejoined: bool
    is_first: bool


def audiences(viewer: Viewer, *, archived: bool = False) -> list[AudienceLine]:
    """Those that are hers or shared with her, hers first, then by name. Needs customers.read."""
    require(viewer, "customers.read")
    rows = Audience.objects.filter(archived_at__isnull=not archived).select_related("owner", "tag").order_by("name", "pk")[:MOST_SHOWN]
    found = [AudienceLine(row, said_of(viewer, row.condition), row.owner_id == viewer.person_id) for row in rows]
    return sorted(found, key=lambda line: not line.is_hers)


def audience(viewer: Viewer, audience_id: int) -> Audience:
    """One that she may use. Raises Http404; needs customers.read."""
    require(viewer, "customers.read")
    found = Audience.objects.select_related("owner", "tag").filter(pk=audience_id).first()
    if found is None:
        raise Http404
    return found


def said_of(viewer: Viewer, condition: Any) -> Said:
    """A stored form in words, or why she cannot use it."""
    try:
        tree = conditions.read_for(viewer, condition)
    except Refused as refused:
        return Said(None, "; ".join(dict.fromkeys(problem.text for problem in refused.problems)))
    return Said(tree, said(tree, catalogue(viewer)))


def line_said(viewer: Viewer, line: Node) -> str:
    """One line of a condition in words."""
    return said(line, catalogue(viewer))


def versions(viewer: Viewer, found: Audience) -> list[VersionLine]:
    """What an audience asked from one change to the next, the latest first."""
    rows = list(AudienceVersion.objects.filter(audience=found).order_by("number"))
    told = [said_of(viewer, row.condition) for row in rows]
    return [_version(viewer, rows[at], told[at], told[at - 1] if at else None) for at in reversed(range(len(rows)))]


def _version(viewer: Viewer, row: AudienceVersion, now: Said, before: Said | None) -> VersionLine:
    changed = (
        difference(before.tree, now.tree) if before and before.tree is not None and now.tree is not None else Difference((), (), False)
    )
    added, removed = ([line_said(viewer, line) for line in some] for some in (changed.added, changed.removed))
    return VersionLine(row, now, added, removed, changed.joined, before is None)
