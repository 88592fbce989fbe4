"""Reads of people, organisation and audit. The first argument is the viewer."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import connection
from django.db.models import Q, QuerySet

from zhike.access.models import AuditEntry, Employee, Person, Unit, Work
from zhike.access.rules import FAILURES_ALLOWED, LOCKED_FOR
from zhike.access.scope import Viewer, require


@dataclass(frozen=True)
class TreeRow:
    """A unit in the organisation's tree, in the order in which it is drawn: `depth` 0 is a root, `staff` counts those at work here."""

    unit: Unit
    depth: int
    staff: int
    has_children: bool


def people(viewer: Viewer, *, words: str = "") -> QuerySet[Person]:
    """Everybody who may log in, with employee and unit; `words` looks in login and name. Needs people.manage."""
    require(viewer, "people.manage")
    found = Person.objects.select_related("employee__unit")
    return found.filter(Q(login__icontains=words.strip()) | Q(name__icontains=words.strip())) if words.strip() else found


def person(viewer: Viewer, person_id: int) -> Person:
    """One of them; raises `Person.DoesNotExist`. Needs people.manage."""
    return people(viewer).get(pk=person_id)


def locked(viewer: Viewer, at: datetime) -> list[Person]:
    """Who cannot log in at an instant, because of too many wrong passwords. Needs people.manage."""
    found = people(viewer).filter(failures__gte=FAILURES_ALLOWED, first_failure_at__gt=at - LOCKED_FOR)
    return list(found.order_by("login"))


def employee_id_of(viewer: Viewer) -> int | None:
    """The employee record of whoever asks; None: she has none, or is no person."""
    return Person.objects.filter(pk=viewer.person_id).values_list("employee_id", flat=True).first() if viewer.person_id else None


def team_of(viewer: Viewer) -> tuple[int | None, str]:
    """The unit and the team of whoever asks; none and "" without an employee record."""
    found = (
        Person.objects.filter(pk=viewer.person_id).values_list("employee__unit_id", "employee__team").first() if viewer.person_id else None
    )
    return (found[0], found[1] or "") if found else (None, "")


def employee(staff_no: str) -> Employee | None:
    """Somebody of the personnel file by her staff number; the file has no customers in it."""
    return Employee.objects.filter(staff_no=staff_no.strip()).first()


def people_of(employee_ids: Sequence[int]) -> dict[int, int]:
    """Employee → the person under whom she logs in; those who cannot log in are left out."""
    return dict(Person.objects.filter(employee__in=employee_ids, is_active=True).order_by("-pk").values_list("employee_id", "pk"))


def names_of_employees(employee_ids: Sequence[int]) -> list[str]:
    """Names of the personnel file, in the order given."""
    names = dict(Employee.objects.filter(pk__in=employee_ids).values_list("pk", "name"))
    return [names[one] for one in employee_ids if one in names]


def managers_near(viewer: Viewer, unit_id: int | None, *, most: int = 300) -> list[Employee]:
    """Relationship managers at work, those of a unit first: who could take customers over. Needs handovers.write."""
    require(viewer, "handovers.write")
    found = Employee.objects.select_related("unit").filter(post="relationship_manager").exclude(status=Employee.Status.LEFT)
    near = list(found.filter(unit=unit_id).order_by("name", "pk")[:most])
    return [*near, *found.exclude(unit=unit_id).order_by("unit__name", "name", "pk")[: most - len(near)]]


def finished_work(viewer: Viewer) -> QuerySet[Work]:
    """What the viewer had done in the background and is done or has failed by now, unordered; what was done at once is no news to her."""
    return Work.objects.filter(person=viewer.person_id, begun__gt=0, state__in=[Work.State.DONE, Work.State.FAILED])


def desk_of(viewer: Viewer) -> tuple[int | None, int | None]:
    """Her own employee record and the unit she sits in; None where she has none."""
    row = Person.objects.filter(pk=viewer.person_id or 0).values_list("employee_id", "employee__unit_id").first()
    return row or (None, None)


def demo_people() -> list[Person]:
    """Who is offered on the log-in page of a demonstration; asked before anybody is known, so there is no viewer."""
    return list(Person.objects.select_related("employee__unit").filter(is_demo=True, is_active=True, has_left=False).order_by("pk")[:8])


@dataclass(frozen=True)
class Colleague:
    """Somebody who may log in, and whether she sees a certain customer."""

    person_id: int
    login: str
    name: str
    unit: str
    sees: bool


