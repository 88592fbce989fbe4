"""Reads of contacts with customers and of the notes about them. The first argument is the viewer."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import connection
from django.db.models import QuerySet
from django.http import Http404
from django.utils.safestring import SafeString

from zhike.access import queries as access
from zhike.access.scope import Viewer, require, seen_where
from zhike.core import prepared
from zhike.engagement import labels
from zhike.engagement.mentioning import fits
from zhike.engagement.models import ChannelDay, Interaction, Mention, Note, NoteFile
from zhike.engagement.writing import formatted
from zhike.parties import queries as parties

MOST_COUNTED = 100  # a badge says 99+ from here on
MOST_OFFERED = 8


class NoteNotSeen(Http404):
    """Not there, deleted, or about a customer outside the viewer's scope."""


class FileNotSeen(Http404):
    """Not there, its note deleted, or about a customer outside the viewer's scope."""


class MentionNotSeen(Http404):
    """Not there, of somebody else, or about a customer who has left the viewer's scope."""


@dataclass(frozen=True)
class NoteLine:
    """A note as it is shown. `may_change`: it is the viewer's own and she may write notes; `may_pin`: she may write notes."""

    row: Note
    author: str
    words: SafeString
    files: Sequence[NoteFile]
    may_change: bool
    may_pin: bool


def interactions(viewer: Viewer, party_id: int, *, channel: str = "") -> QuerySet[Interaction]:
    """The contacts of a customer, unordered, with who was on the bank's side; one channel only where asked."""
    rows = Interaction.objects.seen_by(viewer).filter(party=party_id).select_related("employee")
    return rows.filter(channel=channel) if channel else rows


def interaction(viewer: Viewer, interaction_id: int) -> Interaction | None:
    """One contact, with who was on the bank's side; None: not there, or its customer is not seen. Needs interactions.read."""
    require(viewer, "interactions.read")
    return Interaction.objects.seen_by(viewer).select_related("employee").filter(pk=interaction_id).first()


def channel_days(viewer: Viewer, party_id: int, *, channel: str = "") -> QuerySet[ChannelDay]:
    """What a customer did by herself, a row a day and channel, unordered; one channel only where asked."""
    rows = ChannelDay.objects.seen_by(viewer).filter(party=party_id)
    return rows.filter(channel=channel) if channel else rows


def channels(viewer: Viewer, party_id: int, *, only: str = "") -> list[str]:
    """The channels on which there was contact, or which the customer used by herself; `only`: contact or channel, one of the two."""
    found = [
        rows.order_by().values_list("channel", flat=True)
        for kind, rows in (("contact", interactions(viewer, party_id)), ("channel", channel_days(viewer, party_id)))
        if only in ("", kind)
    ]
    return sorted(found[0].union(*found[1:])) if len(found) > 1 else sorted(found[0].distinct())


def channel_words(viewer: Viewer, party_id: int, *, only: str = "") -> list[tuple[str, labels.Words]]:
    """The same with their words."""
    return [(code, labels.word(labels.CHANNELS, code)) for code in channels(viewer, party_id, only=only)]


def last_contact(viewer: Viewer, party_id: int, *, before: datetime | None = None) -> tuple[datetime, str] | None:
    """When and on which channel the customer was last in contact; None: never, or not for this viewer (interactions.read)."""
    if not viewer.may("interactions.read"):
        return None
    where = seen_where(viewer)
    with prepared.cursor() as cursor:
        cursor.execute(_LAST_CONTACT.format(seen=where.sql), {**where.values, "party": party_id, "before": before})
        found: tuple[datetime, str] | None = cursor.fetchone()
        return found


_LAST_CONTACT = """
select i.at, i.channel from engagement_interaction i join parties_party p on p.id = i.party_id
where i.party_id = %(party)s::bigint and (%(before)s::timestamptz is null or i.at < %(before)s::timestamptz) and {seen}
order by i.at desc, i.id desc limit 1
"""


def opened_last_contact(viewer: Viewer, party_id: int) -> tuple[datetime, str] | None:
    """`last_contact` of the party that `parties.about` opened in this transaction."""
    if not viewer.may("interactions.read"):
        return None
    with prepared.cursor() as cursor:
        cursor.execute(_OPENED_CONTACT, {"party": party_id})
        found: tuple[datetime, str] | None = cursor.fetchone()
        return found


