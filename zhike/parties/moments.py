"""Who looked after a party, what became different about it and what people wrote about it, as moments of its timeline; and what is coming. The first argument is the viewer."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, time, timedelta
from itertools import groupby
from typing import Any

from django.conf import settings
from django.db import connection
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _

from zhike.access.scope import Viewer, seen_where
from zhike.core.moments import Ahead, Asked, Moment
from zhike.core.words import language
from zhike.parties import labels, queries
from zhike.parties.changes import changes
from zhike.parties.corrections import name_of
from zhike.parties.declared import declared_fields
from zhike.parties.labels import Words
from zhike.parties.models import Consent, ContactPoint
from zhike.parties.rules import birthday_after

CONSENT, EDIT, CORRECTION, MANAGER, PROFILE = 9, 8, 7, 1, 0  # ranks: of one second, what people wrote first
ID_SOON, BIRTHDAY_SOON = timedelta(days=365), timedelta(days=90)

_MANAGERS = """
with latest as (
    select distinct on (a.source, a.external_key) a.id, a.role, a.from_date, coalesce(a.handed_date, a.to_date, a.valid_to) as to_date, e.name
    from parties_assignment a join access_employee e on e.id = a.employee_id
    where a.party_id = %(party)s order by a.source, a.external_key, a.valid_from desc)
select x.at, x.id, x.what, x.role, x.name from (
    select from_date::timestamp at time zone %(zone)s as at, id * 2 as id, 'begins' as what, role, name from latest
    union all select to_date::timestamp at time zone %(zone)s, id * 2 + 1, 'ends', role, name from latest where to_date is not null) x
where (x.at, x.id) < (%(past_at)s, %(past_id)s) and (%(words)s = '' or x.name ilike %(like)s)
  and exists (select 1 from parties_party p where p.id = %(party)s and {seen})
order by x.at desc, x.id desc limit %(most)s
"""

# Asked, and how it ended; a protected one is for whoever reads contacts.
_CORRECTIONS = """
select x.at, x.id, x.what, x.who, x.field, x.kind from (
    select asked_at as at, id * 2 as id, 'asked' as what, asked_name as who, field, kind from parties_correction where party_id = %(party)s
    union all select decided_at, id * 2 + 1, state, decided_name, field, kind from parties_correction
        where party_id = %(party)s and decided_at is not null and state in ('confirmed', 'refused', 'withdrawn')) x
where (x.at, x.id) < (%(past_at)s, %(past_id)s) and (%(words)s = '' or x.who ilike %(like)s or x.field = any(%(named)s) or x.kind = any(%(named)s))
  and (%(may_contacts)s or x.field not in ('contact', 'document'))
  and exists (select 1 from parties_party p where p.id = %(party)s and {seen})
order by x.at desc, x.id desc limit %(most)s
"""
# One save, whatever it changed, is one moment.
_EDITS = """
select max(c.at) as at, max(c.id) as id, c.person_name, array_agg(distinct c.name)
from parties_declaredchange c where c.party_id = %(party)s and c.name = any(%(names)s)
  and (%(words)s = '' or c.person_name ilike %(like)s or c.name = any(%(named)s))
  and exists (select 1 from parties_party p where p.id = %(party)s and {seen})
