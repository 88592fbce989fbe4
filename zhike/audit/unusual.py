"""Finds access that is worth somebody's eyes, in one statement a kind over all people of some days; thresholds are settings (R36).

A customer is *outside* where neither she is one of his managers nor her unit manages him. *Night* is the hours of ZHIKE_NIGHT in the bank's time.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import connection, transaction

from zhike.audit.events import UnusualAccess
from zhike.core.events import publish

KEPT_SINCE = 2  # days that each run looks at: today, and yesterday up to its end

_OUTSIDE = """
select l.person_id, l.day, count(*) from audit_look l
join access_person s on s.id = l.person_id left join access_employee w on w.id = s.employee_id
join parties_party p on p.id = l.customer_id
where l.day >= %(since)s and l.day < %(until)s and (w.id is null or not p.rm_ids @> array[w.id]) and p.unit_id is distinct from w.unit_id
group by 1, 2 having count(*) >= %(limit)s
"""
_NIGHT = """
select person_id, day, count(*) from (
    select l.person_id, l.day, l.first_at as at from audit_look l where l.day >= %(since)s and l.day < %(until)s
    union all
    select e.person_id, (e.at at time zone %(zone)s)::date, e.at from access_auditentry e
    where e.act in ('contacts.revealed', 'customers.exported') and e.at >= %(begins)s and e.at < %(ends)s and e.person_id is not null) seen
where extract(hour from at at time zone %(zone)s) >= %(night_from)s or extract(hour from at at time zone %(zone)s) < %(night_to)s
group by 1, 2 having count(*) >= %(limit)s
"""
_REVEALS = """
select e.person_id, (e.at at time zone %(zone)s)::date, count(*) from access_auditentry e
where e.act in ('contacts.revealed', 'contacts.reveal_refused') and e.at >= %(begins)s and e.at < %(ends)s and e.person_id is not null
group by 1, 2 having count(*) >= %(limit)s or bool_or(e.act = 'contacts.reveal_refused')
"""
_EXPORTS = """
select e.person_id, (e.at at time zone %(zone)s)::date, sum((e.after ->> 'count')::bigint) from access_auditentry e
where e.act = 'customers.exported' and e.at >= %(begins)s and e.at < %(ends)s and e.person_id is not null
group by 1, 2 having sum((e.after ->> 'count')::bigint) >= %(limit)s
"""
_LEAVING = """
select person_id, day, sum(n) from (
    select l.person_id, l.day, count(*) as n from audit_look l where l.day >= %(since)s and l.day < %(until)s group by 1, 2
    union all
    select e.person_id, (e.at at time zone %(zone)s)::date, sum((e.after ->> 'count')::bigint) from access_auditentry e
    where e.act = 'customers.exported' and e.at >= %(begins)s and e.at < %(ends)s and e.person_id is not null group by 1, 2) seen
join access_person s on s.id = seen.person_id join access_employee w on w.id = s.employee_id
where w.left_date is not null and seen.day >= w.left_date - %(leaving_days)s
group by 1, 2 having sum(n) >= %(limit)s
"""
KINDS: Mapping[str, tuple[str, str]] = {  # kind → statement, setting of its limit
    "outside": (_OUTSIDE, "UNUSUAL_OUTSIDE"), "night": (_NIGHT, "UNUSUAL_NIGHT"), "reveals": (_REVEALS, "UNUSUAL_REVEALS"),
    "exports": (_EXPORTS, "UNUSUAL_EXPORTED"), "leaving": (_LEAVING, "UNUSUAL_LEAVING"),
}  # fmt: skip
_KEEP = """
insert into audit_unusual as u (person_id, day, kind, count, "limit", found_at, reviewed_name, note)
select person, on_day, %(kind)s, n, %(limit)s, %(at)s, '', '' from ({found}) f(person, on_day, n)
on conflict (person_id, day, kind) do update set count = excluded.count where u.reviewed_at is null and u.count <> excluded.count
returning u.id, u.person_id, u.found_at = %(at)s
"""


def find(*, at: datetime, today: date, days: int = KEPT_SINCE) -> int:
    """Look at the last `days` days, keep what is unusual and tell of what is new; how much is new. Nobody's act: no entry."""
    new: list[tuple[str, int, int]] = []
    with transaction.atomic(), connection.cursor() as cursor:
        for kind, (statement, setting) in KINDS.items():
            cursor.execute(
                _KEEP.format(found=statement), {**_window(today, days), "kind": kind, "limit": getattr(settings, setting), "at": at}
            )
            new += [(kind, key, person) for key, person, is_new in cursor.fetchall() if is_new]
        for kind, key, person in new:
            publish(UnusualAccess(unusual_id=key, person_id=person, act=kind))
    return len(new)


def _window(today: date, days: int) -> dict[str, Any]:
    since, until = today - timedelta(days=days - 1), today + timedelta(days=1)
    night: Sequence[int] = settings.NIGHT
    return {
        "since": since, "until": until, "zone": settings.TIME_ZONE, "begins": _instant(since), "ends": _instant(until),
        "night_from": night[0], "night_to": night[1], "leaving_days": settings.UNUSUAL_LEAVING_DAYS,
    }  # fmt: skip


def _instant(day: date) -> str:
    """Midnight of a day as PostgreSQL reads it, in the bank's time zone."""
    return f"{day.isoformat()} 00:00:00 {settings.TIME_ZONE}"
