"""What the personnel file changes for people who log in: a leaver is shut out, a joiner may be let in, whoever moves sees what her new desk sees.

A mover needs nothing done: her scope is read off her employee record at every request.
"""

from __future__ import annotations

from datetime import date

from django.conf import settings
from django.contrib.auth.hashers import make_password

from zhike.access.actions import record
from zhike.access.events import PeopleLeft
from zhike.access.roles import role_named
from zhike.access.scope import Viewer, system_viewer
from zhike.core.events import publish
from zhike.core.merging import Cursor

# Both ways: a file that is corrected, or somebody who comes back, opens what the file had closed. `is_active` is the administrators' own.
_LEFT = """
    update access_person p set has_left = e.has_left
    from (select id, status = 'left' or coalesce(left_date <= %(at)s, false) as has_left from access_employee) e
    where p.employee_id = e.id and p.has_left <> e.has_left returning p.id, p.login, p.has_left
"""
_SESSIONS = "delete from access_session where person_id = any(%(people)s)"
_JOINED = """
    insert into access_person (login, name, role, employee_id, password, is_active, language, theme, money_direction, created_at)
    select lower(e.staff_no), e.name, given.role, e.id, %(password)s, true, '', '', '', now()
    from access_employee e join unnest(%(posts)s::text[], %(roles)s::text[]) given(post, role) on given.post = e.post
    where e.status <> 'left' and coalesce(e.left_date > %(at)s, true) and e.valid_to is null
      and not exists (select 1 from access_person p where p.employee_id = e.id)
    on conflict (login) do nothing returning id, login, role
"""


def follow(cursor: Cursor, *, at: date) -> None:
    """Bring the accounts after the employees that have just been taken, in the load's transaction; one audit entry for each account."""
    actor = system_viewer("load")
    cursor.execute(_LEFT, {"at": at})
    changed = cursor.fetchall()
    gone = [person_id for person_id, _login, has_left in changed if has_left]
    cursor.execute(_SESSIONS, {"people": gone})
    for person_id, login, has_left in changed:
        record(
            actor,
            "people.shut_out" if has_left else "people.came_back",
            subject=("person", person_id),
            reason="personnel file",
            after={"login": login},
        )
    if gone:
        publish(PeopleLeft(gone))
    _let_in_joiners(cursor, actor, at)


def _let_in_joiners(cursor: Cursor, actor: Viewer, at: date) -> None:
    """An account for whoever has a post of `ZHIKE_JOINERS` and none yet. It has no password: she comes by the bank's own log-in, or is given one."""
    roles = {post: role for post, role in settings.ZHIKE_JOINERS.items() if role_named(role)}
    if not roles:
        return
    cursor.execute(_JOINED, {"posts": list(roles), "roles": list(roles.values()), "password": make_password(None), "at": at})
    for person_id, login, role in cursor.fetchall():
        record(actor, "people.joined", subject=("person", person_id), reason="personnel file", after={"login": login, "role": role})