group by c.version, c.person_name having (max(c.at), max(c.id)) < (%(past_at)s, %(past_id)s) order by 1 desc, 2 desc limit %(most)s
"""


def managers(viewer: Viewer, party_id: int, asked: Asked) -> list[Moment]:
    """Who began and who ceased to look after the party, as main or assisting manager."""
    titles = {
        ("begins", "main"): _("Main manager from this day"), ("ends", "main"): _("Main manager until this day"),
        ("begins", "assisting"): _("Assisting manager from this day"), ("ends", "assisting"): _("Assisting manager until this day"),
    }  # fmt: skip
    return [
        Moment(moment, MANAGER, number, "manager", "user", titles[what, role], name, is_day=True)
        for moment, number, what, role, name in _rows(viewer, _MANAGERS, party_id, asked, MANAGER, zone=settings.TIME_ZONE)
    ]


def corrected(viewer: Viewer, party_id: int, asked: Asked) -> list[Moment]:
    """Corrections asked of the sources, and what became of them; of protected values only with contacts.read, and never the value."""
    words = {**labels.FIELDS, **dict(ContactPoint.Kind.choices), **labels.ID_TYPES}
    titles = {
        "asked": _("Correction asked"), "confirmed": _("Correction confirmed by the source"), "refused": _("Correction refused"),
        "withdrawn": _("Correction withdrawn"),
    }  # fmt: skip
    told = {"named": _named(asked, words), "may_contacts": viewer.may("contacts.read")}
    return [
        Moment(at, CORRECTION, number, "edit", "pencil", titles[what], name_of(field, kind), who, is_person=True)
        for at, number, what, who, field, kind in _rows(viewer, _CORRECTIONS, party_id, asked, CORRECTION, **told)
    ]


def edited(viewer: Viewer, party_id: int, asked: Asked) -> list[Moment]:
    """What people wrote into declared fields that she may read: who, and which fields."""
    known = {field.name: field.label(language()) for field in declared_fields(viewer, with_retired=True)}
    return [
        Moment(
            at, EDIT, number, "edit", "pencil", _("What we know was changed"), ", ".join(known[name] for name in names), who, is_person=True
        )
        for at, number, who, names in _rows(viewer, _EDITS, party_id, asked, EDIT, names=list(known), named=_named(asked, known))
    ]


def consents(viewer: Viewer, party_id: int, asked: Asked) -> list[Moment]:
    """What a customer agreed to and took back, on whatever way it came to the bank."""
    at, key = asked.bound(CONSENT)
    rows = Consent.objects.seen_by(viewer).filter(Q(at__lt=at) | Q(at=at, pk__lt=key), party=party_id)
    for typed in asked.words.split():
        named = [code for code, word in labels.CONSENT_PURPOSES.items() if typed.casefold() in str(word).casefold()]
        rows = rows.filter(Q(purpose__in=[*named, typed]) | Q(evidence__icontains=typed) | Q(by_name__icontains=typed))
    titles = {
        Consent.State.GIVEN: _("Consent given"), Consent.State.WITHDRAWN: _("Consent withdrawn"), Consent.State.ENDED: _("Consent no longer delivered"),
        Consent.State.CANCELLED: _("Entry about consent cancelled"),
    }  # fmt: skip
    return [
        Moment(
            row.at, CONSENT, row.pk, "consent", "hand-stop" if row.state == Consent.State.WITHDRAWN else "file-check", titles[Consent.State(row.state)],
            labels.word(labels.CONSENT_PURPOSES, row.purpose), row.by_name, is_person=bool(row.by_name), chips=(labels.channel(row.channel),),
        )
        for row in rows.order_by("-at", "-pk")[: asked.most + 1]
    ]  # fmt: skip


def _named(asked: Asked, words: Mapping[str, Words]) -> list[str]:
    """The names of what has the searched words in what it is called."""
    return [name for name, word in words.items() if asked.words and asked.words.casefold() in str(word).casefold()]


def _rows(viewer: Viewer, statement: str, party_id: int, asked: Asked, rank: int, **more: Any) -> list[Any]:
    where = seen_where(viewer)
    at, key = asked.bound(rank)
    words = asked.words.replace("\\", "").replace("%", "").replace("_", r"\_")
    values = {
        **where.values,
        "party": party_id,
        "past_at": at,
        "past_id": key,
        "words": words,
        "like": f"%{words}%",
        "most": asked.most + 1,
        **more,
    }
    with connection.cursor() as cursor:
        cursor.execute(statement.format(seen=where.sql), values)
        found: list[Any] = cursor.fetchall()
        return found


def profile_changes(viewer: Viewer, party_id: int, asked: Asked) -> list[Moment]:
    """What became different about the party, one moment a business date; its first day with the bank among them."""
    at, key = asked.bound(PROFILE)
    found = [
        Moment(_start(day), PROFILE, day.toordinal(), "profile", "history", _("Data changed"), ", ".join(str(change.field) for change in changed), is_day=True)
        for day, changed in groupby(changes(viewer, party_id), key=lambda change: change.day)
    ]  # fmt: skip
    since = queries.party(viewer, party_id).since_date
    if since:
        found.append(Moment(_start(since), PROFILE, since.toordinal(), "profile", "flag", _("Became a customer"), is_day=True))
    past = [
        moment
        for moment in found
        if (moment.at, moment.id) < (at, key) and asked.words.casefold() in f"{moment.title} {moment.outcome}".casefold()
    ]
    return sorted(past, key=lambda moment: (moment.at, moment.id), reverse=True)[: asked.most + 1]


def ahead(viewer: Viewer, party_id: int, today: date) -> list[Ahead]:
    """The main document's expiry within a year (contacts.read) and the birthday within 90 days."""
    about = queries.about(viewer, party_id, today)
    found = []
    expires = about.identity.expires if about.identity else None
    if about.identity and expires and today <= expires <= today + ID_SOON:
        found.append(Ahead(expires, "id", _("%(document)s expires") % {"document": about.identity.word}))
    if about.birth_date and about.kind in ("individual", "sole_trader"):
        born = birthday_after(about.birth_date, today)
        if born <= today + BIRTHDAY_SOON:
            found.append(Ahead(born, "gift", _("Birthday, %(age)s") % {"age": born.year - about.birth_date.year}))
    return found


def _start(day: date) -> datetime:
    return timezone.make_aware(datetime.combine(day, time.min))
