"""The one-page brief of a customer: what stands on it, as the viewer may see it. The first argument is the viewer."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString

from zhike.access.scope import Viewer
from zhike.core import dates, money
from zhike.core.moments import Ahead, Asked, Moment
from zhike.core.words import language
from zhike.engagement import moments as contacts
from zhike.engagement import queries as engagement
from zhike.holdings.queries import MonthEnd
from zhike.parties import completeness
from zhike.parties import queries as parties
from zhike.workspace import talking, timeline
from zhike.workspace.queries import Head, head

RELATIONS, CONTACTS, NOTES, AHEAD = 8, 5, 4, 6
WIDTH, HEIGHT, EDGE = 520, 110, 16


@dataclass(frozen=True)
class Brief:
    """workspace/brief.html and its PDF."""

    head: Head
    curve: SafeString
    relations: Sequence[parties.Relation]
    groups: Sequence[parties.Group]
    contacts: Sequence[Moment]
    notes: Sequence[engagement.NoteLine]
    ahead: Sequence[Ahead]
    points: Sequence[str]


def brief(viewer: Viewer, party_id: int, now: datetime) -> Brief:
    """Who she is, what she holds, what was said, what is open, what is coming, what to talk about. Raises PartyNotSeen."""
    today = timezone.localtime(now).date()
    top = head(viewer, party_id, today)
    ahead = timeline.ahead(viewer, party_id, today)
    asked = Asked(now, most=CONTACTS - 1)
    rows = engagement.notes(viewer, party_id).order_by("-pinned_at", "-written_at", "-pk")
    complete = completeness.of_party(viewer, party_id, top.party.kind, today)
    known = talking.Known(
        today, top.held, top.history, ahead, timezone.localtime(top.last_contact[0]).date() if top.last_contact else None,
        viewer.may("interactions.read"), [str(fact.word) for fact in complete.missing],
    )  # fmt: skip
    relations = [relation for relation in parties.relations(viewer, party_id) if relation.name][:RELATIONS]
    return Brief(
        top, curve(top.history, top.held.currency if top.held else "CNY"), relations, parties.groups(viewer, party_id),
        contacts.contacts(viewer, party_id, asked, people_only=True),
        engagement.note_lines(viewer, list(rows[:NOTES])), ahead[:AHEAD], talking.points(known),
    )  # fmt: skip


def curve(months: Sequence[MonthEnd], currency: str) -> SafeString:
    """Month ends as a line from nought, with the first, the highest and the last in words; colours stand in it, as a page on paper has no sheet
    for drawings. Nothing with fewer than two."""
    if len(months) < 2:
        return SafeString()
    values = [float(month.deposits) for month in months]
    top = max([*values, 0.01])
    step = (WIDTH - 2 * EDGE) / (len(values) - 1)
    places = [(EDGE + at * step, HEIGHT - EDGE - max(value, 0) / top * (HEIGHT - 2.5 * EDGE)) for at, value in enumerate(values)]
    line = " ".join(f"{x:.1f},{y:.1f}" for x, y in places)
    (x, y), high = places[-1], max(months, key=lambda month: month.deposits)
    words = [money.money(month.deposits, language(), currency=currency).text for month in (high, months[-1])]
    return format_html(
        '<svg width="{0}" height="{1}" viewBox="0 0 {0} {1}" role="img" aria-label="{2}"><path d="M{3} {4}H{5}" stroke="#D8D3CA" fill="none"/>'
        '<polyline points="{6}" fill="none" stroke="#1F54C5" stroke-width="1.6"/><circle cx="{7}" cy="{8}" r="2.5" fill="#1F54C5"/>'
        '<text x="{3}" y="{9}" font-size="10" fill="#6B665F">{10}</text><text x="{5}" y="{9}" font-size="10" fill="#6B665F" text-anchor="end">{11}</text>'
        '<text x="{3}" y="11" font-size="10" fill="#6B665F">{12}</text><text x="{5}" y="11" font-size="10" fill="#1C1B19" text-anchor="end">{13}</text></svg>',
        WIDTH, HEIGHT, f"{words[1]}", EDGE, HEIGHT - EDGE, WIDTH - EDGE, line, f"{x:.1f}", f"{y:.1f}", HEIGHT - 3,
        dates.month(months[0].day, language()), dates.month(months[-1].day, language()), f"▲ {words[0]} {dates.month(high.day, language())}", words[1],
    )  # fmt: skip
