"""Reads of looks and of what is unusual, beside the audit's own (`access.auditing`). The first argument is the viewer, who needs audit.read."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.db.models import Count, QuerySet
from django.utils import timezone

from zhike.access import auditing
from zhike.access.auditing import RIGHT, Asked, names_of_people
from zhike.access.scope import Viewer, require
from zhike.audit.models import Look, Unusual
from zhike.parties import queries as parties
from zhike.parties.importing import by_customer_no

LOOKS = 200  # of a customer, as many as the panel reads
# What somebody does with a customer that is a look at him, besides opening his page.
SEEN_BY_ACT = ("contacts.revealed", "customers.brief_made", "api.assistant_asked", "notes.file_opened")


@dataclass(frozen=True)
class Line:
    """An entry with the names of whoever it is about, as far as the viewer sees them."""

    entry: Any
    person: str
    customer: str

    @property
    def pk(self) -> int:
        key: int = self.entry.pk
        return key


def customers_named(viewer: Viewer, words: str) -> list[int]:
    """The customer of this number that the viewer sees; nobody for anything else."""
    return [party_id for party_id, _kind in by_customer_no(viewer, [words]).values()]


def lines(viewer: Viewer, rows: Sequence[Any]) -> list[Line]:
    """Entries with names; a customer outside the viewer's scope has none."""
    people = names_of_people({row.person_id for row in rows if row.person_id})
    customers = parties.names(viewer, {row.party_id for row in rows if row.party_id})
    return [Line(row, people.get(row.person_id or 0, ""), customers.get(row.party_id or 0, "")) for row in rows]


@dataclass(frozen=True)
class Looked:
    """Somebody looked at a customer: on which day (`at`: the first time), or by which act."""

    person_id: int
    person: str
    day: date
    at: datetime
    act: str  # empty: she opened his page
    reason: str = ""


def who_looked(viewer: Viewer, party_id: int) -> list[Looked]:
    """Who opened a customer's page, revealed his numbers, printed him or asked for him through an assistant, newest first."""
    require(viewer, RIGHT)
    looks = list(Look.objects.filter(auditing.hers(viewer), customer_id=party_id).order_by("-day", "-first_at")[:LOOKS])
    acts = list(auditing.entries(viewer, Asked(parties=[party_id])).filter(act__in=SEEN_BY_ACT).order_by("-at")[:LOOKS])
    names = names_of_people({*(row.person_id for row in looks), *(row.person_id for row in acts if row.person_id)})
    found = [Looked(row.person_id, names.get(row.person_id, ""), row.day, row.first_at, "") for row in looks]
    found += [
        Looked(row.person_id or 0, names.get(row.person_id or 0, row.login), timezone.localdate(row.at), row.at, row.act, row.reason)
        for row in acts
    ]
    return sorted(found, key=lambda one: one.at, reverse=True)[:LOOKS]


@dataclass(frozen=True)
class Day:
    """What a person did on a day: how many acts, how many customers she opened."""

    day: date
    acts: int
    customers: int

    @property
    def total(self) -> int:
        return self.acts + self.customers


def days_of(viewer: Viewer, person_id: int, since: date, until: date) -> list[Day]:
    """A person's days in [since, until) on which she did anything."""
    acts = auditing.acts_by_day(viewer, person_id, since, until)
    looks = Look.objects.filter(auditing.hers(viewer), person_id=person_id, day__gte=since, day__lt=until)
    seen = dict(looks.values("day").annotate(n=Count("customer_id")).values_list("day", "n"))
    return [Day(day, acts.get(day, 0), seen.get(day, 0)) for day in sorted({*acts, *seen})]


def unusual(viewer: Viewer, *, is_open: bool) -> QuerySet[Unusual]:
    """What was found unusual and is not reviewed yet, or is; unordered."""
    require(viewer, RIGHT)
    return Unusual.objects.filter(auditing.hers(viewer), reviewed_at__isnull=is_open)


def news(viewer: Viewer, since: datetime) -> QuerySet[Unusual]:
    """What is unusual and new to the viewer; nothing for whoever may not read the audit."""
    return Unusual.objects.filter(reviewed_at=None, found_at__gt=since) if viewer.may(RIGHT) else Unusual.objects.none()


def names_of(rows: Sequence[Unusual]) -> Mapping[int, str]:
    """The names of whoever these are about."""
    return names_of_people({row.person_id for row in rows}) if rows else {}


def first_day(today: date, weeks: int) -> date:
    """The Monday with which a calendar of that many weeks begins that ends with the week of `today`."""
    return today - timedelta(days=today.weekday() + 7 * (weeks - 1))


def differences(before: Any, after: Any) -> list[tuple[str, Any, Any, bool]]:
    """Field by field, what stood there before and after, and whether it changed. What is no object is one field without a name."""
    old, new = (value if isinstance(value, dict) else {} if value is None else {"": value} for value in (before, after))
    return [(name, old.get(name), new.get(name), old.get(name) != new.get(name)) for name in {**old, **new}]