def colleagues(
    viewer: Viewer,
    party_id: int,
    *,
    unit_id: int | None,
    rm_ids: Sequence[int],
    called_in: str = "",
    only_seeing: bool = False,
    most: int = 5_000,
) -> list[Colleague]:
    """Colleagues, with whether each sees a customer whom the viewer sees (`access.who_sees`, one statement for all of them).

    `called_in`: only those whose name or log-in stands behind an `@` in this text. Nearest first: the customer's managers (`rm_ids`), her outlet
    (`unit_id`), then the rest. The viewer herself is among them. Needs customers.read.
    """
    require(viewer, "customers.read")
    asked = {
        "party": party_id,
        "unit": unit_id,
        "rms": list(rm_ids),
        "text": called_in.casefold(),
        "only_seeing": only_seeing,
        "most": most,
    }
    with connection.cursor() as cursor:
        cursor.execute(_COLLEAGUES, asked)
        return [Colleague(*row) for row in cursor.fetchall()]


_COLLEAGUES = """
select p.id, p.login, p.name, coalesce(u.name, ''), s.person_id is not null
from access_person p left join access_employee e on e.id = p.employee_id left join access_unit u on u.id = e.unit_id
left join (select distinct person_id from access.who_sees(%(party)s) where not is_closed) s on s.person_id = p.id
where p.is_active and not p.has_left and (s.person_id is not null or not %(only_seeing)s)
  and (%(text)s = '' or strpos(%(text)s, '@' || lower(p.name)) > 0 or strpos(%(text)s, '@' || lower(p.login)) > 0)
order by coalesce(e.id = any(%(rms)s::bigint[]), false) desc, coalesce(e.unit_id = %(unit)s, false) desc, p.name, p.id limit %(most)s
"""


def organisation(viewer: Viewer) -> list[TreeRow]:
    """The whole tree of units that have not been closed. Needs organisation.read."""
    require(viewer, "organisation.read")
    staff: dict[int | None, int] = {}
    for (unit_id,) in Employee.objects.exclude(status=Employee.Status.LEFT).values_list("unit_id"):
        staff[unit_id] = staff.get(unit_id, 0) + 1
    below: dict[int | None, list[Unit]] = {}
    units = list(Unit.objects.filter(valid_to=None, closed_date=None).order_by("key"))
    there = {unit.pk for unit in units}
    for unit in units:
        below.setdefault(unit.parent_id if unit.parent_id in there else None, []).append(unit)
    rows: list[TreeRow] = []
    waiting = [(unit, 0) for unit in reversed(below.get(None, []))]
    while waiting:
        unit, depth = waiting.pop()
        children = below.get(unit.pk, [])
        rows.append(TreeRow(unit, depth, staff.get(unit.pk, 0), bool(children)))
        waiting.extend((child, depth + 1) for child in reversed(children))
    return rows


def audit(viewer: Viewer) -> QuerySet[AuditEntry]:
    """The audit, newest first; row security asks for audit.read as well."""
    require(viewer, "audit.read")
    return AuditEntry.objects.order_by("-at", "-pk")


def units_above(viewer: Viewer) -> list[tuple[str, ...]]:
    """For every unit, under each key that files know it by: its own key, those of its outlet, sub-branch and branch ("" where it has none), its region.
    Units are no secret: they are in every head of a page."""
    rows = {unit.pk: unit for unit in Unit.objects.filter(valid_to=None)}
    found: dict[str, tuple[str, ...]] = {}
    for unit in rows.values():
        above, at, region = {unit.level: unit.key}, rows.get(unit.parent_id or 0), unit.region
        while at is not None and len(above) < len(Unit.Level):
            above.setdefault(at.level, at.key)
            region = region or at.region
            at = rows.get(at.parent_id or 0)
        told = (unit.key, *(above.get(one, "") for one in (Unit.Level.OUTLET, Unit.Level.SUB_BRANCH, Unit.Level.BRANCH)), region)
        found |= {name: (name, *told) for name in (unit.key, unit.external_key) if name}
    return sorted(found.values())


def unit_names(viewer: Viewer) -> dict[str, str]:
    """What units are called, by their key."""
    return dict(Unit.objects.filter(valid_to=None).values_list("key", "name"))


def staff_names(viewer: Viewer, numbers: Sequence[str]) -> dict[str, str]:
    """What employees are called, by the number that files know them by."""
    found = Employee.objects.filter(Q(staff_no__in=numbers) | Q(external_key__in=numbers)).values_list("staff_no", "external_key", "name")
    return {number: name for staff_no, other, name in found for number in (other, staff_no)}
