"""Reads of tags; public to lists, conditions and API. The first argument is the viewer.

In SQL a party `p` has one of some tags where `exists (select 1 from parties_tagging t where t.party_id = p.id and t.tag_id = any(…))`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import connection

from zhike.access.scope import Viewer, require
from zhike.parties.models import Tag, Tagging

COLOURS = tuple(f"c{number}" for number in range(1, 9))
MOST_OFFERED = 300


@dataclass(frozen=True)
class TagLine:
    """A tag as pages show it."""

    id: int
    name: str
    colour: str


@dataclass(frozen=True)
class TagUse:
    """A tag with how many of the viewer's customers carry it, and since when it is there."""

    tag: TagLine
    count: int
    created_at: datetime
    created_by: str
    is_retired: bool


def tags(viewer: Viewer, *, most: int = MOST_OFFERED) -> list[TagLine]:
    """The tags in use, by name."""
    if not viewer.may("customers.read"):
        return []
    rows = Tag.objects.filter(retired_at=None).order_by("name", "pk").values_list("pk", "name", "colour")
    return [TagLine(*row) for row in rows[:most]]


def tags_of(viewer: Viewer, party_ids: Sequence[int]) -> dict[int, list[TagLine]]:
    """Party → its tags by name, for those of these parties that the viewer sees. One statement."""
    rows = Tagging.objects.seen_by(viewer).filter(party__in=list(party_ids), tag__retired_at=None).order_by("tag__name", "pk")
    found: dict[int, list[TagLine]] = {}
    for party, key, name, colour in rows.values_list("party_id", "tag_id", "tag__name", "tag__colour"):
        found.setdefault(party, []).append(TagLine(key, name, colour))
    return found


def is_in_use(tag_id: int) -> bool:
    """Whether there is such a tag and it was not retired."""
    return Tag.objects.filter(pk=tag_id, retired_at=None).exists()


def tag(viewer: Viewer, tag_id: int) -> Tag:
    """One of them, retired or not; raises `Tag.DoesNotExist`. Needs tags.manage."""
    require(viewer, "tags.manage")
    return Tag.objects.select_related("created_by").get(pk=tag_id)


def uses(viewer: Viewer) -> list[TagUse]:
    """All tags with how many customers carry them: those in use by name, then the retired ones. Needs tags.manage."""
    require(viewer, "tags.manage")
    with connection.cursor() as cursor:
        cursor.execute(
            """select t.id, t.name, t.colour, count(g.id), t.created_at, coalesce(p.name, ''), t.retired_at is not null
               from parties_tag t left join parties_tagging g on g.tag_id = t.id left join access_person p on p.id = t.created_by_id
               group by t.id, p.name order by t.retired_at is not null, t.name, t.id"""
        )
        return [TagUse(TagLine(*row[:3]), *row[3:]) for row in cursor.fetchall()]
