"""Writes of tags: put on and taken from one customer or many at once, set-based; renamed, merged, retired by whoever manages them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zlib import crc32

from django.db import IntegrityError, connection, transaction

from zhike.access.actions import record
from zhike.access.scope import Viewer, Where, require, seen_where
from zhike.core.events import publish
from zhike.parties.events import TagsChanged
from zhike.parties.field_types import NotThis, refuse_secrets
from zhike.parties.models import Tag
from zhike.parties.queries import require_seen
from zhike.parties.tags import COLOURS

LONGEST = 40
RECORDED = 10_000  # keys of parties in one audit entry; of more it says how many


class TagRefused(ValueError):
    """A tag cannot be called like this: `reason` is empty, long, secret or taken."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True)
class Tagged:
    """What came of it: the tag, and whose it changed, which is what an undo hands back. `is_on`: it was put on."""

    tag_id: int
    name: str
    party_ids: Sequence[int]
    is_on: bool


@transaction.atomic
def tag_parties(*, actor: Viewer, at: datetime, chosen: Sequence[int] | Where, name: str = "", tag_id: int | None = None) -> Tagged:
    """Put a tag on parties: those of `chosen` (keys, or a condition over the alias `p`) that the actor sees and that lack it. A name that
    nobody used yet makes the tag. One statement however many. Raises PermissionDenied without customers.edit, TagRefused, Tag.DoesNotExist."""
    require(actor, "customers.edit")
    tag, is_new = (Tag.objects.get(pk=tag_id, retired_at=None), False) if tag_id else _named(actor, at, name)
    where = _where(actor, chosen)
    changed = _changed(
        f"""insert into parties_tagging (party_id, tag_id, at, person_id)
            select p.id, %(tag)s, %(at)s, %(person)s from parties_party p where {where.sql} on conflict (tag_id, party_id) do nothing
            returning party_id""",  # noqa: S608 - conditions are written in the program
        {**where.values, "tag": tag.pk, "at": at, "person": actor.person_id},
    )
    _record(actor, at, "parties.tagged", tag, changed, is_new=is_new)
    return Tagged(tag.pk, tag.name, changed, is_on=True)


@transaction.atomic
def untag_parties(*, actor: Viewer, at: datetime, chosen: Sequence[int] | Where, tag_id: int) -> Tagged:
    """Take a tag from those of `chosen` that the actor sees. Raises PermissionDenied without customers.edit, Tag.DoesNotExist."""
    require(actor, "customers.edit")
    tag = Tag.objects.get(pk=tag_id)
    where = _where(actor, chosen)
    changed = _changed(
        f"""delete from parties_tagging g using parties_party p where p.id = g.party_id and g.tag_id = %(tag)s and {where.sql}
            returning g.party_id""",  # noqa: S608 - the same
        {**where.values, "tag": tag.pk},
    )
    _record(actor, at, "parties.untagged", tag, changed)
    return Tagged(tag.pk, tag.name, changed, is_on=False)


def undo_tagging(*, actor: Viewer, at: datetime, done: Tagged) -> Tagged:
    """The opposite, on exactly those whom it changed."""
    act: Any = untag_parties if done.is_on else tag_parties
    undone: Tagged = act(actor=actor, at=at, chosen=done.party_ids, tag_id=done.tag_id)
    return undone


@transaction.atomic
def tag_one(*, actor: Viewer, at: datetime, party_id: int, name: str) -> Tagged:
    """Put a tag on one customer. Raises PartyNotSeen before any right is asked."""
    require_seen(actor, party_id)
    return tag_parties(actor=actor, at=at, chosen=[party_id], name=name)


@transaction.atomic
def change_tag(*, actor: Viewer, at: datetime, tag_id: int, name: str, colour: str) -> Tag:
    """Call a tag otherwise, or colour it otherwise. Raises PermissionDenied without tags.manage, TagRefused, Tag.DoesNotExist."""
    require(actor, "tags.manage")
    tag = Tag.objects.select_for_update().get(pk=tag_id)
    before = {"name": tag.name, "colour": tag.colour}
    tag.name, tag.colour = clean_name(name), colour if colour in COLOURS else tag.colour
    try:
        with transaction.atomic():
            tag.save(update_fields=["name", "colour"])
    except IntegrityError as wrong:
        raise TagRefused("taken") from wrong
    record(actor, "parties.tag_changed", subject=("tag", tag_id), before=before, after={"name": tag.name, "colour": tag.colour}, at=at)
    return tag