_OPENED_CONTACT = """
select i.at, i.channel from engagement_interaction_opened i where i.party_id = %(party)s::bigint order by i.at desc, i.id desc limit 1
"""


def last_contacts(viewer: Viewer, ids: Sequence[int]) -> dict[int, datetime]:
    """When each of these customers was last in contact, for a page of a list. Empty without interactions.read."""
    if not viewer.may("interactions.read"):
        return {}
    where = seen_where(viewer)
    with connection.cursor() as cursor:
        cursor.execute(_LAST_CONTACTS.format(seen=where.sql), {**where.values, "ids": list(ids)})
        return dict(cursor.fetchall())


_LAST_CONTACTS = """
select p.id, i.at from parties_party p cross join lateral (
    select at from engagement_interaction where party_id = p.id order by at desc limit 1) i
where p.id = any(%(ids)s) and {seen}
"""


def in_contact(viewer: Viewer, ids: Sequence[int]) -> set[int]:
    """Those of these customers whom somebody noted anything about or was in contact with. Two statements however many."""
    written = Note.objects.seen_by(viewer).filter(party__in=list(ids), deleted_at=None).values_list("party_id", flat=True)
    met = Interaction.objects.seen_by(viewer).filter(party__in=list(ids)).values_list("party_id", flat=True)
    return {*written.distinct(), *met.distinct()}


def notes(viewer: Viewer, party_id: int) -> QuerySet[Note]:
    """The notes about a customer that are not deleted, unordered, with who wrote them."""
    return Note.objects.seen_by(viewer).filter(party=party_id, deleted_at=None).select_related("author")


def note_lines(viewer: Viewer, rows: Sequence[Note]) -> list[NoteLine]:
    """Notes found for the viewer as they are shown, with their files; two statements however many they are."""
    keys = [row.pk for row in rows]
    files: dict[int, list[NoteFile]] = {}
    for file in NoteFile.objects.seen_by(viewer).filter(note__in=keys).order_by("pk") if keys else ():
        files.setdefault(file.note_id, []).append(file)
    named: dict[int, list[str]] = {}
    mentions = Mention.objects.seen_by(viewer).filter(note__in=keys).values_list("note_id", "person__name", "person__login")
    for key, name, login in mentions if keys else ():
        named.setdefault(key, []).extend((f"{name}({login})", f"{name}（{login}）", name, login))
    may_write = viewer.may("notes.write")
    return [
        NoteLine(
            row, row.author.name, formatted(row.text, named.get(row.pk, ())), files.get(row.pk, ()),
            may_write and row.author_id == viewer.person_id, may_write,
        )
        for row in rows
    ]  # fmt: skip


def own_note(viewer: Viewer, party_id: int, note_id: int) -> Note | None:
    """A note that the viewer wrote herself and may change; None: there is none such."""
    found = notes(viewer, party_id).filter(pk=note_id).first()
    if found is None:
        raise NoteNotSeen
    return found if found.author_id == viewer.person_id and viewer.may("notes.write") else None


def mentions(viewer: Viewer) -> QuerySet[Mention]:
    """The mentions of the viewer in notes about customers she sees, unordered, with note, writer and customer; none without customers.read."""
    rows = Mention.objects.seen_by(viewer).filter(person=viewer.person_id, note__deleted_at=None)
    return rows.select_related("note__author", "party") if viewer.may("customers.read") else rows.none()


def unread(viewer: Viewer) -> QuerySet[Mention]:
    """The mentions that the viewer has not read, unordered; none without customers.read."""
    return mentions(viewer).filter(read_at=None)


def count_unread(viewer: Viewer) -> int:
    """How many mentions the viewer has not read, at most `MOST_COUNTED`."""
    return len(unread(viewer).order_by().values_list("pk", flat=True)[:MOST_COUNTED])


def colleagues_to_mention(viewer: Viewer, party_id: int, words: str) -> list[access.Colleague]:
    """Whom the viewer may mean who begins to type a name: colleagues who see this customer, the nearest first. Raises PartyNotSeen."""
    party = parties.party(viewer, party_id)
    known = access.colleagues(viewer, party_id, unit_id=party.unit_id, rm_ids=party.rm_ids, only_seeing=True)
    return [one for one in known if one.person_id != viewer.person_id and fits(one, words)][:MOST_OFFERED]
