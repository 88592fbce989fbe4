"""Contacts, notes and what customers did by themselves as moments of a customer's timeline. The first argument is the viewer."""

from __future__ import annotations

from collections import Counter

from django.db.models import F, Func, Q, TextField, Value

from zhike.access.scope import Viewer
from zhike.core.moments import Asked, Moment
from zhike.engagement import labels, queries
from zhike.engagement.models import ChannelDay, Interaction, Note
from zhike.engagement.rules import PEOPLE, icon_of, is_between_people

CHANNEL_USE, CONTACT, NOTE = 10, 6, 5  # ranks: of one second, what the customer did first


def contacts(viewer: Viewer, party_id: int, asked: Asked, *, people_only: bool = False) -> list[Moment]:
    """What was said on every channel (interactions.read)."""
    if not viewer.may("interactions.read"):
        return []
    rows = queries.interactions(viewer, party_id, channel=asked.channel).filter(_before(asked, CONTACT, "at"))
    if people_only:
        rows = rows.filter(channel__in=PEOPLE)
    for word in asked.words.split():
        rows = rows.filter(Q(subject__icontains=word) | Q(text__icontains=word) | Q(employee__name__icontains=word))
    return [_contact(row) for row in rows.order_by("-at", "-pk")[: asked.most + 1]]


def notes(viewer: Viewer, party_id: int, asked: Asked) -> list[Moment]:
    """What colleagues noted down."""
    rows = queries.notes(viewer, party_id).filter(_before(asked, NOTE, "written_at"))
    for word in asked.words.split():
        rows = rows.filter(Q(text__icontains=word) | Q(author__name__icontains=word))
    return [_note(line) for line in queries.note_lines(viewer, list(rows.order_by("-written_at", "-pk")[: asked.most + 1]))]


def channel_use(viewer: Viewer, party_id: int, asked: Asked) -> list[Moment]:
    """Log-ins, visits, browsing: one moment a day and channel (interactions.read)."""
    if not viewer.may("interactions.read"):
        return []
    rows = queries.channel_days(viewer, party_id, channel=asked.channel).filter(_before(asked, CHANNEL_USE, "last_at"))
    for typed in asked.words.split():
        named = [code for code, word in labels.EVENTS.items() if typed.casefold() in str(word).casefold()]
        about = Func(F("details"), Value(" "), function="array_to_string", output_field=TextField())
        rows = rows.annotate(about=about).filter(Q(about__icontains=typed) | Q(kinds__overlap=[*named, typed]))
    return [_channel_day(row) for row in rows.order_by("-last_at", "-pk")[: asked.most + 1]]


def _before(asked: Asked, rank: int, column: str) -> Q:
    at, key = asked.bound(rank)
    return Q(**{f"{column}__lte": at}) & (Q(**{f"{column}__lt": at}) | Q(pk__lt=key))


def _contact(row: Interaction) -> Moment:
    channel = labels.word(labels.CHANNELS, row.channel)
    return Moment(
        row.at, CONTACT, row.pk, "contact", icon_of(row.channel), row.subject or labels.word(labels.PURPOSES, row.purpose) or channel,
        labels.word(labels.OUTCOMES, row.outcome), row.employee.name if row.employee else "", row.text, row.seconds,
        is_person=is_between_people(row.channel),
        chips=(channel, *([labels.FROM_CUSTOMER] if row.direction == Interaction.Direction.IN else [])),
    )  # fmt: skip


def _note(line: queries.NoteLine) -> Moment:
    row: Note = line.row
    return Moment(
        row.written_at, NOTE, row.pk, "note", "pencil", labels.NOTE, who=line.author, text=line.words, is_person=True,
        href=f"?note={row.pk}#panel-notes", chips=tuple(file.name for file in line.files),
    )  # fmt: skip


def _channel_day(row: ChannelDay) -> Moment:
    counted = Counter(row.kinds)
    kinds = [f"{labels.word(labels.EVENTS, kind)}{f' ×{count}' if count > 1 else ''}" for kind, count in sorted(counted.items())]
    return Moment(
        row.last_at, CHANNEL_USE, row.pk, "channel", icon_of(row.channel), labels.word(labels.CHANNELS, row.channel), " · ".join(kinds),
        seconds=row.seconds, chips=tuple(row.details),
    )  # fmt: skip
