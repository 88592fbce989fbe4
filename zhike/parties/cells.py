"""What columns of a list may say of parties besides their lines, each read only where a column asks for it. The first argument is the viewer."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from django.db import connection

from zhike.access.scope import Viewer, seen_where
from zhike.parties.queries import LONG_TERM


@dataclass(frozen=True)
class Facts:
    """`id_expires`: of the main document; None: long-term, unknown, or not for this viewer (contacts.read)."""

    birth_date: date | None
    occupation: str
    industry: str
    employer: str
    region: str
    id_expires: date | None


def facts(viewer: Viewer, ids: Sequence[int]) -> dict[int, Facts]:
    """The facts of those of these parties that the viewer sees, in one statement."""
    where = seen_where(viewer)
    with connection.cursor() as cursor:
        cursor.execute(_FACTS.format(seen=where.sql), {**where.values, "ids": list(ids), "may_contacts": viewer.may("contacts.read")})
        return {row[0]: Facts(row[1], row[2], row[3], row[4], row[5], row[6] if row[6] != LONG_TERM else None) for row in cursor.fetchall()}


_FACTS = """
select p.id, p.birth_date, p.occupation, p.industry, p.employer_name, p.region, i.expires_date
from parties_party p left join lateral (
    select expires_date from parties_identifier
    where party_id = p.id and valid_to is null order by is_main desc, id limit 1) i on %(may_contacts)s
where p.id = any(%(ids)s) and {seen}
"""
