"""The panel of contacts: what was said, when, by whom."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from itertools import groupby

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_GET

from zhike.access.scope import ViewerRequest, require
from zhike.core.tables import Column, Page, page_of
from zhike.engagement import labels, queries
from zhike.engagement.labels import Words
from zhike.engagement.models import Interaction
from zhike.engagement.rules import icon_of, is_between_people
from zhike.parties import queries as parties

COLUMNS = (Column("at", _("When"), "at"),)


@dataclass(frozen=True)
class Contact:
    """One contact as a line of the timeline: what · outcome, who, length, words."""

    row: Interaction
    what: Words
    outcome: Words
    icon: str
    is_between_people: bool
    is_from_customer: bool


@dataclass(frozen=True)
class InteractionsPanel:
    """engagement/_interactions.html: days newest first; `channels` are those there are, with the chosen one."""

    days: Sequence[tuple[date, Sequence[Contact]]]
    page: Page[Interaction]
    channels: Sequence[tuple[str, Words]]
    channel: str
    url: str


@require_GET
def interactions(request: ViewerRequest, party_id: int) -> HttpResponse:
    """The timeline of a customer, twenty contacts at a time."""
    parties.require_seen(request.viewer, party_id)
    require(request.viewer, "interactions.read")
    channel = request.GET.get("channel", "")
    rows = queries.interactions(request.viewer, party_id, channel=channel)
    page = page_of(rows, COLUMNS, request.GET.dict(), sort="at", descending=True, size=20)
    known = queries.channels(request.viewer, party_id)
    panel = InteractionsPanel(
        by_day(page.rows),
        page,
        [(code, labels.word(labels.CHANNELS, code)) for code in known],
        channel,
        reverse("customer-interactions", args=[party_id]),
    )
    return render(request, "engagement/_interactions.html", vars(panel))


def by_day(rows: Sequence[Interaction]) -> list[tuple[date, list[Contact]]]:
    """Contacts, already newest first, under the days they were on in the bank's zone."""
    return [(day, [_contact(row) for row in found]) for day, found in groupby(rows, key=lambda row: timezone.localtime(row.at).date())]


def _contact(row: Interaction) -> Contact:
    channel = labels.word(labels.CHANNELS, row.channel)
    what = row.subject or labels.word(labels.PURPOSES, row.purpose) or channel
    outcome = labels.word(labels.OUTCOMES, row.outcome)
    return Contact(row, what, outcome, icon_of(row.channel), is_between_people(row.channel), row.direction == Interaction.Direction.IN)
