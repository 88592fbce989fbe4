"""One timeline of a customer out of what every area knows, and what is coming. The first argument is the viewer.

Each source is one statement; `core.moments` puts them in one order. What a viewer may not read (contacts, accounts, transactions) is
left out, not counted.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import groupby

from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from zhike.access.scope import Viewer
from zhike.core.moments import Ahead, Asked, Moment, newest
from zhike.core.pages import Words
from zhike.engagement import moments as engagement
from zhike.engagement import queries as contacts
from zhike.holdings import moments as holdings
from zhike.parties import moments as parties

MATURES_WITHIN = timedelta(days=365)
Source = Callable[[Viewer, int, Asked], list[Moment]]

# What a timeline may be narrowed to: its word, the right it needs, the sources it has.
KINDS: Mapping[str, tuple[Words, str, Sequence[Source]]] = {
    "contact": (_("Contacts"), "interactions.read", (engagement.contacts,)),
    "channel": (_("Log-ins and visits"), "interactions.read", (engagement.channel_use,)),
    "note": (_("Notes"), "", (engagement.notes,)),
    "money": (_("Large amounts"), "transactions.read", (holdings.large,)),
    "account": (_("Accounts"), "accounts.read", (holdings.accounts,)),
    "manager": (_("Managers"), "", (parties.managers,)),
    "profile": (_("Data"), "", (parties.profile_changes,)),
    "consent": (_("Consents"), "", (parties.consents,)),
    "edit": (_("Edits and corrections"), "", (parties.corrected, parties.edited)),
}
ON_CHANNELS = ("contact", "channel")  # the kinds that a channel narrows further


@dataclass(frozen=True)
class Timeline:
    """A page of a timeline: days under months, newest first; `next`: where the rest begins, empty where there is none."""

    months: Sequence[tuple[date, Sequence[tuple[date, Sequence[Moment]]]]]
    next: str


def timeline(viewer: Viewer, party_id: int, asked: Asked, *, kind: str = "") -> Timeline:
    """The newest moments that fit; a channel narrows to what happens on channels."""
    wanted = {kind} if kind else set(ON_CHANNELS if asked.channel else KINDS)
    sources = [source for name, (_word, _right, found) in KINDS.items() if name in wanted for source in found]
    rows, following = newest([source(viewer, party_id, asked) for source in sources], asked.most)
    return Timeline(by_month(rows), following)


def by_month(rows: Sequence[Moment]) -> list[tuple[date, list[tuple[date, list[Moment]]]]]:
    """Moments, already newest first, under their days in the bank's zone, and these under their months."""
    days = [(day, list(found)) for day, found in groupby(rows, key=lambda row: timezone.localtime(row.at).date())]
    return [(month, list(found)) for month, found in groupby(days, key=lambda day: day[0].replace(day=1))]


def kinds(viewer: Viewer) -> list[tuple[str, Words]]:
    """What this viewer may narrow a timeline to."""
    return [(name, word) for name, (word, right, _sources) in KINDS.items() if not right or viewer.may(right)]


def channels(viewer: Viewer, party_id: int, kind: str = "") -> list[tuple[str, Words]]:
    """The channels that a kind of moments (or all) can be narrowed to, with their words; none without interactions.read."""
    return contacts.channel_words(viewer, party_id, only=kind) if viewer.may("interactions.read") and kind in ("", *ON_CHANNELS) else []


def ahead(viewer: Viewer, party_id: int, today: date) -> list[Ahead]:
    """What is coming, the nearest first."""
    found = [*holdings.ahead(viewer, party_id, today, today + MATURES_WITHIN), *parties.ahead(viewer, party_id, today)]
    return sorted(found, key=lambda coming: coming.day)
