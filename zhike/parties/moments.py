"""Who looked after a party and what became different about it, as moments of its timeline; and what is coming. The first argument is the viewer."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from itertools import groupby

from django.conf import settings
from django.db import connection
from django.utils import timezone
from django.utils.translation import gettext as _

from zhike.access.scope import Viewer, seen_where
from zhike.core.moments import Ahead, Asked, Moment
from zhike.parties import queries
from zhike.parties.changes import changes
from zhike.parties.rules import birthday_after

MANAGER, PROFILE = 1, 0
ID_SOON, BIRTHDAY_SOON = timedelta(days=365), timedelta(days=90)

_MANAGERS = """
with latest as (
    select distinct on (a.source, a.external_key) a.id, a.role, a.from_date, coalesce(a.to_date, a.valid_to) as to_date, e.name
    from parties_assignment a join access_employee e on e.id = a.employee_id
    where a.party_id = %(party)s order by a.source, a.external_key, a.valid_from desc)
select x.at, x.id, x.what, x.role, x.name from (
    select from_date::timestamp at time zone %(zone)s as at, id * 2 as id, 'begins' as what, role, name from latest
    union all select to_date::timestamp at time zone %(zone)s, id * 2 + 1, 'ends', role, name from latest where to_date is not null) x
where (x.at, x.id) < (%(past_at)s, %(past_id)s) and (%(words)s = '' or x.name ilike %(like)s)
  and exists (select 1 from parties_party p where p.id = %(party)s and {seen})
order by x.at desc, x.id desc limit %(most)s
"""


def managers(viewer: Viewer, party_id: int, asked: Asked) -> list[Moment]:
    """Who began and who ceased to look after the party, as main or assisting manager."""
    where = seen_where(viewer)
    at, key = asked.bound(MANAGER)
    words = asked.words.replace("\\", "").replace("%", "").replace("_", r"\_")
    values = {
        **where.values, "party": party_id, "zone": settings.TIME_ZONE, "past_at": at, "past_id": key, "words": words, "like": f"%{words}%",
        "most": asked.most + 1,
    }  # fmt: skip
    titles = {
        ("begins", "main"): _("Main manager from this day"), ("ends", "main"): _("Main manager until this day"),
        ("begins", "assisting"): _("Assisting manager from this day"), ("ends", "assisting"): _("Assisting manager until this day"),
    }  # fmt: skip
    with connection.cursor() as cursor:
        cursor.execute(_MANAGERS.format(seen=where.sql), values)
        return [
            Moment(moment, MANAGER, number, "manager", "user", titles[what, role], name, is_day=True)
            for moment, number, what, role, name in cursor.fetchall()
        ]


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
