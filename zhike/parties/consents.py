"""Reads of the ledger of consents: what was said and what counts of it. The first argument is the viewer."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from django.utils import timezone

from zhike.access.scope import Viewer
from zhike.parties import labels
from zhike.parties.consent_models import Consent
from zhike.parties.consent_rules import CANCELLED, Answer, Entry, standing, standings
from zhike.parties.labels import Words
from zhike.parties.rules import OWN_SOURCE


@dataclass(frozen=True)
class EntryLine:
    """An entry as it is shown. `who`: who wrote it here, "" for a file; `is_void`: cancelled since."""

    id: int
    at: datetime
    state: str
    word: Words
    notice_version: str
    expires: date | None
    evidence: str
    who: str
    is_void: bool
    may_cancel: bool


@dataclass(frozen=True)
class ConsentLine:
    """What counts of one purpose and channel, and every entry about it, newest first."""

    purpose: str
    channel: str
    purpose_word: Words
    channel_word: Words
    answer: Answer
    answer_word: Words
    since: date | None
    decisive: EntryLine | None
    entries: Sequence[EntryLine]


def consents(viewer: Viewer, party_id: int, *, until: datetime) -> list[ConsentLine]:
    """What a customer agreed to, as it counted at an instant; a line for every purpose and channel that was ever spoken of."""
    rows = _rows(viewer, party_id)
    entries = [entry_of(row) for row in rows if row.at <= until]
    void = {entry.cancels for entry in entries if entry.state == CANCELLED}
    may_write = viewer.may("consents.write")
    told = {row.pk: _line(row, row.pk in void, may_write) for row in rows if row.at <= until and row.state != CANCELLED}
    said = {(row.purpose, row.channel): None for row in rows if row.pk in told}
    found = {(one.purpose, one.channel): one for one in standings(entries, until=until, day=_day(until))}
    missing = {place: standing(entries, *place, until=until, day=_day(until)) for place in said if place not in found}
    return [
        ConsentLine(
            one.purpose, one.channel, labels.word(labels.CONSENT_PURPOSES, one.purpose), labels.channel(one.channel), one.answer,
            labels.CONSENT_ANSWERS[one.answer], timezone.localtime(one.entry.at).date() if one.entry else None,
            told.get(one.entry.id) if one.entry else None,
            [told[row.pk] for row in rows if row.pk in told and (row.purpose, row.channel) == (one.purpose, one.channel)],
        )
        for one in (*found.values(), *missing.values())
    ]  # fmt: skip


def answer(viewer: Viewer, party_id: int, *, purpose: str, channel: str, at: datetime) -> Answer:
    """Whether a customer whom the viewer sees agreed to be approached for a purpose on a channel, at an instant."""
    entries = [entry_of(row) for row in _rows(viewer, party_id) if row.purpose == purpose]
    return standing(entries, purpose, channel, until=at, day=_day(at)).answer


def known_purposes(viewer: Viewer, party_id: int) -> list[str]:
    """The purposes that entries about a customer name."""
    return sorted(set(Consent.objects.seen_by(viewer).filter(party=party_id).values_list("purpose", flat=True)))


def entry_of(row: Consent) -> Entry:
    """A row as the rules read it."""
    return Entry(row.pk, row.purpose, row.channel, row.state, row.at, row.expires_date, row.cancels_id)


def _rows(viewer: Viewer, party_id: int) -> list[Consent]:
    return list(Consent.objects.seen_by(viewer).filter(party=party_id).order_by("-at", "-pk"))


def _line(row: Consent, is_void: bool, may_write: bool) -> EntryLine:
    return EntryLine(
        row.pk, row.at, row.state, Consent.State(row.state).label, row.notice_version, row.expires_date, row.evidence, row.by_name, is_void,
        may_write and not is_void and row.source == OWN_SOURCE,
    )  # fmt: skip


def _day(at: datetime) -> date:
    return timezone.localtime(at).date()
