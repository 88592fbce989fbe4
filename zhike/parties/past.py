"""What was known of a party at the end of a past day: its earlier versions lie in `PartyHistory`, facts in intervals. The first argument is the
viewer; whom she sees is decided as of today."""

from __future__ import annotations

from datetime import date

from django.db import connection
from django.db.models import prefetch_related_objects
from django.http import Http404

from zhike.access.scope import Viewer, seen_where
from zhike.parties.models import Party
from zhike.parties.queries import KNOWN_SINCE, About, PartyNotSeen, read_about


class NotKnownThen(Http404):
    """The bank's files did not know the party on that day; `since` is the first day they did."""

    def __init__(self, since: date) -> None:
        super().__init__(since.isoformat())
        self.since = since


# The party `p` is today's, which decides who sees it; `o` is what it was.
_THEN = """
cross join lateral (
    select x.* from (
        select (jsonb_populate_record(null::parties_party, h."values")).*, 0 as place from parties_partyhistory h
        where h.party_id = p.id and h.kind = 'party' and h.valid_from <= %(at)s and h.valid_to > %(at)s
        union all select t.*, 1 from parties_party t where t.id = p.id and t.valid_from <= %(at)s) x
    order by x.place limit 1) o
"""
_IN_FORCE = "{0}.valid_from <= %(at)s and ({0}.valid_to is null or {0}.valid_to > %(at)s)"
_ASSIGNED = f"""from parties_assignment a join access_employee r on r.id = a.employee_id
    where a.party_id = p.id and {_IN_FORCE.format("a")} and a.from_date <= %(at)s and (a.to_date is null or a.to_date > %(at)s)
    and (a.handed_date is null or a.handed_date > %(at)s)"""
_ABOUT = f"""
select o.id, o.name, o.kind, o.status, o.customer_no, (select r.name {_ASSIGNED} and a.role = 'main' order by a.from_date desc, a.id limit 1),
    u.name, o.since_date, c.value_masked, c.value_digest, i.id_type, i.id_no_masked, i.id_no_digest, i.expires_date,
    o.kind, o.sex, o.birth_date, o.industry, o.is_staff, o.is_related_party, o.source, {KNOWN_SINCE},
    array(select r.name {_ASSIGNED} and a.role = 'assisting' order by a.from_date, a.id)
from parties_party p {_THEN}
left join access_unit u on u.id = o.unit_id
left join lateral (
    select value_masked, value_digest from parties_contactpoint c0
    where c0.party_id = p.id and c0.kind in ('mobile', 'phone') and {_IN_FORCE.format("c0")}
    order by c0.is_valid desc, c0.is_main desc, c0.kind, c0.id limit 1) c on %(may_contacts)s
left join lateral (
    select id_type, id_no_masked, id_no_digest, expires_date from parties_identifier i0
    where i0.party_id = p.id and {_IN_FORCE.format("i0")} order by i0.is_main desc, i0.id limit 1) i on %(may_contacts)s
where p.id = %(party)s and {{seen}}
"""  # noqa: S608 - the same
_SINCE = f"select {KNOWN_SINCE} from parties_party p where p.id = %(party)s and {{seen}}"  # noqa: S608 - the same


def about(viewer: Viewer, party_id: int, on: date) -> About:
    """The head of one party as the bank's files had it by that day. Raises PartyNotSeen, NotKnownThen."""
    where = seen_where(viewer)
    asked = {**where.values, "party": party_id, "may_contacts": viewer.may("contacts.read"), "at": on}
    with connection.cursor() as cursor:
        cursor.execute(_ABOUT.format(seen=where.sql), asked)
        row = cursor.fetchone()
    if row is None:
        raise NotKnownThen(known_since(viewer, party_id))
    return read_about(row)


def party(viewer: Viewer, party_id: int, on: date) -> Party:
    """One party as it was, with its units. Raises PartyNotSeen, NotKnownThen."""
    where = seen_where(viewer)
    fields = Party._meta.concrete_fields  # noqa: SLF001 - Django's documented way to ask a model for its columns
    columns = ", ".join(f'o."{field.column}"' for field in fields)
    statement = f"select {columns} from parties_party p {_THEN} where p.id = %(party)s and {where.sql}"  # noqa: S608 - the same
    with connection.cursor() as cursor:
        cursor.execute(statement, {**where.values, "party": party_id, "at": on})
        row = cursor.fetchone()
    if row is None:
        raise NotKnownThen(known_since(viewer, party_id))
    found = Party.from_db("default", [field.attname for field in fields], row)
    prefetch_related_objects([found], "unit", "opening_unit")
    return found


def known_since(viewer: Viewer, party_id: int) -> date:
    """The first day of which the bank's files tell of a party. Raises PartyNotSeen."""
    where = seen_where(viewer)
    with connection.cursor() as cursor:
        cursor.execute(_SINCE.format(seen=where.sql), {**where.values, "party": party_id})
        row = cursor.fetchone()
    if row is None:
        raise PartyNotSeen
    since: date = row[0]
    return since
