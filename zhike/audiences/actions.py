"""Writes of audiences: kept, changed (a version each), shared, put away; made a segment and given a tag. `actor` must be entered."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from django.db import transaction
from django.http import Http404

from zhike.access.actions import record
from zhike.access.queries import team_of
from zhike.access.scope import Viewer, require
from zhike.audiences.models import Audience, AudienceVersion
from zhike.core.conditions.trees import stored
from zhike.core.jobs import later
from zhike.parties.tags import is_in_use
from zhike.workspace.conditions import read_for

LONGEST_NAME = 80
LONGEST_NOTE = 500
KEEP = "audiences.keep"


class NameMissing(Exception):
    """An audience needs a name that is not empty."""


class TagGone(Exception):
    """The tag is no longer in use."""


@transaction.atomic
def save(*, actor: Viewer, at: datetime, name: str, note: str, condition: Any, shared: str = "own") -> Audience:
    """Keep a condition under a name. Raises NameMissing, PermissionDenied, conditions.Refused."""
    require(actor, "customers.read")
    form = stored(read_for(actor, condition))
    found = Audience(owner_id=actor.person_id or 0, name=_named(name), note=note.strip()[:LONGEST_NOTE], condition=form, changed_at=at)
    _share(actor, found, shared)
    found.save(force_insert=True)
    AudienceVersion.objects.create(audience=found, number=1, condition=form, at=at, by_name=actor.name)
    record(actor, "audiences.saved", subject=("audience", found.pk), after=_told(found), at=at)
    return found


@transaction.atomic
def change(*, actor: Viewer, at: datetime, audience_id: int, condition: Any) -> Audience:
    """Let her audience ask something else: a new version, unless it asks the same. A segment is kept anew. Raises Http404, Refused."""
    found = _hers(actor, audience_id)
    form = stored(read_for(actor, condition))
    if form == found.condition:
        return found
    before = _told(found)
    found.condition, found.version, found.changed_at = form, found.version + 1, at
    found.save()
    AudienceVersion.objects.create(audience=found, number=found.version, condition=form, at=at, by_name=actor.name)
    record(actor, "audiences.changed", subject=("audience", found.pk), before=before, after=_told(found), at=at)
    if found.segment_since:
        _keep_soon(found.pk)
    return found


@transaction.atomic
def describe(*, actor: Viewer, at: datetime, audience_id: int, name: str, note: str, shared: str) -> Audience:
    """Name, purpose and sharing of her audience. Raises NameMissing, PermissionDenied, Http404."""
    found = _hers(actor, audience_id)
    before = _told(found)
    found.name, found.note, found.changed_at = _named(name), note.strip()[:LONGEST_NOTE], at
    _share(actor, found, shared)
    found.save()
    record(actor, "audiences.described", subject=("audience", found.pk), before=before, after=_told(found), at=at)
    return found


@transaction.atomic
def put_away(*, actor: Viewer, at: datetime, audience_id: int, is_back: bool = False) -> None:
    """Put her audience away, or bring it back. One that was put away is kept no longer as a segment until it is back. Raises Http404."""
    found = _hers(actor, audience_id)
    Audience.objects.filter(pk=found.pk).update(archived_at=None if is_back else at)
    record(
        actor,
        "audiences.brought_back" if is_back else "audiences.put_away",
        subject=("audience", found.pk),
        before={"name": found.name},
        at=at,
    )


@transaction.atomic
def make_segment(*, actor: Viewer, at: datetime, on: date, audience_id: int, tag_id: int | None = None) -> None:
    """Keep who is in her audience from this day on; `tag_id`: and set this tag on them. Needs segments.manage, for a tag customers.edit
    too, since it is put on in her name. Raises PermissionDenied, Http404, TagGone."""
    found = _hers(actor, audience_id)
    require(actor, "segments.manage")
    if tag_id is not None:
        require(actor, "customers.edit")
        if not is_in_use(tag_id):
            raise TagGone
    before = {"segment_since": found.segment_since, "tag": found.tag_id}
    found.segment_since, found.tag_id = found.segment_since or on, tag_id
    found.save(update_fields=["segment_since", "tag"])
    after = {"segment_since": found.segment_since, "tag": found.tag_id}
    record(actor, "audiences.segment_made", subject=("audience", found.pk), before=before, after=after, at=at)
    _keep_soon(found.pk)


@transaction.atomic
def end_segment(*, actor: Viewer, at: datetime, audience_id: int) -> None:
    """Keep no longer who is in it; what was kept stays to be read, tags stay as they are. Raises PermissionDenied, Http404."""
    found = _hers(actor, audience_id)
    require(actor, "segments.manage")
    before = {"segment_since": found.segment_since, "tag": found.tag_id}
    found.segment_since, found.tag_id, found.fault = None, None, ""
    found.save(update_fields=["segment_since", "tag", "fault"])
    record(actor, "audiences.segment_ended", subject=("audience", found.pk), before=before, at=at)


def _keep_soon(audience_id: int) -> None:
    later(KEEP, lock=f"audience {audience_id}", once=f"audience {audience_id}", audience_id=audience_id)


def _hers(actor: Viewer, audience_id: int) -> Audience:
    require(actor, "customers.read")
    found = Audience.objects.filter(pk=audience_id, owner_id=actor.person_id or 0).first()
    if found is None:
        raise Http404
    return found


def _share(actor: Viewer, found: Audience, shared: str) -> None:
    """With whom: a team and a unit are the owner's own; the whole bank takes views.share. What she cannot share with stays hers alone."""
    if shared == Audience.Shared.BANK:
        require(actor, "views.share")
    unit, team = team_of(actor) if shared in (Audience.Shared.UNIT, Audience.Shared.TEAM) else (None, "")
    can = shared == Audience.Shared.BANK or bool(unit and (shared == Audience.Shared.UNIT or team))
    found.shared = shared if can else Audience.Shared.OWN
    found.unit_id, found.team = (unit, team if shared == Audience.Shared.TEAM else "") if can else (None, "")


def _named(name: str) -> str:
    plain = " ".join(name.split())
    if not plain:
        raise NameMissing
    return plain[:LONGEST_NAME]


def _told(found: Audience) -> Mapping[str, object]:
    return {
        "name": found.name, "note": found.note, "version": found.version, "condition": found.condition, "shared": found.shared,
        "unit": found.unit_id, "team": found.team,
    }  # fmt: skip
