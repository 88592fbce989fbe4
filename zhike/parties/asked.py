"""What Python reads of one party to decide a condition: the same facts that `fields.py` asks of PostgreSQL, said without SQL."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from functools import cached_property
from typing import Any

from django.db.models import F

from zhike.access.scope import Viewer
from zhike.core.asof import end_of
from zhike.core.conditions.rows import Row
from zhike.parties.consent_models import Consent
from zhike.parties.consent_rules import CHANNELS, GIVEN, Entry, standing
from zhike.parties.consents import entry_of
from zhike.parties.field_types import Definition
from zhike.parties.models import ContactPoint, Declared, GroupMember, Identifier, Party, Relationship, Tagging
from zhike.parties.queries import LONG_TERM
from zhike.parties.restriction_models import ContactRestriction
from zhike.parties.restriction_rules import Bar, may_be_contacted

Value = Callable[[Row, date], Any]
AREA = "parties"
EVERY_KEY = "every"  # the key of what is about every channel: a choice has no empty one


@dataclass(frozen=True)
class PartyFacts:
    """One party as the viewer sees her, each kind of fact read when it is first asked for. Raises Party.DoesNotExist for one she does not see."""

    viewer: Viewer
    key: int

    @cached_property
    def party(self) -> Party:
        return Party.objects.seen_by(self.viewer).get(pk=self.key)

    @cached_property
    def document(self) -> Identifier | None:
        rows = Identifier.objects.seen_by(self.viewer).filter(party=self.key, valid_to=None)
        return rows.order_by(F("is_main").desc(), "pk").first()

    @cached_property
    def reached_by(self) -> frozenset[str]:
        rows = ContactPoint.objects.seen_by(self.viewer).filter(party=self.key, valid_to=None, is_valid=True)
        return frozenset(rows.values_list("kind", flat=True))

    @cached_property
    def memberships(self) -> Sequence[GroupMember]:
        return list(GroupMember.objects.seen_by(self.viewer).filter(party=self.key, valid_to=None))

    @cached_property
    def relationships(self) -> Sequence[Relationship]:
        return list(Relationship.objects.seen_by(self.viewer).filter(party=self.key, valid_to=None))

    @cached_property
    def tags(self) -> Sequence[int]:
        return list(Tagging.objects.seen_by(self.viewer).filter(party=self.key, tag__retired_at=None).values_list("tag_id", flat=True))

    @cached_property
    def declared(self) -> dict[str, Any]:
        return Declared.objects.seen_by(self.viewer).filter(party=self.key).values_list("values", flat=True).first() or {}

    @cached_property
    def consents(self) -> Sequence[Entry]:
        return [entry_of(row) for row in Consent.objects.seen_by(self.viewer).filter(party=self.key)]

    @cached_property
    def restrictions(self) -> Sequence[Bar]:
        rows = ContactRestriction.objects.seen_by(self.viewer).filter(party=self.key)
        return [Bar(row.kind, row.channel, row.begins_at, row.ends_date, row.lifted_at) for row in rows]

    def members(self, membership: GroupMember) -> Sequence[GroupMember]:
        """All memberships of the group that one membership is in, as far as the viewer sees whose they are."""
        group = GroupMember.objects.seen_by(self.viewer).filter(source=membership.source, group_key=membership.group_key, valid_to=None)
        return list(group)


def reader(viewer: Viewer) -> Callable[[int], PartyFacts]:
    """Facts of parties for a viewer."""
    return lambda key: PartyFacts(viewer, key)


def _of(row: Row) -> PartyFacts:
    facts: PartyFacts = row[AREA]
    return facts


def column(name: str) -> Value:
    """A column of the party; an empty text is nothing."""
    return lambda row, _today: None if (found := getattr(_of(row).party, name)) == "" else found


def years_since(name: str) -> Value:
    """Whole years from the day in a column to today."""
    return lambda row, today: _years(getattr(_of(row).party, name), today)


def _years(day: date | None, today: date) -> int | None:
    if day is None:
        return None
    first, last = sorted((day, today))
    years = last.year - first.year - ((last.month, last.day) < (first.month, first.day))
    return years if day <= today else -years


def document_type(row: Row, _today: date) -> str | None:
    found = _of(row).document
    return found.id_type if found else None


def document_expires(row: Row, _today: date) -> date | None:
    found = _of(row).document
    return found.expires_date if found and found.expires_date != LONG_TERM else None


def reached_by(kind: str) -> Value:
    return lambda row, _today: kind in _of(row).reached_by


def household_size(row: Row, _today: date) -> int | None:
    facts = _of(row)
    return sum(len(facts.members(one)) for one in facts.memberships if one.kind == "household") or None


def groups(row: Row, _today: date) -> list[str]:
    return [one.kind for one in _of(row).memberships]


def is_head(row: Row, _today: date) -> bool:
    return any(one.is_head and one.kind == "household" for one in _of(row).memberships)


def tags(row: Row, _today: date) -> Sequence[int]:
    return _of(row).tags


def restricted_by(row: Row, today: date) -> list[str]:
    """The kinds of restrictions in force at the end of today."""
    return sorted({bar.kind for bar in _of(row).restrictions if bar.holds(_last_of(today), today)})


def consented(purpose: str) -> Value:
    """The channels on which consent for a purpose counts at the end of today."""

    def value(row: Row, today: date) -> list[str]:
        return [code or EVERY_KEY for code in CHANNELS if _answer(row, purpose, code, today) == GIVEN]

    return value


def _answer(row: Row, purpose: str, channel: str, today: date) -> str:
    return standing(_of(row).consents, purpose, channel, until=_last_of(today), day=today).answer


def approachable(purpose: str) -> Value:
    """The channels on which a customer may be approached for a purpose at the end of today."""

    def value(row: Row, today: date) -> list[str]:
        facts, at = _of(row), _last_of(today)
        return [
            code for code in CHANNELS[1:]
            if may_be_contacted(facts.restrictions, facts.consents, purpose=purpose, channel=code, at=at, day=today).yes
        ]  # fmt: skip

    return value


def _last_of(day: date) -> datetime:
    return end_of(day) - timedelta(microseconds=1)


def members(kind: str) -> Callable[[Row, date], Iterable[Row]]:
    """The others in the groups of a kind that a party is in; once for each group that they share."""

    def rows(row: Row, _today: date) -> Iterable[Row]:
        facts = _of(row)
        mine = [one for one in facts.memberships if one.kind == kind]
        others = [other for one in mine for other in facts.members(one)]
        return [row.another(other.party_id, other) for other in others if other.party_id != row.key]

    return rows


def relatives(row: Row, _today: date) -> Iterable[Row]:
    """The related parties whom the viewer sees, once for each relation."""
    facts = _of(row)
    seen = set(
        Party.objects.seen_by(facts.viewer).filter(pk__in=[one.to_party_id for one in facts.relationships]).values_list("pk", flat=True)
    )
    return [row.another(one.to_party_id, one) for one in facts.relationships if one.to_party_id in seen]


def relation(row: Row, _today: date) -> str:
    found: str = row.link.type
    return found


def share(row: Row, _today: date) -> Decimal | None:
    return None if row.link.share is None else row.link.share * 100


def declared(definition: Definition) -> Value:
    """The value of a declared field as its kind compares it."""

    def value(row: Row, _today: date) -> Any:
        kept = _of(row).declared.get(definition.name)
        if definition.type == "choices":
            return kept or []
        if kept is None:
            return None
        if definition.type in ("number", "money"):
            return Decimal(kept)
        return date.fromisoformat(kept) if definition.type == "date" else kept

    return value