@transaction.atomic
def merge_tags(*, actor: Viewer, at: datetime, tag_id: int, into_id: int) -> int:
    """Put `into` on everybody who carries the tag, and retire the tag; how many carried it. Raises as `change_tag`."""
    require(actor, "tags.manage")
    tag, into = Tag.objects.select_for_update().get(pk=tag_id), Tag.objects.get(pk=into_id, retired_at=None)
    if tag.pk == into.pk:
        raise TagRefused("taken")
    moved = _changed("delete from parties_tagging where tag_id = %(tag)s returning party_id", {"tag": tag.pk})
    _changed(
        """insert into parties_tagging (party_id, tag_id, at, person_id) select unnest(%(moved)s::bigint[]), %(into)s, %(at)s, %(person)s
           on conflict (tag_id, party_id) do nothing returning party_id""",
        {"moved": list(moved), "into": into.pk, "at": at, "person": actor.person_id},
    )
    tag.retired_at = at
    tag.save(update_fields=["retired_at"])
    after = {"into": into.name, "count": len(moved), "parties": list(moved[:RECORDED])}
    record(actor, "parties.tags_merged", subject=("tag", tag_id), before={"name": tag.name}, after=after, at=at)
    publish(TagsChanged(tag.pk, sorted(moved), is_on=False))
    publish(TagsChanged(into.pk, sorted(moved), is_on=True))
    return len(moved)


@transaction.atomic
def retire_tag(*, actor: Viewer, at: datetime, tag_id: int, retired: bool) -> None:
    """Take a tag out of use, or bring it back with everybody who carried it. Raises as `change_tag`."""
    require(actor, "tags.manage")
    tag = Tag.objects.select_for_update().get(pk=tag_id)
    tag.retired_at = at if retired else None
    try:
        with transaction.atomic():
            tag.save(update_fields=["retired_at"])
    except IntegrityError as wrong:
        raise TagRefused("taken") from wrong
    record(actor, "parties.tag_retired" if retired else "parties.tag_returned", subject=("tag", tag_id), after={"name": tag.name}, at=at)


def clean_name(name: str) -> str:
    """A tag's name with single spaces. Raises TagRefused."""
    plain = " ".join(name.split())
    if not plain or len(plain) > LONGEST:
        raise TagRefused("long" if plain else "empty")
    try:
        refuse_secrets(plain)
    except NotThis as wrong:
        raise TagRefused("secret") from wrong
    return plain


def _named(actor: Viewer, at: datetime, name: str) -> tuple[Tag, bool]:
    """The tag of this name, capitals or not; made where there is none."""
    plain = clean_name(name)
    with connection.cursor() as cursor:
        cursor.execute(
            """insert into parties_tag (name, colour, created_at, created_by_id) values (%s, %s, %s, %s)
               on conflict ((lower(name))) where retired_at is null do nothing""",
            [plain, COLOURS[crc32(plain.lower().encode()) % len(COLOURS)], at, actor.person_id],
        )
        is_new = cursor.rowcount == 1
    return Tag.objects.get(name__iexact=plain, retired_at=None), is_new


def _where(actor: Viewer, chosen: Sequence[int] | Where) -> Where:
    wanted = chosen if isinstance(chosen, Where) else Where("p.id = any(%(chosen)s::bigint[])", {"chosen": list(chosen)})
    return wanted & seen_where(actor)


def _changed(statement: str, values: dict[str, Any]) -> list[int]:
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        return [row[0] for row in cursor.fetchall()]


def _record(actor: Viewer, at: datetime, act: str, tag: Tag, changed: Sequence[int], *, is_new: bool = False) -> None:
    """One entry; about the customer where it is one."""
    if not changed:
        return
    after: dict[str, Any] = {"tag": tag.name, **({"is_new": True} if is_new else {})}
    if len(changed) > 1:
        after |= {"count": len(changed), "parties": list(changed[:RECORDED])}
    record(actor, act, subject=("tag", tag.pk), party_id=changed[0] if len(changed) == 1 else None, after=after, at=at)
    publish(TagsChanged(tag.pk, sorted(changed), act == "parties.tagged"), party_id=changed[0] if len(changed) == 1 else None)
