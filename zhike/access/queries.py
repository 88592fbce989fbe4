"""Reads of people, organisation and audit. The first argument is the viewer."""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import Q, QuerySet

from zhike.access.models import AuditEntry, Employee, Person, Unit
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


def employee_id_of(viewer: Viewer) -> int | None:
    """The employee record of whoever asks; None: she has none, or is no person."""
    return Person.objects.filter(pk=viewer.person_id).values_list("employee_id", flat=True).first() if viewer.person_id else None


def demo_people() -> list[Person]:
    """Who is offered on the log-in page of a demonstration; asked before anybody is known, so there is no viewer."""
    return list(Person.objects.select_related("employee__unit").filter(is_demo=True, is_active=True).order_by("pk")[:8])


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
