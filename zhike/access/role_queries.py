"""Roles as their pages show them. The first argument is the viewer."""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import Count

from zhike.access.composing import SCOPES
from zhike.access.models import ComposedRole, Person
from zhike.access.roles import as_role
from zhike.access.rules import ROLES, Role
from zhike.access.scope import Viewer, require
from zhike.core.pages import Words


@dataclass(frozen=True)
class RoleLine:
    """A role and how many people who may log in hold it."""

    role: Role
    title: str
    scope: Words
    holders: int
    is_builtin: bool
    is_retired: bool


def roles(viewer: Viewer) -> list[RoleLine]:
    """Every role: those that ship with Zhike, then those that were composed, retired ones last. Needs roles.manage."""
    require(viewer, "roles.manage")
    held = dict(Person.objects.filter(is_active=True).order_by().values_list("role").annotate(Count("pk")))
    shipped = [RoleLine(role, title_of(role), SCOPES[role.scope], held.get(role.name, 0), True, False) for role in ROLES.values()]
    rows = ComposedRole.objects.filter(is_builtin=False).order_by("retired_at", "title")
    made = [
        RoleLine(as_role(row), row.title, SCOPES[as_role(row).scope], held.get(row.name, 0), False, bool(row.retired_at)) for row in rows
    ]
    return [*shipped, *sorted(made, key=lambda line: line.is_retired)]


def role(viewer: Viewer, name: str) -> RoleLine | None:
    """One of them; None: there is none of this name. Needs roles.manage."""
    return next((line for line in roles(viewer) if line.role.name == name), None)


def role_choices() -> list[tuple[str, str]]:
    """Roles that may be given to somebody: name and title."""
    rows = ComposedRole.objects.filter(is_builtin=False, retired_at=None).order_by("title").values_list("name", "title")
    return [*((name, title_of(one)) for name, one in ROLES.items()), *rows]


def title_of(role: Role) -> str:
    """What a role is called."""
    return str(Person.Role(role.name).label) if role.name in Person.Role.values else role.title
