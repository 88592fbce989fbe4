"""Who may not be contacted, and the one question that whoever contacts customers asks (decision 19). The first argument is the viewer."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from django.db.models import Q, QuerySet
from django.utils import timezone

from zhike.access.scope import Viewer
from zhike.parties import labels
from zhike.parties.consent_models import Consent
from zhike.parties.consent_rules import ENDED, EVERY, WITHDRAWN, Entry, standing
from zhike.parties.consents import entry_of
from zhike.parties.labels import Words
from zhike.parties.models import Party
from zhike.parties.queries import require_seen
from zhike.parties.restriction_models import ContactRestriction
from zhike.parties.restriction_rules import NEEDS, Bar, May
from zhike.parties.restriction_rules import may_be_contacted as decided


@dataclass(frozen=True)
class RestrictionLine:
    """A restriction in force, as it is shown; `may_lift`: the viewer may lift it."""

    id: int
    kind: str
    word: Words
    channel_word: Words
    is_every: bool
    reason: str
    since: datetime
    ends: date | None
    who: str
    may_lift: bool


def may_be_contacted(viewer: Viewer, party_id: int, *, purpose: str, channel: str, at: datetime) -> May:
    """Whether a customer may be approached for a purpose on a channel, and if not, why. Raises PartyNotSeen."""
    require_seen(viewer, party_id)
    return _decided(viewer, [party_id], purpose, channel, at)[party_id]


def reachable(viewer: Viewer, ids: Iterable[int], *, purpose: str, channel: str, at: datetime) -> set[int]:
    """Those of these customers who may be approached; whom the viewer does not see is left out. Three statements however many."""
    seen = list(Party.objects.seen_by(viewer).filter(pk__in=list(ids)).values_list("pk", flat=True))
    return {key for key, may in _decided(viewer, seen, purpose, channel, at).items() if may.yes}


def restrictions(viewer: Viewer, party_id: int, *, until: datetime) -> list[RestrictionLine]:
    """What restricts a customer at an instant, the oldest first."""
    day = timezone.localtime(until).date()
    rows = _in_force(ContactRestriction.objects.seen_by(viewer).filter(party=party_id), until, day).order_by("begins_at", "pk")
    return [
        RestrictionLine(
            row.pk, row.kind, ContactRestriction.Kind(row.kind).label, labels.channel(row.channel), row.channel == "", row.reason, row.begins_at,
            row.ends_date, row.by_name, viewer.may(NEEDS[row.kind]) and row.made_by == "people",
        )
        for row in rows
    ]  # fmt: skip


def has_hold(viewer: Viewer, party_id: int, *, at: datetime) -> bool:
    """Whether a legal hold keeps a customer's data from being deleted."""
    rows = ContactRestriction.objects.seen_by(viewer).filter(party=party_id, kind=ContactRestriction.Kind.HOLD)
    return _in_force(rows, at, timezone.localtime(at).date()).exists()


def without_automated_decisions(viewer: Viewer, *, at: datetime) -> set[int]:
    """Those of the viewer's customers about whom no program may decide or foretell anything (R23): who took back consent to personal
    recommendations, whose data may only be kept, who died. Two statements however many."""
    day = timezone.localtime(at).date()
    kinds = [ContactRestriction.Kind.LIMITED, ContactRestriction.Kind.DECEASED]
    barred = _in_force(ContactRestriction.objects.seen_by(viewer).filter(kind__in=kinds), at, day).values_list("party_id", flat=True)
    said: dict[int, list[Entry]] = defaultdict(list)
    for row in Consent.objects.seen_by(viewer).filter(purpose="profiling", channel=EVERY, party__in=_took_back(viewer)):
        said[row.party_id].append(entry_of(row))
    refused = {key for key, entries in said.items() if standing(entries, "profiling", EVERY, until=at, day=day).answer == "withdrawn"}
    return refused | set(barred)


def _took_back(viewer: Viewer) -> QuerySet[Consent, int]:
    """Whoever ever said no to it: few, of whom every entry is then read."""
    return Consent.objects.seen_by(viewer).filter(purpose="profiling", channel=EVERY, state__in=[WITHDRAWN, ENDED]).values_list("party_id", flat=True)  # fmt: skip


def _in_force(rows: QuerySet[ContactRestriction], at: datetime, day: date) -> QuerySet[ContactRestriction]:
    return rows.filter(Q(lifted_at=None) | Q(lifted_at__gt=at), Q(ends_date=None) | Q(ends_date__gt=day), begins_at__lte=at)


def _decided(viewer: Viewer, ids: Sequence[int], purpose: str, channel: str, at: datetime) -> dict[int, May]:
    day = timezone.localtime(at).date()
    bars, entries = defaultdict(list), defaultdict(list)
    for row in ContactRestriction.objects.seen_by(viewer).filter(party__in=ids):
        bars[row.party_id].append(Bar(row.kind, row.channel, row.begins_at, row.ends_date, row.lifted_at))
    for said in Consent.objects.seen_by(viewer).filter(party__in=ids, purpose=purpose, channel__in=["", channel]):
        entries[said.party_id].append(entry_of(said))
    return {key: decided(bars[key], entries[key], purpose=purpose, channel=channel, at=at, day=day) for key in ids}
