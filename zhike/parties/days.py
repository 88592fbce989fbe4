"""Days that are near: birthdays, documents that expire. Public to other areas; the first argument is the viewer.

Asked for a book of a few hundred customers, which an index gives, not for the whole bank.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from django.db import connection

from zhike.access.scope import Viewer
from zhike.parties import labels
from zhike.parties.labels import Words
from zhike.parties.queries import LONG_TERM, Which, listed


@dataclass(frozen=True)
class Birthday:
    """Whose birthday is when, and how old she becomes."""

    party_id: int
    name: str
    day: date
    age: int


@dataclass(frozen=True)
class Expiring:
    """A main identity document that expires on a day, or has done so."""

    party_id: int
    name: str
    word: Words
    day: date


def days_of(today: date, days: int) -> dict[str, date]:
    """Today and the days after by month and day, as a birth date says them; the 28th of a short February stands for the 29th too."""
    near = {f"{day:%m%d}": day for day in (today + timedelta(days=number) for number in range(days))}
    short = next((day for day in near.values() if f"{day:%m%d}" == "0228" and (day + timedelta(days=1)).month == 3), None)
    return near | {"0229": short} if short else near


def birthdays(viewer: Viewer, today: date, days: int) -> list[Birthday]:
    """Birthdays of today and the days after, soonest first. Who was born on 29 February has hers on the 28th in other years."""
    near = days_of(today, days)
    where = listed(viewer, Which())
    with connection.cursor() as cursor:
        cursor.execute(_BIRTHDAYS.format(where=where.sql), {**where.values, "near": list(near)})
        found = [Birthday(key, name, near[f"{born:%m%d}"], near[f"{born:%m%d}"].year - born.year) for key, name, born in cursor.fetchall()]
    return sorted(found, key=lambda one: (one.day, one.name))


_BIRTHDAYS = """
select p.id, p.name, p.birth_date from parties_party p
where {where} and p.kind in ('individual', 'sole_trader') and p.status = 'customer' and to_char(p.birth_date, 'MMDD') = any(%(near)s)
"""


def documents(viewer: Viewer, until: date, *, most: int) -> list[Expiring]:
    """Main documents that expire before a day, the longest expired first. Empty without contacts.read."""
    if not viewer.may("contacts.read"):
        return []
    where = listed(viewer, Which())
    with connection.cursor() as cursor:
        cursor.execute(_DOCUMENTS.format(where=where.sql), {**where.values, "until": min(until, LONG_TERM), "most": most})
        return [Expiring(key, name, labels.word(labels.ID_TYPES, kind), day) for key, name, kind, day in cursor.fetchall()]


_DOCUMENTS = """
select p.id, p.name, i.id_type, i.expires_date from parties_party p join parties_identifier i on i.party_id = p.id
where {where} and p.status = 'customer' and i.valid_to is null and i.is_main and i.expires_date < %(until)s
order by i.expires_date, p.id limit %(most)s
"""
